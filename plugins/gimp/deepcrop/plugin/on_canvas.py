"""Clicks on GIMP's own canvas.

GIMP has no call that tells a plug-in of clicks. But the anchors of a path can be asked
for: the user clicks with the Paths tool, and each anchor is a click.
"""

from gi.repository import Gegl, Gimp

from .output import canvas, in_one_step, selection
from .python import deepcrop
from .shared.sentences import Refusal

POLL = 150  # milliseconds


class OnCanvas:
    """The paths that the user draws meanwhile, and the selection shown meanwhile."""

    def __init__(self, image):
        self.image = image
        self.area = canvas(image)
        self._before = selection(image, self.area)
        self._older = {path.get_id() for path in image.get_paths()}
        self._clicks = []  # x, y, included
        self._signs = {}  # of all anchors that there ever were
        self._shown = None

    def clicks(self, included):
        """All anchors as prompts, in their order. New ones are on the object, or not."""
        self._clicks = signed(self._clicks, self._signs, self._anchors(), included)
        return [
            (deepcrop.include if sign else deepcrop.exclude)(x, y)
            for x, y, sign in self._clicks
        ]

    def _paths(self):
        return [p for p in self.image.get_paths() if p.get_id() not in self._older]

    def _anchors(self):
        anchors = []
        for path in self._paths():
            for stroke in path.get_strokes():
                _, numbers, _ = path.stroke_get_points(stroke)
                # Three points each: the handle before, the anchor, the handle after.
                anchors += zip(numbers[2::6], numbers[3::6])
        return anchors

    def show(self, mask):
        """The selection as it would be; None: as it was. No step in the history."""
        if canvas(self.image) != self.area:
            raise Refusal(
                "The size of the image has changed: close this window and start again."
            )
        mask = self._before if mask is None else mask
        if mask is self._shown or (self._shown is None and mask is self._before):
            return
        self._shown = mask
        drawable = self.image.get_selection()
        buffer = drawable.get_buffer()
        whole = Gegl.Rectangle.new(0, 0, self.area.width, self.area.height)
        buffer.set(whole, "Y u8", bytes(mask.pixels))
        buffer.flush()
        drawable.update(0, 0, self.area.width, self.area.height)
        Gimp.displays_flush()

    def joined(self, mask, operation):
        """The mask and what was selected before, by the operation."""
        how = deepcrop.Combine[operation.upper()]
        return self._before.combined(mask, how)

    def restore(self):
        """The selection as it was, if it still fits."""
        if canvas(self.image) == self.area:
            self.show(None)

    def remove_paths(self):
        """The anchors have done their work."""
        for path in self._paths():
            self.image.remove_path(path)

    def leave(self):
        """As if nothing had been; the removal of paths is a step of the history."""
        self.restore()
        if self._paths():
            in_one_step(self.image, self.remove_paths)


def signed(old, signs, anchors, included):
    """Anchors with what they mean. An anchor keeps that when others come and go, when it
    was moved (then there are as many as before), and when GIMP brings it back."""
    clicks = []
    for at, anchor in enumerate(anchors):
        moved = len(anchors) == len(old) and anchor not in signs
        sign = old[at][2] if moved else signs.get(anchor, included)
        signs[anchor] = sign
        clicks.append((*anchor, sign))
    return clicks
