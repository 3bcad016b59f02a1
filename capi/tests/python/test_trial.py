"""A user's network is tried in a process of its own before it is loaded."""

import shutil
import threading
import unittest
from pathlib import Path
from unittest import mock

from common import ROOT, SCRATCH

from plugins.python import deepcrop as binding
from plugins.shared import trial
from plugins.shared.sentences import Refusal

NETWORKS = ROOT / "tests/data/networks"


class Trial(unittest.TestCase):
    def setUp(self):
        self.folder = SCRATCH / self.id().rpartition(".")[2]
        self.folder.mkdir()

    def copy(self, name):
        return str(shutil.copy(NETWORKS / name, self.folder))

    def load(self, network, **options):
        return trial.load(network, binding.ModelOptions(**options), self.folder)

    def refused(self, network, says):
        with self.assertRaisesRegex(Refusal, says):
            self.load(network)

    def tries(self):
        """Counts the processes that are started."""
        return mock.patch("subprocess.Popen", wraps=trial.subprocess.Popen)

    def test_what_works_is_loaded_and_tried_once(self):
        red = self.copy("red.onnx")
        with self.tries() as tries:
            self.assertEqual(self.load(red).info.family, "click_map")
            self.assertEqual(self.load(red).info.family, "click_map")
            self.assertEqual(tries.call_count, 1)
            self.load(red, provider=binding.Provider.CPU)
            self.assertEqual(tries.call_count, 2)
            shutil.copy(NETWORKS / "disk.onnx", red)
            self.load(red)
            self.assertEqual(tries.call_count, 3)
        self.assertEqual(len((self.folder / trial.NOTES).read_text().split()), 3)

    def test_what_crashes_is_a_sentence_each_time(self):
        bad = self.copy("divides_by_zero.onnx")
        with self.tries() as tries:
            for count in (1, 2):
                self.refused(bad, "zero.onnx crashes ONNX Runtime")
                self.assertEqual(tries.call_count, count)

    def test_the_library_says_what_else_is_wrong(self):
        with self.assertRaisesRegex(binding.Error, "the manifest describes"):
            self.load(self.copy("wrong_channels.onnx"))
        with self.assertRaisesRegex(binding.Error, "nowhere"):
            self.load("/nowhere")

    def test_what_is_part_of_the_library_is_not_tried(self):
        with self.tries() as tries:
            for name in (None, "builtin", "classical", "extractnet"):
                self.load(name)
            self.assertEqual(tries.call_count, 0)

    def test_an_installed_network_is_tried(self):
        with mock.patch.dict("os.environ", DEEPCROP_MODELS=str(self.folder)):
            binding.import_model(
                [self.copy("divides_by_zero.onnx")], binding.ImportOptions(name="bad")
            )
            self.refused("bad", "crashes ONNX Runtime")

    def test_notes_that_cannot_be_read_or_written_are_done_without(self):
        red = self.copy("red.onnx")
        (self.folder / trial.NOTES).write_bytes(b"\xff\x00")
        self.load(red)
        (self.folder / trial.NOTES).unlink()
        (self.folder / trial.NOTES).mkdir()
        with self.tries() as tries:
            self.load(red)
            self.assertEqual(tries.call_count, 1)
        self.assertEqual(list(self.folder.glob(".tried.*")), [])

    def test_one_that_does_not_answer_is_stopped(self):
        slow = self.copy("slow.onnx")
        with mock.patch.object(trial, "LIMIT", 0.2):
            self.refused(slow, "does not answer")
        cancel = binding.Cancel()
        threading.Timer(0.2, cancel.raise_).start()
        with self.assertRaises(binding.Error) as caught:
            self.load(slow, cancel=cancel)
        self.assertEqual(caught.exception.status, binding.Status.CANCELLED)
        self.assertFalse((self.folder / trial.NOTES).exists())

    def test_a_program_that_is_missing_or_does_not_fit_is_told(self):
        red = self.copy("red.onnx")
        with mock.patch.object(trial, "PROGRAM", "deepcrop-elsewhere"):
            self.refused(red, "deepcrop-elsewhere is missing in ")
        text, program = self.folder / "text", trial._program()
        text.write_bytes(b"\x7fELF")
        with mock.patch.object(trial, "_program", lambda: str(text)):
            self.refused(red, "text cannot be started")
        other = mock.patch.object(binding.load(), "place", str(NETWORKS / "red.onnx"))
        with other, mock.patch.object(trial, "_program", lambda: program):
            self.refused(red, "does not fit")

    def test_what_may_not_be_executed_is_made_so(self):
        program = shutil.copy(trial._program(), self.folder)
        Path(program).chmod(0o644)
        with mock.patch.object(trial, "_program", lambda: program):
            self.load(self.copy("red.onnx"))
        self.assertTrue(Path(program).stat().st_mode & 0o100)


if __name__ == "__main__":
    unittest.main()
