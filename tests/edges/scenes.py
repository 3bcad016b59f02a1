"""Scenes with a known alpha: foregrounds with hair, thin parts and holes before textures; the same for a seed."""

import cv2
import numpy as np

WIDTH, HEIGHT = 960, 720
FINE = 4  # alpha is drawn so many times finer than the picture


def clouds(rng, coarsest, finest, size=(HEIGHT, WIDTH)):
    """Noise from 0 to 1 with details from `coarsest` to `finest` pixels."""
    height, width = size
    total = np.zeros(size, np.float32)
    cell = coarsest
    while cell >= finest:
        grid = rng.random((height // cell + 3, width // cell + 3)).astype(np.float32)
        shape = (grid.shape[1] * cell, grid.shape[0] * cell)
        layer = cv2.resize(grid, shape, interpolation=cv2.INTER_CUBIC)
        total += layer[:height, :width] * cell**0.7
        cell //= 2
    low, high = np.percentile(total, [1, 99])
    return np.clip((total - low) / (high - low), 0, 1)


def texture(rng, first, second, coarsest, finest):
    """Clouds between two colours, with a little grain."""
    share = clouds(rng, coarsest, finest)[..., None]
    colours = share * np.float32(first) + (1 - share) * np.float32(second)
    return np.clip(colours + rng.normal(0, 2, colours.shape), 0, 255)


def lights(rng):
    """A dark place with blurred lights: smooth, but in many colours."""
    picture = texture(rng, (30, 40, 60), (70, 60, 50), 256, 64)
    for _ in range(40):
        layer = np.zeros((HEIGHT, WIDTH), np.float32)
        centre = rng.integers((0, 0), (WIDTH, HEIGHT))
        cv2.circle(layer, centre.tolist(), int(rng.integers(15, 50)), 1, -1)
        layer = cv2.GaussianBlur(layer, (0, 0), 4)[..., None] * 0.6
        picture = picture * (1 - layer) + layer * rng.uniform(60, 255, 3)
    return picture


def bricks(rng):
    """Rows of bricks: edges everywhere."""
    picture = texture(rng, (150, 90, 70), (120, 70, 60), 64, 2)
    for row, y in enumerate(range(0, HEIGHT, 24)):
        picture[y : y + 3] = texture(rng, (190, 185, 175), (160, 155, 150), 8, 2)[:3]
        for x in range(row % 2 * 30, WIDTH, 60):
            picture[y : y + 24, x : x + 3] = 175
            picture[y + 3 : y + 24, x + 3 : x + 60] *= rng.uniform(0.75, 1.25)
    return np.clip(picture, 0, 255)


BACKGROUNDS = {
    "sky": lambda rng: texture(rng, (120, 170, 225), (215, 225, 235), 256, 64),
    "leaves": lambda rng: texture(rng, (30, 70, 20), (130, 170, 70), 32, 2),
    "lights": lights,
    "bricks": bricks,
}

COATS = {
    "brown": ((140, 85, 40), (70, 40, 20)),
    "blond": ((225, 190, 130), (170, 120, 70)),
    "grey": ((120, 120, 125), (60, 60, 65)),
    "red": ((200, 60, 40), (120, 30, 30)),
}


def blob(rng, radius):
    """A body: the points of a closed curve round the middle, in picture coordinates."""
    angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    waves = [
        rng.normal(0, 0.25 / k**1.3) * np.sin(k * angles + rng.uniform(0, 6.3))
        for k in range(2, 7)
    ]
    radii = radius * (1 + sum(waves) * 0.5)
    middle = np.array([WIDTH / 2, HEIGHT / 2])
    return middle + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)


def draw(alpha, points, width=None):
    """A filled polygon, or a line, onto the fine canvas, to 1/16 of its pixels."""
    points = np.round(np.asarray(points) * FINE * 16).astype(np.int32)
    if width is None:
        cv2.fillPoly(alpha, [points], 255, cv2.LINE_AA, 4)
    else:
        cv2.polylines(
            alpha, [points], False, 255, max(1, round(width * FINE)), cv2.LINE_AA, 4
        )


def canvas():
    return np.zeros((HEIGHT * FINE, WIDTH * FINE), np.uint8)


def reduced(alpha):
    return cv2.resize(
        alpha, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA
    ) / np.float32(255)


def hair(rng):
    """A body with curved strands, from a quarter of a pixel to two pixels wide."""
    alpha = canvas()
    outline = blob(rng, 210)
    draw(alpha, outline)
    middle = outline.mean(0)
    for _ in range(900):
        root = outline[rng.integers(len(outline))]
        way = (root - middle) / np.linalg.norm(root - middle)
        turn = rng.normal(0, 0.5)
        way = np.cos(turn) * way + np.sin(turn) * way[::-1] * (-1, 1)
        length, bend = rng.uniform(10, 34), rng.normal(0, 0.5)
        along = np.linspace(0, 1, 12)[:, None]
        strand = (
            root
            - 4 * way
            + along * length * way
            + along**2 * length * bend * way[::-1] * (-1, 1)
        )
        width = rng.choice([0.25, 0.5, 0.75, 1.0, 1.5, 2.0])
        draw(alpha, strand[:8], width)
        draw(alpha, strand[7:], width / 2)
    return reduced(alpha)


def fur(rng):
    """A body with short dense fur."""
    alpha = canvas()
    outline = blob(rng, 220)
    draw(alpha, outline)
    middle = outline.mean(0)
    for _ in range(4000):
        place = rng.random() * len(outline)
        root = outline[int(place)] + rng.normal(0, 1.5, 2)
        way = (root - middle) / np.linalg.norm(root - middle) + rng.normal(0, 0.35, 2)
        along = np.linspace(0, 1, 5)[:, None]
        draw(
            alpha,
            root - 3 * way + along * rng.uniform(4, 14) * way,
            rng.choice([0.25, 0.5, 1.0]),
        )
    return reduced(alpha)


def holes(rng):
    """A body with round holes, a hard edge everywhere."""
    alpha = canvas()
    draw(alpha, blob(rng, 240))
    for _ in range(14):
        centre = rng.normal((WIDTH / 2, HEIGHT / 2), 110)
        angles = np.linspace(0, 2 * np.pi, 100)
        fine = canvas()
        draw(
            fine,
            centre + rng.uniform(9, 32) * np.stack([np.cos(angles), np.sin(angles)], 1),
        )
        alpha = np.minimum(alpha, 255 - fine)
    return reduced(alpha)


def bars(rng):
    """A hub with straight thin parts, as spokes and legs are."""
    alpha = canvas()
    draw(alpha, blob(rng, 110))
    for k in range(14):
        angle = k * 2 * np.pi / 14 + rng.normal(0, 0.08)
        way = np.array([np.cos(angle), np.sin(angle)])
        middle = np.array([WIDTH / 2, HEIGHT / 2])
        draw(
            alpha,
            [middle + 60 * way, middle + rng.uniform(220, 320) * way],
            rng.uniform(4, 18),
        )
    return reduced(alpha)


def blurred(rng):
    """A body out of focus."""
    return cv2.GaussianBlur(holes(rng), (0, 0), 3)


SHAPES = {"hair": hair, "fur": fur, "holes": holes, "bars": bars, "blurred": blurred}


def coarse(rng, alpha, grid):
    """What a network makes of an object: a grid of `grid` cells along the longer side, a little blurred and unsure."""
    height, width = alpha.shape
    scale = grid / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.GaussianBlur(
        cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), (0, 0), 0.7
    )
    doubt = 3.6 * cv2.GaussianBlur(rng.normal(0, 1, small.shape), (0, 0), 1.5)
    odds = np.log((small + 0.02) / (1.02 - small)) + doubt
    return (255 / (1 + np.exp(-odds)) + 0.5).astype(np.uint8)


def made(seed):
    """Names, pictures, alphas and coarse masks: every shape before every background."""
    for i, (shape, body) in enumerate(SHAPES.items()):
        for j, (ground, behind) in enumerate(BACKGROUNDS.items()):
            rng = np.random.default_rng(10000 * seed + 100 * i + j)
            alpha = body(rng)
            coat = list(COATS.values())[(i + j) % len(COATS)]
            object_, back = texture(rng, *coat, 64, 2), behind(rng)
            picture = alpha[..., None] * object_ + (1 - alpha[..., None]) * back
            picture = np.clip(picture + rng.normal(0, 1.5, picture.shape), 0, 255)
            grid = (96, 128, 192, 256)[(i + j) % 4]
            yield (
                f"{shape}-{ground}",
                picture.astype(np.uint8),
                alpha,
                None,
                coarse(rng, alpha, grid),
            )
