"""A real Krita with the plug-in from the zip: without a window, or in one under Xvfb.

Runs in Debian 13. DEEPCROP_ZIP is the zip of the plug-in, DEEPCROP_SHOTS the folder for
screenshots and messages.
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

SHOTS = Path(os.environ["DEEPCROP_SHOTS"])
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PICTURE = ROOT / "tests/data/still_life.png"
DISPLAY = os.environ.get("DEEPCROP_DISPLAY", ":79")
LIMIT = 60  # seconds that anything may take
SETTINGS = """[python]
enable_deepcrop=true
enable_deepcrop_driver=true

"""
WINDOWS = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc"><mouse/><keyboard/></openbox_config>
"""


def wait_for(what, ready, limit=LIMIT, pause=0.03):
    """The first true value of `ready`; tests never wait for seconds alone."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        value = ready()
        if value:
            return value
        time.sleep(pause)
    raise AssertionError(f"{what} did not happen within {limit} seconds")


def home():
    """A new user's home, with the plug-in unpacked where Krita's importer puts it."""
    folder = Path(tempfile.mkdtemp(prefix="krita"))
    data = folder / ".local/share/krita"
    with zipfile.ZipFile(os.environ["DEEPCROP_ZIP"]) as archive:
        archive.extractall(data / "pykrita")
    shutil.move(str(data / "pykrita/actions"), str(data / "actions"))
    shutil.copytree(HERE / "driver", data / "pykrita", dirs_exist_ok=True)
    (folder / ".config").mkdir()
    (folder / ".config/kritarc").write_text(SETTINGS)
    return folder


def environment(folder, **more):
    known = {
        "HOME": str(folder),
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "NO_AT_BRIDGE": "1",
        "XDG_RUNTIME_DIR": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DEEPCROP_DRIVER": str(folder),
    }
    return {**known, **more}


def console(script, folder, **more):
    """What `main` in a script printed, in Krita without a window.

    kritarunner ends with 0 whatever happens: the script must print DONE at its end.
    """
    path = os.pathsep.join(
        [str(script.parent), str(folder / ".local/share/krita/pykrita")]
    )
    env = environment(folder, PYTHONPATH=path, QT_QPA_PLATFORM="offscreen", **more)
    done = subprocess.run(
        ["kritarunner", "-s", script.stem, "-f", "main"],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=180,
        env=env,
        check=False,
    )
    (SHOTS / f"{script.stem}.log").write_text(done.stdout + done.stderr)
    if done.returncode or "\nDONE" not in done.stdout:
        said = (done.stdout + done.stderr)[-4000:]
        raise AssertionError(f"{script.name}: {done.returncode}: {said}")
    return done.stdout


class Editor:
    """Krita in a window. `prepare` is given its folder with the plug-in first."""

    def __init__(self, *files, size=(1600, 1000), prepare=None, **more):
        self.folder = home()
        if prepare is not None:
            prepare(self.folder / ".local/share/krita/pykrita/deepcrop")
        self.size = size
        self.env = environment(self.folder, DISPLAY=DISPLAY, **more)
        self.log = open(SHOTS / "window.log", "a")  # noqa: SIM115 (until close)
        self.started = []
        try:
            screen = f"{size[0]}x{size[1]}x24"
            self.start("Xvfb", DISPLAY, "-screen", "0", screen, "-nolisten", "tcp")
            wait_for("Xvfb", lambda: self.try_run("xdpyinfo") is not None)
            # One that leaves Alt-clicks and all keys to Krita.
            (self.folder / "openbox.xml").write_text(WINDOWS)
            self.start("openbox", "--config-file", str(self.folder / "openbox.xml"))
            self.krita = self.start("krita", "--nosplash", *map(str, files))
            self.eval("1")
            if files:
                view = "Krita.instance().activeWindow().activeView()"
                self.until(f"bool({view} and {view}.document())")
        except BaseException:
            self.close()
            raise

    def start(self, *command):
        process = subprocess.Popen(
            command, stdout=self.log, stderr=self.log, env=self.env
        )
        self.started.append(process)
        return process

    def try_run(self, *command):
        """What a command says; None if it fails."""
        done = subprocess.run(
            command, capture_output=True, env=self.env, timeout=LIMIT, check=False
        )
        return None if done.returncode else done.stdout.decode("utf-8", "replace")

    def run(self, *command):
        said = self.try_run(*command)
        assert said is not None, command
        return said

    def close(self):
        for process in reversed(self.started):
            if process.poll() is not None:
                continue
            process.terminate()
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()  # Krita asks whether to save
                process.wait(10)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- Krita from within ---

    def eval(self, expression, before="", limit=LIMIT):
        """The value of an expression in Krita, after some statements. Names stay."""
        question, answer = self.folder / "question.py", self.folder / "answer"
        answer.unlink(missing_ok=True)
        statements = "from krita import *\nfrom PyQt5.QtCore import *\n" + before
        part = self.folder / "part"
        part.write_text(json.dumps([statements, expression]))
        part.rename(question)

        def answered():
            ended = self.krita.poll()
            assert ended is None, f"Krita ended with {ended}"
            return answer.exists()

        wait_for(f"Krita's answer to `{expression}`", answered, limit)
        value, error = json.loads(answer.read_text())
        assert error is None, error
        return value

    def until(self, expression, limit=LIMIT):
        """Waits until something is so in Krita."""
        return wait_for(f"`{expression}`", lambda: self.eval(expression), limit)

    # --- the screen ---

    def move_to(self, x, y):
        self.run("xdotool", "mousemove", str(round(x)), str(round(y)))

    def click(self, x, y, button=1, key=None):
        self.move_to(x, y)
        if key:
            self.run("xdotool", "keydown", key)
        self.run("xdotool", "click", str(button))
        if key:
            self.run("xdotool", "keyup", key)

    def drag(self, *points, key=None, button=1):
        self.move_to(*points[0])
        if key:
            self.run("xdotool", "keydown", key)
        self.run("xdotool", "mousedown", str(button))
        for point in points[1:]:
            self.move_to(*point)
            time.sleep(0.03)  # X merges what comes at once
        self.run("xdotool", "mouseup", str(button))
        if key:
            self.run("xdotool", "keyup", key)

    def key(self, *keys):
        self.run("xdotool", "key", "--delay", "60", *keys)

    def shot(self, name):
        self.run("import", "-window", "root", str(SHOTS / f"{name}.png"))

    def screen(self):
        """All pixels as RGB."""
        done = subprocess.run(
            ["import", "-window", "root", "-depth", "8", "rgb:-"],
            capture_output=True,
            env=self.env,
            timeout=LIMIT,
            check=True,
        )
        return done.stdout
