"""The messages for the user: sentences that say what to do.

Python 3.8, no packages. Licence: MIT OR Apache-2.0.
"""

from __future__ import annotations

from ..python import deepcrop

BESIDE = "That point is outside the picture: click inside it."
NOTHING_THERE = "No object was found there: click elsewhere, or draw a box."


class Refusal(Exception):
    """A refused action. The text is a sentence that tells the user why."""


# Any other exception is a bug of DeepCrop.
EXPECTED = (Refusal, deepcrop.Error, MemoryError)


def sentence(error: BaseException, details: bool = False) -> str:
    """The sentence that tells the user about an error. `details` is for the authors of
    scripts, who get no report."""
    if isinstance(error, Refusal):
        text = str(error)
    elif isinstance(error, MemoryError):
        text = "there is not enough memory; close other pictures, or use a smaller one"
    elif not isinstance(error, deepcrop.Error):
        text = f"DeepCrop has a bug ({type(error).__name__}: {error}); please report it"
    elif error.status == deepcrop.Status.FILE and not deepcrop.is_loaded():
        text = (
            "Files of DeepCrop are missing, or come from different releases: unpack its "
            "zip again."
        )
        text += f" {error.message}" * details
    else:
        text = error.message
    return _ended(text[:1].upper() + text[1:])


def stand_in(model: deepcrop.Model | None, network: str | None) -> str:
    """Why the classical engine stands in for the network; empty if it does not."""
    if model is None or network or model.info.family != "classical":
        return ""
    return _ended(
        f"Only colours and edges are used, because {model.info.provider_note}"
    )


def what_runs(info: deepcrop.ModelInfo) -> str:
    """The name of the network, and the provider that runs it, if it needs one."""
    return info.name if info.provider == "none" else f"{info.name} on {info.provider}"


def _ended(text):
    return text if text.endswith((".", "!")) else text + "."
