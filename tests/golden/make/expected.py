"""Write cases of every kind, and small helpers that all kinds share.

A case may have, besides what cases.py writes, "objects" (each with a mask), a
"subject", a "trimap" or an "alpha" (one soft map of the picture's size each).
"""

import json
from pathlib import Path

import cases as masks
import cv2
import numpy as np
import pictures

PICTURES = ["wide.png", "tall.png", "tiny.png", "one.png", "large.png", "plain.png"]
LISTS = ["answers", "objects"]
MAPS = ["subject", "trimap", "alpha"]


def write(folder, cases, network):
    lines = []
    for number, case in enumerate(cases, 1):
        stem = f"{Path(case['picture']).stem}-{number}"
        case = dict(case)
        for key in LISTS:
            if key in case:
                case[key] = [
                    item
                    | {"mask": masks.save(folder, f"{stem}-{rank}.png", item["mask"])}
                    for rank, item in enumerate(case[key])
                ]
        for key in MAPS:
            if key in case:
                case[key] = masks.save(folder, f"{stem}-{key}.png", case[key])
        lines.append("  " + json.dumps(masks.rounded(case)))
    body = ",\n".join(lines)
    text = f'{{"network": {json.dumps(network)}, "cases": [\n{body}\n]}}\n'
    (folder / "cases.json").write_text(text)


def click(x, y):
    """A click on the middle of the pixel (x, y)."""
    return [{"include": [x + 0.5, y + 0.5]}]


def inner(mask):
    """The pixel of the mask that lies deepest inside it, as (x, y)."""
    padded = np.pad(mask.astype(np.uint8), 1)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    y, x = np.unravel_index(depth.argmax(), depth.shape)
    return int(x), int(y)


def part_at(mask, x, y):
    """The part of the mask that holds the pixel; parts touch along edges or at corners."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    return (labels == labels[y, x]) & mask.astype(bool)


def iou(a, b):
    return (a & b).sum() / max((a | b).sum(), 1)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def clicked(found, x, y):
    """The objects under a click, the surest first."""
    keys = ("mask", "score", "label")
    under = [item for item in found if item["mask"][y, x]]
    return [{key: item[key] for key in keys} for item in under]


def object_cases(detect, clicks_on):
    """All objects of every picture, and a click into each object of some."""
    cases = []
    for name in PICTURES:
        found = detect(pictures.load(name))
        cases.append({"picture": name, "objects": found})
        if name in clicks_on:
            for item in found:
                x, y = inner(item["mask"])
                answers = clicked(found, x, y)
                case = {"picture": name, "prompts": click(x, y), "answers": answers}
                cases.append(case)
    return cases
