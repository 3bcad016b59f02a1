"""Qt as this Krita has it: 5, or 6 in Krita 6. And how other threads reach Krita's."""

import sys

import krita  # noqa: F401 (it loads the Qt that is looked for)

if "PyQt6.QtCore" in sys.modules:
    from PyQt6 import QtCore, QtGui, QtWidgets
else:
    from PyQt5 import QtCore, QtGui, QtWidgets

__all__ = ["QtCore", "QtGui", "QtWidgets", "later", "post"]


class _Poster(QtCore.QObject):
    posted = QtCore.pyqtSignal(object)

    def __init__(self):
        super().__init__()
        self.posted.connect(self.call, QtCore.Qt.ConnectionType.QueuedConnection)

    def call(self, function):
        function()


_poster = _Poster()


def post(function):
    """Calls it soon on Krita's thread; from any thread."""
    _poster.posted.emit(function)


def later(function, milliseconds=0):
    """Calls it after what Krita is doing now; from Krita's thread."""
    QtCore.QTimer.singleShot(milliseconds, function)
