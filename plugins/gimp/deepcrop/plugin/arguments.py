"""What can be chosen, as arguments of the procedures.

GIMP keeps the arguments of a procedure for the next time.
"""

import os

from gi.repository import Gimp, GObject

from . import choices
from .choices import Choices

OUTPUT = {
    "selection": "Selection",
    "channel": "New channel",
    "layer-mask": "Layer mask",
    "layer": "New layer, cut out",
    "path": "Path",
}
# Name: what may be chosen, label, explanation.
CHOICES = {
    **choices.CHOICES,
    "output": (OUTPUT, "Outpu_t", "What becomes of the object"),
}
# Where the user's networks lie: there Model finds them by their names too.
NETWORKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")
# What the fields of Choices are called.
NAMES = (*CHOICES, "model")


def declare(procedure):
    """Adds these arguments to a procedure."""
    for (name, (texts, label, about)), usual in zip(CHOICES.items(), Choices()):
        choice = Gimp.Choice.new()
        for number, (nick, text) in enumerate(texts.items()):
            choice.add(nick, number, text, "")
        procedure.add_choice_argument(
            *(name, label, about, choice, usual, GObject.ParamFlags.READWRITE)
        )
    procedure.add_string_argument(
        "model",
        "Net_work",
        "A network's file, folder or name; nothing for the built-in one, `classical` "
        "for the engine that needs none",
        "",
        GObject.ParamFlags.READWRITE,
    )


def chosen(config):
    """What a caller said; Script-Fu leaves out what it was not told, defaults too."""
    said = map(config.get_property, NAMES)
    return Choices(*(value or usual for value, usual in zip(said, Choices())))


def remember(config, choices):
    for name, value in zip(NAMES, choices):
        config.set_property(name, value)
