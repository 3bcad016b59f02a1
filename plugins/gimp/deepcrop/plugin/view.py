"""Draws a part of the picture, with masks, outlines and marks over it.

It uses only pixbufs: not every GIMP comes with cairo for Python.
"""

import math

from gi.repository import GdkPixbuf, Gegl, GLib

from .source import pixels

RGB = GdkPixbuf.Colorspace.RGB
BESIDE = 0x404040FF  # the colour beside the picture
CHECKS = (16, 0x707070, 0x909090)  # the checks behind a transparent picture
OBJECT, PREVIEW = (30, 120, 255), (255, 190, 40)
TINT = bytes(value * 110 // 255 for value in range(256))
FAINT = bytes(value * 90 // 255 for value in range(256))
INSIDE = bytes(value >= 128 for value in range(256))
WHITE, BLACK, GREEN, RED, YELLOW = (
    *(0xFFFFFFFF, 0x000000FF, 0x20B040FF, 0xE02020FF, 0xFFD020FF),
)


class View:
    """The part of the picture that the window shows, and its scale.

    `left` and `top` are the picture's coordinates at the window's top left corner.
    """

    SMALLEST, LARGEST = 1 / 64, 32

    def __init__(self, width, height):
        self.picture = (width, height)
        self.window = (1, 1)
        self.fits = True
        self.scale, self.left, self.top = 1.0, 0.0, 0.0

    def resize(self, width, height):
        """Changes the window's size. What was in the middle stays there."""
        middle = self.to_picture(self.window[0] / 2, self.window[1] / 2)
        self.window = (max(width, 1), max(height, 1))
        if self.fits:
            self.fit()
        else:
            self._place(middle, (width / 2, height / 2))

    def fit(self):
        """Shows all of the picture, centred and never enlarged."""
        (width, height), (wide, high) = self.window, self.picture
        self.fits = True
        self.scale = max(min(width / wide, height / high, 1.0), self.SMALLEST)
        self._place((wide / 2, high / 2), (width / 2, height / 2))

    def zoom(self, factor, x=None, y=None):
        """Zooms. What lies at x, y in the window stays there."""
        at = (self.window[0] / 2, self.window[1] / 2) if x is None else (x, y)
        there = self.to_picture(*at)
        self.scale = min(max(self.scale * factor, self.SMALLEST), self.LARGEST)
        self.fits = False
        self._place(there, at)

    def pan(self, dx, dy):
        """Moves the picture by some pixels of the window."""
        self.fits = False
        self._place((self.left, self.top), (dx, dy))

    def to_picture(self, x, y):
        return self.left + x / self.scale, self.top + y / self.scale

    def to_window(self, x, y):
        return (x - self.left) * self.scale, (y - self.top) * self.scale

    def _place(self, point, at):
        """Moves a point of the picture to a place in the window. Some of the picture
        stays visible."""
        corner = []
        for axis in (0, 1):
            first = point[axis] - at[axis] / self.scale
            room = self.window[axis] / self.scale / 2
            corner.append(min(max(first, -room), self.picture[axis] - room))
        # Whole pixels of the scaled picture: GEGL reads no others.
        self.left, self.top = (
            math.floor(c * self.scale + 0.5) / self.scale for c in corner
        )

    def seen(self):
        """The visible rectangle of the scaled picture, and its place in the window."""
        x, y = round(self.left * self.scale), round(self.top * self.scale)
        whole = [max(1, round(side * self.scale)) for side in self.picture]
        x0, y0 = max(x, 0), max(y, 0)
        x1 = min(x + self.window[0], whole[0])
        y1 = min(y + self.window[1], whole[1])
        return (x0, y0, max(x1 - x0, 0), max(y1 - y0, 0)), (x0 - x, y0 - y)


def mask_buffer(mask):
    """The selected part of a mask, as a GEGL buffer for scaling. Masks may be large."""
    x0, y0, x1, y1 = mask.cutout_box()
    rows = range(y0 * mask.width, y1 * mask.width, mask.width)
    data = b"".join(mask.pixels[row + x0 : row + x1] for row in rows)
    place = (x0, y0, max(x1 - x0, 1), max(y1 - y0, 1))
    buffer = Gegl.Buffer.new("Y u8", *place)
    if data:
        buffer.set(Gegl.Rectangle.new(*place), "Y u8", data)
    return buffer


def pixbuf(data, width, height, channels=4):
    return GdkPixbuf.Pixbuf.new_from_bytes(
        *(GLib.Bytes.new(data), RGB, channels == 4, 8),
        *(width, height, width * channels),
    )


def ground(view, source):
    """The picture as the window shows it."""
    shown = GdkPixbuf.Pixbuf.new(RGB, False, 8, *view.window)
    shown.fill(BESIDE)
    (x, y, width, height), (to_x, to_y) = view.seen()
    if width and height:
        rectangle = Gegl.Rectangle.new(x, y, width, height)
        data = pixels(source.buffer, rectangle, source.format, view.scale)
        part = pixbuf(data, width, height, source.channels)
        nearest = GdkPixbuf.InterpType.NEAREST
        part = part.composite_color_simple(width, height, nearest, 255, *CHECKS)
        overlay(part, shown, to_x, to_y)
    return shown


def lay_mask(shown, view, buffer, colour, tint):
    """Lays a mask over the picture: a tint, and a line along its edge."""
    (x, y, width, height), at = view.seen()
    if not (width and height):
        return
    rectangle = Gegl.Rectangle.new(x, y, width, height)
    mask = pixels(buffer, rectangle, "Y u8", view.scale)
    lay(shown, at, width, height, colour, mask.translate(tint))
    line = rim(mask, width)
    dark = bytes(line[width + 1 :]) + bytes(width + 1)
    lay(shown, at, width, height, (0, 0, 0), dark.translate(bytes((0, 150)) * 128))
    lay(shown, at, width, height, (255,) * 3, line.translate(bytes((0, 255)) * 128))


def rim(mask, width):
    """1 where a pixel and its right or lower neighbour lie on different sides of the
    edge. Computed with the mask as one long number: loops over pixels take seconds."""
    inside = int.from_bytes(mask.translate(INSIDE), "little")
    edge = (inside ^ (inside >> 8)) | (inside ^ (inside >> 8 * width))
    return edge.to_bytes(len(mask), "little")


def lay(shown, at, width, height, colour, alpha):
    """Lays a colour over the picture. `alpha` is its opacity, one byte a pixel."""
    data = bytearray(bytes((*colour, 0)) * (width * height))
    data[3::4] = alpha
    overlay(pixbuf(bytes(data), width, height), shown, *at)


def overlay(part, shown, x, y):
    size = part.get_width(), part.get_height()
    nearest = GdkPixbuf.InterpType.NEAREST
    part.composite(shown, x, y, *size, x, y, 1, 1, nearest, 255)


def fill(shown, x, y, width, height, colour):
    """Fills a rectangle, as far as it lies in the pixbuf."""
    x0, y0 = max(round(x), 0), max(round(y), 0)
    x1 = min(round(x + width), shown.get_width())
    y1 = min(round(y + height), shown.get_height())
    if x1 > x0 and y1 > y0:
        shown.new_subpixbuf(x0, y0, x1 - x0, y1 - y0).fill(colour)


def mark(shown, x, y, included):
    """Draws the mark of a click: a plus or a minus."""
    for radius, colour in ((7, WHITE), (6, GREEN if included else RED)):
        for row in range(-radius, radius + 1):
            half = math.sqrt(radius * radius - row * row)
            fill(shown, x - half, y + row, 2 * half + 1, 1, colour)
    fill(shown, x - 3, y, 7, 1, WHITE)
    if included:
        fill(shown, x, y - 3, 1, 7, WHITE)


def line(shown, points, colour=YELLOW):
    """Draws a line through points of the window, with a dark rim."""
    dots = []
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        steps = max(1, round(max(abs(x1 - x0), abs(y1 - y0)) / 2))
        dots += [
            (x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps)
            for i in range(steps + 1)
        ]
    for around, shade in ((1, BLACK), (0, colour)):
        for x, y in dots:
            fill(shown, x - around, y - around, 2 + 2 * around, 2 + 2 * around, shade)


def frame(shown, x0, y0, x1, y1):
    """Draws a box."""
    for around, shade in ((1, BLACK), (0, YELLOW)):
        left, right = min(x0, x1) - around, max(x0, x1) + around
        top, bottom = min(y0, y1) - around, max(y0, y1) + around
        thick = 2 + 2 * around
        for x, y, width, height in (
            (left, top, right - left, thick),
            (left, bottom - thick, right - left, thick),
            (left, top, thick, bottom - top),
            (right - thick, top, thick, bottom - top),
        ):
            fill(shown, x, y, width, height, shade)
