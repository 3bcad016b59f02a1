"""The choices of the user, as arguments of the procedures.

GIMP keeps the arguments of a procedure for the next time.
"""

import os

from gi.repository import Gimp, GObject

from .shared import choices
from .shared.choices import Choices, own

OUTPUT = {
    "selection": "Selection",
    "channel": "New channel",
    "layer-mask": "Layer mask",
    "layer": "New layer, cut out",
    "path": "Path",
}
# Choices by name: the values with their labels, the label, the explanation.
CHOICES = {
    **choices.CHOICES,
    "output": (OUTPUT, "Outpu_t", "What DeepCrop makes of the object"),
    "provider": choices.RUNS_ON,
}
# The folder of the user's networks.
NETWORKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")
# The fields of Choices, with the names of their arguments.
NAMES = {**dict(zip(Choices._fields, Choices._fields)), "network": "model"}


def declare(procedure):
    """Adds the choices to a procedure, as arguments."""
    for name, (texts, label, about) in CHOICES.items():
        choice = Gimp.Choice.new()
        for number, (nick, text) in enumerate(texts.items()):
            choice.add(nick, number, text, "")
        procedure.add_choice_argument(
            *(name, label, about, choice, getattr(Choices(), name)),
            GObject.ParamFlags.READWRITE,
        )
    procedure.add_string_argument(
        "model",
        "Net_work",
        "The network: a file, a folder or a name. Empty: the built-in network. "
        "`classical`: the engine that needs no network",
        "",
        GObject.ParamFlags.READWRITE,
    )


def chosen(config):
    """The choices of a caller. Script-Fu sends no value, not even the default, for
    arguments that are left out."""
    said = {field: config.get_property(name) for field, name in NAMES.items()}
    made = Choices(**{field: value for field, value in said.items() if value})
    return made._replace(network=own(made.network, NETWORKS))


def remember(config, choices):
    for field, name in NAMES.items():
        config.set_property(name, getattr(choices, field))
