"""Render the pictures that all golden sets share.

Soft blobs with saturated colours on a gradient, all lightly textured: what a
network sees of them depends on how they were resized, but not wildly.
"""

from pathlib import Path

import numpy as np
from PIL import Image

FOLDER = Path(__file__).resolve().parent.parent / "pictures"
SIZES = {
    "wide": (97, 31),
    "tall": (31, 97),
    "tiny": (5, 3),
    "one": (1, 1),
    "large": (300, 200),
    "plain": (64, 48),
}
# centre x, y, radii, turn; colour: in shares of the picture
BLOBS = [
    ((0.27, 0.36), (0.19, 0.27), 0.5, (225, 60, 30)),
    ((0.70, 0.62), (0.22, 0.26), -0.4, (35, 70, 215)),
    ((0.55, 0.20), (0.12, 0.13), 0.0, (240, 205, 60)),
    ((0.24, 0.82), (0.15, 0.10), 0.2, (50, 170, 80)),
    ((0.88, 0.17), (0.07, 0.11), 0.9, (200, 60, 190)),
]
CORNERS = [(210, 190, 150), (120, 150, 170), (90, 80, 60), (40, 60, 90)]
FINER = 4


def render(width, height):
    x = (np.arange(width * FINER) + 0.5)[None] / (width * FINER)
    y = (np.arange(height * FINER) + 0.5)[:, None] / (height * FINER)
    tl, tr, bl, br = np.array(CORNERS, float)[:, :, None, None]
    colour = (tl * (1 - x) + tr * x) * (1 - y) + (bl * (1 - x) + br * x) * y
    for (cx, cy), (rx, ry), turn, paint in BLOBS:
        c, s = np.cos(turn), np.sin(turn)
        u, v = (x - cx) * c + (y - cy) * s, (y - cy) * c - (x - cx) * s
        inside = 1 / (1 + np.exp((np.hypot(u / rx, v / ry) - 1) * 25))
        shade = 1 - 0.35 * np.clip(u / rx + v / ry, -1, 1)
        colour += inside * (np.array(paint)[:, None, None] * shade - colour)
    side = max(width, height)
    px, py = x * width / side, y * height / side
    colour *= 1 + 0.06 * np.sin(40 * px + 9 * np.sin(14 * py)) * np.cos(31 * py)
    blocks = colour.reshape(3, height, FINER, width, FINER).mean((2, 4))
    return np.clip(np.rint(blocks), 0, 255).astype(np.uint8).transpose(1, 2, 0)


def render_all():
    FOLDER.mkdir(exist_ok=True)
    for name, size in SIZES.items():
        Image.fromarray(render(*size)).save(FOLDER / f"{name}.png", optimize=True)


def load(name):
    """The picture as uint8[height, width, 3]."""
    return np.array(Image.open(FOLDER / name).convert("RGB"))
