"""Draw the picture on a network's card: clicks, and the network's answers to them.

    python3 sheet.py DEEPCROP OUT.jpg [MODEL]

The clicks are on pictures that we made. Each click has a row: the click, the selection,
and the other answers that Tab would show. Each answer has its IoU with the object that
was meant.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

PICTURES = Path(__file__).resolve().parents[2] / "tests/data"
# The picture, the click, and the number of the object that is meant (in
# NAME_objects.png).
CLICKS = [
    ("still_life", (511, 231), 4),
    ("still_life", (455, 187), 4),
    ("still_life", (267, 215), 3),
    ("still_life", (372, 205), 3),
    ("garden", (152, 359), 1),
    ("garden", (102, 215), 2),
    ("garden", (350, 400), 3),
    ("garden", (292, 474), 4),
    ("garden", (75, 485), 5),
    ("garden", (60, 420), 5),
]
COLUMNS, SIDE, GAP = 4, 176, 4
RED, BLUE = (60, 60, 230), (230, 120, 30)


def answers(program: str, model: str, name: str, click) -> list[np.ndarray]:
    picture = PICTURES / f"{name}.png"
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "segment", str(picture), "--at", "{},{}".format(*click)]
        command += ["--model", model, "--candidates", "-o", f"{folder}/mask.png"]
        told = subprocess.run(command, check=False, capture_output=True, text=True)
        if told.returncode:
            raise SystemExit(told.stderr)
        files = sorted(Path(folder).glob("*.png"), key=lambda p: int(p.stem[5:]))
        return [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in files]


def tile(picture: np.ndarray, text: str = "", mask=None, click=None) -> np.ndarray:
    """The picture in a square. The selection has an outline; the rest is pale."""
    drawn = picture.copy()
    if mask is not None:
        pale = mask < 128
        drawn[pale] = drawn[pale] // 3 + 160
        edges, _ = cv2.findContours(
            255 - pale.astype(np.uint8) * 255, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
        )
        cv2.drawContours(drawn, edges, -1, BLUE, 3)
    if click is not None:
        cv2.circle(drawn, click, 12, (255, 255, 255), -1)
        cv2.circle(drawn, click, 9, RED, -1)
    height, width = drawn.shape[:2]
    scale = SIDE / max(height, width)
    size = round(width * scale), round(height * scale)
    square = np.full((SIDE, SIDE, 3), 255, np.uint8)
    small = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    for colour, thick in (((255, 255, 255), 4), ((0, 0, 0), 1)):
        where, font = (8, SIDE - 10), cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(square, text, where, font, 0.6, colour, thick, cv2.LINE_AA)
    return square


def row(program: str, model: str, name: str, click, number: int) -> list[np.ndarray]:
    picture = cv2.imread(str(PICTURES / f"{name}.png"))
    objects = cv2.imread(str(PICTURES / f"{name}_objects.png"), cv2.IMREAD_UNCHANGED)
    wanted, tiles = objects == number, [tile(picture, click=click)]
    for mask in answers(program, model, name, click)[: COLUMNS - 1]:
        said = mask >= 128
        iou = (said & wanted).sum() / (said | wanted).sum()
        tiles.append(tile(picture, f"{100 * iou:.0f} %", mask))
    blank = np.full((SIDE, SIDE, 3), 255, np.uint8)
    return tiles + [blank] * (COLUMNS - len(tiles))


def main(program: str, out: str, model: str = "builtin") -> None:
    rows = [row(program, model, *about) for about in CLICKS]
    half = (len(rows) + 1) // 2
    lines = []
    for left, right in zip(rows[:half], rows[half:], strict=True):
        padded = [
            np.pad(part, ((GAP,), (GAP,), (0,)), constant_values=255)
            for part in left + right
        ]
        lines.append(np.hstack(padded))
    cv2.imwrite(out, np.vstack(lines), [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
