"""What a hand does between pressing and releasing, and the prompt that it becomes."""

from . import binding

TREMBLE = 4  # how far a hand may move in a click, in places on the screen


class Gesture:
    """A click, a box, or with `lasso` a line round the object; with `out` a click on
    what is not the object. `place` is on the widget."""

    def __init__(self, place, out, lasso):
        self.places = [place]
        self.out, self.lasso = out, lasso

    def move(self, place):
        last = self.places[-1]
        if max(abs(place.x() - last.x()), abs(place.y() - last.y())) >= 2:
            self.places.append(place)

    @property
    def is_click(self):
        start = self.places[0]
        far = [
            max(abs(place.x() - start.x()), abs(place.y() - start.y()))
            for place in self.places
        ]
        return self.out or max(far) <= TREMBLE

    def prompt(self, point, inside):
        """`point`: the picture's point at a place; `inside`: the nearest one that the
        picture has."""
        if self.is_click:
            return (binding.exclude if self.out else binding.include)(
                *point(self.places[0])
            )
        if self.lasso and len(self.places) > 2:
            return binding.lasso(inside(place) for place in self.places)
        (x0, y0), (x1, y1) = inside(self.places[0]), inside(self.places[-1])
        return binding.box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
