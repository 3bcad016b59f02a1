"""Remake the reference outlines: small masks, what OpenCV finds round them and how
pycocotools writes them.

    python tests/outlines/make.py [--out DIR]

Two runs write the same bytes. Needs requirements.txt beside this file.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from pycocotools import mask as coco

DATA = Path(__file__).resolve().parent / "data"
HALF = 128
SEED = 4


def grid(width, height):
    return np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)


def hard(selected):
    return np.where(selected, 255, 0).astype(np.uint8)


def soft(depth):
    """A mask one pixel soft, from the distance to its edge, positive inside."""
    return (np.clip(depth + 0.5, 0, 1) * 255).astype(np.uint8)


def disc(width, height, x, y, radius):
    xs, ys = grid(width, height)
    return radius - np.hypot(xs - x, ys - y)


def islands():
    """Rings in rings, one of them cut off by the picture's edge."""
    depth = np.full((90, 120), -9.0)
    for x, y, radius in [(50, 45, 40), (112, 20, 15)]:
        depth = np.maximum(depth, disc(120, 90, x, y, radius))
    for x, y, radius in [(45, 45, 28), (112, 20, 8)]:
        depth = np.minimum(depth, -disc(120, 90, x, y, radius))
    depth = np.maximum(depth, disc(120, 90, 40, 42, 16))
    depth = np.minimum(depth, -disc(120, 90, 38, 40, 7))
    return np.maximum(depth, disc(120, 90, 38, 40, 3))


def blobs(width, height, blur):
    random = np.random.default_rng(SEED)
    noise = random.random((height, width)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), blur)
    low, high = np.quantile(smooth, [0.3, 0.7])
    return (np.clip((smooth - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def masks():
    xs, ys = grid(13, 11)
    column, row = np.floor(xs), np.floor(ys)
    return {
        "empty": hard(xs < 0),
        "full": hard(xs > 0),
        "one-pixel": hard((column == 5) & (row == 4)),
        "row": hard(row == 6),
        "column": hard((column == 12) & (row > 2)),
        "diagonal": hard(column == row),
        "board": hard((column + row) % 2 == 0),
        "touching": hard((column < 6) == (row < 5)),
        "hole": hard((abs(column - 6) < 4) & (abs(row - 5) < 4) & (column != row + 1)),
        "islands": soft(islands()),
        "islands-hard": hard(islands() >= 0),
        "blobs": blobs(160, 120, 5),
        "crumbs": blobs(60, 50, 1),
        "tall": blobs(3, 400, 2),
        "wide": blobs(400, 3, 2),
    }


def contours(mask):
    """Their points, in OpenCV's terms the outermost pixels; those of holes lie
    round them."""
    found, tree = cv2.findContours(
        hard(mask >= HALF), cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE
    )
    parents = [int(parent) for parent in tree[0][:, 3]] if found else []

    def depth(number):
        return -1 if number < 0 else depth(parents[number]) + 1

    return [
        {
            "points": points[:, 0].tolist(),
            "hole": depth(number) % 2 == 1,
            "parent": parents[number] if parents[number] >= 0 else None,
        }
        for number, points in enumerate(found)
    ]


def counts(selected):
    """COCO's uncompressed form, by its definition."""
    column_wise = selected.flatten(order="F").astype(int)
    changes = np.flatnonzero(np.diff(column_wise, prepend=0))
    return np.diff(changes, prepend=0, append=column_wise.size).tolist()


def run_lengths(mask):
    selected = np.asfortranarray(mask >= HALF, dtype=np.uint8)
    packed = coco.encode(selected)
    plain = counts(selected)
    height, width = selected.shape
    assert (
        coco.frPyObjects({"size": [height, width], "counts": plain}, height, width)[
            "counts"
        ]
        == packed["counts"]
    )
    return {
        "counts": plain,
        "packed": packed["counts"].decode(),
        "area": int(coco.area(packed)),
        "bbox": [int(value) for value in coco.toBbox(packed)],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, default=DATA)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, mask in masks().items():
        Image.fromarray(mask).save(options.out / f"{name}.png", optimize=True)
        expected = {"name": name} | run_lengths(mask) | {"contours": contours(mask)}
        lines.append(json.dumps(expected, separators=(",", ":")))
    text = "[\n" + ",\n".join(lines) + "\n]\n"
    (options.out / "expected.json").write_text(text)
    print(f"{len(lines)} masks in {options.out}")


if __name__ == "__main__":
    main()
