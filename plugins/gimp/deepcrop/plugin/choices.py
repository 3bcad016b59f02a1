"""What can be chosen, as arguments of the procedures and in the window.

GIMP keeps the arguments of a procedure for the next time.
"""

from typing import NamedTuple

from gi.repository import Gimp, GObject

from . import binding

OPERATION = {
    "replace": "Replace the selection",
    "add": "Add to it",
    "subtract": "Subtract from it",
    "intersect": "Intersect with it",
}
SOURCE = {"layer": "This layer", "visible": "All visible layers"}
EDGES = {
    "auto": "Edges as they are",
    "hard": "Hard edges",
    "smooth": "Smooth edges",
    "hair": "Hair and fur",
}
OUTPUT = {
    "selection": "Selection",
    "channel": "New channel",
    "layer-mask": "Layer mask",
    "layer": "New layer, cut out",
    "path": "Path",
}
# Name: what may be chosen, label, explanation.
CHOICES = {
    "operation": (OPERATION, "O_peration", "How the object joins what is selected"),
    "source": (SOURCE, "_Source", "What is looked at"),
    "edges": (EDGES, "_Edges", "What the object's edges are like"),
    "output": (OUTPUT, "Outpu_t", "What becomes of the object"),
}


class Choices(NamedTuple):
    """The arguments that all procedures have."""

    operation: str
    source: str
    edges: str
    output: str
    model: str

    @property
    def visible(self):
        return self.source == "visible"

    @property
    def network(self):
        """As binding.Model takes it."""
        return self.model or None

    @property
    def options(self):
        return binding.SegmentOptions(edges=binding.Edges[self.edges.upper()])


def declare(procedure):
    """Adds these arguments to a procedure."""
    for name, (texts, label, about) in CHOICES.items():
        choice = Gimp.Choice.new()
        for number, (nick, text) in enumerate(texts.items()):
            choice.add(nick, number, text, "")
        first = next(iter(texts))
        procedure.add_choice_argument(
            *(name, label, about, choice, first, GObject.ParamFlags.READWRITE)
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
    first = {name: next(iter(texts)) for name, (texts, *_) in CHOICES.items()}
    return Choices(
        *(config.get_property(name) or first.get(name, "") for name in Choices._fields)
    )


def remember(config, choices):
    for name, value in choices._asdict().items():
        config.set_property(name, value)
