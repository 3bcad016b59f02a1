"""A user's network is tried in a process of its own before it is loaded."""

import os
import shutil
import stat
import sys
import threading
import unittest
from pathlib import Path
from unittest import mock

from common import ROOT, SCRATCH

from plugins.python import deepcrop
from plugins.shared import trial
from plugins.shared.sentences import Refusal

NETWORKS = ROOT / "tests/data/networks"


class Trial(unittest.TestCase):
    def setUp(self):
        self.folder = SCRATCH / self.id().rpartition(".")[2]
        self.folder.mkdir()
        self.notes = self.folder / trial.NOTES

    def copy(self, name):
        return str(shutil.copy(NETWORKS / name, self.folder))

    def load(self, network, **options):
        return trial.load(network, deepcrop.ModelOptions(**options), self.folder)

    def refused(self, network, says):
        with self.assertRaisesRegex(Refusal, says):
            self.load(network)
        self.assertFalse(self.notes.exists())

    def tries(self):
        """Counts the processes that are started."""
        return mock.patch("subprocess.Popen", wraps=trial.subprocess.Popen)

    def program(self, text):
        """A program instead of deepcrop-trial."""
        program = self.folder / "program"
        program.write_text(f"#!{sys.executable}\nimport os, signal, sys\n{text}\n")
        program.chmod(0o755)
        return mock.patch.object(trial, "_program", lambda: str(program))

    def test_what_works_is_loaded_and_tried_once(self):
        red = self.copy("red.onnx")
        with self.tries() as tries:
            for count in (1, 1):
                self.assertEqual(self.load(red).info.family, "click_map")
                self.assertEqual(tries.call_count, count)
            self.load(red, provider=deepcrop.Provider.CPU)
            self.assertEqual(tries.call_count, 2)
        self.assertEqual(len(self.notes.read_text().split()), 2)

    def test_what_changed_is_tried_again(self):
        red = self.copy("red.onnx")
        with self.tries() as tries:
            self.load(red)
            for count, name in enumerate(("red.onnx", "red.onnx.data", "red.toml"), 2):
                with open(self.folder / name, "ab"):
                    os.utime(self.folder / name, ns=(count, count))
                with open(self.folder / "red.toml", "a") as file:
                    file.write("" if count < 4 else 'name = "green"\n')
                self.load(red)
                self.assertEqual(tries.call_count, count)
            runtime = self.folder / "runtime"
            runtime.mkdir()
            other = shutil.copy(os.environ["DEEPCROP_ONNXRUNTIME"], runtime)
            with mock.patch.dict("os.environ", DEEPCROP_ONNXRUNTIME=str(other)):
                self.load(red)
            self.assertEqual(tries.call_count, 5)

    def test_what_crashes_is_refused_each_time(self):
        with self.tries() as tries:
            for count, name in enumerate(("writes_outside", "calls_itself") * 2, 1):
                bad = self.copy(f"{name}.onnx")
                self.refused(bad, f"{name}.onnx crashes ONNX Runtime .signal")
                self.assertEqual(tries.call_count, count)

    def test_a_link_is_tried_as_it_is_loaded(self):
        """As in a cache of networks, where links have the names and the files none."""
        shutil.copy(NETWORKS / "writes_outside.onnx", self.folder / "0a1b")
        link = self.folder / "bad.onnx"
        link.symlink_to("0a1b")
        self.refused(str(link), "bad.onnx crashes")

    def test_the_library_says_what_else_is_wrong(self):
        for name, says in (
            (self.copy("wrong_channels.onnx"), "the manifest describes"),
            ("/nowhere", "nowhere"),
        ):
            with self.assertRaisesRegex(deepcrop.Error, says):
                self.load(name)
        self.load(self.copy("nan.onnx"))  # the click says what is wrong
        self.assertFalse(self.notes.exists())

    def test_what_is_part_of_the_library_is_not_tried(self):
        with self.tries() as tries:
            for name in (None, *trial.PARTS):
                self.load(name)
            self.assertEqual(tries.call_count, 0)

    def test_an_installed_network_is_tried(self):
        with mock.patch.dict("os.environ", DEEPCROP_MODELS=str(self.folder)):
            for name in ("writes_outside", "red"):
                deepcrop.import_model(
                    [NETWORKS / f"{name}.onnx"], deepcrop.ImportOptions(name=name)
                )
            self.refused("writes_outside", "crashes ONNX Runtime")
            with self.tries() as tries:
                self.load("red")
                self.load("red")
                self.assertEqual(tries.call_count, 1)

    def test_notes_that_cannot_be_read_or_written_are_done_without(self):
        red = self.copy("red.onnx")
        self.notes.write_bytes(b"\xff\x00")
        self.load(red)
        self.notes.unlink()
        self.notes.mkdir()
        with self.tries() as tries:
            self.load(red)
            self.load(red)
            self.assertEqual(tries.call_count, 2)
        self.assertEqual(list(self.folder.glob(".tried.*")), [])

    def test_a_folder_with_a_dangling_link_is_done_with(self):
        red = self.copy("red.onnx")
        (self.folder / "gone.onnx").symlink_to("nowhere")
        self.load(red)
        self.assertTrue(self.notes.exists())
        with mock.patch("os.scandir", side_effect=PermissionError):
            self.load(red)

    def test_one_that_gives_no_answer_is_stopped(self):
        with mock.patch.object(trial, "LIMIT", 0):
            self.refused(self.copy("slow.onnx"), "gives no answer within 0 seconds")

    def test_a_trial_is_cancelled_and_tells_what_it_does(self):
        cancel, told = deepcrop.Cancel(), []
        cancel.on_progress(lambda _, doing: told.append(doing))
        threading.Timer(0.2, cancel.raise_).start()
        with self.assertRaises(deepcrop.Error) as caught:
            self.load(self.copy("slow.onnx"), cancel=cancel)
        self.assertEqual(caught.exception.status, deepcrop.Status.CANCELLED)
        self.assertEqual(told, ["Trying the network"])
        self.assertTrue(cancel.raised)
        cancel.reset()
        self.assertFalse(cancel.raised)
        self.assertFalse(self.notes.exists())

    def test_a_program_that_is_missing_or_does_not_fit_is_told(self):
        red = self.copy("red.onnx")
        with mock.patch.object(trial, "PROGRAM", "deepcrop-elsewhere"):
            self.refused(red, "deepcrop-elsewhere is missing in /")
        program = trial._program()
        other = mock.patch.object(deepcrop.load(), "place", str(NETWORKS / "red.onnx"))
        with other, mock.patch.object(trial, "_program", lambda: program):
            self.refused(red, "cannot be tried .*red.onnx")
        text = self.folder / "text"
        text.write_bytes(b"\x7fELF")
        with mock.patch.object(trial, "_program", lambda: str(text)):
            self.refused(red, "text cannot be started")

    def test_not_every_end_is_a_crash_of_onnx_runtime(self):
        red = self.copy("red.onnx")
        begins = "print('deepcrop-trial: begins', file=sys.stderr, flush=True);"
        killed = "os.kill(os.getpid(), signal.SIGKILL)"
        for text, says in (
            (killed, "cannot be tried"),
            ("sys.exit('a library is missing')", "cannot be tried .a library is mis"),
            ("sys.exit(0)", "cannot be tried .exit code 0x0"),
            (begins + killed, "ended by the system .* lack of memory .signal 9"),
            (begins + "sys.exit(3)", "crashes ONNX Runtime .exit code 0x3"),
        ):
            with self.subTest(text), self.program(text):
                self.refused(red, says)

    def test_what_may_not_be_executed_is_made_so(self):
        program = Path(shutil.copy(trial._program(), self.folder))
        program.chmod(0o644)
        with mock.patch.object(trial, "_program", lambda: str(program)):
            self.load(self.copy("red.onnx"))
        self.assertTrue(program.stat().st_mode & stat.S_IXUSR)

    def test_a_path_that_is_not_utf_8_is_told(self):
        place = os.fsencode(self.folder) + b"/\xff.onnx"
        shutil.copy(NETWORKS / "writes_outside.onnx", place)
        with self.assertRaisesRegex(deepcrop.Error, "not UTF-8"):
            self.load(place)
        with self.program("sys.exit(1)"), self.assertRaises(Refusal) as caught:
            self.load(place)
        self.assertIn("/\N{REPLACEMENT CHARACTER}.onnx cannot", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
