"""The choices of the user, and their labels: the same in every editor.

Python 3.8, no packages. Licence: MIT OR Apache-2.0.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from ..python import deepcrop

if TYPE_CHECKING:
    from typing import Union

    Path = Union[str, bytes, "os.PathLike[str]", None]

OPERATION = {
    "replace": "Replace",
    "add": "Add",
    "subtract": "Subtract",
    "intersect": "Intersect",
}
SOURCE = {"layer": "This layer", "visible": "All visible layers"}
EDGES = {
    "auto": "Automatic",
    "hard": "Hard",
    "smooth": "Smooth",
    "hair": "Hair and fur",
}
PROVIDER = {
    "auto": "Automatic (fastest)",
    "cpu": "Processor (CPU)",
    "cuda": "NVIDIA (CUDA)",
    "coreml": "Apple (Core ML)",
    "directml": "Windows (DirectML)",
    "openvino": "Intel (OpenVINO)",
}
# A choice: its values with their labels, its label, its explanation.
RUNS_ON = (PROVIDER, "Runs on", "The processor or graphics card to use")
# Most choices by name, in the same form. Editors add their own, then RUNS_ON.
CHOICES = {
    "operation": (
        OPERATION,
        "O_peration",
        "How the object joins the current selection",
    ),
    "source": (SOURCE, "_Source", "The layers that DeepCrop looks at"),
    "edges": (EDGES, "_Edges", "How the mask is fitted to the object's edges"),
}
OTHER = "\N{HORIZONTAL ELLIPSIS}"  # asks the user for the file of a network


class Choices(NamedTuple):
    """The values that the user chose."""

    operation: str = "replace"
    source: str = "layer"
    edges: str = "auto"
    output: str = "selection"
    network: str = ""
    provider: str = "auto"

    @property
    def visible(self) -> bool:
        return self.source == "visible"

    @property
    def edges_number(self) -> int:
        return deepcrop.Edges[self.edges.upper()]

    @property
    def model(self) -> tuple[str | None, int]:
        """The network as deepcrop.Model takes it, and the provider's number."""
        return self.network or None, deepcrop.Provider[self.provider.upper()]

    def with_model(self, network: str | None, provider: int) -> Choices:
        name = deepcrop.Provider(provider).name.lower()
        return self._replace(network=network or "", provider=name)


def own(network: Path, folder: str) -> Path:
    """`network`, or if no such path exists, the network of that name in `folder`."""
    if network and not os.path.exists(network):
        path = os.path.join(folder, os.fsdecode(network))
        return next(filter(os.path.exists, (path, f"{path}.onnx")), network)
    return network


def networks(chosen: str, folder: str) -> tuple[dict[str, str], str, str]:
    """The choice of a network, in the form of RUNS_ON. Its values are the built-in
    network, none, the networks in `folder`, the network already chosen, and OTHER."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    there = [os.path.join(folder, name) for name in names if name.endswith(".onnx")]
    texts = {"": "Built-in", "classical": "None (colours and edges only)"}
    for path in [*there, chosen]:
        texts.setdefault(path, os.path.basename(path))
    return (
        {**texts, OTHER: "Choose a file" + OTHER},
        "Net_work",
        "The neural network that finds objects",
    )
