"""Krita with files missing, on other screens, and closed early."""

import math
import tempfile
import unittest
from pathlib import Path

import editor
from desktop import PICTURE
from test_window import AT, DUCK, KNOWN


class Start(unittest.TestCase):
    def start(self, *files, **how):
        krita = editor.Editor(*files, **how)
        self.addCleanup(krita.close)
        krita.eval("0", KNOWN + "docker = plugin.dockers[0]; docker.show()")
        krita.until(f"is_large({krita.size[0] / 3})")
        return krita

    def status(self, krita, words):
        krita.until(f"{words!r} in docker.status.text()")

    def click(self, krita, where):
        krita.click(*krita.eval(f"place{where}"))
        krita.until("steps() == 1 and shown()")

    def see_and_click(self, krita, scale, *views):
        """Clicks at a resolution other than the screen's. A click is a little off,
        because the pointer's place is in whole pixels."""
        krita.eval("document().setResolution(300)")
        for zoom, rotation, mirror in views:
            krita.eval(f"look({zoom}, {rotation}, {mirror})")
            self.assertLess(krita.eval("computed()"), 2)
            krita.eval("start()")
            krita.until("ready()")
            self.click(krita, AT[DUCK])
            ((_, x, y, *_),) = krita.eval("prompts()")
            self.assertLess(math.dist((x, y), AT[DUCK]), 2 * scale / zoom)
            self.assertGreater(krita.eval(f"overlap({DUCK})"), 0.75)

    def test_without_the_library_and_without_a_picture(self):
        def prepare(plugin):
            for file in (plugin / "python/lib").glob("libdeepcrop*"):
                file.unlink()

        krita = self.start(prepare=prepare)
        krita.eval("0", "docker.select.click()")
        self.status(krita, "No picture is open: open or create one first.")
        self.assertFalse(krita.eval("plugin.is_on or docker.select.isChecked()"))
        krita.eval(
            "0",
            f"window().addView(Krita.instance().openDocument({str(PICTURE)!r}))",
        )
        krita.until("widget() is not None")
        krita.eval("0", "docker.select.click()")
        self.status(krita, "Files of DeepCrop are missing")
        krita.until("not plugin.is_on and not docker.select.isChecked()")
        self.assertRegex(krita.eval("docker.status.text()"), "unpack its zip again")
        krita.shot("krita-no-library")
        krita.eval("0", "docker.report.click()")
        krita.until("docker.report.text() == 'Report copied'")
        report = krita.eval("QtWidgets.QApplication.clipboard().text()")
        self.assertIn("does not work: DeepCrop's library cannot be loaded", report)
        with self.assertRaisesRegex(AssertionError, "are missing.* cannot be loaded"):
            krita.eval("0", "import deepcrop; deepcrop.select_at(document(), 5, 5)")

    def test_a_library_of_another_release(self):
        def prepare(plugin):
            (library,) = (plugin / "python/lib").glob("libdeepcrop*")
            library.rename(library.with_name("libdeepcrop.so"))
            binding = plugin / "python/deepcrop.py"
            text = binding.read_text("utf-8")
            self.assertEqual(text.count("ABI_VERSION = 1\n"), 1)
            text = text.replace("ABI_VERSION = 1\n", "ABI_VERSION = 9\n")
            binding.write_text(text, "utf-8")

        krita = self.start(PICTURE, prepare=prepare)
        krita.eval("action('deepcrop_select')")
        self.status(krita, "from different releases: unpack its zip again")
        krita.until("not plugin.is_on and not docker.select.isChecked()")
        self.assertEqual(krita.eval("mark()"), "nothing")
        with self.assertRaisesRegex(
            AssertionError, "ABI number 1, but this deepcrop.py"
        ):
            krita.eval("0", "import deepcrop; deepcrop.select_at(document(), 5, 5)")
        krita.quit()

    def test_without_the_runtime_and_with_a_broken_network(self):
        def prepare(plugin):
            for file in (plugin / "python/lib").glob("libonnxruntime*"):
                file.unlink()

        krita = self.start(PICTURE, prepare=prepare)
        krita.eval("action('deepcrop_select')")
        self.status(
            krita, "Only colours and edges are used, because the network does not run: "
        )
        krita.until("ready()")
        self.click(krita, AT[DUCK])
        self.assertGreater(krita.eval(f"overlap({DUCK})"), 0.6)
        krita.shot("krita-no-runtime")
        with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
            Path(file.name).write_text("This is a text.")
            krita.eval(f"session.choose(network={file.name!r})")
            krita.until("session.clicker.error is not None or session.refused")
        self.assertEqual(
            krita.eval("[session.settings.network, plugin.is_on]"), ["", True]
        )
        krita.eval("0", "docker.report.click()")
        krita.until("docker.report.text() == 'Report copied'")
        report = krita.eval("QtWidgets.QApplication.clipboard().text()")
        for words in ("ONNX Runtime: none", "classical engine: loaded", "Python 3"):
            self.assertIn(words, report)

    def test_a_screen_of_scale_2(self):
        krita = self.start(PICTURE, size=(3200, 2000), QT_SCALE_FACTOR="2")
        self.see_and_click(krita, 2, (0.8, -20, True))
        krita.shot("krita-scaled-2")

    def test_a_screen_of_scale_1_5_and_an_early_end(self):
        krita = self.start(PICTURE, size=(2400, 1500), QT_SCALE_FACTOR="1.5")
        self.see_and_click(krita, 1.5, (1, 0, False), (0.8, 30, True))
        krita.shot("krita-scaled")
        krita.eval("stop()")
        # Krita is closed in the middle of an analysis that takes seconds.
        krita.eval("0", "session.choose(network='classical'); large(6000, 4000)")
        krita.until("document().width() == 6000 and widget() is not None")
        krita.eval("0", "forget_changes(); action('deepcrop_select')")
        krita.until("session.clicker.worker.busy('open')")
        krita.quit()


if __name__ == "__main__":
    unittest.main()
