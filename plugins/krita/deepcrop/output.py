"""The outputs of a kept object, other than the selection."""

from krita import Krita

from . import selecting
from .pixels import OUTSIDE
from .python import deepcrop
from .shared.sentences import Refusal
from .toolkit import QtCore

NAME = "Object"
SRGB = "sRGB-elle-V2-srgbtrc.icc"


def prepared(document, output, pixels, selection, layer=None):
    """Returns a function that makes an output from a selection, for `layer` or the
    active layer. `pixels` are those that DeepCrop looked at. Every refusal comes from
    here, before anything is changed."""
    if selecting.is_empty(selection):
        raise Refusal("Nothing is selected: click on an object first.")
    makers = {
        "selection mask": _selection_mask,
        "transparency mask": _transparency_mask,
        "layer": _layer,
        "vector layer": _vector_layer,
    }
    layer = layer or document.activeNode()
    if layer is not None and layer.type().endswith("mask"):
        layer = layer.parentNode()
    make = makers[output](document, pixels, selection, layer)

    def made():
        make()
        document.refreshProjection()

    return made


def _selection_mask(document, _, selection, layer):
    return _mask(document.createSelectionMask, selection, layer)


def _transparency_mask(document, _, selection, layer):
    if hasattr(document, "createTransparencyMask"):
        return _mask(document.createTransparencyMask, selection, layer)
    _check(layer)

    def make():
        # Before Krita 5.2 only an action of the window makes such masks, from the
        # document's selection. Its undo would restore that, so there is no selection
        # meanwhile: the mask covers everything, then gets its values.
        before = document.selection()
        document.setSelection(None)
        document.setActiveNode(layer)
        Krita.instance().action("add_new_transparency_mask").trigger()
        document.waitForDone()
        mask = document.activeNode()
        mask.setName(NAME)
        canvas = QtCore.QRect(0, 0, document.width(), document.height())
        box = (canvas | layer.bounds()).getRect()
        mask.setPixelData(selecting.pixels_of(selection, box), *box)
        document.setSelection(before)

    return make


def _mask(create, selection, layer):
    _check(layer)

    def make():
        mask = create(NAME)
        mask.setSelection(selection)
        layer.addChildNode(mask, None)

    return make


def _check(layer):
    if layer is None:
        raise Refusal("No layer is active: choose the layer that needs the mask.")
    if layer.locked():
        raise Refusal(f"The layer `{layer.name()}` is locked: unlock it first.")


def _layer(document, pixels, selection, above):
    """A new layer with the cut-out."""
    mask = selecting.mask_of(selection, pixels.rectangle)
    cut = deepcrop.cutout(pixels.image, mask, deepcrop.Format.BGRA8, crop=True)
    if not cut.data:
        raise Refusal(OUTSIDE)
    left, top = pixels.origin

    def make():
        layer = document.createNode(NAME, "paintlayer")
        space = document.colorModel(), document.colorDepth(), document.colorProfile()
        if space[:2] != ("RGBA", "U8"):
            # Krita gave the pixels in this colour space; it converts them back.
            layer.setColorSpace("RGBA", "U8", SRGB)
        box = left + cut.x, top + cut.y, cut.width, cut.height
        layer.setPixelData(bytes(cut.data), *box)
        if space[:2] != ("RGBA", "U8"):
            layer.setColorSpace(*space)
        _insert(document, layer, above)

    return make


def _vector_layer(document, _, selection, above):
    """A new vector layer with the outline as curves, including holes."""
    width, height = document.width(), document.height()
    mask = selecting.mask_of(selection, (0, 0, width, height))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}px" '
        f'height="{height}px" viewBox="0 0 {width} {height}">'
        '<path fill="none" stroke="#000000" fill-rule="evenodd" '
        f'd="{mask.outline().svg_path}"/></svg>'
    )

    def make():
        # First in a document of its own: adding a layer and adding shapes are two undo
        # steps, but the output has to be one.
        unseen = Krita.instance().createDocument(
            *(width, height, "deepcrop", "RGBA", "U8", "", document.resolution())
        )
        try:
            unseen.setBatchmode(True)
            layer = unseen.createVectorLayer(NAME)
            unseen.rootNode().addChildNode(layer, None)
            layer.addShapesFromSvg(svg)
            copy = layer.duplicate()
            _insert(document, copy, above)
            for shape in copy.shapes():
                shape.update()
        finally:
            unseen.close()

    return make


def _insert(document, layer, above):
    """Inserts a layer right above another one, or on top."""
    parent = above.parentNode() if above is not None else None
    (parent or document.rootNode()).addChildNode(layer, above if parent else None)
