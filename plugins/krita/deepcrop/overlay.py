"""The overlay on the canvas. Nothing of it gets into the document."""

from .python import deepcrop
from .toolkit import QtCore, QtGui, QtWidgets, safely

TINT = QtGui.QColor(60, 140, 255)
INSIDE, OUTSIDE = QtGui.QColor(60, 200, 90), QtGui.QColor(235, 70, 60)
LARGEST = 2048  # pixels, at most, along a side of the tint


class Overlay(QtWidgets.QWidget):
    """Lies over the canvas, and lets all events through to it."""

    def __init__(self, canvas, transform):
        super().__init__(canvas)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.transform = transform  # returns the transform from picture to widget
        self.prompts = []
        self.gesture = None
        self._mask = self._tint = None
        self._painted = None
        self.follow()
        self.show()

    def follow(self):
        """Follows the canvas after it was painted or resized."""
        if self.size() != self.parentWidget().size():
            self.resize(self.parentWidget().size())
        if self.transform() != self._painted:
            self.update()

    def show_hovered(self, mask, origin):
        """Shows the mask that a click would select; None shows nothing."""
        if mask is self._mask:
            return
        self._mask = mask
        self._tint = tinted(mask, origin) if mask is not None else None
        self.update()

    def show_prompts(self, prompts):
        if prompts != self.prompts:
            self.prompts = prompts
            self.update()

    def show_gesture(self, gesture):
        self.gesture = gesture
        self.update()

    def paintEvent(self, event):
        painter = QtGui.QPainter(self)
        safely(self._paint, painter)
        painter.end()

    def _paint(self, painter):
        transform = self._painted = self.transform()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        if self._tint is not None:
            image, where = self._tint
            painter.setTransform(transform)
            painter.drawImage(where, image)
            painter.resetTransform()
        for prompt in self.prompts:
            if prompt.kind in (deepcrop.Kind.INCLUDE, deepcrop.Kind.EXCLUDE):
                self._dot(painter, transform, prompt)
            elif prompt.kind in (deepcrop.Kind.BOX, deepcrop.Kind.LASSO):
                self._line(painter, transform.map(corners_of(prompt)))
        if self.gesture is not None and not self.gesture.is_click:
            self._line(painter, line_of(self.gesture))

    @staticmethod
    def _dot(painter, transform, prompt):
        place = transform.map(QtCore.QPointF(prompt.x, prompt.y))
        inside = prompt.kind == deepcrop.Kind.INCLUDE
        painter.setPen(QtGui.QPen(QtGui.QColor("white"), 1.5))
        painter.setBrush(INSIDE if inside else OUTSIDE)
        painter.drawEllipse(place, 5, 5)
        painter.drawLine(place - QtCore.QPointF(2.5, 0), place + QtCore.QPointF(2.5, 0))
        if inside:
            up = QtCore.QPointF(0, 2.5)
            painter.drawLine(place - up, place + up)

    @staticmethod
    def _line(painter, line):
        painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        for colour, style in (
            ("white", QtCore.Qt.PenStyle.SolidLine),
            ("black", QtCore.Qt.PenStyle.DashLine),
        ):
            painter.setPen(QtGui.QPen(QtGui.QColor(colour), 1, style))
            painter.drawPolygon(line)


def line_of(gesture):
    """The box or lasso of a gesture, on the widget."""
    places = [QtCore.QPointF(*place) for place in gesture.places]
    box = QtCore.QRectF(places[0], places[-1])
    return QtGui.QPolygonF(places if gesture.lasso else box)


def corners_of(prompt):
    """The box or lasso of a prompt, in the picture."""
    start = QtCore.QPointF(prompt.x, prompt.y)
    box = QtCore.QRectF(start, QtCore.QPointF(prompt.x1, prompt.y1))
    points = [QtCore.QPointF(x, y) for x, y in prompt.points]
    return QtGui.QPolygonF(points or box)


def tinted(mask, origin):
    """A mask as a faint tint, and its rectangle in the picture; None if it is empty."""
    left, top, right, bottom = mask.cutout_box()
    width, height = right - left, bottom - top
    if not width:
        return None
    pixels, all_of = mask.pixels, mask.width
    rows = b"".join(
        bytes(pixels[y * all_of + left : y * all_of + right])
        for y in range(top, bottom)
    )
    image = QtGui.QImage(
        rows, width, height, width, QtGui.QImage.Format.Format_Indexed8
    )
    image.setColorTable(
        [TINT.rgb() & 0xFFFFFF | level * 110 // 255 << 24 for level in range(256)]
    )
    side = max(width, height)
    if side > LARGEST:
        small = QtCore.QSize(
            width * LARGEST // side or 1, height * LARGEST // side or 1
        )
        image = image.scaled(small)
    image = image.convertToFormat(  # a copy, which does not need `rows`
        QtGui.QImage.Format.Format_ARGB32_Premultiplied
    )
    x, y = origin
    return image, QtCore.QRectF(left + x, top + y, width, height)
