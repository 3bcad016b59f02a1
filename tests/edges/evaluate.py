"""How well masks follow edges: our ways beside bilinear upsampling and closed-form matting (PyMatting).

    pip install -r tests/edges/requirements.txt
    cargo build --release --example refine
    python tests/edges/evaluate.py [--shared FOLDER] [--only NAME]

Scenes, masks and a picture sheet of each (before, after, truth) are left in
target/edges/ and used again: delete that folder after a change of the scenes.
Settings were chosen on seeds 0 to 2: judge by others. Where photos are annotated with
polygons, boundary IoU says how far a mask follows the polygon.
"""

import argparse
import json
import subprocess
import time
from pathlib import Path

import cv2
import numpy as np
import scenes
import shared

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "target" / "edges"
FAINT = 0.1  # what is less is faint
TAIL = 3  # pixels beyond what is not, in which nothing faint should be left
REACH = 2.0  # the band: so many cells to each side of the coarse mask's edge


def distance(inside):
    return cv2.distanceTransform(
        inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )


def boundary_iou(mask, truth, known):
    """IoU of the insides of both contours, 2 % of the picture's diagonal wide (Cheng et al. 2021)."""
    reach = max(round(0.02 * np.hypot(*truth.shape)), 1)

    def near(inside):
        depth = distance(np.pad(inside, 1))[1:-1, 1:-1]
        return inside & (depth <= reach)

    first, second = near((mask >= 0.5) & known), near((truth >= 0.5) & known)
    return np.count_nonzero(first & second) / max(np.count_nonzero(first | second), 1)


def slope(alpha):
    """Derivatives of a Gaussian of 1.4 pixels, as the matting benchmarks take them."""
    radius = 5
    x = np.arange(-radius, radius + 1, dtype=np.float32)
    smooth = np.exp(-(x**2) / (2 * 1.4**2))
    smooth /= smooth.sum()
    steep = -x * smooth / 1.4**2
    across = cv2.sepFilter2D(alpha, cv2.CV_32F, steep, smooth)
    down = cv2.sepFilter2D(alpha, cv2.CV_32F, smooth, steep)
    return np.hypot(across, down)


def errors(alpha, truth, band):
    """Sum of absolute differences and gradient error in the band, in thousands."""
    sad = np.abs(alpha - truth)[band].sum() / 1000
    gradient = ((slope(alpha) - slope(truth))[band] ** 2).sum() / 1000
    return sad, gradient


def outline(inside):
    """The length of all outlines, in pixels."""
    found, _ = cv2.findContours(
        inside.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
    )
    return sum(cv2.arcLength(line, True) for line in found)


def cleanness(alpha, truth):
    """The parts; the tail: faint pixels far from what is more than faint; the roughness: the outline's length over the true one's."""
    parts = cv2.connectedComponents((alpha >= 0.5).astype(np.uint8))[0] - 1
    faint = (alpha > 0) & (alpha < FAINT)
    tail = np.count_nonzero(faint & (distance(alpha < FAINT) > TAIL))
    return parts, tail, outline(alpha >= 0.5) / max(outline(truth >= 0.5), 1)


def trimap(bilinear, cell):
    """0 and 1 where the coarse mask is sure, 1/2 within the reach of its edge."""
    inside = bilinear >= 0.5
    near = np.maximum(distance(inside), distance(~inside)) <= REACH * cell
    return np.where(near, 0.5, inside.astype(np.float64))


def closed_form(folder, picture, known):
    """Its alpha and how many seconds it took; kept, because it takes long."""
    kept = folder / "closed-form.npz"
    if not kept.exists():
        from pymatting import estimate_alpha_cf

        start = time.perf_counter()
        alpha = estimate_alpha_cf(picture / 255.0, known)
        seconds = time.perf_counter() - start
        np.savez_compressed(kept, alpha=np.float16(alpha), seconds=seconds)
    with np.load(kept) as file:
        return file["alpha"].astype(np.float32), float(file["seconds"])


def sheet(picture, columns, band):
    """The busiest part of the band, three times as large: the picture and each alpha."""
    height, width = band.shape
    side = min(150, height, width)
    truth = columns[-1][1]
    worth = cv2.boxFilter(slope(truth) * band, -1, (side, side), normalize=False)
    worth = worth[
        side // 2 : height - (side - 1) // 2, side // 2 : width - (side - 1) // 2
    ]
    y, x = np.unravel_index(worth.argmax(), worth.shape)
    window = np.s_[y : y + side, x : x + side]
    green = np.float32([0, 160, 0])
    tiles = [picture[window][..., ::-1]]
    for _, alpha in columns:
        share = alpha[window][..., None]
        tiles.append(share * 255 + (1 - share) * 0)
        tiles.append(share * picture[window][..., ::-1] + (1 - share) * green)
    whole = [np.uint8(np.broadcast_to(tile, (side, side, 3))) for tile in tiles]
    big = [
        cv2.resize(t, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST) for t in whole
    ]
    names = ["picture"] + [name for name, _ in columns for _ in (0, 1)]
    for tile, name in zip(big, names):
        cv2.putText(tile, name, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0, 0, 255), 2)
    half = 1 + (len(big) - 1) // 2
    empty = np.zeros_like(big[0])
    top = np.hstack([big[0]] + big[1::2])
    return np.vstack([top, np.hstack([empty] + big[2::2])])[:, : half * big[0].shape[1]]


def written(stream, out):
    """Lays the scenes out as files; gives their folders."""
    for name, picture, alpha, unknown, small in stream:
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / "picture.png"), picture[..., ::-1])
        cv2.imwrite(str(folder / "coarse.png"), small)
        truth = np.uint8(alpha * 255 + 0.5)
        cv2.imwrite(str(folder / "truth.png"), truth)
        known = (
            np.full(truth.shape, 255, np.uint8)
            if unknown is None
            else np.uint8(~unknown) * 255
        )
        cv2.imwrite(str(folder / "known.png"), known)
        (folder / "scene.json").write_text(json.dumps({"alpha": unknown is None}))
        yield folder


def read(file):
    return cv2.imread(str(file), 0).astype(np.float32) / 255


def judge(folder, ways):
    """Rows of numbers, one a way."""
    picture = cv2.imread(str(folder / "picture.png"))[..., ::-1]
    truth, small = read(folder / "truth.png"), read(folder / "coarse.png")
    known = read(folder / "known.png") > 0.5
    has_alpha = json.loads((folder / "scene.json").read_text())["alpha"]
    height, width = truth.shape
    cell = max(width / small.shape[1], height / small.shape[0])
    bilinear = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    known_alpha = trimap(bilinear, cell)
    band = (known_alpha == 0.5) & known
    found = {"truth": (truth, 0.0), "bilinear": (bilinear, 0.0)}
    if has_alpha:
        found["closed form"] = closed_form(folder, picture, known_alpha)
    for way in ways:
        seconds = json.loads((folder / f"{way}.json").read_text())["seconds"]
        found[way] = (read(folder / f"{way}.png"), seconds)
    shown = [(name, alpha) for name, (alpha, _) in found.items() if name != "truth"]
    shown.append(("truth", truth))
    cv2.imwrite(str(folder.with_suffix(".png")), sheet(picture, shown, band))
    rows = {}
    for name, (alpha, seconds) in found.items():
        sad, gradient = errors(alpha, truth, band) if has_alpha else (np.nan, np.nan)
        rows[name] = [
            100 * boundary_iou(alpha, truth, known),
            sad,
            gradient,
            *cleanness(alpha, truth),
            1000 * seconds,
        ]
    return rows


def table(title, rows):
    """The mean of each number over the scenes, a line a way."""
    print(f"\n{title}: {len(rows)} scenes")
    names = ["boundary IoU", "SAD/1000", "gradient", "parts", "tail", "rough", "ms"]
    print(f"{'':14}" + "".join(f"{name:>14}" for name in names))
    for way in rows[0]:
        mean = np.mean([row[way] for row in rows], 0)
        numbers = zip(mean, [1, 2, 3, 1, 0, 2, 1])
        print(f"{way:14}" + "".join(f"{value:14.{n}f}" for value, n in numbers))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--shared", type=Path, help="a folder with sets of photos and cut-outs"
    )
    parser.add_argument(
        "--number", type=int, default=6, help="scenes from each set of that folder"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="other numbers, other scenes"
    )
    parser.add_argument("--only", default="", help="scenes whose name has this in it")
    parser.add_argument("--ways", default="auto,hard,smooth,hair")
    parser.add_argument(
        "--refine", type=Path, default=ROOT / "target/release/examples/refine"
    )
    arguments = parser.parse_args()
    number, seed = arguments.number, arguments.seed
    out = OUT / f"{seed}-{number}"
    groups = {"made": scenes.made(seed)}
    if arguments.shared:
        groups["compositions"] = shared.compositions(arguments.shared, number, seed)
        groups["photos"] = shared.photos(arguments.shared, number, seed)
    ways = arguments.ways.split(",")
    for title, stream in groups.items():
        kinds = {}
        listed = out / f"{title}.txt"
        if not listed.exists():
            out.mkdir(parents=True, exist_ok=True)
            names = [folder.name for folder in written(stream, out)]
            listed.write_text("\n".join(names))
        folders = [
            out / name for name in listed.read_text().split() if arguments.only in name
        ]
        for way in ways:
            subprocess.run([arguments.refine, way, *folders], check=True)
        for folder in folders:
            kinds.setdefault(folder.name.split("-")[0], []).append(judge(folder, ways))
        for kind, rows in kinds.items():
            table(kind, rows)
        if kinds:
            table(f"all {title}", [row for rows in kinds.values() for row in rows])


if __name__ == "__main__":
    main()
