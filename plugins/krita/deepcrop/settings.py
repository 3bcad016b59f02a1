"""What can be chosen in the docker, kept for the next time in Krita's settings."""

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
# Name: what may be chosen, label, explanation.
CHOICES = {
    **choices.CHOICES,
    "source": (SOURCE, "Source", "The layers that DeepCrop looks at"),
    "output": (OUTPUT, "Output", "What the object becomes when you keep it (Enter)"),
    "provider": choices.RUNS_ON,
}
USUAL = Choices(source="visible")


def networks():
    """The folder of the user's own. It does not lie in the plug-in's, which Krita's
    importer removes before it puts a newer one there."""
    return os.path.join(Krita.instance().getAppDataLocation(), "deepcrop", "models")


def load():
    """As the user left them; what this version does not know is as at first."""
    found = {}
    for name, usual in USUAL._asdict().items():
        value = Krita.instance().readSetting("deepcrop", name, usual)
        known = CHOICES[name][0] if name in CHOICES else [value]
        found[name] = value if value in known else usual
    return Choices(**found)


def save(settings):
    for name, value in settings._asdict().items():
        Krita.instance().writeSetting("deepcrop", name, value)
