"""What can be chosen in the docker, kept for the next time in Krita's settings."""

from typing import NamedTuple

from krita import Krita

from . import binding

OPERATION = {
    "replace": "Replace",
    "add": "Add",
    "subtract": "Subtract",
    "intersect": "Intersect",
}
SOURCE = {
    "visible": "All visible layers",
    "layer": "This layer",
    "labelled": "Layers with a colour label",
}
EDGES = {
    "auto": "As they are",
    "hard": "Hard",
    "smooth": "Smooth",
    "hair": "Hair and fur",
}
OUTPUT = {
    "selection": "Selection",
    "selection mask": "Local selection of the layer",
    "transparency mask": "Transparency mask",
    "layer": "New layer, cut out",
    "vector layer": "New vector layer, outline",
}
PROVIDER = {
    "auto": "The fastest there is",
    "cpu": "The processor",
    "cuda": "NVIDIA (CUDA)",
    "coreml": "Apple (Core ML)",
    "directml": "Windows (DirectML)",
    "openvino": "Intel (OpenVINO)",
}
NETWORK = {"": "Built-in", "classical": "None: colours and edges"}
# Name: what may be chosen, label, explanation.
CHOICES = {
    "operation": (OPERATION, "Operation", "How the object joins what is selected"),
    "source": (SOURCE, "Source", "What is looked at"),
    "edges": (EDGES, "Edges", "What the object's edges are like"),
    "output": (OUTPUT, "Output", "What the object becomes when you keep it (Enter)"),
    "provider": (PROVIDER, "Runs on", "What computes; the last line says what does"),
}


class Settings(NamedTuple):
    operation: str = "replace"
    source: str = "visible"
    edges: str = "auto"
    output: str = "selection"
    network: str = ""
    provider: str = "auto"

    @property
    def edges_number(self):
        return binding.Edges[self.edges.upper()]

    @property
    def model(self):
        """The network as binding.Model takes it, and the provider's number."""
        return self.network or None, binding.Provider[self.provider.upper()]

    def with_model(self, network, provider):
        name = binding.Provider(provider).name.lower()
        return self._replace(network=network or "", provider=name)


def load():
    """As the user left them; what this version does not know is as at first."""
    found = {}
    for name, usual in Settings()._asdict().items():
        value = Krita.instance().readSetting("deepcrop", name, usual)
        known = CHOICES[name][0] if name in CHOICES else [value]
        found[name] = value if value in known else usual
    return Settings(**found)


def save(settings):
    for name, value in settings._asdict().items():
        Krita.instance().writeSetting("deepcrop", name, value)
