"""A real GIMP with the plug-in from the zip: without a window, or in one under Xvfb.

Runs in Debian 13, see `cargo xtask test gimp`. DEEPCROP_ZIP is the zip of the plug-in,
DEEPCROP_SHOTS the folder for screenshots and messages.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

SHOTS = Path(os.environ["DEEPCROP_SHOTS"])
HERE = Path(__file__).resolve().parent
PICTURE = HERE.parent / "data" / "still_life.png"
LIMIT = 30  # seconds that anything may take
SETTINGS = """(config-version "{}")
(show-welcome-dialog no)
(check-updates no)
(color-profile-policy keep)
(save-session-info no)
"""
VERSION = subprocess.run(
    ["gimp-console", "--version"], capture_output=True, text=True, check=True
).stdout.split()[-1]
SERIES = ".".join(VERSION.split(".")[:2])
SHORTCUTS = """(file-version 1)
(action "deepcrop-select" "<Primary><Shift>k")
(action "deepcrop-refine" "<Primary><Shift>j")
"""


def wait_for(what, ready, limit=LIMIT, pause=0.05):
    """The first true value of `ready`; tests never wait for seconds alone."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        value = ready()
        if value:
            return value
        time.sleep(pause)
    raise AssertionError(f"{what} did not happen within {limit} seconds")


def home():
    """A new user's home, with the plug-in unpacked as its README says."""
    folder = Path(tempfile.mkdtemp(prefix="gimp"))
    gimp = folder / f".config/GIMP/{SERIES}"
    plugins = gimp / "plug-ins"
    plugins.mkdir(parents=True)
    unpack(plugins)
    (gimp / "gimprc").write_text(SETTINGS.format(VERSION))
    (gimp / "shortcutsrc").write_text(SHORTCUTS)
    return folder


def unpack(folder):
    """As unzip does, with the permissions."""
    with zipfile.ZipFile(os.environ["DEEPCROP_ZIP"]) as archive:
        for entry in archive.infolist():
            path = archive.extract(entry, folder)
            os.chmod(path, entry.external_attr >> 16 or 0o644)


def environment(folder, **more):
    known = {
        "HOME": str(folder),
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "NO_AT_BRIDGE": "1",
        "XDG_RUNTIME_DIR": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {**known, **more}


def console(script, folder, **more):
    """What a script said that ran in GIMP without a window; it must end well."""
    code = f"exec(compile(open({str(script)!r}).read(), {str(script)!r}, 'exec'))"
    return batch("python-fu-eval", code, folder, Path(script).stem, **more)


def scheme(code, folder):
    """The same for Script-Fu."""
    script = folder / "script.scm"
    script.write_text(code)
    return batch("plug-in-script-fu-eval", f'(load "{script}")', folder, "scheme")


def batch(interpreter, code, folder, name, **more):
    done = subprocess.run(
        ["gimp-console", "-n", "-i", "-d", "-f", "--quit"]
        + [f"--batch-interpreter={interpreter}", "-b", code],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=400,  # a minute where nothing else runs
        env=environment(folder, **more),
        check=False,
    )
    said = done.stdout + done.stderr
    (SHOTS / f"{name}.log").write_text(said)
    if done.returncode:
        raise AssertionError(f"{done.returncode}: {said[-4000:]}")
    return said


class Gimp:
    """GIMP in a window."""

    def __init__(self, *files, size=(1400, 900), **more):
        self.folder = home()
        self.size = size
        self.env = environment(self.folder, **more)
        self.log = (SHOTS / "window.log").open("a")  # closed by close()
        self.started = []
        try:
            self.start_all(files)
        except BaseException:
            self.close()
            raise

    def start_all(self, files):
        screen = f"{self.size[0]}x{self.size[1]}x24"
        reader, writer = os.pipe()
        command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", screen]
        self.start(*command, "-nolisten", "tcp", pass_fds=[writer])
        os.close(writer)
        with os.fdopen(reader) as told:  # which display is free
            self.env["DISPLAY"] = ":" + told.readline().strip()
        self.start("openbox")
        bus = self.try_run("dbus-launch")
        for line in bus.splitlines():
            name, _, value = line.partition("=")
            self.env[name] = value
        self.gimp = self.start("gimp", "-n", *map(str, files))
        wait_for("GIMP's window", lambda: self.windows("GNU Image Manipulation"))
        wait_for("GIMP's bus", lambda: self.call("introspect"))
        self.eval("1")

    def start(self, *command, **how):
        streams = {"stdout": self.log, "stderr": self.log}
        process = subprocess.Popen(command, env=self.env, **streams, **how)
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
            process.terminate()
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()  # GIMP may ignore the first while a menu is open
                process.wait(10)
        if "DBUS_SESSION_BUS_PID" in self.env:
            os.kill(int(self.env["DBUS_SESSION_BUS_PID"]), signal.SIGTERM)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- GIMP from within ---

    def call(self, verb, *arguments):
        place = ["--dest", "org.gimp.GIMP.UI", "--object-path", "/org/gimp/GIMP/UI"]
        return self.try_run("gdbus", verb, "--session", *place, *arguments)

    def eval(self, expression, before=""):
        """The value of an expression in GIMP, after some statements."""
        answer = self.folder / "answer.json"
        answer.unlink(missing_ok=True)
        script = self.folder / "question.py"
        script.write_text(
            "import json, os, traceback\n"
            "image = min(Gimp.get_images(), key=Gimp.Image.get_id, default=None)\n"
            "try:\n"
            + "".join(f"    {line}\n" for line in before.splitlines())
            + f"    said = [{expression}, None]\n"
            "except BaseException:\n"
            "    said = [None, traceback.format_exc()]\n"
            f"open('{answer}.tmp', 'w').write(json.dumps(said))\n"
            f"os.rename('{answer}.tmp', '{answer}')\n"
        )
        method = ["--method", "org.gimp.GIMP.UI.BatchRun", "python-fu-eval"]
        # It returns before the script has run.
        assert self.call("call", *method, f"exec(open('{script}').read())") is not None
        wait_for("GIMP's answer", answer.exists)
        value, error = json.loads(answer.read_text())
        assert error is None, error
        return value

    # --- the screen ---

    def windows(self, name):
        found = self.try_run("xdotool", "search", "--onlyvisible", "--name", name)
        return (found or "").split()

    def window(self, name):
        return wait_for(f"the window `{name}`", lambda: self.windows(name))[-1]

    def gone(self, name):
        wait_for(f"the end of the window `{name}`", lambda: not self.windows(name))

    def activate(self, window):
        """Gives a window the keyboard."""
        self.run("xdotool", "windowactivate", "--sync", window)

    def geometry(self, window):
        """Left, top, width and height of what a window holds."""
        said = self.run("xwininfo", "-id", window)
        names = ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height")
        lines = dict(
            line.strip().split(":", 1) for line in said.splitlines() if ":" in line
        )
        return tuple(int(lines[name]) for name in names)

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
            time.sleep(0.05)  # a hand is no faster, and GTK leaves out what is
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
