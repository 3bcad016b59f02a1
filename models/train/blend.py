"""Average the weights of a network before and after it was trained further.

    python3 blend.py FIRST SECOND OUT.pt

FIRST and SECOND are checkpoints; one of them was trained further from the other. Both
must have cooled. A checkpoint that revive.py made of a cooled network has cooled. Each
network still knows what the other one forgot, so the mean can be better than either
(Wortsman et al., "Model soups", 2022).
"""

import sys
from pathlib import Path

import torch


def blend(first: dict, second: dict) -> dict:
    """The second checkpoint, with the mean of the averaged weights of both."""
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
        sys.exit(
            f"{sys.argv[1]} and {sys.argv[2]} hold networks of different structure"
        )
    torch.save(blend(first, second), Path(sys.argv[3]))
