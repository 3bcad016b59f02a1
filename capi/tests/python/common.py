"""What the tests share: the module, a picture drawn in memory, compilers, programs."""

import atexit
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HEADER = ROOT / "include/deepcrop.h"
MODULE = ROOT / "plugins/python"
# As users import the module, and as the plug-ins import what they share.
sys.path[:0] = [str(MODULE), str(ROOT)]

import deepcrop

SCRATCH = Path(tempfile.mkdtemp(prefix="deepcrop"))
atexit.register(shutil.rmtree, str(SCRATCH), ignore_errors=True)
# Nobody's own cache is touched.
os.environ.setdefault("DEEPCROP_CACHE", "off")

WIDTH, HEIGHT = 160, 120
COLOURS = [(60, 80, 120), (190, 40, 40), (220, 200, 60)]
SUFFIX = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")


def needed(variable, what):
    """A path that an environment variable must name."""
    path = os.environ.get(variable, "")
    if not os.path.isfile(path):
        raise RuntimeError(
            f"set {variable} to the path of {what}; `{path}` is no file. "
            "`cargo test --test python` does all that"
        )
    return path


LIBRARY = needed("DEEPCROP_LIBRARY", "the built library (`cargo build`)")
RUNTIME = needed("DEEPCROP_ONNXRUNTIME", "ONNX Runtime (`cargo xtask runtime`)")


def kind_at(x, y):
    """1 in the disc at 60, 60; 2 in the square at 110..140, 30..70; else 0."""
    if (x - 60) ** 2 + (y - 60) ** 2 < 30 * 30:
        return 1
    return 2 if 110 <= x < 140 and 30 <= y < 70 else 0


def pixels():
    """A red disc and a yellow square on a bluish ground, as RGB."""
    data = bytearray()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            shade = (x + y) // 20 + (x * 7 + y * 13) % 5
            data += bytes(c + shade for c in COLOURS[kind_at(x, y)])
    return data


PIXELS = bytes(pixels())
DISC = bytes(255 * (kind_at(i % WIDTH, i // WIDTH) == 1) for i in range(WIDTH * HEIGHT))


def image():
    return deepcrop.Image(PIXELS, WIDTH, HEIGHT)


def overlap(mask, wanted=DISC):
    """IoU of what is selected by half or more."""
    both = sum(a >= 128 and b >= 128 for a, b in zip(mask.pixels, wanted))
    either = sum(a >= 128 or b >= 128 for a, b in zip(mask.pixels, wanted))
    return both / either


def compiled(text, name, shared=True):
    """A C program or library from its text."""
    source = SCRATCH / f"{name}.c"
    source.write_text(text)
    program = SCRATCH / (name + (SUFFIX if shared else ""))
    compiler = shlex.split(os.environ.get("CC", "cc"))
    if shutil.which(compiler[0]) is None:
        raise RuntimeError(
            f"`{compiler[0]}` is not there: install a C compiler "
            "(Debian, Ubuntu: `sudo apt install build-essential`)"
        )
    flags = ["-shared", "-fPIC"] if shared else []
    include = f"-I{HEADER.parent}"
    run([*compiler, *flags, include, "-o", str(program), str(source)])
    return program


def run(command, **environment):
    """Runs a command that must end with 0 and not complain."""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
        check=False,
    )
    if done.returncode or done.stderr:
        raise AssertionError(
            f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        )
    return done


def python(script, **environment):
    """What a script says that imports deepcrop; it must end well."""
    paths = os.pathsep.join([str(MODULE), str(Path(__file__).parent)])
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", script]
    return run(command, PYTHONPATH=paths, **environment).stdout
