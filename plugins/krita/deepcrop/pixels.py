"""The pixels of a document or a layer, for the library. This needs no window."""

from typing import Callable, Iterator, NamedTuple

from krita import Krita

from .python import deepcrop
from .shared.sentences import Refusal
from .toolkit import QtCore, QtGui

OUTSIDE = (
    "The selection lies outside the layers that DeepCrop looks at: set Source to all "
    "visible layers."
)
BAND = 1 << 20  # pixels read at a time, which takes Krita some milliseconds


class Pixels(NamedTuple):
    """8-bit BGRA pixels without gaps, and their rectangle on the canvas: left, top,
    width and height."""

    data: bytes
    rectangle: "tuple[int, int, int, int]"
    image: deepcrop.Image

    @property
    def origin(self):
        return self.rectangle[:2]


class Source(NamedTuple):
    """The pixels that DeepCrop looks at: their rectangle on the canvas, and a function
    that reads them band by band, from the top down."""

    rectangle: "tuple[int, int, int, int]"
    bands: "Callable[[], Iterator[bytes]]"

    def pixels(self, data):
        _, _, width, height = self.rectangle
        if len(data) != 4 * width * height:
            raise Refusal("Krita did not return the pixels: try again when it is idle.")
        image = deepcrop.Image(data, width, height, deepcrop.Format.BGRA8)
        return Pixels(data, self.rectangle, image)


def read(document, source):
    """All pixels of a source, at once; see source_of."""
    found = source_of(document, source)
    return found.pixels(b"".join(found.bands()))


def source_of(document, source):
    """The source that a name stands for: "visible" layers, the active "layer" or layers
    that are "labelled" with a colour. It may also be a layer. Of layers it takes the
    part on the canvas."""
    if document is None:
        raise Refusal("No picture is open: open or create one first.")
    document.waitForDone()
    canvas = QtCore.QRect(0, 0, document.width(), document.height())
    if source == "visible":
        return _source(document, canvas, document.pixelData, document.projection)
    if source == "labelled":
        return _labelled(document, canvas)
    node = document.activeNode() if source == "layer" else source
    if node is None:
        raise Refusal(
            "No layer is active: choose one, or set Source to all visible layers."
        )
    if node.type().endswith("mask"):
        node = node.parentNode()  # the layer that is masked
    bounds = node.bounds() & canvas
    if bounds.isEmpty():
        raise Refusal(
            "This layer is empty: choose another one, or set Source to all visible "
            "layers."
        )
    if _is_plain(node):
        return _source(node, bounds, node.projectionPixelData, None)
    return Source(bounds.getRect(), lambda: _together(document, [node], bounds))


def glance(document, source):
    """A value that is quick to compute. If it changes, the pixels are surely others."""
    node = document.activeNode() if source == "layer" else None
    return (document.width(), document.height(), node and node.uniqueId().toString())


def _labelled(document, canvas):
    nodes = list(_with_label(document.rootNode()))
    if not nodes:
        raise Refusal(
            "No visible layer has a colour label: right-click the layers that DeepCrop "
            "should look at, and give them one."
        )
    return Source(canvas.getRect(), lambda: _together(document, nodes, canvas))


def _with_label(parent):
    """The layers with a label, from the lowest up. The content of a labelled group
    belongs to the group."""
    for node in parent.childNodes():
        if node.visible() and not node.type().endswith("mask"):
            if node.colorLabel():
                yield node
            else:
                yield from _with_label(node)


def _source(where, bounds, raw, converted):
    """The source of a document or layer. Krita converts all but 8-bit RGB."""
    plain = _is_plain(where)
    left, top, width, height = rectangle = bounds.getRect()

    def bands():
        for y, rows in _bands(width, height):
            part = left, top + y, width, rows
            yield bytes(raw(*part)) if plain else _bytes(converted(*part))

    return Source(rectangle, bands)


def _is_plain(where):
    return (where.colorModel(), where.colorDepth()) == ("RGBA", "U8")


def _bands(width, height):
    most = max(1, BAND // width)
    for y in range(0, height, most):
        yield y, min(most, height - y)


def _together(document, nodes, bounds):
    """The pixels of these layers only, converted as Krita does it for the screen."""
    left, top, width, height = bounds.getRect()
    like = nodes[0] if len(nodes) == 1 else document
    alone = Krita.instance().createDocument(
        *(width, height, "deepcrop", like.colorModel(), like.colorDepth()),
        *(like.colorProfile(), 72.0),
    )
    try:
        alone.setBatchmode(True)
        for other in alone.topLevelNodes():
            other.remove()
        for node in nodes:
            copy = alone.createNode("layer", "paintlayer")
            space = node.colorModel(), node.colorDepth(), node.colorProfile()
            copy.setColorSpace(*space)
            copy.setPixelData(
                node.projectionPixelData(left, top, width, height), 0, 0, width, height
            )
            if len(nodes) > 1:
                copy.setOpacity(node.opacity())
                copy.setBlendingMode(node.blendingMode())
            alone.rootNode().addChildNode(copy, None)
        alone.refreshProjection()
        alone.waitForDone()
        for y, rows in _bands(width, height):
            yield _bytes(alone.projection(0, y, width, rows))
    finally:
        alone.close()


def _bytes(image):
    """The bytes of a QImage, as BGRA."""
    image = image.convertToFormat(QtGui.QImage.Format.Format_ARGB32)
    rows = image.constBits()
    rows.setsize(image.bytesPerLine() * image.height())
    return bytes(rows)
