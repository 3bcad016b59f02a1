"""The samples that train the seed networks.

They are patches with or without an object in the middle, clicks on a patch or on a
whole picture, and pictures with prominent objects. All are drawn from the same scenes
and photos as the samples of the built-in network.
"""

import cv2
import numpy as np

from clicks import MEAN, STD, first_click, planes
from data import UNKNOWN, Pack
from geometry import Window, bounds, cut, through, warp, window_to_grid
from scenes import Scenes
from seed_networks import OBJECT, PATCH

SHIFT, SCALE = 16 / PATCH, 0.25
"""An object is centred if it is off the middle by at most SHIFT, a share of the patch,
and off its proper size by at most SCALE, in octaves."""

LEAST, LEAST_OF_ONE, MOST, OBJECTS = 0.10, 0.30, 0.90, 4
"""ExtractNet's rule for prominent objects: the least share of the picture that each one
covers, the least that the largest one covers, the most that all together cover, and the
most objects."""


def normalised(picture: np.ndarray) -> np.ndarray:
    return ((picture - MEAN) / STD).transpose(2, 0, 1).astype(np.float32)


def canonical(truth: np.ndarray) -> Window:
    """The patch that has the object in its middle and at its proper size."""
    left, top, right, bottom = bounds(truth == 1)
    side = max(right - left, bottom - top) * PATCH / OBJECT
    return (left + right - side) / 2, (top + bottom - side) / 2, side


def moved(window: Window, right: float, down: float, octaves: float) -> Window:
    left, top, side = window
    larger = side * 2**octaves
    left += right * side - (larger - side) / 2
    return left, top + down * side - (larger - side) / 2, larger


def centred(window: Window, rng) -> Window:
    return moved(window, *rng.uniform(-SHIFT, SHIFT, 2), rng.uniform(-SCALE, SCALE))


def off(window: Window, rng) -> Window:
    """A patch whose object is not in the middle, or is much too large or too small."""
    if rng.random() < 0.5:
        angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(2, 5) * SHIFT
        right, down = far * np.cos(angle), far * np.sin(angle)
        return moved(window, right, down, rng.uniform(-1, 1))
    octaves = rng.uniform(1, 1.75) * rng.choice([-1, 1])
    return moved(window, *rng.uniform(-SHIFT, SHIFT, 2), octaves)


def shown(picture, truth, window: Window):
    """The patch, its truth, and where the truth is known."""
    selected = (truth == 1).astype(np.float32)
    known = (truth != UNKNOWN).astype(np.float32)
    return (
        normalised(cut(picture, window, PATCH)),
        cut(selected, window, PATCH, 0)[None],
        (cut(known, window, PATCH, 0)[None] > 0.99).astype(np.float32),
    )


def distance(points) -> np.ndarray:
    """The distance to the nearest click, as a share of the patch, at most 1."""
    along = np.arange(PATCH) + 0.5
    away = [np.hypot(along[None] - x, along[:, None] - y) for x, y in points]
    return np.minimum(np.min(away, 0) / PATCH, 1).astype(np.float32)


class Samples:
    """Endless samples, as dicts of arrays, for the network of a given name."""

    def __init__(self, pack: Pack | None, seed):
        self.scenes = Scenes(pack, 2 * PATCH, seed)
        self.rng, self.pack = self.scenes.rng, pack
        self.prominent = prominent_photos(pack) if pack else []

    def draw(self, name: str) -> list[dict]:
        if name.startswith("extractnet"):
            return [self.stands_out()]
        scene = self.scenes.draw()
        picture, truth = scene.picture, scene.truth(scene.main)
        if name == "deepcropv1":
            whole = (0.0, 0.0, float(len(truth)))
            return [self.clicked(picture, truth, whole, self.measures)]
        window = canonical(truth)
        near = centred(window, self.rng)
        if name == "deepcropv2":
            return [self.clicked(picture, truth, near, lambda at: distance([at])[None])]
        far = off(window, self.rng) if name == "deepmask" else None
        return [
            dict(zip(("x", "truth", "known"), shown(picture, truth, each), strict=True))
            | {"centred": np.float32(each is near)}
            for each in (near, far)
            if each is not None
        ]

    def clicked(self, picture, truth, window, drawn) -> dict:
        x, wanted, known = shown(picture, truth, window)
        click = first_click(truth, self.rng)
        (at,) = through(window_to_grid(window, PATCH), [click])
        return {"x": x, "clicks": drawn(at), "truth": wanted, "known": known}

    @staticmethod
    def measures(at) -> np.ndarray:
        """DeepCropV1's three: near the click, within its reach, distance to it."""
        spot, cone = planes([at], [], PATCH)[:2]
        return np.stack([spot, cone, distance([at])])

    def stands_out(self) -> dict:
        picture, truth = self.photo() if self.prominent else self.close_up()
        x = cv2.resize(picture, (PATCH, PATCH), interpolation=cv2.INTER_AREA)
        small = cv2.resize(truth, (PATCH, PATCH), interpolation=cv2.INTER_NEAREST)
        return {
            "x": normalised(x),
            "truth": (small == 1).astype(np.float32)[None],
            "known": (small != UNKNOWN).astype(np.float32)[None],
        }

    def photo(self):
        """A photo with prominent objects, which are joined into one."""
        name, number, labels = self.prominent[self.rng.integers(len(self.prominent))]
        pixels = self.pack.pixels(name, number)
        truth = np.isin(pixels[..., 3], labels).astype(np.uint8)
        truth[pixels[..., 3] == UNKNOWN] = UNKNOWN
        flip = slice(None, None, -1 if self.rng.random() < 0.5 else 1)
        return pixels[:, flip, :3], truth[:, flip]

    def close_up(self):
        """The object of a scene, so near that it fills the picture."""
        scene = self.scenes.draw()
        picture, truth = scene.picture, scene.truth(scene.main)
        window = moved(canonical(truth), *self.rng.uniform(-SHIFT, SHIFT, 2), -0.5)
        matrix = window_to_grid(window, PATCH)
        labels = warp(truth, matrix, PATCH, PATCH, padding=0, how=cv2.INTER_NEAREST)
        return cut(picture, window, PATCH), labels


def prominent(areas: dict[int, float]) -> list[int]:
    """The labels of the objects that ExtractNet would join, given the share of the
    picture that each label covers. Empty if nothing is prominent."""
    large = sorted((label for label in areas if areas[label] >= LEAST), key=areas.get)
    large = large[: -OBJECTS - 1 : -1]
    total = sum(areas[label] for label in large)
    stand_out = large and areas[large[0]] >= LEAST_OF_ONE and total <= MOST
    return large if stand_out else []


def prominent_photos(pack: Pack) -> list[tuple[str, int, list[int]]]:
    """The source, the number and the labels of each photo with prominent objects."""
    found = []
    for name in pack.weights("photo"):
        for number, (_, _, height, width, objects) in enumerate(pack.entries[name]):
            areas = {label: area / (height * width) for label, area, *_ in objects}
            labels = prominent(areas)
            if labels:
                found.append((name, number, labels))
    return found
