"""The mean of two networks of one line: the shipped one, and what became of it.

    python3 blend.py FIRST SECOND OUT.pt

FIRST and SECOND are checkpoints of which one went on from the other and which both have
cooled (a revived one has). What each forgot the other still knows, so that the mean can
be better than either (Wortsman et al., "Model soups", 2022).
"""

import sys
from pathlib import Path

import torch


def blend(first: dict, second: dict) -> dict:
    """The second checkpoint, with the mean of both averages."""
    mean = {}
    for name, value in second["average"].items():
        ours, theirs = first["average"][name], value
        mean[name] = (ours + theirs) / 2 if value.is_floating_point() else value
    return second | {"average": mean}


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    first, second = (torch.load(path, map_location="cpu") for path in sys.argv[1:3])
    if first["average"].keys() != second["average"].keys():
        sys.exit(f"{sys.argv[1]} and {sys.argv[2]} are different networks")
    torch.save(blend(first, second), Path(sys.argv[3]))
