"""Imports the zip as a user does: with Krita's menu and its questions."""

import os
import shutil
import unittest

import editor
from desktop import PICTURE, ROOT
from test_window import AT, DUCK, KNOWN

ZIP = os.environ["DEEPCROP_ZIP"]


class Import(unittest.TestCase):
    def setUp(self):
        self.krita = editor.Editor(PICTURE, bare=True)
        self.addCleanup(self.krita.close)

    def answer(self, title, keys):
        """Answers a question of Krita's."""
        self.krita.activate(self.krita.window(title))
        self.krita.shot(f"krita-{title.split()[0].lower()}")
        self.krita.key(keys)
        self.krita.gone(title)

    def import_zip(self):
        # While a dialog is open the driver answers nothing: a timer opens it later.
        action = "Krita.instance().action('plugin_importer_file')"
        self.krita.eval("0", f"QTimer.singleShot(0, {action}.trigger)")
        self.krita.activate(self.krita.window("Import Plugin"))
        self.krita.run("xdotool", "type", ZIP)
        self.answer("Import Plugin", "Return")

    def start_again(self):
        self.krita.quit()
        self.krita.begin(PICTURE)
        self.krita.eval("0", KNOWN + "docker = plugin.dockers[0]; docker.show()")
        self.krita.until(f"is_large({self.krita.size[0] / 3})")

    def test_from_the_menu_to_a_click_and_to_a_newer_one(self):
        krita, data = self.krita, self.krita.folder / editor.DATA
        self.import_zip()
        self.answer("Activate Plugins", "alt+y")
        network = data / "deepcrop/models/mine.onnx"
        network.parent.mkdir(parents=True)
        shutil.copy(ROOT / "models/click.onnx", network)
        self.start_again()
        krita.eval("look(1, 0, False)")
        krita.eval("widget().setFocus()")
        krita.key("ctrl+alt+k")  # the shortcut in the action file
        krita.until("plugin.is_on and ready()")
        krita.click(*krita.eval(f"place{AT[DUCK]}"))
        krita.until("steps() == 1 and shown()")
        self.assertGreater(krita.eval(f"overlap({DUCK})"), 0.75)
        offered = f"docker.boxes['network'].findData({str(network)!r}) > 0"
        self.assertTrue(krita.eval(offered))

        earlier = data / "pykrita/deepcrop/earlier.py"
        earlier.touch()  # a file of the earlier version
        self.import_zip()
        self.answer("Overwrite Plugin", "alt+y")
        self.answer("Activate Plugins", "alt+y")
        krita.eval("stop()")
        krita.eval("forget_changes()")
        self.assertFalse(earlier.exists())
        self.start_again()
        self.assertTrue(krita.eval(offered))
        krita.quit()


if __name__ == "__main__":
    unittest.main()
