"""What a kept object becomes, other than the selection."""

from . import binding, selecting
from .pixels import Refusal


def make(document, output, pixels, selection):
    """Makes it of a selection; `pixels` are those that were looked at."""
    if selecting.mark(selection) == selecting.NOTHING:
        raise Refusal("Nothing is selected: click on an object first.")
    makers = {
        "selection mask": _selection_mask,
        "transparency mask": _transparency_mask,
        "layer": _layer,
        "vector layer": _vector_layer,
    }
    makers[output](document, pixels, selection)
    document.refreshProjection()


def _selection_mask(document, _, selection):
    mask = document.createSelectionMask("Object")
    mask.setSelection(selection)
    _layer_for_masks(document).addChildNode(mask, None)


def _transparency_mask(document, _, selection):
    mask = document.createTransparencyMask("Object")
    mask.setSelection(selection)
    _layer_for_masks(document).addChildNode(mask, None)


def _layer(document, pixels, selection):
    """The object alone, with its own colours at soft edges, above the active layer."""
    mask = selecting.mask_of(selection, pixels.rectangle)
    cut = binding.cutout(pixels.image, mask, binding.Format.BGRA8, crop=True)
    if not cut.data:
        raise Refusal("The selection lies beside the picture that is looked at.")
    layer = document.createNode("Object", "paintlayer")
    if (layer.colorModel(), layer.colorDepth()) != ("RGBA", "U8"):
        # Written as 8-bit sRGB, then converted by Krita.
        layer.setColorSpace("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")
    box = pixels.left + cut.x, pixels.top + cut.y, cut.width, cut.height
    layer.setPixelData(bytes(cut.data), *box)
    wanted = document.colorModel(), document.colorDepth(), document.colorProfile()
    if (layer.colorModel(), layer.colorDepth()) != wanted[:2]:
        layer.setColorSpace(*wanted)
    _insert(document, layer)


def _vector_layer(document, pixels, selection):
    """The outline as curves, with holes, above the active layer."""
    whole = 0, 0, document.width(), document.height()
    path = selecting.mask_of(selection, whole).outline().svg_path
    width, height = whole[2:]
    layer = document.createVectorLayer("Object")
    _insert(document, layer)
    layer.addShapesFromSvg(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}px" '
        f'height="{height}px" viewBox="0 0 {width} {height}">'
        f'<path fill="#000000" fill-rule="evenodd" d="{path}"/></svg>'
    )


def _layer_for_masks(document):
    """The active layer, which is not a mask and not locked."""
    node = document.activeNode()
    if node is not None and node.type().endswith("mask"):
        node = node.parentNode()
    if node is None:
        raise Refusal("No layer is chosen: choose the one that the mask is for.")
    if node.locked():
        raise Refusal(f"The layer `{node.name()}` is locked: unlock it first.")
    return node


def _insert(document, layer):
    """Right above the active layer."""
    above = document.activeNode()
    if above is not None and above.type().endswith("mask"):
        above = above.parentNode()
    parent = above.parentNode() if above is not None else None
    (parent or document.rootNode()).addChildNode(layer, above if parent else None)
