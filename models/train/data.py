"""Pack the pictures for training. Their sources and licences are listed here.

    python3 data.py FOLDER PACK

FOLDER holds the sets, as shared/data/README.md describes them. labels.zip, next to this
file, has masks for photos that come without masks. PACK gets index.json and one binary
file for each set. In that file, every pixel of a picture has four bytes: red, green,
blue, and the label or the opacity. Two kinds of photos are never packed: those that a
val.txt names, and one in twelve of the photos that come with masks. Ideas are judged on
the latter (`evaluate.py --choosing`).
"""

import hashlib
import json
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

LABELS = Path(__file__).with_name("labels.zip")

UNKNOWN = 255
"""The label of pixels whose object is not known."""

LEAST_SHARE = 0.002
LEAST_AREA = 120
"""An object is learned only if it has at least this share of the picture and at least
this many pixels."""


@dataclass(frozen=True)
class Source:
    """A set of pictures and its licence.

    The weights say how often the set is drawn: `photo` as a photo with objects,
    `cutout` as a supply of objects for composed scenes, `background` as their
    background. `side` is the longest side of a packed picture, in pixels.
    """

    licence: str
    photo: float = 0.0
    cutout: float = 0.0
    background: float = 0.0
    side: int = 480


CC_BY, MIT = "CC BY 4.0", "MIT"
BY_SA = "CC0, CC BY, CC BY-SA, public domain"

SOURCES = {
    # Photos with masks.
    "coco_small": Source(CC_BY, photo=0.15, cutout=0.14, side=640),
    "coco_small2": Source(CC_BY, photo=0.21, cutout=0.16, side=640),
    "feral_cats": Source("public domain", photo=0.06, cutout=0.05),
    "things_misc": Source(CC_BY + ", " + MIT, photo=0.035, cutout=0.04, side=420),
    "food_misc": Source(MIT, photo=0.03, cutout=0.03, side=420),
    "ccp": Source("Apache-2.0", photo=0.09, cutout=0.10, side=448),
    "pets128": Source("CC BY-SA 4.0", photo=0.07, cutout=0.06, side=128),
    # Cut-outs.
    "furniture3d": Source("CC0, CC BY 3.0", cutout=0.10, side=256),
    "scan3d": Source(MIT + ", LGPL", cutout=0.04, side=256),
    "noto_emoji": Source("Apache-2.0", cutout=0.04, side=192),
    "grocery_iconic": Source(MIT, cutout=0.02, side=192),
    # Photos whose labels were made by labels.py.
    "species": Source(BY_SA, photo=0.06, cutout=0.05, background=0.3, side=400),
    "wiki_animals": Source(BY_SA, photo=0.03, cutout=0.02, side=400),
    "wiki_cars": Source(BY_SA + ", GFDL", photo=0.04, cutout=0.03, side=400),
    "clothing": Source("CC0", photo=0.03, cutout=0.03, background=0.1, side=400),
    "trashnet": Source(MIT, photo=0.01, cutout=0.02, side=400),
    # Photos without masks.
    "nips17": Source("CC BY 2.0", background=1.0, side=400),
}


def read_rgb(path: Path) -> np.ndarray:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise SystemExit(f"{path} cannot be read as a picture")
    return image[..., ::-1]


def read_labels(path: Path | zipfile.Path) -> np.ndarray:
    """The labels 1 to 253 and UNKNOWN of a mask with 8 or 16 bits."""
    coded = np.frombuffer(path.read_bytes(), np.uint8)
    labels = cv2.imdecode(coded, cv2.IMREAD_UNCHANGED)
    if labels is None:
        raise SystemExit(f"{path} cannot be read as a mask")
    unknown = labels == np.iinfo(labels.dtype).max
    known = np.unique(labels[~unknown])
    known = known[known > 0][: UNKNOWN - 2]
    packed = np.zeros(labels.shape, np.uint8)
    for number, label in enumerate(known, 1):
        packed[labels == label] = number
    packed[unknown] = UNKNOWN
    return packed


def shrunk(image: np.ndarray, side: int, how: int = cv2.INTER_AREA) -> np.ndarray:
    """The image, reduced until its longer side is at most `side`."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(np.ascontiguousarray(image), size, interpolation=how)


def objects_of(labels: np.ndarray) -> list[list[int]]:
    """[label, area, left, top, right, bottom] of each object to learn."""
    least = max(LEAST_AREA, LEAST_SHARE * labels.size)
    found = []
    for label in np.unique(labels):
        if label in (0, UNKNOWN):
            continue
        rows, columns = np.nonzero(labels == label)
        if len(rows) >= least:
            box = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
            found.append([int(label), len(rows), *map(int, box)])
    return found


def held_for_choosing(stem: str) -> bool:
    """Whether a photo is kept from training, so that ideas can be judged on it."""
    return int(hashlib.sha256(stem.encode()).hexdigest(), 16) % 12 == 0


def photos(folder: Path, masks, side: int, held_back: set[str]):
    given = (folder / "masks").is_dir()
    for path in sorted((folder / "images").iterdir()):
        if path.stem in held_back or given and held_for_choosing(path.stem):
            continue
        image = shrunk(read_rgb(path), side)
        mask = masks / f"{path.stem}.png"
        labels = np.zeros(image.shape[:2], np.uint8)
        if mask.exists():
            size = image.shape[1], image.shape[0]
            labels = cv2.resize(
                read_labels(mask), size, interpolation=cv2.INTER_NEAREST
            )
        yield path.stem, np.dstack([image, labels]), objects_of(labels)


def cutouts(folder: Path, side: int, held_back: set[str]):
    for path in sorted((folder / "rgba").iterdir()):
        image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if path.stem in held_back or image is None or image.shape[2:] != (4,):
            continue
        image = shrunk(image[..., [2, 1, 0, 3]], side)
        area = int((image[..., 3] > 127).sum())
        if area >= 200:
            whole = [0, area, 0, 0, image.shape[1], image.shape[0]]
            yield path.stem, image, [whole]


def pack(folder: Path, out: Path) -> None:
    ours = zipfile.Path(LABELS)
    out.mkdir(parents=True, exist_ok=True)
    index = {}
    for name, source in SOURCES.items():
        val = folder / name / "val.txt"
        held_back = set(val.read_text().split()) if val.exists() else set()
        if (folder / name / "rgba").is_dir():
            pictures = cutouts(folder / name, source.side, held_back)
        else:
            given = folder / name / "masks"
            masks = given if given.is_dir() else ours / name / "masks"
            pictures = photos(folder / name, masks, source.side, held_back)
        entries, offset = [], 0
        with open(out / f"{name}.bin", "wb") as file:
            for stem, pixels, objects in pictures:
                if not objects and not source.background:
                    continue
                file.write(np.ascontiguousarray(pixels).tobytes())
                height, width = pixels.shape[:2]
                entries.append([stem, offset, height, width, objects])
                offset += pixels.size
        index[name] = entries
        count = sum(len(entry[4]) for entry in entries)
        print(f"{name}: {len(entries)} pictures, {count} objects", flush=True)
    (out / "index.json").write_text(json.dumps(index))


class Pack:
    """A pack, mapped into memory so that all processes share it."""

    def __init__(self, folder: Path):
        index = json.loads((folder / "index.json").read_text())
        self.entries = {name: entries for name, entries in index.items() if entries}
        self.bytes = {
            name: np.memmap(folder / f"{name}.bin", np.uint8, "r")
            for name in self.entries
        }

    def pixels(self, name: str, number: int) -> np.ndarray:
        _, offset, height, width, _ = self.entries[name][number]
        size = height * width * 4
        return self.bytes[name][offset : offset + size].reshape(height, width, 4)

    def weights(self, use: str) -> dict[str, float]:
        """The weights of the sources that serve as photo, cutout or background."""
        weights = {name: getattr(SOURCES[name], use) for name in self.entries}
        return {
            name: weight
            for name, weight in weights.items()
            if weight > 0
            and (use == "background" or any(entry[4] for entry in self.entries[name]))
        }


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    pack(Path(sys.argv[1]), Path(sys.argv[2]))
