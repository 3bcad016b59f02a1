"""A real Krita with the plug-in from the zip: without a window, or in one.

The environment variable DEEPCROP_ZIP is the path of the zip.
"""

import json
import os
import runpy
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from desktop import LIMIT, SHOTS, Desktop, environment, wait_for

HERE = Path(__file__).resolve().parent
DATA = ".local/share/krita"
# Krita's own importer, behind Tools > Scripts > Import Python Plugin from File.
IMPORTER = Path("/usr/share/krita/pykrita/plugin_importer/plugin_importer.py")
DRIVEN = """[python]
enable_deepcrop_driver=true
"""
ENABLED = DRIVEN + "enable_deepcrop=true\n"


def home():
    """The home folder of a new user, with the plug-in put there by Krita's importer."""
    folder = bare_home(ENABLED)
    imported(folder / DATA)
    return folder


def bare_home(settings=DRIVEN):
    """The home folder of a new user, with the driver for the tests' questions."""
    folder = Path(tempfile.mkdtemp(prefix="krita"))
    shutil.copytree(HERE / "driver", folder / DATA / "pykrita")
    (folder / ".config").mkdir()
    (folder / ".config/kritarc").write_text(settings)
    return folder


def imported(data, overwrite=False):
    """Imports the zip into Krita's resource folder."""
    assert IMPORTER.exists(), f"{IMPORTER} is missing: install the package krita-data"
    known = runpy.run_path(str(IMPORTER), {"i18n": str})
    importer = known["PluginImporter"]
    plugins = importer(os.environ["DEEPCROP_ZIP"], data, lambda _: overwrite)
    names = [plugin["name"] for plugin in plugins.import_all()]
    assert names == ["deepcrop"], names
    assert (data / "actions/deepcrop.action").is_file(), "it has no action file"


def console(script, folder, **more):
    """Runs `main` of a script in Krita without a window. Returns the output.

    kritarunner ends with 0 whatever happens, so the script must print DONE at its end.
    """
    path = os.pathsep.join([str(script.parent), str(folder / DATA / "pykrita")])
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


@cache
def resources():
    """A folder of what Krita unpacks at its first start. That is slow, so done once."""
    kept = tempfile.TemporaryDirectory(prefix="resources")
    krita = Editor(first=True)
    try:
        krita.quit()
        data, others = krita.folder / DATA, shutil.ignore_patterns("pykrita", "actions")
        shutil.copytree(data, kept.name, ignore=others, dirs_exist_ok=True)
    finally:
        krita.close()
    return kept


class Editor(Desktop):
    """Krita in a window: `first` as at its first start, `bare` without the plug-in.
    `prepare` is called with the plug-in's folder."""

    def __init__(
        self,
        *files,
        size=(1600, 1000),
        prepare=None,
        first=False,
        bare=False,
        **more,
    ):
        folder = bare_home() if bare else home()
        if not first:
            shutil.copytree(resources().name, folder / DATA, dirs_exist_ok=True)
        if prepare is not None:
            prepare(folder / DATA / "pykrita/deepcrop")
        super().__init__(folder, files, size, **more)

    def begin(self, *files):
        self.krita = self.start("krita", "--nosplash", *files)
        self.eval("1")
        if files:
            view = "Krita.instance().activeWindow().activeView()"
            self.until(f"bool({view} and {view}.document())")

    def eval(self, expression, before="", limit=LIMIT):
        """The value of an expression in Krita, after the statements in `before`. Names
        from earlier calls are known."""
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

    def quit(self):
        """Quits Krita as a user does. Krita must end without an error."""
        action = "Krita.instance().action('file_quit').trigger()"
        self.eval("0", f"QTimer.singleShot(0, lambda: {action})")
        assert self.krita.wait(LIMIT) == 0, self.krita.returncode

    def until(self, expression, limit=LIMIT):
        """Waits until an expression is true in Krita."""
        return wait_for(f"`{expression}`", lambda: self.eval(expression), limit)
