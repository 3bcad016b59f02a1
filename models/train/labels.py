"""Labels of our own making for photos that have none: labels.zip, which data.py reads.

    python3 labels.py FOLDER NETWORK [--out FILE] [--sheets FOLDER]

Two very different ways have to agree on an object in the middle of the photo: colours alone (GrabCut from the photo's border), and NETWORK, an earlier one of
this line, clicked in the middle of what GrabCut found. 1 is where both see the object,
UNKNOWN where only one does. Photos on which they do not agree have no label. The sheets
show what was kept; they were looked through by eye, and what was wrong is LEFT_OUT.
"""

import argparse
import zipfile
from pathlib import Path

import cv2
import numpy as np

from data import LABELS, UNKNOWN, read_rgb, shrunk
from evaluate import Case, first_click, load
from geometry import bounds

SETS = ["species", "wiki_animals", "wiki_cars", "clothing", "trashnet"]
LEFT_OUT = (
    # Of mushrooms and nuts mostly a part was kept.
    "mu_",
    "nu_",
    # The object with what it sits on, a part of it, or something else.
    "an_acrocephalus-paludicola_9b375af9",
    "an_anser-erythropus_7f6c074f",
    "an_egretta-garzetta_1552dd7c",
    "an_emberiza-aureola_d2db8269",
    "an_gavia-immer_9c209290",
    "an_homo-sapiens_b8095fe0",
    "an_hydrobates-pelagicus_854ef3ca",
    "an_lissotriton-vulgaris_0d5ae710",
    "an_pyrrhocorax-graculus_abf31541",
    "an_recurvirostra-avosetta_01c0ee2e",
)
"""How the names of photos begin that get no label."""
SIDE = 400
"""Photos are looked at no larger than that."""
BORDER = 0.03
"""Of a photo, that does not show the object."""
ALIKE = 0.82
"""The IoU from which on both agree."""
SMALLEST, LARGEST = 0.03, 0.8
"""Shares of the photo that an object may have."""


def by_colour(picture: np.ndarray) -> np.ndarray:
    """What GrabCut sees as the object: its largest part, without pinholes."""
    height, width = picture.shape[:2]
    small = shrunk(picture, 256)
    rows, columns = small.shape[:2]
    room = max(2, round(BORDER * min(rows, columns)))
    inner = room, room, columns - 2 * room, rows - 2 * room
    marks = np.zeros((rows, columns), np.uint8)
    cv2.setRNGSeed(1)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(
        np.ascontiguousarray(small), marks, inner, *models, 4, cv2.GC_INIT_WITH_RECT
    )
    mask = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count > 1:
        mask = (parts == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()).astype(np.uint8)
    soft = cv2.resize(mask * 255, (width, height), interpolation=cv2.INTER_LINEAR)
    return soft > 127


def plausible(mask: np.ndarray) -> bool:
    if not SMALLEST < mask.mean() < LARGEST:
        return False
    left, top, right, bottom = bounds(mask)
    height, width = mask.shape
    touching = (left <= 1) + (top <= 1) + (right >= width - 1) + (bottom >= height - 1)
    return touching <= 1


def label(model, picture: np.ndarray) -> np.ndarray | None:
    mask = by_colour(picture)
    if not plausible(mask):
        return None
    case = Case("", "", picture, mask.astype(np.uint8))
    first_click(model, [case], getattr(model, "size", 128))
    if case.history[0] < ALIKE:
        return None
    other = case.mask(case.answer, case.window)
    return np.where(mask == other, mask, UNKNOWN).astype(np.uint8)


def sheet(some: list[tuple[np.ndarray, np.ndarray]], side: int = 160) -> np.ndarray:
    """Photos on which what is labelled is left as it is, the rest is dark and what
    is not known red."""
    cells = []
    for picture, labels in some:
        shown = picture.copy()
        shown[labels == 0] = shown[labels == 0] // 4 + (0, 0, 60)
        shown[labels == UNKNOWN] = 255, 0, 0
        shown = shrunk(shown, side)
        room = side - shown.shape[0], side - shown.shape[1]
        cells.append(np.pad(shown, ((0, room[0]), (0, room[1]), (0, 0))))
    cells += [np.zeros_like(cells[0])] * (-len(cells) % 10)
    rows = [np.hstack(cells[start : start + 10]) for start in range(0, len(cells), 10)]
    return np.vstack(rows)


def entry(name: str) -> zipfile.ZipInfo:
    """Without the time of the day, so that the same labels are the same file."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("network")
    parser.add_argument("--out", type=Path, default=LABELS)
    parser.add_argument("--sheets", type=Path, help="a folder for pictures of them")
    options = parser.parse_args()
    model = load(options.network)
    with zipfile.ZipFile(options.out, "w") as out:
        for name in SETS:
            paths = sorted((options.folder / name / "images").iterdir())
            paths = [path for path in paths if not path.stem.startswith(LEFT_OUT)]
            kept = []
            for path in paths:
                picture = np.ascontiguousarray(shrunk(read_rgb(path), SIDE))
                labels = label(model, picture)
                if labels is not None:
                    coded = cv2.imencode(".png", labels)[1].tobytes()
                    out.writestr(entry(f"{name}/masks/{path.stem}.png"), coded)
                    kept.append((picture, labels))
            for start in range(0, len(kept) if options.sheets else 0, 80):
                shown = sheet(kept[start : start + 80])[..., ::-1]
                options.sheets.mkdir(parents=True, exist_ok=True)
                file = options.sheets / f"{name}-{start // 80}.jpg"
                cv2.imwrite(str(file), shown)
            print(f"{name}: {len(kept)} of {len(paths)} photos", flush=True)
