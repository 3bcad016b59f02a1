"""Turns a gesture, from press to release, into a prompt.

Python 3.8, no packages. Licence: MIT OR Apache-2.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..python import deepcrop

if TYPE_CHECKING:
    from typing import Callable

    Point = tuple[float, float]

TREMBLE = 4  # pixels of the window that the pointer may move during a click
STRIDE = 2  # pixels, at least, from one place of a lasso to the next


class Gesture:
    """A click, a box or, with `lasso`, a line round the object. With `out` it is a
    click beside the object. A place is a position x, y in the window."""

    def __init__(self, place: Point, out: bool = False, lasso: bool = False):
        self.places = [place]  # the two corners of a box, or all places of a lasso
        self.out, self.lasso = out, lasso

    def move(self, place: Point) -> None:
        if not self.lasso:
            self.places[1:] = [place]
        elif _distance(place, self.places[-1]) >= STRIDE:
            self.places.append(place)

    @property
    def is_click(self) -> bool:
        start = self.places[0]
        return self.out or all(_distance(at, start) <= TREMBLE for at in self.places)

    def prompt(
        self,
        point: Callable[[float, float], Point],
        rectangle: tuple[float, float, float, float],
    ) -> deepcrop.Prompt:
        """The prompt. `point` turns a place into a point of the canvas. Boxes and
        lassos are clipped to `rectangle`: the picture's left, top, width and height."""
        points = [point(*place) for place in self.places]
        if self.is_click:
            return (deepcrop.exclude if self.out else deepcrop.include)(*points[0])
        left, top, width, height = rectangle
        points = [
            (min(max(x, left), left + width), min(max(y, top), top + height))
            for x, y in points
        ]
        if self.lasso and len(points) > 2:
            return deepcrop.lasso(points)
        (x0, y0), (x1, y1) = points[0], points[-1]
        return deepcrop.box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _distance(one, other):
    return max(abs(a - b) for a, b in zip(one, other))
