"""The zip as a user imports it: with Krita's menu and its questions."""

import os
import unittest

import editor
from desktop import PICTURE
from test_window import AT, DUCK, KNOWN

ZIP = os.environ["DEEPCROP_ZIP"]


class Import(unittest.TestCase):
    def setUp(self):
        self.krita = editor.Editor(PICTURE, bare=True)
        self.addCleanup(self.krita.close)

    def answer(self, title, keys):
        """To a question of Krita's."""
        self.krita.activate(self.krita.window(title))
        self.krita.shot(f"krita-{title.split()[0].lower()}")
        self.krita.key(keys)
        self.krita.gone(title)

    def import_zip(self):
        # A dialog has Krita go on, but no question of ours is answered before its end.
        action = "Krita.instance().action('plugin_importer_file')"
        self.krita.eval("0", f"QTimer.singleShot(0, {action}.trigger)")
        self.krita.activate(self.krita.window("Import Plugin"))
        self.krita.run("xdotool", "type", ZIP)
        self.answer("Import Plugin", "Return")

    def test_from_the_menu_to_the_first_click(self):
        krita = self.krita
        self.import_zip()
        self.answer("Activate Plugins", "alt+y")
        krita.quit()
        krita.begin(PICTURE)
        krita.eval("0", KNOWN + "docker = plugin.dockers[0]; docker.show()")
        krita.until(f"is_large({krita.size[0] / 3})")
        krita.eval("look(1, 0, False)")
        krita.eval("widget().setFocus()")
        krita.key("ctrl+alt+k")  # it is from the action file
        krita.until("plugin.is_on and ready()")
        krita.click(*krita.eval(f"place{AT[DUCK]}"))
        krita.until("steps() == 1 and shown()")
        self.assertGreater(krita.eval(f"overlap({DUCK})"), 0.75)


if __name__ == "__main__":
    unittest.main()
