"""Krita without a window: pixels, selections, outputs, scripting. See headless_side.py."""

import re
import shutil
import unittest

import editor


class Headless(unittest.TestCase):
    def setUp(self):
        self.home = editor.home()
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)

    def test_inside(self):
        said = editor.console(editor.HERE / "headless_side.py", self.home)
        (count,) = re.findall(r"^Ran (\d+) tests", said, re.MULTILINE)
        self.assertGreater(int(count), 12)
        self.assertNotIn("SAFE ASSERT", said)


if __name__ == "__main__":
    unittest.main()
