"""Tries a user's network in a process of its own, before the editor loads it.

ONNX Runtime checks little of what a network does, and some networks end the process:
the editor's, with the user's unsaved work. So a network is loaded and clicked with by
the program `deepcrop-trial`. Most networks that crash do so with every picture, so no
click needs a second process. What works is noted, and is not tried again.

Python 3.8, no packages. Licence: MIT OR Apache-2.0.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from typing import TYPE_CHECKING

from ..python import deepcrop
from .sentences import Refusal

if TYPE_CHECKING:
    from .choices import Path

PROGRAM = "deepcrop-trial.exe" if os.name == "nt" else "deepcrop-trial"
# The lines that the program writes before it tries anything, and if the network works;
# and its exit codes.
BEGINS, WORKS = b"deepcrop-trial: begins", b"deepcrop-trial: works"
NOT_TRIED, REFUSED, TIME_OVER = 64, 65, 66
LIMIT = 600  # seconds; some processors take minutes to prepare a network
STEP = 0.02  # seconds
PARTS = ("builtin", "classical", "extractnet")  # they are parts of the library
NOTES = ".tried"  # lists what works, in the folder of the user's networks
NOTED = 100  # how many
ADVICE = "choose another network"


def load(
    network: Path, options: deepcrop.ModelOptions, folder: Path = None
) -> deepcrop.Model:
    """Loads a model; a network of the user's is tried first, but no matting network.
    `folder` is that of the user's networks; without it, nothing is noted."""
    if network is None or os.fsdecode(network) in PARTS:
        return deepcrop.Model(network, options)
    found = os.fsdecode(deepcrop.find_network(network))
    if os.path.exists(found):
        found = os.path.abspath(found)
    known, noted = _identity(found, options), _read(folder)
    works = known in noted or _works(found, options)
    model = deepcrop.Model(network, options)
    if works and known and known not in noted:
        _write(folder, [*noted, known][-NOTED:])
    return model


def _identity(found, options):
    """A text that is another one as soon as a file beside the network, ONNX Runtime, the
    provider or our version is another. None if one of them is not known."""
    try:
        if os.path.exists(found):
            folder = found if os.path.isdir(found) else os.path.dirname(found)
        else:
            installed = deepcrop.installed_models()
            folder = next(one.folder for one in installed if one.name == found)
        # Beside a network lie its weights, its manifest and its second half.
        with os.scandir(folder) as entries:
            files = sorted(
                _stamp(entry.path)
                for entry in entries
                if entry.is_file() and not entry.name.startswith(NOTES)
            )
        runtime = deepcrop.find_runtime(options.runtime)
        runtime = runtime or os.environ.get("DEEPCROP_ONNXRUNTIME")
        if not runtime:  # the library finds it in the system
            return None
        runtime = _stamp(os.fsdecode(runtime))
    except (OSError, StopIteration):
        return None
    known = (found, files, int(options.provider), deepcrop.version(), runtime)
    return hashlib.sha256(repr(known).encode()).hexdigest()


def _stamp(path):
    stat = os.stat(path)
    return path, stat.st_size, stat.st_mtime_ns


def _works(found, options):
    """Tries a network. Returns whether it works; if it does not, the library says why.
    A network that would end this process is refused."""
    if options.cancel is not None:
        options.cancel.tell(0, "Trying the network")
    name = os.fsencode(found).decode("utf-8", "replace")
    with tempfile.TemporaryFile() as output:
        code = _run([found, str(int(options.provider)), str(LIMIT)], options, output)
        output.seek(0)
        said = output.read()
    lines = said.decode("utf-8", "replace").strip().splitlines()
    reason = lines[-1] if lines else f"exit code {code:#x}"
    if WORKS in said or code == REFUSED:
        return WORKS in said
    if code == NOT_TRIED or BEGINS not in said:
        raise Refusal(f"{name} cannot be tried ({reason}): {ADVICE}.")
    if code == TIME_OVER:
        raise Refusal(f"{name} gives no answer within {LIMIT} seconds: {ADVICE}.")
    if -code == getattr(signal, "SIGKILL", None):
        why = "was ended by the system when it was tried, perhaps for lack of memory"
    else:
        why = "crashes ONNX Runtime"
    how = f"signal {-code}" if code < 0 else f"exit code {code:#x}"
    raise Refusal(f"{name} {why} ({how}). Nothing is lost: {ADVICE}.")


def _run(arguments, options, output):
    """Runs the program. Returns its exit code, or less than 0 for a signal."""
    environment = dict(os.environ)
    runtime = deepcrop.find_runtime(options.runtime)
    if runtime is not None:
        environment["DEEPCROP_ONNXRUNTIME"] = os.fsdecode(runtime)
    program = _program()
    try:
        if not os.access(program, os.X_OK):  # Krita's importer makes it so
            os.chmod(program, 0o755)
        process = subprocess.Popen(
            [program, deepcrop.load().place, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=output,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise Refusal(
            f"{program} cannot be started ({error.strerror}), and no network of your "
            "own is used before it was tried: unpack DeepCrop's zip again."
        ) from error
    try:
        while process.poll() is None:
            if options.cancel is not None and options.cancel.raised:
                raise deepcrop.Error(deepcrop.Status.CANCELLED, "cancelled")
            time.sleep(STEP)
    finally:
        process.kill()
        process.wait()
    return process.returncode


def _program():
    """The path of `deepcrop-trial`, which lies beside the library or in `bin`. If the
    system found the library by its name, it also finds the program."""
    folder = os.path.dirname(deepcrop.load().place)
    if folder:
        folders = (folder, os.path.join(os.path.dirname(folder), "bin"))
        places = [os.path.join(folder, PROGRAM) for folder in folders]
        found = next(filter(os.path.isfile, places), None)
    else:
        found = shutil.which(PROGRAM)
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


def _write(folder, works):
    """Notes what works. If that is impossible, it is tried again next time."""
    if folder is None:
        return
    notes = os.path.join(folder, NOTES)
    new = f"{notes}.{os.getpid()}.{threading.get_ident()}"
    try:
        os.makedirs(folder, exist_ok=True)
        with open(new, "w", encoding="ascii") as file:
            file.write("\n".join(works))
        os.replace(new, notes)
    except OSError:
        with contextlib.suppress(OSError):
            os.remove(new)
