"""Tries a user's network in a process of its own, before the editor loads it.

ONNX Runtime checks little of what a network does: one that divides whole numbers by
zero ends the process, and with it the editor and the user's unsaved work. So a network
is loaded and clicked with once by the program `deepcrop-trial`. A network crashes at
once or never, with few exceptions, since it does the same with every picture; so no
click needs a second process. What passed is noted, and is not tried again.

Python 3.8, no packages. Licence: MIT OR Apache-2.0.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

from ..python import deepcrop
from .sentences import Refusal

if TYPE_CHECKING:
    from .choices import Path

PROGRAM = "deepcrop-trial.exe" if os.name == "nt" else "deepcrop-trial"
ENGINES = ("builtin", "classical", "extractnet")  # they are part of the library
NOTES = ".tried"  # lists what passed, in the folder of the user's networks
NOTED = 100  # how many
LIMIT = 120  # seconds
STEP = 0.02  # seconds
UNTRIED = 64  # the exit code if the trial could not begin


def load(
    network: Path, options: deepcrop.ModelOptions, folder: Path = None
) -> deepcrop.Model:
    """Loads a model; a network of the user's is tried first. `folder` is that of the
    user's networks; without it, nothing is noted."""
    place = _place(network)
    if place is None:
        return deepcrop.Model(network, options)
    what, passed = _identity(place, options.provider), _read(folder)
    if what not in passed:
        _try(place, options)
    model = deepcrop.Model(network, options)
    if what not in passed:
        _write(folder, [*passed, what][-NOTED:])
    return model


def _place(network):
    """The path of a network's file or folder; None if it is a part of the library, or
    if nothing is there, which the library then says."""
    if network is None:
        return None
    found = os.fsdecode(deepcrop.find_network(network))
    if os.path.exists(found):
        return os.path.realpath(found)
    if found in ENGINES:
        return None
    installed = deepcrop.installed_models()
    return next((model.folder for model in installed if model.name == found), None)


def _identity(place, provider):
    """A text that is another one as soon as a file, or what runs it, is another."""
    folder = place if os.path.isdir(place) else os.path.dirname(place)
    # Beside a network lie its manifest and its second half.
    with os.scandir(folder) as entries:
        files = sorted(
            (entry.name, entry.stat().st_size, entry.stat().st_mtime_ns)
            for entry in entries
            if entry.name.endswith((".onnx", ".toml"))
        )
    runtime = os.environ.get("DEEPCROP_ONNXRUNTIME")
    known = (place, files, int(provider), deepcrop.version(), runtime)
    return hashlib.sha256(repr(known).encode()).hexdigest()


def _try(place, options):
    environment = dict(os.environ)
    runtime = deepcrop.find_runtime(options.runtime)
    if runtime is not None:
        environment["DEEPCROP_ONNXRUNTIME"] = os.fsdecode(runtime)
    program = _program()
    try:
        if not os.access(program, os.X_OK):  # Krita's importer makes it so
            os.chmod(program, 0o755)
        process = subprocess.Popen(
            [program, deepcrop.load().place, place, str(int(options.provider))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise Refusal(
            f"{program} cannot be started ({error.strerror}), and no network of your "
            "own is used before it was tried: unpack DeepCrop's zip again."
        ) from error
    try:
        end = time.monotonic() + LIMIT
        while process.poll() is None:
            if options.cancel is not None and options.cancel.raised:
                raise deepcrop.Error(deepcrop.Status.CANCELLED, "cancelled")
            if time.monotonic() > end:
                raise Refusal(
                    f"{place} does not answer within {LIMIT} seconds: choose another "
                    "network."
                )
            time.sleep(STEP)
    finally:
        process.kill()
        code = process.wait()
    if code == UNTRIED:
        raise Refusal(
            f"{place} cannot be tried, because {PROGRAM} does not fit "
            f"{deepcrop.load().place}: unpack DeepCrop's zip again."
        )
    if code:
        how = f"signal {-code}" if code < 0 else f"exit code {code:#x}"
        raise Refusal(
            f"{place} crashes ONNX Runtime ({how}). It was tried apart, so nothing is "
            "lost: choose another network."
        )


def _program():
    """The path of `deepcrop-trial`, which lies beside the library or in `bin`."""
    folder = os.path.dirname(deepcrop.load().place)
    folders = [folder, os.path.join(os.path.dirname(folder), "bin")] if folder else []
    places = [os.path.join(folder, PROGRAM) for folder in folders]
    found = next(filter(os.path.isfile, places), None) or shutil.which(PROGRAM)
    if found is None:
        raise Refusal(
            f"{PROGRAM} is missing in {folder or 'the PATH'}, and no network of your "
            "own is used before it was tried: unpack DeepCrop's zip again."
        )
    return found


def _read(folder):
    if folder is None:
        return []
    try:
        with open(os.path.join(folder, NOTES), encoding="ascii") as file:
            return file.read().split()
    except (OSError, ValueError):
        return []


def _write(folder, passed):
    """Notes what passed. If that is impossible, it is tried again next time."""
    if folder is None:
        return
    notes = os.path.join(folder, NOTES)
    new = f"{notes}.{os.getpid()}"
    try:
        os.makedirs(folder, exist_ok=True)
        with open(new, "w", encoding="ascii") as file:
            file.write("\n".join(passed))
        os.replace(new, notes)
    except OSError:
        with contextlib.suppress(OSError):
            os.remove(new)
