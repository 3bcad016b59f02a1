"""How true the colours of cut-outs are at soft edges: ours beside the picture's own and
those of PyMatting's multi-level estimate, each with the same mask.

    cargo build --release --bin deepcrop
    python tests/cutout/evaluate.py [--sheet FILE.png] [--shared FOLDER]

Prints means over the soft band, from 0 to 255: how far the colours are off, and the halo,
how far the cut-out laid on black, white, green and red differs from the true object laid
on it. Once with the true mask, where a halo comes of the colours alone and is the same
on every ground, and once with a grainy picture and a mask off by 5 %. Cut-outs that
FOLDER holds may bring tints of their own from where they were cut.
Needs requirements.txt beside this file.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np
import scenes
from pymatting import estimate_foreground_ml

ROOT = Path(__file__).resolve().parents[2]
GROUNDS = {
    "black": (0, 0, 0),
    "white": (1, 1, 1),
    "green": (0, 0.8, 0),
    "red": (0.9, 0, 0),
}
GRAIN = 3 / 255
DOUBT = 0.05
SIDE = 200


def bytes_of(values):
    return np.uint8(np.clip(values, 0, 1) * 255 + 0.5)


def over(colours, alpha, ground):
    return alpha[..., None] * colours + (1 - alpha[..., None]) * np.float64(ground)


def ours(deepcrop, picture, mask):
    """What the command line makes of a picture and a mask."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            str(Path(folder) / f"{name}.png") for name in ("picture", "mask", "cut")
        ]
        cv2.imwrite(paths[0], bytes_of(picture)[..., ::-1])
        cv2.imwrite(paths[1], bytes_of(mask))
        command = [
            deepcrop,
            "mask",
            paths[1],
            "--picture",
            paths[0],
            "-o",
            f"cutout:{paths[2]}",
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        cutout = cv2.imread(paths[2], cv2.IMREAD_UNCHANGED)[..., [2, 1, 0, 3]] / 255
    assert np.array_equal(cutout[..., 3], mask), (
        "a cut-out is as opaque as its mask says"
    )
    inside = mask == 1
    assert np.array_equal(cutout[inside][:, :3], picture[inside]), (
        "the inside is the picture's"
    )
    return cutout[..., :3]


def estimates(deepcrop, picture, mask):
    """The object's colours by each way."""
    return {
        "picture's own": picture,
        "PyMatting": estimate_foreground_ml(picture, mask),
        "deepcrop": ours(deepcrop, picture, mask),
    }


def judge(colours, mask, front, alpha):
    """The error of the colours, and the halo on each ground."""
    band = (alpha > 0) & (alpha < 1)
    halos = [
        over(colours, mask, ground) - over(front, alpha, ground)
        for ground in GROUNDS.values()
    ]
    return [255 * np.abs(off)[band].mean() for off in [colours - front, *halos]]


def sheet(front, alpha, mask, found):
    """The hairiest place: a row each way, and the truth, on all grounds."""
    soft = cv2.boxFilter(
        alpha * (1 - alpha), -1, (SIDE, SIDE), borderType=cv2.BORDER_CONSTANT
    )
    height, width = alpha.shape
    y, x = np.unravel_index(soft.argmax(), soft.shape)
    top, left = np.clip(
        [y - SIDE // 2, x - SIDE // 2], 0, [height - SIDE, width - SIDE]
    )
    part = np.s_[top : top + SIDE, left : left + SIDE]
    rows = []
    for name, (colours, share) in (found | {"truth": (front, alpha)}).items():
        tiles = [
            over(colours[part], share[part], ground) for ground in GROUNDS.values()
        ]
        row = np.ascontiguousarray(bytes_of(np.hstack(tiles)))
        cv2.putText(
            row,
            name,
            (6, 16),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.5,
            (128, 128, 128),
            1,
            cv2.LINE_AA,
        )
        rows.append(row)
    return np.vstack(rows)


def table(title, rows):
    """The mean of each number over the scenes of a kind, a line a way."""
    print(f"\n{title:28}{'colour':>8}" + "".join(f"{name:>8}" for name in GROUNDS))
    for way in rows[0]:
        means = np.mean([row[way] for row in rows], 0)
        print(f"  {way:26}" + "".join(f"{mean:8.2f}" for mean in means))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sheet", type=Path, help="a picture of the first scene of each kind"
    )
    parser.add_argument(
        "--shared", type=Path, help="a folder with cut-outs and photos to compose"
    )
    parser.add_argument(
        "--number", type=int, default=8, help="compositions of each set there"
    )
    parser.add_argument(
        "--deepcrop", type=Path, default=ROOT / "target/release/deepcrop"
    )
    options = parser.parse_args()
    all_scenes = list(scenes.drawn())
    if options.shared:
        all_scenes += scenes.composed(options.shared, options.number)
    rng = np.random.default_rng(scenes.SEED)
    results, sheets = {}, {}
    for kind, _, front, behind, alpha in all_scenes:
        alpha = bytes_of(alpha) / 255
        picture = over(front, alpha, behind)
        grainy = picture + rng.normal(0, GRAIN, picture.shape)
        doubtful = alpha + rng.normal(0, DOUBT, alpha.shape) * (
            (alpha > 0) & (alpha < 1)
        )
        for title, seen, mask in (
            (kind, picture, alpha),
            (f"{kind}, noise", grainy, doubtful),
        ):
            seen, mask = bytes_of(seen) / 255, bytes_of(mask) / 255
            found = estimates(options.deepcrop, seen, mask)
            row = {
                way: judge(colours, mask, front, alpha)
                for way, colours in found.items()
            }
            results.setdefault(title, []).append(row)
            if title not in sheets and min(alpha.shape) >= SIDE:
                sheets[title] = sheet(
                    front,
                    alpha,
                    mask,
                    {way: (colours, mask) for way, colours in found.items()},
                )
    print("Errors in the soft band, 0 to 255: of the colours, and halos on grounds")
    for title, rows in results.items():
        table(f"{title}: {len(rows)} scenes", rows)
    if options.sheet:
        cv2.imwrite(str(options.sheet), np.hstack(list(sheets.values()))[..., ::-1])


if __name__ == "__main__":
    main()
