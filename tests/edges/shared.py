"""Scenes from a folder of data: cut-outs over photos, and photos whose masks are known."""

import cv2
import numpy as np
from scenes import coarse

CUTOUTS = ("scan3d", "furniture3d", "grocery_iconic")
GROUNDS = ("nips17",)
PHOTOS = ("feral_cats", "bsds_regions", "animals7", "butterfly", "pug", "ccp")
LONGEST = 1200
LEAST = 0.03  # of the picture; smaller objects get a window of their own


def chosen(rng, folder, number):
    """So many of the set's names that are kept for validation, the first part of a name as the file has it; of all names if
    none are kept."""
    kept = folder / "val.txt"
    names = kept.read_text().split() if kept.exists() else [""]
    files = [file for name in names for file in sorted(folder.glob(f"*/{name}*.*"))]
    files = [file for file in files if file.parent.name in ("rgba", "images")]
    return [files[i] for i in rng.permutation(len(files))[:number]]


def compositions(data, number, seed):
    """Cut-outs before photos, in a window round them."""
    grounds = [
        file for name in GROUNDS for file in sorted((data / name / "images").iterdir())
    ]
    for i, name in enumerate(CUTOUTS):
        rng = np.random.default_rng(10000 * seed + 1000 + i)
        for k, file in enumerate(chosen(rng, data / name, number)):
            cut = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
            if cut is None or cut.shape[2] != 4:
                continue
            margin = max(cut.shape[:2]) // 6
            cut = cv2.copyMakeBorder(cut, *[margin] * 4, cv2.BORDER_CONSTANT, value=0)
            height, width = cut.shape[:2]
            ground = cv2.imread(str(grounds[rng.integers(len(grounds))]))
            scale = max(width / ground.shape[1], height / ground.shape[0])
            ground = cv2.resize(ground, None, fx=scale + 1e-3, fy=scale + 1e-3)[
                :height, :width
            ]
            alpha = cut[..., 3] / np.float32(255)
            if not 0.02 < alpha.mean() < 0.9:
                continue
            picture = alpha[..., None] * cut[..., :3] + (1 - alpha[..., None]) * ground
            picture = picture[..., ::-1].astype(np.uint8)
            yield (
                f"{name}-{k:02}",
                picture,
                alpha,
                None,
                coarse(rng, alpha, (96, 128, 192, 256)[k % 4]),
            )


def photos(data, number, seed):
    """Photos with the largest object of each; where nobody knows the truth it does not count."""
    for i, name in enumerate(PHOTOS):
        rng = np.random.default_rng(10000 * seed + 2000 + i)
        for k, file in enumerate(chosen(rng, data / name, number)):
            mask = cv2.imread(str(data / name / "masks" / f"{file.stem}.png"), 0)
            picture = cv2.imread(str(file))[..., ::-1]
            objects = [value for value in np.unique(mask) if 0 < value < 255]
            if not objects or mask.shape != picture.shape[:2]:
                continue
            largest = max(objects, key=lambda value: np.count_nonzero(mask == value))
            alpha = (mask == largest).astype(np.float32)
            if alpha.mean() < LEAST:
                continue
            yield (
                f"{name}-{k:02}",
                picture,
                alpha,
                mask == 255,
                coarse(rng, alpha, (96, 128, 192, 256)[k % 4]),
            )
