"""Write a set's cases.json and its masks.

A case is a dictionary: the picture, the prompts (a session, replayed one by one;
see the README of golden/), and the answers after the last of them, best first.
An answer has a "mask" (an array: bool, or 0..255 where it is soft), a "score",
and whatever else the family gives.
"""

import json
from pathlib import Path

import numpy as np
from PIL import Image


def write(folder, cases, network="."):
    """Save masks as PNG beside cases.json: one bit if bool, else eight."""
    written = []
    for number, case in enumerate(cases, 1):
        stem = f"{Path(case['picture']).stem}-{number}"
        answers = [
            {**answer, "mask": save(folder, f"{stem}-{rank}.png", answer["mask"])}
            for rank, answer in enumerate(case["answers"])
        ]
        written.append({**case, "answers": answers})
    lines = ",\n".join("  " + json.dumps(rounded(case)) for case in written)
    text = f'{{"network": {json.dumps(network)}, "cases": [\n{lines}\n]}}\n'
    (folder / "cases.json").write_text(text)


def save(folder, name, mask):
    mask = np.asarray(mask)
    if mask.dtype == bool:
        image = Image.fromarray(mask.astype(np.uint8) * 255).convert("1", dither=0)
    else:
        image = Image.fromarray(mask.astype(np.uint8))
    image.save(folder / name, optimize=True)
    return name


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return round(float(value), 6) if isinstance(value, float | np.floating) else value
