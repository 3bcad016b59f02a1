"""Reading a picture while Krita goes on: part by part, in its window's own time."""

import time

from .toolkit import later

SLICE = 0.008  # seconds that the window waits for us at a time


class Looking:
    """Calls `done` with the pixels, or `failed`. They are `known` ones if nothing is
    different in these."""

    def __init__(self, source, known, done, failed):
        self._source, self._done, self._failed = source, done, failed
        same = known is not None and known.rectangle == source.rectangle
        self._known = known if same else None  # while nothing else was seen
        self._at = 0
        self._parts = []
        self._bands = source.bands()
        later(self._go_on)

    def stop(self):
        """Nobody wants to know any more."""
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
