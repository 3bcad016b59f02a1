"""What a hand does with a pressed button, and the prompt that it becomes.

`point` turns a place in the window into one of the image, `inside` into the nearest one
that lies in the picture.
"""

from . import binding
from . import view as draw

DRAG = 4  # pixels that a hand may tremble in a click


class Click:
    """A click on what is not the object."""

    def __init__(self, x, y):
        self.start = self.end = (x, y)

    def to(self, x, y):
        self.end = (x, y)

    def draw(self, shown):
        pass

    def prompt(self, point, inside):
        return binding.exclude(*point(*self.start))


class Pan(Click):
    """The picture is moved."""

    def to(self, x, y):
        """How far since the last time."""
        moved = x - self.end[0], y - self.end[1]
        self.end = (x, y)
        return moved

    def prompt(self, point, inside):
        return None


class Box(Click):
    """A click on the object, or a box round it."""

    def is_click(self):
        return all(abs(a - b) <= DRAG for a, b in zip(self.start, self.end))

    def draw(self, shown):
        if not self.is_click():
            draw.frame(shown, *self.start, *self.end)

    def prompt(self, point, inside):
        if self.is_click():
            return binding.include(*point(*self.start))
        (x0, y0), (x1, y1) = inside(*self.start), inside(*self.end)
        return binding.box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


class Lasso(Click):
    """A line round the object."""

    def __init__(self, x, y):
        super().__init__(x, y)
        self.points = [(x, y)]

    def to(self, x, y):
        if max(abs(x - self.points[-1][0]), abs(y - self.points[-1][1])) >= 2:
            self.points.append((x, y))

    def draw(self, shown):
        draw.line(shown, self.points)

    def prompt(self, point, inside):
        if len(self.points) < 3:
            return binding.include(*point(*self.start))
        return binding.lasso(inside(*at) for at in self.points)
