"""Objects of known colours and known alpha, and what lies behind them.

All is drawn with fixed seeds; colours and alpha go from 0 to 1.
"""

import cv2
import numpy as np

WIDTH, HEIGHT = 900, 700
MIDDLE = np.array([WIDTH, HEIGHT]) / 2
FINE = 4  # hair is drawn so many times finer than the picture
SEED = 4
LONGEST = 900  # compositions are reduced to this

# The object's colours and those behind it, each between a dark and a light one.
COLOURS = (
    (
        "brown on leaves",
        (0.55, 0.3, 0.1),
        (0.8, 0.55, 0.3),
        (0.1, 0.5, 0.1),
        (0.4, 0.8, 0.3),
    ),
    (
        "black on sky",
        (0.1, 0.1, 0.1),
        (0.3, 0.25, 0.2),
        (0.6, 0.7, 0.9),
        (0.8, 0.9, 1.0),
    ),
    (
        "white on night",
        (0.8, 0.8, 0.75),
        (0.95, 0.95, 0.9),
        (0.1, 0.1, 0.3),
        (0.3, 0.2, 0.5),
    ),
    (
        "red on green",
        (0.6, 0.1, 0.1),
        (0.9, 0.3, 0.2),
        (0.0, 0.6, 0.1),
        (0.1, 0.75, 0.2),
    ),
)


def texture(rng, dark, light, cell):
    """Smooth noise between two colours, its details of so many pixels."""
    coarse = rng.random((HEIGHT // cell + 2, WIDTH // cell + 2, 3))
    share = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.clip(dark + np.subtract(light, dark) * share, 0, 1)


def hair(rng):
    """A disc with strands half a pixel to one and a half wide."""
    alpha = np.zeros((HEIGHT * FINE, WIDTH * FINE), np.uint8)
    radius = 170
    cv2.circle(alpha, np.int32(MIDDLE * FINE).tolist(), radius * FINE, 255, -1)
    for _ in range(700):
        start, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.6)
        angles = start + bend * np.linspace(0, 1, 12)
        steps = (
            np.stack([np.cos(angles), np.sin(angles)], 1) * rng.uniform(40, 150) / 12
        )
        root = MIDDLE + 0.97 * radius * np.array([np.cos(start), np.sin(start)])
        points = root + np.cumsum(steps, 0) - steps[0]
        line = np.int32(np.round(points * FINE))
        cv2.polylines(alpha, [line], False, 255, int(rng.integers(2, 7)))
    return cv2.resize(alpha, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) / 255


def star(softness):
    """A wavy disc whose edge is so many pixels soft."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5 - MIDDLE[::-1, None, None]
    angle = np.arctan2(y, x)
    radius = 200 + 40 * np.sin(5 * angle + 1) + 15 * np.sin(13 * angle)
    return np.clip((radius - np.hypot(x, y)) / softness + 0.5, 0, 1)


def drawn():
    """Kinds, names, objects, backgrounds and alphas."""
    for i, (name, *colours) in enumerate(COLOURS):
        rng = np.random.default_rng(SEED + i)
        front = texture(rng, *colours[:2], 40)
        behind = texture(rng, *colours[2:], 25 + 20 * i)
        alphas = {"hair": hair(rng), "sharp": star(1.5), "soft": star(14)}
        for kind, alpha in alphas.items():
            yield kind, name, front, behind, alpha


def composed(folder, number):
    """The same of cut-outs before photos: so many of each set kept for validation.

    `folder` has NAME/rgba and NAME/val.txt of the sets, and bg_*/images.
    """
    photos = sorted(folder.glob("bg_*/images/*"))
    for kind in ("alex_cutouts", "scan3d"):
        rng = np.random.default_rng(SEED)
        known = (folder / kind / "val.txt").read_text().split()
        files = [
            file
            for name in known
            for file in sorted((folder / kind / "rgba").glob(f"{name}*"))
        ]
        for file in rng.permutation(files)[:number]:
            cutout = (
                cv2.imread(str(file), cv2.IMREAD_UNCHANGED)[..., [2, 1, 0, 3]] / 255
            )
            scale = min(LONGEST / max(cutout.shape), 1)
            if scale < 1:
                # Colours count as much as can be seen of them.
                cutout[..., :3] *= cutout[..., 3:]
                cutout = cv2.resize(
                    cutout, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
                )
                cutout[..., :3] /= np.maximum(cutout[..., 3:], 1e-9)
            height, width = cutout.shape[:2]
            photo = cv2.imread(str(photos[rng.integers(len(photos))]))[..., ::-1] / 255
            behind = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
            yield kind, file.stem, cutout[..., :3], behind, cutout[..., 3]
