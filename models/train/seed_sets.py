"""Make the two sets for the tables of the seed networks, from the validation lists.

    python3 seed_sets.py DATA OUT

OUT/crops has a patch for every object, with the object in the middle and as large as in
DeepMask's training. OUT/prominent has the photos with prominent objects by ExtractNet's
rule; the objects are joined into one. `deepcrop eval` reads both folders.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from data import UNKNOWN, read_labels, read_rgb
from evaluate import LEAST_SHARE, OTHERS, UNSEEN
from geometry import PADDING, warp, window_to_grid
from seed_networks import PATCH
from seed_samples import canonical, prominent

SIDE = 2 * PATCH
"""The side of a crop, in pixels."""
TILED = ("bsds_regions", "carparts")
"""The sets whose regions tile the picture, so that nothing is prominent."""


def write(folder: Path, name: str, picture: np.ndarray, truth: np.ndarray) -> None:
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / "images" / f"{name}.png"), picture[..., ::-1])
    cv2.imwrite(str(folder / "masks" / f"{name}.png"), truth)


def crop(picture: np.ndarray, truth: np.ndarray):
    """The patch of the object. Outside the picture there is no object."""
    matrix = window_to_grid(canonical(truth), SIDE)
    labels = warp(truth, matrix, SIDE, SIDE, padding=0, how=cv2.INTER_NEAREST)
    return warp(picture, matrix, SIDE, SIDE, padding=PADDING), labels


def main(data: Path, out: Path) -> None:
    counts = {"crops": 0, "prominent": 0}
    for name in UNSEEN + OTHERS:
        for stem in sorted((data / name / "val.txt").read_text().split()):
            picture = read_rgb(next((data / name / "images").glob(f"{stem}.*")))
            labels = read_labels(data / name / "masks" / f"{stem}.png")
            numbers = [n for n in np.unique(labels) if n not in (0, UNKNOWN)]
            areas = {number: (labels == number).mean() for number in numbers}
            for number in numbers:
                if areas[number] >= LEAST_SHARE:
                    truth = (labels == number).astype(np.uint8)
                    truth[labels == UNKNOWN] = UNKNOWN
                    write(
                        out / "crops", f"{name}-{stem}-{number}", *crop(picture, truth)
                    )
                    counts["crops"] += 1
            joined = prominent(areas) if name not in TILED else []
            if joined:
                truth = np.isin(labels, joined).astype(np.uint8)
                truth[labels == UNKNOWN] = UNKNOWN
                write(out / "prominent", f"{name}-{stem}", picture, truth)
                counts["prominent"] += 1
    print(", ".join(f"{count} {name}" for name, count in counts.items()))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
