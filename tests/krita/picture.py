"""A picture drawn in memory: a disc on a ground, with a soft edge."""

import math
from functools import cache

WIDTH, HEIGHT, RADIUS = 200, 160, 45


OBJECT, GROUND = (40, 60, 190), (120, 100, 60)


def _share(x, y, left, top):
    """The share of a pixel that the disc covers: at its edge the two colours mix."""
    far = math.hypot(x + 0.5 - left, y + 0.5 - top)
    return min(max(RADIUS - far + 0.5, 0), 1)


def shade(x, y):
    """The texture, which is added to both colours."""
    return (x + y) // 20 + (x * 7 + y * 13) % 5


@cache
def bgra():
    data = bytearray()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            share = _share(x, y, 100, 80)
            mixed = [
                share * one + (1 - share) * other for one, other in zip(OBJECT, GROUND)
            ]
            data += bytes([*(round(part) + shade(x, y) for part in mixed), 255])
    return bytes(data)


@cache
def disc(left=100, top=80):
    """The true mask of the disc."""
    return bytes(
        round(255 * _share(x, y, left, top))
        for y in range(HEIGHT)
        for x in range(WIDTH)
    )
