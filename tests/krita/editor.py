"""A real Krita with the plug-in from the zip: without a window, or in one.

DEEPCROP_ZIP is the zip of the plug-in.
"""

import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from desktop import LIMIT, SHOTS, Desktop, environment, wait_for

HERE = Path(__file__).resolve().parent
DATA = ".local/share/krita"
SETTINGS = """[python]
enable_deepcrop=true
enable_deepcrop_driver=true

"""


def home():
    """A new user's home, with the plug-in unpacked where Krita's importer puts it."""
    folder = Path(tempfile.mkdtemp(prefix="krita"))
    data = folder / DATA
    with zipfile.ZipFile(os.environ["DEEPCROP_ZIP"]) as archive:
        archive.extractall(data / "pykrita")
    shutil.move(str(data / "pykrita/actions"), str(data / "actions"))
    shutil.copytree(HERE / "driver", data / "pykrita", dirs_exist_ok=True)
    (folder / ".config").mkdir()
    (folder / ".config/kritarc").write_text(SETTINGS)
    return folder


def console(script, folder, **more):
    """What `main` in a script printed, in Krita without a window.

    kritarunner ends with 0 whatever happens: the script must print DONE at its end.
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
    """The folder of what Krita unpacks and sorts at its first start, which takes long."""
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
    """Krita in a window, `first` as at its first start. `prepare` is given its folder
    with the plug-in first."""

    def __init__(self, *files, size=(1600, 1000), prepare=None, first=False, **more):
        folder = home()
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

    def quit(self):
        """As the user does it; Krita must end well."""
        action = "Krita.instance().action('file_quit').trigger()"
        self.eval("0", f"QTimer.singleShot(0, lambda: {action})")
        assert self.krita.wait(LIMIT) == 0, self.krita.returncode

    def until(self, expression, limit=LIMIT):
        """Waits until something is so in Krita."""
        return wait_for(f"`{expression}`", lambda: self.eval(expression), limit)
