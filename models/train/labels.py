"""Make labels for photos that come without masks: labels.zip, which data.py reads.

    python3 labels.py FOLDER NETWORK [--out FILE] [--sheets FOLDER]

A photo gets a label if two very different methods agree on an object in its middle. One
method is GrabCut, which knows only the colours and starts from the photo's border. The
other is NETWORK, an earlier network of this recipe, which is clicked in the middle of
what GrabCut found. In a label, pixels are 1 if both methods select them, and UNKNOWN if
only one does. The sheets show the labels. People looked through them; LEFT_OUT names
the photos whose labels were wrong.
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
    # Mushrooms and nuts: their labels mostly show only a part.
    "mu_",
    "nu_",
    # The label shows what the object sits on too, or only a part, or something else.
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
"""Photos whose names begin like this get no label."""
SIDE = 400
"""The longest side to which photos are reduced before they are labelled."""
BORDER = 0.03
"""The border that GrabCut takes for background, as a share of the photo."""
ALIKE = 0.82
"""The least IoU at which both methods agree."""
SMALLEST, LARGEST = 0.03, 0.8
"""The least and the greatest share of the photo that an object may cover."""


def by_colour(picture: np.ndarray) -> np.ndarray:
    """The object that GrabCut finds: its largest connected part, without pinholes."""
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
    """A sheet of photos. Labelled objects look as they are, the background is dark, and
    unknown pixels are red."""
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
    """An entry with a fixed date, so that the same labels make the same file."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("network")
    parser.add_argument("--out", type=Path, default=LABELS)
    parser.add_argument("--sheets", type=Path, help="a folder for sheets of the labels")
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
            print(f"{name}: {len(kept)} of {len(paths)} photos labelled", flush=True)
