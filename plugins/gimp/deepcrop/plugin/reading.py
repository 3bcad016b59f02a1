"""Reads a picture while the window goes on working."""

from gi.repository import GLib


class Reading:
    """Reads a source band by band, then calls either `done` or `failed`."""

    def __init__(self, source, progress, done, failed):
        self.source = source
        self.read = 0.0  # the share that is read
        self._parts = source.reading()
        self._progress, self._done, self._failed = progress, done, failed
        self._waiting = GLib.idle_add(self._read_on)

    def stop(self):
        """Stops reading, and closes the source."""
        if self._waiting:
            GLib.source_remove(self._waiting)
            self._waiting = 0
            self.source.close()

    def _read_on(self):
        try:
            part = next(self._parts)
        except Exception as error:  # noqa: BLE001 (the window tells the user)
            self.stop()
            self._failed(error)
            return GLib.SOURCE_REMOVE
        if isinstance(part, float):
            self.read = part
            self._progress()
            return GLib.SOURCE_CONTINUE
        self._waiting = 0
        self._done(self.source, part)
        return GLib.SOURCE_REMOVE
