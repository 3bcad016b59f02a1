"""Clicks on GIMP's own canvas.

GIMP does not tell a plug-in about clicks. But a plug-in can read the anchors of paths:
the user clicks with the Paths tool, and each anchor counts as a click.
"""

from gi.repository import Gegl, Gimp

from .output import canvas, in_one_step, selection
from .python import deepcrop
from .shared.sentences import Refusal

POLL = 150  # milliseconds from one look at the paths to the next


class OnCanvas:
    """The paths that the user draws, and the selection that is shown meanwhile."""

    def __init__(self, image):
        self.image = image
        self.area = canvas(image)
        self._before = selection(image, self.area)
        self._older = {path.get_id() for path in image.get_paths()}
        self._clicks = []  # x, y, included
        self._signs = {}  # of every anchor so far, whether it includes
        self._shown = None

    def clicks(self, included):
        """All anchors as prompts, in their order. New ones include if `included`."""
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
                # Three points each: control point before, anchor, control point after.
                anchors += zip(numbers[2::6], numbers[3::6])
        return anchors

    def show(self, mask):
        """Shows a mask as the selection, or the earlier selection for None. This makes
        no undo step."""
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
        """The mask combined with the earlier selection."""
        how = deepcrop.Combine[operation.upper()]
        return self._before.combined(mask, how)

    def restore(self):
        """Restores the earlier selection, if it still fits the image."""
        if canvas(self.image) == self.area:
            self.show(None)

    def remove_paths(self):
        """Removes the paths, whose anchors are no longer needed."""
        for path in self._paths():
            self.image.remove_path(path)

    def leave(self):
        """Restores the image. If there are paths, removing them is an undo step."""
        self.restore()
        if self._paths():
            in_one_step(self.image, self.remove_paths)


def signed(old, signs, anchors, included):
    """The anchors, each with whether it includes. An anchor keeps that when others come
    and go, when it is moved (then there are as many as before), and when GIMP's undo
    restores it."""
    clicks = []
    for at, anchor in enumerate(anchors):
        moved = len(anchors) == len(old) and anchor not in signs
        sign = old[at][2] if moved else signs.get(anchor, included)
        signs[anchor] = sign
        clicks.append((*anchor, sign))
    return clicks
