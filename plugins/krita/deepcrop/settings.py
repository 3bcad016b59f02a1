"""The choices in the docker. Krita's settings keep them for the next time."""

import os

from krita import Krita

from .shared import choices
from .shared.choices import Choices

SOURCE = {**choices.SOURCE, "labelled": "Layers with a colour label"}
OUTPUT = {
    "selection": "Selection",
    "selection mask": "Local selection of the layer",
    "transparency mask": "Transparency mask",
    "layer": "New layer, cut out",
    "vector layer": "New vector layer, outline",
}
# Choices by name: the values with their labels, the label, the explanation.
CHOICES = {
    **choices.CHOICES,
    "source": (SOURCE, "Source", "The layers that DeepCrop looks at"),
    "output": (OUTPUT, "Output", "What the object becomes when you keep it (Enter)"),
    "provider": choices.RUNS_ON,
}
USUAL = Choices(source="visible")


def networks():
    """The folder of the user's networks. It lies outside the plug-in's folder, because
    Krita's importer removes that one before it installs a newer version."""
    return os.path.join(Krita.instance().getAppDataLocation(), "deepcrop", "models")


def load():
    """The choices as the user left them. A value that this version does not know
    becomes the default."""
    found = {}
    for name, usual in USUAL._asdict().items():
        value = Krita.instance().readSetting("deepcrop", name, usual)
        known = CHOICES[name][0] if name in CHOICES else [value]
        found[name] = value if value in known else usual
    return Choices(**found)


def save(settings):
    for name, value in settings._asdict().items():
        Krita.instance().writeSetting("deepcrop", name, value)
