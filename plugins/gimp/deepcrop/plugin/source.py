"""Reads the pixels of GIMP's layers. Only the main thread may call GIMP."""

from gi.repository import Babl, Gegl, Gimp

from .python import deepcrop
from .shared.sentences import Refusal

# The pixels of a band. Few: the window reacts only between two bands.
BAND = 2_000_000


def layer_of(drawable):
    """The drawable if it is a layer, or the layer that it masks; None for channels."""
    if isinstance(drawable, Gimp.LayerMask):
        return Gimp.Layer.from_mask(drawable)
    return drawable if isinstance(drawable, Gimp.Layer) else None


class Source:
    """The pixels that DeepCrop looks at: one layer or channel, or all visible layers.

    The first pixel lies at `origin` in the image.
    """

    def __init__(self, image, drawable, visible):
        self._copy = None
        self._image = image
        if not image.get_layers():
            raise Refusal("The image has no layer: add one, or open a picture.")
        if visible:
            self._copy = Gimp.Layer.new_from_visible(image, image, "DeepCrop")
            drawable = self._copy
            self.origin = (0, 0)
        elif drawable is None:
            raise Refusal("Choose one layer, or set Source to all visible layers.")
        else:
            drawable = layer_of(drawable) or drawable
            _, *origin = drawable.get_offsets()
            self.origin = tuple(origin)
        self.width, self.height = drawable.get_width(), drawable.get_height()
        # Most layers' format: converting takes time, the first time half a second.
        self.channels = 4 if drawable.has_alpha() else 3
        self.format = "R'G'B'A u8" if self.channels == 4 else "R'G'B' u8"
        self.buffer = drawable.get_buffer()

    def close(self):
        """Frees what GIMP holds for this."""
        self.buffer = None
        if self._copy is not None and self._image.is_valid():
            self._copy.delete()
        self._copy = None

    def reading(self):
        """Reads all pixels, band by band. Yields the progress, from 0 to 1, and at last
        the deepcrop.Image."""
        stride = self.width * self.channels
        data = bytearray(stride * self.height)
        rows = max(1, BAND // self.width)
        for top in range(0, self.height, rows):
            yield top / self.height
            below = min(top + rows, self.height)
            band = Gegl.Rectangle.new(0, top, self.width, below - top)
            data[top * stride : below * stride] = pixels(self.buffer, band, self.format)
        format = deepcrop.Format.RGBA8 if self.channels == 4 else deepcrop.Format.RGB8
        yield deepcrop.Image(data, self.width, self.height, format)

    def image(self):
        """All pixels at once."""
        *_, image = self.reading()
        return image


def pixels(buffer, rectangle, format, scale=1.0):
    """The pixels of a part of a buffer; beyond its border they are transparent or 0.
    The rectangle is in pixels of the scaled picture."""
    return buffer.get(rectangle, scale, format, Gegl.AbyssPolicy.NONE)


def mask_format(drawable):
    """The format in which GIMP passes on a channel's bytes without converting them."""
    encoding = Babl.format_get_encoding(drawable.get_format())
    return "Y' u8" if encoding.startswith("Y'") else "Y u8"
