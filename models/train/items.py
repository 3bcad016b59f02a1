"""The samples of the training: first prompts, and follow-ups to the last answers.

A follow-up is a closer look at an answer of the network, or a correction of it, made in
the same way as the library makes them.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from clicks import (
    MEAN,
    PLANES,
    REGION,
    SELECTION,
    STD,
    correction,
    first_click,
    is_deep,
    planes,
    region,
    rough,
    stroke,
)
from data import UNKNOWN
from geometry import (
    Window,
    bounds,
    cut,
    square_inside,
    through,
    warp,
    window_to_grid,
)
from scenes import Scene

MARGIN = 1.4
"""The side of the library's window round a selection, over the selection's side."""

LOOKS = 6
"""The most samples in a row, a first one and its follow-ups, on the same scene."""


@dataclass
class Item:
    """One sample: a look at a scene. Points and windows are in the scene's pixels."""

    picture: np.ndarray
    truth: np.ndarray
    window: Window
    include: list = field(default_factory=list)
    exclude: list = field(default_factory=list)
    selection: np.ndarray | None = None
    """The selection so far, on a grid over the window `seen`."""
    seen: Window | None = None
    region: np.ndarray | None = None
    """The inside of a box or lasso, in the scene's pixels."""
    looks: int = 1

    def shown(self, size: int):
        """Three things on the grid: the planes, the truth, and where it is known."""
        matrix = window_to_grid(self.window, size)
        given = np.zeros((PLANES, size, size), np.float32)
        picture = cut(self.picture, self.window, size)
        given[:3] = ((picture - MEAN) / STD).transpose(2, 0, 1)
        include, exclude = through(matrix, self.include), through(matrix, self.exclude)
        given[3:7] = planes(include, exclude, size)
        if self.selection is not None:
            given[SELECTION] = reframed(self.selection, self.seen, self.window, size)
        if self.region is not None:
            given[REGION] = cut(self.region, self.window, size, 0)
        object_ = (self.truth == 1).astype(np.float32)
        truth = cut(object_, self.window, size, padding=0)
        known = cut((self.truth != UNKNOWN).astype(np.uint8), self.window, size, 0)
        return given, truth, known.astype(np.float32)


def reframed(values: np.ndarray, seen: Window, window: Window, size: int):
    """The values on the grid of one window, drawn on the grid of another window."""
    to_seen = np.linalg.inv(np.vstack([window_to_grid(seen, len(values)), [0, 0, 1]]))
    matrix = (np.vstack([window_to_grid(window, size), [0, 0, 1]]) @ to_seen)[:2]
    return warp(values, matrix, size, size, padding=0)


def fresh(scene: Scene, rng) -> Item:
    """The first sample of a scene. It has a click; now and then a scribble, a box, a
    lasso or a rough selection; or no prompt at all if the object is the subject."""
    truth = scene.truth(scene.main)
    whole = (0.0, 0.0, float(len(truth)))
    item = Item(scene.picture, truth, whole, [first_click(truth, rng)])
    kind = rng.random()
    if kind < 0.06:
        item.include = stroke(truth, rng) or item.include
    elif kind < 0.18:
        item.region = region(truth, rng)
        if rng.random() < 0.7:
            item.include = []
        if rng.random() < 0.7:
            item.window = closer(item.region, item, rng)
    elif kind < 0.24:
        if scene.stands_out():
            item.include = []
    elif kind < 0.31:
        item.selection, item.seen = rough(truth, rng), item.window
    return item


def follow_up(item: Item, answer: np.ndarray, rng) -> Item | None:
    """The sample that follows the network's answer (probabilities on the item's
    window): a closer look with the same clicks, or one more click. If that click says
    that the whole answer was wrong, the sample often asks for a new guess, without the
    selection. None if there is nothing to follow up."""
    if item.looks >= LOOKS:
        return None
    size = len(item.truth)
    whole = (0.0, 0.0, float(size))
    said = reframed(answer, item.window, whole, size)
    selected = said >= 0.5
    first_look = item.selection is None
    click = None
    if not (first_look and rng.random() < 0.5):
        click = correction(selected, item.truth, rng)
        if click is None and not first_look:
            return None
    following = replace(
        item,
        include=list(item.include),
        exclude=list(item.exclude),
        selection=varied(answer, rng),
        seen=item.window,
        looks=item.looks + 1,
    )
    anew = False
    if click is not None:
        point, wanted = click
        (following.include if wanted else following.exclude).append(point)
        deep = not wanted and item.region is None and is_deep(point, selected)
        anew = deep and rng.random() < 0.6
    if anew:
        following.selection, following.seen, following.window = None, None, whole
    elif rng.random() < 0.85:
        following.window = closer(selected, following, rng)
    return following if usable(following) else None


def varied(answer: np.ndarray, rng) -> np.ndarray | None:
    """The answer as the next selection: at times left out, at times made 0 or 1."""
    kind = rng.random()
    if kind < 0.08:
        return None
    return (answer >= 0.5).astype(np.float32) if kind < 0.25 else answer


def closer(selected: np.ndarray, item: Item, rng) -> Window:
    """A square window with some room round the selection, the region and all clicks."""
    size = len(selected)
    corners = [*item.include, *item.exclude]
    for mask in (selected, item.region):
        box = None if mask is None else bounds(mask)
        corners += [] if box is None else [box[:2], box[2:]]
    if not corners:
        return 0.0, 0.0, float(size)
    low, high = np.min(corners, 0), np.max(corners, 0)
    margin = MARGIN * (rng.uniform(0.85, 1.3) if rng.random() < 0.6 else 1)
    side = max((high - low).max() * margin, 0.15 * size)
    return square_inside(tuple((low + high) / 2), min(side, size), size, size)


def usable(item: Item) -> bool:
    """Whether the window shows enough of the object."""
    left, top, side = item.window
    rows = slice(int(top), int(np.ceil(top + side)))
    columns = slice(int(left), int(np.ceil(left + side)))
    return (item.truth[rows, columns] == 1).sum() > 0.003 * side * side
