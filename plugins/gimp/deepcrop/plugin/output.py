"""Turns a mask into a selection, channel, layer mask, layer or path.

Each output is one undo step.
"""

from typing import NamedTuple

from gi.repository import Gegl, Gimp

from .python import deepcrop
from .shared.sentences import Refusal
from .source import layer_of, mask_format, pixels

# Pixels read round the object, to compute its own colours at soft edges.
MARGIN = 64


class Area(NamedTuple):
    """A rectangle of the image; it may reach beyond the border."""

    x: int
    y: int
    width: int
    height: int

    @property
    def rectangle(self):
        return Gegl.Rectangle.new(*self)


def canvas(image):
    return Area(0, 0, image.get_width(), image.get_height())


def extent(drawable):
    _, x, y = drawable.get_offsets()
    return Area(x, y, drawable.get_width(), drawable.get_height())


def selection(image, area):
    """The selection in an area, as a mask. Beyond the border nothing is selected."""
    buffer = image.get_selection().get_buffer()
    return deepcrop.Mask(
        pixels(buffer, area.rectangle, "Y u8"), area.width, area.height
    )


def moved(mask, origin, area):
    """The mask of a picture at `origin`, as a mask of another area of the image."""
    if (*origin, mask.width, mask.height) == tuple(area):
        return mask
    own = Gegl.Rectangle.new(*origin, mask.width, mask.height)
    buffer = Gegl.Buffer.new("Y u8", *origin, mask.width, mask.height)
    buffer.set(own, "Y u8", bytes(mask.pixels))
    data = pixels(buffer, area.rectangle, "Y u8")
    return deepcrop.Mask(data, area.width, area.height)


def joined(image, mask, origin, area, operation):
    """The mask combined with the current selection, as a mask of an area."""
    mask = moved(mask, origin, area)
    how = deepcrop.Combine[operation.upper()]
    if how == deepcrop.Combine.REPLACE:
        return mask
    return selection(image, area).combined(mask, how)


def apply(image, drawable, choices, mask, origin, *after):
    """Makes the chosen output of a mask whose first pixel lies at `origin`.

    This and the functions `after` are one undo step, which GIMP names after the
    procedure. An Error or a Refusal leaves the image as it was. Everything that can
    fail comes before the group of undo steps, because GIMP keeps even an empty group as
    a step.
    """
    make = OUTPUTS[choices.output](image, drawable, choices, mask, origin)
    in_one_step(image, make, *after)


def in_one_step(image, *changes):
    image.undo_group_start()
    try:
        for change in changes:
            change()
    finally:
        image.undo_group_end()
        Gimp.displays_flush()


def to_selection(image, _, choices, mask, origin):
    area = canvas(image)
    mask = joined(image, mask, origin, area, choices.operation)

    def make():
        # Writing through the shadow buffer makes an undo step. GIMP would clip a layer
        # by the selection there, but it does not clip the selection itself.
        drawable = image.get_selection()
        shadow = drawable.get_shadow_buffer()
        shadow.set(area.rectangle, "Y u8", bytes(mask.pixels))
        shadow.flush()
        drawable.merge_shadow(True)
        drawable.update(0, 0, area.width, area.height)

    return make


def to_channel(image, _, choices, mask, origin):
    area = canvas(image)
    mask = joined(image, mask, origin, area, choices.operation)
    chosen = image.get_selected_layers()

    def make():
        colour = Gegl.Color.new("red")
        channel = Gimp.Channel.new(image, "Object", area.width, area.height, 50, colour)
        fill(channel, mask)
        channel.set_visible(False)  # as GIMP's own Save to Channel does
        image.insert_channel(channel, None, 0)
        if chosen:  # GIMP has selected the new channel instead
            image.set_selected_layers(chosen)

    return make


def to_layer_mask(image, drawable, choices, mask, origin):
    layer = needed_layer(image, drawable, "the layer mask is added to it")
    mask = joined(image, mask, origin, extent(layer), choices.operation)

    def make():
        if not layer.has_alpha() and not layer.is_group():
            layer.add_alpha()
        if layer.get_mask() is not None:
            layer.remove_mask(Gimp.MaskApplyMode.DISCARD)
        own = layer.create_mask(Gimp.AddMaskType.WHITE)
        fill(own, mask)
        layer.add_mask(own)

    return make


def fill(channel, mask):
    """Writes the bytes of a mask, unconverted, into a channel not yet in the image."""
    buffer = channel.get_buffer()
    whole = Gegl.Rectangle.new(0, 0, mask.width, mask.height)
    buffer.set(whole, mask_format(channel), bytes(mask.pixels))
    buffer.flush()


def needed_layer(image, drawable, why):
    layer = layer_of(drawable) if drawable is not None else None
    if layer is None:
        chosen = image.get_selected_layers()
        layer = chosen[0] if len(chosen) == 1 else None
    if layer is None:
        raise Refusal(f"Choose one layer in the Layers list: {why}.")
    return layer


def to_layer(image, drawable, choices, mask, origin):
    """The cut-out, as a layer of the object's size."""
    below = needed_layer(image, drawable, "the cut-out is placed above it")
    seen = below
    if choices.visible:
        seen = Gimp.Layer.new_from_visible(image, image, "DeepCrop")
    try:
        cut, format, place = cut_out(image, seen, mask, origin, choices.operation)
    finally:
        if choices.visible:
            seen.delete()
    kind = {
        Gimp.ImageBaseType.RGB: Gimp.ImageType.RGBA_IMAGE,
        Gimp.ImageBaseType.GRAY: Gimp.ImageType.GRAYA_IMAGE,
        Gimp.ImageBaseType.INDEXED: Gimp.ImageType.INDEXEDA_IMAGE,
    }[image.get_base_type()]

    def make():
        layer = Gimp.Layer.new(
            image, "Object", place.width, place.height, kind, 100, Gimp.LayerMode.NORMAL
        )
        layer.set_offsets(place.x, place.y)
        image.insert_layer(layer, below.get_parent(), image.get_item_position(below))
        buffer = layer.get_buffer()
        whole = Gegl.Rectangle.new(0, 0, place.width, place.height)
        buffer.set(whole, format, cut)
        buffer.flush()
        layer.update(0, 0, place.width, place.height)

    return make


def cut_out(image, layer, mask, origin, operation):
    """The pixels of the cut-out, their format, and their area in the image."""
    area = extent(layer)
    mask = joined(image, mask, origin, area, operation)
    if not mask.area:
        raise Refusal("Nothing is selected: there is nothing to cut out.")
    x0, y0, x1, y1 = mask.cutout_box()
    left, top = max(x0 - MARGIN, 0), max(y0 - MARGIN, 0)
    right, bottom = min(x1 + MARGIN, area.width), min(y1 + MARGIN, area.height)
    near = Area(left, top, right - left, bottom - top)
    mask = moved(mask, (0, 0), near)
    # These formats change no colour, even if the image has another colour space.
    eight_bits = image.get_precision().value_nick.startswith("u8")
    format, ours = (
        ("R'G'B'A u16", deepcrop.Format.RGBA16)
        if eight_bits
        else ("R'G'B'A float", deepcrop.Format.RGBAF32)
    )
    data = pixels(layer.get_buffer(), near.rectangle, format)
    picture = deepcrop.Image(data, near.width, near.height, ours)
    cut = deepcrop.cutout(picture, mask, ours, crop=True)
    place = Area(area.x + left + cut.x, area.y + top + cut.y, cut.width, cut.height)
    return bytes(cut.data), format, place


def to_path(image, _, choices, mask, origin):
    """The outline as Bézier curves; each ring is a stroke of its own."""
    mask = joined(image, mask, origin, canvas(image), choices.operation)
    rings = mask.outline().rings
    if not rings:
        raise Refusal("Nothing is selected: there is nothing to draw a path round.")

    def make():
        path = Gimp.Path.new(image, "Object")
        for ring in rings:
            # A node is three points: control point before, node, control point after.
            points = [
                number
                for node in ring.nodes
                for number in (node.in_x, node.in_y, node.x, node.y)
                + (node.out_x, node.out_y)
            ]
            path.stroke_new_from_points(Gimp.PathStrokeType.BEZIER, points, True)
        image.insert_path(path, None, 0)
        path.set_visible(True)

    return make


OUTPUTS = {
    "selection": to_selection,
    "channel": to_channel,
    "layer-mask": to_layer_mask,
    "layer": to_layer,
    "path": to_path,
}
