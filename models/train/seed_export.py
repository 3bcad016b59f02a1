"""Export the seed networks as ONNX in int8, each into a folder of its own.

    python3 seed_export.py RUN OUT [NAME...]

OUT/NAME/NAME.onnx has the manifest seeds/NAME.toml in its metadata, so that `--model
OUT/NAME` loads it. Without a NAME, all networks in RUN are exported.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from torch import nn

from data import Pack
from export import compare, export, folded, quantise
from seed_networks import DeepMask
from seed_samples import Samples
from seed_training import NAMES, trained
from train import read_config

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from describe import describe

SAMPLES = 64
TOLERANCE = 0.3
"""The largest mean difference from PyTorch's logits that is allowed."""
MANIFESTS = Path(__file__).resolve().parent / "seeds"


def inputs(name: str, sample: dict) -> dict[str, np.ndarray]:
    """The inputs of the exported network for a sample."""
    x, clicks = sample["x"][None], sample.get("clicks")
    match name:
        case "deepcropv1":
            return {"x": x, "clicks": clicks[None]}
        case "deepcropv2":
            return {"x": np.concatenate([x, clicks[None]], 1)}
        case "refiner":
            return {"patch": x}
    return {"image": x}


def write(network: nn.Module, given: list[dict], out: Path) -> None:
    dense = isinstance(network, DeepMask) and network.judges
    outputs = ["masks", "scores"] if dense else ["mask"]
    with tempfile.TemporaryDirectory() as folder:
        exact = Path(folder) / "exact.onnx"
        export(network, given[0], outputs, exact, dense)
        quantise(exact, given, out, last=True)
    _, mean = compare(out, network, given[:8])
    print(
        f"{out}: {out.stat().st_size / 1e6:.1f} MB, difference {mean:.2g} on the mean"
    )
    if mean > TOLERANCE:
        raise SystemExit(f"{out} differs too much from the checkpoint")


def main(run: Path, out: Path, names: list[str], config) -> None:
    pack = Pack(Path(config.pack)) if config.pack else None
    samples = Samples(pack, [config.seed, 4243])
    for name in names:
        network = folded(trained(name, run))
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        drawn = []
        while len(drawn) < SAMPLES:
            drawn += samples.draw(name)
        if name == "sharpmask":
            refined = [inputs("refiner", sample) for sample in drawn]
            write(network, refined, folder / "refiner.onnx")
            network = folded(trained("deepmask", run))
        path = folder / f"{name}.onnx"
        write(network, [inputs(name, sample) for sample in drawn], path)
        describe(path, MANIFESTS / f"{name}.toml")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--config", help="a TOML file for the scenes to calibrate on")
    options = parser.parse_args()
    there = [name for name in NAMES if (options.run / f"{name}.pt").exists()]
    missing = sorted(set(options.names) - set(there))
    if missing or not there:
        raise SystemExit(
            f"{options.run} has no {(missing or NAMES)[0]}.pt: train it first"
        )
    main(options.run, options.out, options.names or there, read_config(options.config))
