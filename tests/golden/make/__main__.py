"""Remake the golden references: small networks of public architectures, and what
their authors' own code answers with them.

    python tests/golden/make [--out DIR] [--only SET ...] [--pictures]

Each module named in MODULES has SETS, a dictionary from the name of a set to a
function that writes it into a folder. Weights are random with fixed seeds: two
runs write the same bytes. Needs ../requirements.txt.
"""

import argparse
import importlib.util
import shutil
from pathlib import Path

import pictures

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "data"
MODULES = [
    "sam",
    "sam2",
    "contract",
    "instances",
    "semantic",
    "saliency",
    "matting",
]


def all_sets():
    found = {}
    for name in MODULES:
        if importlib.util.find_spec(name):
            found |= importlib.import_module(name).SETS
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, default=DATA)
    parser.add_argument("--only", nargs="*", metavar="SET")
    parser.add_argument("--pictures", action="store_true", help="render them anew")
    options = parser.parse_args()
    if options.pictures:
        pictures.render_all()
    sets = all_sets()
    unknown = set(options.only or []) - set(sets)
    if unknown:
        parser.error(f"no set {', '.join(sorted(unknown))}; known: {', '.join(sets)}")
    for name in options.only or sets:
        folder = options.out / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        sets[name](folder)
        size = sum(file.stat().st_size for file in folder.rglob("*"))
        print(f"{name}: {size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
