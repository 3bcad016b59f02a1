"""The pixels of a document or a layer, for the library. No window is needed for this."""

from typing import NamedTuple

from krita import Krita

from . import binding
from .sentences import Refusal
from .toolkit import QtCore, QtGui


class Pixels(NamedTuple):
    """BGRA, eight bits, from row to row without gaps, and where on the canvas."""

    data: bytes
    left: int
    top: int
    width: int
    height: int

    @property
    def image(self):
        return binding.Image(self.data, self.width, self.height, binding.Format.BGRA8)

    @property
    def origin(self):
        return self.left, self.top

    @property
    def rectangle(self):
        return self.left, self.top, self.width, self.height


def read(document, source):
    """What is to be looked at: "visible" layers, the active "layer", or a layer. Of a
    layer the part that lies on the canvas."""
    if document is None:
        raise Refusal("No picture is open: open or make one first.")
    document.waitForDone()
    canvas = QtCore.QRect(0, 0, document.width(), document.height())
    if source == "visible":
        return _read(document, canvas, document.pixelData, document.projection)
    node = document.activeNode() if source == "layer" else source
    if node is None:
        raise Refusal("No layer is chosen: choose one, or look at all visible layers.")
    if node.type().endswith("mask"):
        node = node.parentNode()  # the layer that is masked
    bounds = node.bounds() & canvas
    if bounds.isEmpty():
        raise Refusal(
            "There is nothing on this layer: choose another one, or look at all "
            "visible layers."
        )

    def converted(*rectangle):
        return _layer_as_shown(node, *rectangle)

    return _read(node, bounds, node.projectionPixelData, converted)


def _read(where, bounds, raw, converted):
    """Pixels of a document or layer; others than 8-bit RGB are converted by Krita."""
    rectangle = bounds.x(), bounds.y(), bounds.width(), bounds.height()
    if (where.colorModel(), where.colorDepth()) == ("RGBA", "U8"):
        data = bytes(raw(*rectangle))
    else:
        data = _bytes(converted(*rectangle))
    if len(data) != 4 * bounds.width() * bounds.height():
        raise Refusal("Krita did not give the pixels: try again when it is idle.")
    return Pixels(data, *rectangle)


def _layer_as_shown(node, left, top, width, height):
    """A layer by itself, converted as Krita does it for the screen."""
    alone = Krita.instance().createDocument(
        *(width, height, "deepcrop", node.colorModel(), node.colorDepth()),
        *(node.colorProfile(), 72.0),
    )
    try:
        alone.setBatchmode(True)
        for other in alone.topLevelNodes():
            other.remove()
        copy = alone.createNode("layer", "paintlayer")
        copy.setPixelData(
            node.projectionPixelData(left, top, width, height), 0, 0, width, height
        )
        alone.rootNode().addChildNode(copy, None)
        alone.refreshProjection()
        alone.waitForDone()
        return alone.projection(0, 0, width, height)
    finally:
        alone.close()


def _bytes(image):
    """A QImage as BGRA."""
    image = image.convertToFormat(QtGui.QImage.Format.Format_ARGB32)
    rows = image.constBits()
    rows.setsize(image.bytesPerLine() * image.height())
    return bytes(rows)
