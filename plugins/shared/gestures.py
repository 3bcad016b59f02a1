"""What a hand does between pressing and releasing, and the prompt that it becomes.

Python 3.8, no packages. Licence: MIT OR Apache-2.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..python import deepcrop

if TYPE_CHECKING:
    from typing import Callable

    Point = tuple[float, float]

TREMBLE = 4  # how far a hand may move in a click, in places on the screen
STRIDE = 2  # from one place of a line to the next


class Gesture:
    """A click, a box, or with `lasso` a line round the object; with `out` a click on
    what is not the object. Places are x and y in the window."""

    def __init__(self, place: Point, out: bool = False, lasso: bool = False):
        self.places = [place]  # of a box its corners
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
        """`point` gives the canvas' point at a place. Boxes and lines end where the
        picture does: left, top, width and height."""
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
