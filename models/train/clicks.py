"""Simulated clicks, and the planes that show them to the network.

A point is (x, y) in continuous coordinates, as geometry.py explains.
"""

import cv2
import numpy as np

from geometry import bounds, inner_distance

MEAN = np.array([123.7, 116.3, 103.5], np.float32)
STD = np.array([58.4, 57.1, 57.4], np.float32)
SPOT, REACH = 0.02, 0.6
"""The sigma of a spot and the reach of a cone, as shares of the grid's side."""
DEEP = 0.2
"""The least distance of a deep click from the edge, as a share of the root of the
selection's area. The same number is in src/session/picture/new_guess.rs."""

PLANES = 9
INCLUDE, SELECTION, REGION = 3, 7, 8
"""The planes of the input: red, green, blue; spot and cone of the include clicks; spot
and cone of the exclude clicks; the selection so far; the inside of a box or lasso round
the object."""


def planes(include, exclude, size: int) -> np.ndarray:
    """Four planes: spot and cone of the include clicks, then of the exclude clicks."""
    drawn = np.zeros((4, size, size), np.float32)
    along = np.arange(size, dtype=np.float32) + 0.5
    for first, points in ((0, include), (2, exclude)):
        if not points:
            continue
        squared = np.full((size, size), np.inf, np.float32)
        for x, y in points:
            away = (along[None] - np.float32(x)) ** 2
            away = away + (along[:, None] - np.float32(y)) ** 2
            np.minimum(squared, away, out=squared)
        squared /= np.float32(size * size)
        drawn[first] = np.exp(squared * (-0.5 / SPOT**2))
        drawn[first + 1] = np.maximum(1 - np.sqrt(squared) / REACH, 0)
    return drawn


def innermost(distance: np.ndarray) -> tuple[float, float]:
    row, column = divmod(int(distance.argmax()), distance.shape[1])
    return column + 0.5, row + 0.5


def somewhere(allowed: np.ndarray, rng) -> tuple[float, float]:
    rows, columns = np.nonzero(allowed)
    pick = int(rng.integers(len(rows)))
    return columns[pick] + rng.random(), rows[pick] + rng.random()


def first_click(truth: np.ndarray, rng) -> tuple[float, float]:
    """A first click: mostly well inside the object, sometimes anywhere on it."""
    distance = inner_distance(truth == 1)
    kind = rng.random()
    if kind < 0.4:
        return innermost(distance)
    depth = distance.max() * rng.uniform(0, 0.7) if kind < 0.85 else 0
    return somewhere(distance > depth, rng)


def error(selected: np.ndarray, truth: np.ndarray):
    """The largest error of a selection: True if pixels are missing, False if there are
    too many; and the distance of each such pixel from the edge of the error. None if
    there is no error."""
    missing = inner_distance((truth == 1) & ~selected)
    surplus = inner_distance((truth == 0) & selected)
    if max(missing.max(), surplus.max()) <= 0:
        return None
    wanted = bool(missing.max() >= surplus.max())
    return wanted, missing if wanted else surplus


def correction(selected: np.ndarray, truth: np.ndarray, rng):
    """The next click of a user: (point, True to include). None if every error is too
    small to click."""
    found = error(selected, truth)
    if found is None or found[1].max() < 1.5:
        return None
    wanted, distance = found
    if rng.random() < 0.7:
        return innermost(distance), wanted
    return somewhere(distance > distance.max() / 2, rng), wanted


def is_deep(point: tuple[float, float], selected: np.ndarray) -> bool:
    """Whether an exclude click lies so deep in the selection that the whole answer was
    wrong, and not only its edge."""
    x, y = point
    depth = inner_distance(selected)[int(y), int(x)]
    return depth >= DEEP * np.sqrt(selected.sum())


def stroke(truth: np.ndarray, rng) -> list[tuple[float, float]]:
    """Points along a scribble on the object, from one place inside it to another."""
    inside = inner_distance(truth == 1)
    inside = inside > inside.max() * 0.3
    ends = np.array([somewhere(inside, rng) for _ in range(2)])
    shares = np.linspace(0, 1, int(rng.integers(2, 6)))[:, None]
    bent = rng.normal(0, 0.03 * len(truth), 2) * np.sin(np.pi * shares)
    points = ends[0] * (1 - shares) + ends[1] * shares + bent
    cells = np.clip(points.astype(int), 0, len(truth) - 1)
    return [tuple(point) for point in points[truth[cells[:, 1], cells[:, 0]] == 1]]


def region(truth: np.ndarray, rng) -> np.ndarray:
    """The inside of a box or a lasso, as people draw them round the object."""
    size = len(truth)
    mask = (truth == 1).astype(np.uint8)
    left, top, right, bottom = bounds(mask)
    across, down = right - left, bottom - top
    if rng.random() < 0.6:
        loose = rng.uniform(0, 0.08)
        off = rng.normal(loose / 2, 0.02 + loose / 2, 4) * (across, down, across, down)
        corners = np.array([left, top, right, bottom]) + off * (-1, -1, 1, 1)
        (x0, y0), (x1, y1) = (
            np.clip(np.round(corners), 0, size).astype(int).reshape(2, 2)
        )
        drawn = np.zeros((size, size), np.uint8)
        drawn[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)] = 1
        return drawn
    room = max(1, round(rng.uniform(0.02, 0.12) * max(across, down)))
    ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * room + 1,) * 2)
    drawn = cv2.dilate(mask, ellipse)
    outlines, _ = cv2.findContours(drawn, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    points = np.vstack(outlines)
    if len(outlines) > 1 or rng.random() < 0.3:
        points = cv2.convexHull(points)
    points = cv2.approxPolyDP(points, rng.uniform(0.5, 1) * room / 2, True)
    points = points + rng.normal(0, room / 5, points.shape)
    return cv2.fillPoly(np.zeros_like(drawn), [points.astype(np.int32)], 1)


def rough(truth: np.ndarray, rng) -> np.ndarray:
    """A rough selection that is no answer of the network: the object drawn badly, or an
    ellipse in its place."""
    size = truth.shape[0]
    mask = (truth == 1).astype(np.uint8)
    kind = rng.random()
    if kind < 0.3:
        rows, columns = np.nonzero(mask)
        centre = int(columns.mean()), int(rows.mean())
        spread = rng.uniform(0.7, 1.2, 2)
        axes = int(columns.std() * 2 * spread[0]) + 1, int(rows.std() * 2 * spread[1])
        mask[:] = 0
        cv2.ellipse(mask, centre, (axes[0], axes[1] + 1), 0, 0, 360, 1, -1)
    else:
        across = 1 + 2 * int(rng.integers(1, max(2, size // 16)))
        kernel = np.ones((across, across), np.uint8)
        mask = (cv2.dilate if kind < 0.65 else cv2.erode)(mask, kernel)
        if rng.random() < 0.5:
            shift = rng.normal(0, size / 40, 2)
            matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
            mask = cv2.warpAffine(mask, matrix, (size, size))
        if rng.random() < 0.5:
            x, y = rng.uniform(0, size, 2).astype(int)
            radius = int(rng.uniform(0.05, 0.2) * size)
            cv2.circle(mask, (x, y), radius, int(rng.integers(2)), -1)
    soft = mask.astype(np.float32)
    if rng.random() < 0.7:
        soft = cv2.GaussianBlur(soft, (0, 0), rng.uniform(0.5, size / 40))
    return soft
