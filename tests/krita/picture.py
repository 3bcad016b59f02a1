"""A picture drawn in memory: a disc on a ground."""

from functools import cache

WIDTH, HEIGHT, RADIUS = 200, 160, 45


def _inside(x, y, left, top):
    return (x + 0.5 - left) ** 2 + (y + 0.5 - top) ** 2 < RADIUS**2


@cache
def bgra():
    data = bytearray()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            shade = (x + y) // 20 + (x * 7 + y * 13) % 5
            colour = (40, 60, 190) if _inside(x, y, 100, 80) else (120, 100, 60)
            data += bytes([*(part + shade for part in colour), 255])
    return bytes(data)


@cache
def disc(left=100, top=80):
    """255 where the disc is."""
    return bytes(
        255 * _inside(x, y, left, top) for y in range(HEIGHT) for x in range(WIDTH)
    )
