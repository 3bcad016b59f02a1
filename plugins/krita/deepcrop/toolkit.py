"""Qt 5, or Qt 6 in Krita 6, and calls from other threads to Krita's main thread."""

import sys
import traceback
from collections import deque
from contextlib import contextmanager

import krita  # noqa: F401 (it loads the Qt to use)

if "PyQt6.QtCore" in sys.modules:
    from PyQt6 import QtCore, QtGui, QtWidgets
else:
    from PyQt5 import QtCore, QtGui, QtWidgets

__all__ = [
    "QtCore",
    "QtGui",
    "QtWidgets",
    "alone",
    "is_alone",
    "later",
    "post",
    "safely",
]


def safely(work, *arguments):
    """Calls `work`, and logs an error: Krita would show its traceback to the user. An
    object that Krita has deleted, as when a window closes, is no error."""
    try:
        work(*arguments)
    except RuntimeError as error:
        if "has been deleted" not in str(error):
            traceback.print_exc()
    except Exception:  # noqa: BLE001 (it is logged)
        traceback.print_exc()


_inside = 0
_due = deque()


@contextmanager
def alone():
    """Until this ends, functions passed to `post` and `later` wait. While the plug-in
    waits for Krita, Krita's event loop runs, and would call them in the middle of the
    work."""
    global _inside
    _inside += 1
    try:
        yield
    finally:
        _inside -= 1
        if _due and not _inside:
            QtCore.QTimer.singleShot(0, _go_on)


def is_alone():
    """Whether the plug-in is at work, so that it causes what Krita does now."""
    return _inside > 0


def _call(function):
    _due.append(function)
    _go_on()


def _go_on():
    while _due and not _inside:
        function = _due.popleft()
        with alone():
            safely(function)


class _Poster(QtCore.QObject):
    posted = QtCore.pyqtSignal(object)

    def __init__(self):
        super().__init__()
        self.posted.connect(_call, QtCore.Qt.ConnectionType.QueuedConnection)


_poster = _Poster()


def post(function):
    """Calls a function soon, on Krita's main thread. Any thread may use this."""
    _poster.posted.emit(function)


def later(function, milliseconds=0):
    """Calls a function after what Krita is doing now. Only for Krita's main thread."""
    QtCore.QTimer.singleShot(milliseconds, lambda: _call(function))
