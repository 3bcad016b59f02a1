"""Reads the layers that DeepCrop looks at, part by part: Krita goes on working."""

import time

from . import pixels
from .python import deepcrop
from .shared.sentences import BESIDE, Refusal
from .toolkit import later

CLICKS = (deepcrop.Kind.INCLUDE, deepcrop.Kind.EXCLUDE)
NOT_OF_THIS = (
    "The layers that DeepCrop looks at have no pixels there: click elsewhere, or set "
    "Source to all visible layers."
)
SLICE = 0.008  # seconds that the window waits for the reading at a time


class LayerReader:
    """The layers of a document that DeepCrop looks at.

    After reading, calls `seen` with the pixels and whether they have changed, or
    `unseen` with the error.
    """

    def __init__(self, seen, unseen):
        self._seen, self._unseen = seen, unseen
        self.rectangle = (0, 0, 0, 0)  # the part of the canvas that these layers cover
        self.pixels = None  # the pixels read last
        self._glance = None
        self._reading = None  # the reading in progress

    @property
    def is_reading(self):
        return self._reading is not None

    def is_another(self, document, source):
        """Whether the picture is surely another one. This reads no pixels."""
        return pixels.glance(document, source) != self._glance

    def look(self, document, source):
        """Starts reading, even if the pixels were read before."""
        self._stop()
        self._glance = None
        whole = pixels.source_of(document, source)
        self._glance = pixels.glance(document, source)
        self.rectangle = whole.rectangle
        self._reading = Reading(whole, self.pixels, self._looked, self._failed)

    def leave(self):
        """Stops reading, and forgets the pixels."""
        self._stop()
        self.pixels = self._glance = None

    def _stop(self):
        if self._reading is not None:
            self._reading.stop()
            self._reading = None

    def _looked(self, found):
        known, self.pixels, self._reading = self.pixels, found, None
        self._seen(found, found is not known)

    def _failed(self, error):
        self._reading = None
        self._unseen(error)

    def check(self, prompt, document):
        """Refuses clicks outside the picture. Other prompts may reach beyond it."""
        left, top, width, height = self.rectangle
        inside = left <= prompt.x < left + width and top <= prompt.y < top + height
        if prompt.kind in CLICKS and not inside:
            whole = (0, 0, document.width(), document.height())
            raise Refusal(BESIDE if self.rectangle == whole else NOT_OF_THIS)

    def box_in(self, box):
        """A box prompt for the part of a selection's box that lies in the picture."""
        left, top, width, height = box
        x, y, wide, high = self.rectangle
        right, bottom = min(left + width, x + wide), min(top + height, y + high)
        left, top = max(left, x), max(top, y)
        if left >= right or top >= bottom:
            raise Refusal(pixels.OUTSIDE)
        return deepcrop.box(left, top, right, bottom)


class Reading:
    """Reads a source. Then calls `done` with the pixels, or `failed` with the error. If
    nothing has changed, the pixels are the `known` ones."""

    def __init__(self, source, known, done, failed):
        self._source, self._done, self._failed = source, done, failed
        same = known is not None and known.rectangle == source.rectangle
        self._known = known if same else None  # None after the first difference
        self._at = 0
        self._parts = []
        self._bands = source.bands()
        later(self._go_on)

    def stop(self):
        """Stops reading. Neither function is called."""
        if self._bands is not None:
            self._bands.close()
            self._bands = None

    def _go_on(self):
        if self._bands is None:
            return
        end = time.monotonic() + SLICE
        try:
            for part in self._bands:
                self._take(part)
                if time.monotonic() > end:
                    later(self._go_on)
                    return
            self._bands = None
            self._done(self._known or self._source.pixels(b"".join(self._parts)))
        except Exception as error:  # noqa: BLE001 (the user is told)
            self._bands = None
            self._failed(error)

    def _take(self, part):
        end = self._at + len(part)
        if self._known is not None:
            data = memoryview(self._known.data)
            if data[self._at : end] == part:
                self._at = end
                return
            self._parts = [data[: self._at]]
            self._known = None
        self._at = end
        self._parts.append(part)
