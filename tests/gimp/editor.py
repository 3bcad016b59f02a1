"""A real GIMP with the plug-in from the zip: without a window, or in one.

The environment variable DEEPCROP_ZIP is the path of the zip.
"""

import json
import os
import signal
import subprocess
import tempfile
import zipfile
from pathlib import Path

from desktop import SHOTS, Desktop, environment, wait_for

HERE = Path(__file__).resolve().parent
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


def home():
    """The home folder of a new user, with the plug-in unpacked as its README says."""
    folder = Path(tempfile.mkdtemp(prefix="gimp"))
    gimp = folder / f".config/GIMP/{SERIES}"
    plugins = gimp / "plug-ins"
    plugins.mkdir(parents=True)
    unpack(plugins)
    (gimp / "gimprc").write_text(SETTINGS.format(VERSION))
    (gimp / "shortcutsrc").write_text(SHORTCUTS)
    return folder


def unpack(folder):
    """Unpacks the zip with its permissions, as unzip does."""
    with zipfile.ZipFile(os.environ["DEEPCROP_ZIP"]) as archive:
        for entry in archive.infolist():
            path = archive.extract(entry, folder)
            os.chmod(path, entry.external_attr >> 16 or 0o644)


def console(script, folder, **more):
    """Runs a script in GIMP without a window: its output. GIMP must not fail."""
    code = f"exec(compile(open({str(script)!r}).read(), {str(script)!r}, 'exec'))"
    return batch("python-fu-eval", code, folder, Path(script).stem, **more)


def scheme(code, folder):
    """Runs code in Script-Fu, in the same way."""
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
        timeout=400,  # it takes a minute if nothing else runs
        env=environment(folder, **more),
        check=False,
    )
    said = done.stdout + done.stderr
    (SHOTS / f"{name}.log").write_text(said)
    if done.returncode:
        raise AssertionError(f"{done.returncode}: {said[-4000:]}")
    return said


class Gimp(Desktop):
    """GIMP in a window."""

    def __init__(self, *files, size=(1400, 900), **more):
        super().__init__(home(), files, size, **more)

    def begin(self, *files):
        bus = self.run("dbus-launch").decode()
        for line in bus.splitlines():
            name, _, value = line.partition("=")
            self.env[name] = value
        self.gimp = self.start("gimp", "-n", *files)
        wait_for("GIMP's window", lambda: self.windows("GNU Image Manipulation"))
        wait_for("GIMP's bus", lambda: self.call("introspect"))
        self.eval("1")

    def close(self):
        super().close()
        if "DBUS_SESSION_BUS_PID" in self.env:
            os.kill(int(self.env["DBUS_SESSION_BUS_PID"]), signal.SIGTERM)

    def call(self, verb, *arguments):
        place = ["--dest", "org.gimp.GIMP.UI", "--object-path", "/org/gimp/GIMP/UI"]
        return self.try_run("gdbus", verb, "--session", *place, *arguments)

    def eval(self, expression, before=""):
        """The value of an expression in GIMP, after the statements in `before`."""
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
        # The call returns before the script has run.
        assert self.call("call", *method, f"exec(open('{script}').read())") is not None
        wait_for("GIMP's answer", answer.exists)
        value, error = json.loads(answer.read_text())
        assert error is None, error
        return value

    def geometry(self, window):
        """Left, top, width and height of the content of a window."""
        said = self.run("xwininfo", "-id", window).decode()
        names = ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height")
        lines = dict(
            line.strip().split(":", 1) for line in said.splitlines() if ":" in line
        )
        return tuple(int(lines[name]) for name in names)
