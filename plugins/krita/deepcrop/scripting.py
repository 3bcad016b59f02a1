"""Selects objects from scripts and other plug-ins, also without a window.

from deepcrop import select_at
select_at(Krita.instance().activeDocument(), 640, 400)
"""

import threading

from . import pixels, selecting, settings
from .plugin import Plugin
from .python import deepcrop
from .shared import trial
from .shared.choices import own
from .shared.sentences import EXPECTED, sentence

_models = {}
_lock = threading.Lock()


def select_at(
    document,
    x,
    y,
    operation="replace",
    source="visible",
    edges="auto",
    network=None,
    more=(),
):
    """Selects the object at a pixel of the canvas. Returns the selection, or None if
    nothing is selected.

    `more`: further clicks, each as (x, y, whether it is on the object).
    `operation`: replace, add, subtract, intersect.
    `source`: visible; layer for the active one; labelled for all with a colour label;
    or a layer.
    `edges`: auto, hard, smooth, hair, none.
    `network`: a file, a folder, or a name, such as that of your own network;
    "classical" for the engine that needs no network; None for the built-in network, or
    the classical engine if ONNX Runtime is missing.

    The call waits for the answer. If something is wrong, it raises ValueError with a
    sentence. In the document that the user looks at, the call is one undo step; other
    documents, and Krita without a window, have no undo step for it.
    """
    try:
        how = deepcrop.Combine[operation.upper()].name.lower()
        options = deepcrop.SegmentOptions(edges=deepcrop.Edges[edges.upper()])
    except KeyError as unknown:
        raise ValueError(f"{unknown} is unknown; see help(select_at)") from None
    if isinstance(source, str) and source not in settings.SOURCE:
        raise ValueError(f"the source '{source}' is unknown; see help(select_at)")
    try:
        found = pixels.read(document, source)
        picture = deepcrop.Picture(_model(network), found.image)
        left, top = found.origin
        clicks = [(x, y, True), *more]
        prompts = [
            (deepcrop.include if inside else deepcrop.exclude)(
                x + 0.5 - left, y + 0.5 - top
            )
            for x, y, inside in clicks
        ]
        mask = picture.segment(prompts, options)
    except EXPECTED as error:
        raise ValueError(sentence(error, details=True)) from error
    selection = selecting.combined(document.selection(), mask, found.rectangle, how)
    Plugin.the().select(document, selection)
    return document.selection()


def _model(network):
    """The model of a network. Each network is loaded once."""
    folder = settings.networks()
    network = own(network, folder)
    with _lock:
        if network not in _models:
            options = deepcrop.ModelOptions(fall_back=network is None)
            _models[network] = trial.load(network, options, folder)
        return _models[network]
