"""A screen of its own under Xvfb, a program on it, and a hand and an eye for it.

DEEPCROP_SHOTS is the folder for screenshots and messages. `cargo xtask test` sets it and
PYTHONPATH, and starts the tests of each editor in a Debian that has the editor.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

SHOTS = Path(os.environ["DEEPCROP_SHOTS"])
ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "tests/data/still_life.png"
LIMIT = 60  # seconds that anything may take
# Openbox by itself takes Alt-clicks and many keys away from programs.
WINDOWS = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <mouse>
    <context name="Client">
      <mousebind button="Left" action="Press">
        <action name="Focus"/><action name="Raise"/>
      </mousebind>
    </context>
  </mouse>
  <keyboard/>
</openbox_config>
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


def environment(home, **more):
    """A new user's, and nothing of what the tests themselves know."""
    known = {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "NO_AT_BRIDGE": "1",
        "XDG_RUNTIME_DIR": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {**known, **more}


class Desktop:
    """A screen with windows, for a user whose home is removed at the end. `begin`, which
    an editor has, starts it with its files."""

    def __init__(self, home, files, size, **more):
        self.folder = home
        self.size = size
        self.env = environment(home, **more)
        self.log = (SHOTS / "window.log").open("a")  # closed by close()
        self.started = []
        try:
            self.start_screen()
            self.begin(*map(str, files))
        except BaseException:
            self.close()
            raise

    def start_screen(self):
        screen = f"{self.size[0]}x{self.size[1]}x24"
        reader, writer = os.pipe()
        command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", screen]
        self.start(*command, "-nolisten", "tcp", pass_fds=[writer])
        os.close(writer)
        with os.fdopen(reader) as told:  # which display is free, when it is ready
            number = told.readline().strip()
        assert number, "Xvfb does not start, see window.log"
        self.env["DISPLAY"] = f":{number}"
        settings = self.folder / "openbox.xml"
        settings.write_text(WINDOWS)
        self.start("openbox", "--config-file", str(settings))

    def start(self, *command, **how):
        streams = {"stdout": self.log, "stderr": self.log}
        process = subprocess.Popen(command, env=self.env, **streams, **how)
        self.started.append(process)
        return process

    def try_run(self, *command):
        """What a command says, as bytes; None if it fails."""
        done = subprocess.run(
            command, capture_output=True, env=self.env, timeout=LIMIT, check=False
        )
        return None if done.returncode else done.stdout

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
                process.kill()  # it asks whether to save, or has a menu open
                process.wait(10)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def windows(self, name):
        found = self.try_run("xdotool", "search", "--onlyvisible", "--name", name)
        return (found or b"").decode().split()

    def window(self, name):
        return wait_for(f"the window `{name}`", lambda: self.windows(name))[-1]

    def gone(self, name):
        wait_for(f"the end of the window `{name}`", lambda: not self.windows(name))

    def activate(self, window):
        """Gives a window the keyboard."""
        self.run("xdotool", "windowactivate", "--sync", window)

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
            time.sleep(0.05)  # a hand is no faster, and toolkits leave out what is
        self.run("xdotool", "mouseup", str(button))
        if key:
            self.run("xdotool", "keyup", key)

    def key(self, *keys):
        self.run("xdotool", "key", "--delay", "60", *keys)

    def shot(self, name):
        self.run("import", "-window", "root", str(SHOTS / f"{name}.png"))

    def screen(self):
        """All pixels as RGB."""
        return self.run("import", "-window", "root", "-depth", "8", "rgb:-")
