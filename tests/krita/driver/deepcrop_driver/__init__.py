"""Runs the tests' questions in Krita, on its main thread. Not part of the plug-in."""

import json
import os
import sys
import traceback

from krita import Extension, Krita
from PyQt5.QtCore import QTimer

FOLDER = os.environ["HOME"]  # each Krita has its own
QUESTION, ANSWER = (os.path.join(FOLDER, name) for name in ("question.py", "answer"))


class Driver(Extension):
    def __init__(self, parent):
        super().__init__(parent)
        self.known = {}

    def setup(self):
        self.timer = QTimer()
        self.timer.timeout.connect(self.look)
        self.timer.start(20)

    def createActions(self, window):
        pass

    def look(self):
        # Krita's event loop may run in the middle of the plug-in's work. Then Python
        # code has called this, and the answer would be about something half done.
        if sys._getframe().f_back is not None or not os.path.exists(QUESTION):
            return
        with open(QUESTION) as file:
            statements, expression = json.load(file)
        os.remove(QUESTION)
        try:
            exec(statements, self.known)  # noqa: S102 (that is its purpose)
            said = [eval(expression, self.known), None]
        except BaseException:  # noqa: BLE001 (the test is told)
            said = [None, traceback.format_exc()]
        with open(ANSWER + ".tmp", "w") as file:
            json.dump(said, file)
        os.rename(ANSWER + ".tmp", ANSWER)


Krita.instance().addExtension(Driver(Krita.instance()))
