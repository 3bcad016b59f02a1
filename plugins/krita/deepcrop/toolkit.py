"""Qt as this Krita has it: 5, or 6 in Krita 6. And how other threads reach Krita's."""

import sys
import traceback
from collections import deque
from contextlib import contextmanager

import krita  # noqa: F401 (it loads the Qt that is looked for)

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
    """Calls it where Krita would show a traceback to the user. What Krita has deleted
    meanwhile, as a closed window's things, is no fault."""
    try:
        work(*arguments)
    except RuntimeError as error:
        if "has been deleted" not in str(error):
            traceback.print_exc()
    except Exception:  # noqa: BLE001 (for the log; nobody else is there)
        traceback.print_exc()


_inside = 0
_due = deque()


@contextmanager
def alone():
    """Whoever waits for Krita makes it call what is due. What is ours comes after
    this."""
    global _inside
    _inside += 1
    try:
        yield
    finally:
        _inside -= 1
        if _due and not _inside:
            QtCore.QTimer.singleShot(0, _go_on)


def is_alone():
    """Whether we are at work, so that what Krita does now is our own doing."""
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
    """Calls it soon on Krita's thread; from any thread."""
    _poster.posted.emit(function)


def later(function, milliseconds=0):
    """Calls it after what Krita is doing now; from Krita's thread."""
    QtCore.QTimer.singleShot(milliseconds, lambda: _call(function))
