"""Selections of a document: reading, combining and setting them, with undo.

Krita before 5.3 has two traps. A new Selection claims to know its outline, which is
empty, so that no marching ants appear: `fresh` makes one without this fault. And
Document.setSelection cannot be undone: `set_selection` first triggers an action of
Krita's that can be undone, and whose undo restores the earlier selection.
"""

import hashlib
from functools import cache

from krita import Krita, Selection

from .python import deepcrop

NOTHING = "nothing"  # the mark of an empty selection

_template = None


def fresh():
    """An empty selection whose outline Krita will compute."""
    global _template
    if _template is None:
        unseen = Krita.instance().createDocument(
            *(16, 16, "deepcrop", "RGBA", "U8", "", 72.0)
        )
        unseen.setBatchmode(True)
        dot = Selection()
        dot.select(0, 0, 1, 1, 255)
        unseen.setSelection(dot)
        unseen.waitForDone()
        unseen.crop(0, 0, 8, 8)  # Krita now knows that the outline is unknown
        unseen.waitForDone()
        _template = unseen.selection().duplicate()
        _template.setPixelData(bytes(16 * 16), 0, 0, 16, 16)
        unseen.close()
    return _template.duplicate()


def box_of(selection):
    """Left, top, width and height of all pixels that are selected, even a little."""
    return selection.x(), selection.y(), selection.width(), selection.height()


def is_empty(selection):
    return selection is None or 0 in box_of(selection)[2:]


def is_everything(document):
    """Whether all of a document is selected."""
    whole, selection = (0, 0, document.width(), document.height()), document.selection()
    if is_empty(selection) or box_of(selection) != whole:
        return False
    return bytes(selection.pixelData(*whole)).count(255) == whole[2] * whole[3]


def mark(selection):
    """A value that is equal for equal selections only."""
    if is_empty(selection):
        return NOTHING
    box = box_of(selection)
    pixels = hashlib.sha1(bytes(selection.pixelData(*box)))
    return (*box, pixels.digest())


def pixels_of(selection, rectangle):
    """The values of a selection, one byte a pixel; zeros if there is no selection."""
    if selection is None:
        return bytes(rectangle[2] * rectangle[3])
    return bytes(selection.pixelData(*rectangle))


def mask_of(selection, rectangle):
    """A part of a selection as the library's mask."""
    return deepcrop.Mask(pixels_of(selection, rectangle), *rectangle[2:])


def combined(base, mask, rectangle, operation):
    """Combines a selection with the mask of a rectangle of the canvas. None if nothing
    is selected then."""
    how = deepcrop.Combine[operation.upper()]
    if base is None and how in (deepcrop.Combine.SUBTRACT, deepcrop.Combine.INTERSECT):
        return None
    if how is deepcrop.Combine.REPLACE and not any(mask.cutout_box()):
        return None
    selection = fresh()
    if base is not None and how in (deepcrop.Combine.ADD, deepcrop.Combine.SUBTRACT):
        box = box_of(base)
        selection.setPixelData(base.pixelData(*box), *box)
    if base is not None and how is not deepcrop.Combine.REPLACE:
        mask = mask_of(base, rectangle).combined(mask, how)
    if how is deepcrop.Combine.REPLACE:
        put(selection, mask, rectangle, mask.cutout_box())
        return selection
    put(selection, mask, rectangle, (0, 0, mask.width, mask.height))
    return None if is_empty(selection) else selection


def put(selection, mask, rectangle, part):
    """Writes a part of a mask into a selection."""
    left, top, width, _ = rectangle
    x0, y0, x1, y1 = part
    pixels = mask.pixels
    rows = (pixels[y * width + x0 : y * width + x1] for y in range(y0, y1))
    selection.setPixelData(b"".join(rows), left + x0, top + y0, x1 - x0, y1 - y0)


def set_selection(document, selection, undoable=True):
    """Selects this very object, or nothing if it is None. `undoable` asks for an undo
    step, which needs the document's window. Returns whether there is one."""
    if sets_undoably():
        document.setSelection(selection)
        return True
    undoable = undoable and _can_undo(document)
    if undoable:
        # Nobody sees what this action selects. It is here for its undo step.
        name = "select_all" if is_empty(document.selection()) else "deselect"
        Krita.instance().action(name).trigger()
        document.waitForDone()
    document.setSelection(selection)
    return undoable


@cache
def sets_undoably():
    """Whether Krita makes an undo step for every new selection, wanted or not."""
    numbers = Krita.instance().version().split("-")[0].split(".")
    return tuple(int(number) for number in numbers[:2]) >= (5, 3)


def _can_undo(document):
    window = Krita.instance().activeWindow()
    if window is None or Krita.instance().activeDocument() != document:
        return False
    # The action would change the layer's local selection instead.
    return not has_own_selection(document.activeNode())


def has_own_selection(node):
    """Whether a layer, or the layer of a mask, has a local selection."""
    if node is None:
        return False
    layer = node.parentNode() if node.type().endswith("mask") else node
    masks = layer.childNodes() if layer is not None else []
    return any(mask.type() == "selectionmask" and mask.visible() for mask in masks)
