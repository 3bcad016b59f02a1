"""Write a manifest into the metadata of an ONNX file, so that the file describes itself.

    python3 describe.py NETWORK.onnx MANIFEST.toml

Needs the package `onnx`. DeepCrop reads the text back under the key `deepcrop`; a file of the network's name with the
ending .toml beside it, or model.toml, comes before that text.
"""

import sys
from pathlib import Path

import onnx

KEY = "deepcrop"


def describe(network: Path, manifest: Path) -> None:
    model = onnx.load(network)
    kept = [entry for entry in model.metadata_props if entry.key != KEY]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    model.metadata_props.add(key=KEY, value=manifest.read_text(encoding="utf-8"))
    onnx.save(model, network)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    describe(Path(sys.argv[1]), Path(sys.argv[2]))
