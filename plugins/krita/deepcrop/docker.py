"""The docker: choices, status, and the network in use."""

import os

from krita import DockWidget

from . import settings
from .messages import HINT, MORE, failure, told
from .plugin import Plugin
from .session import guarded
from .shared.choices import OTHER, networks
from .shared.sentences import what_runs
from .toolkit import QtCore, QtWidgets, later

SELECT, REPORT = "Select object", "Copy report"


class Docker(DockWidget):
    def __init__(self):
        super().__init__()
        self.plugin = Plugin.the()
        self.session = self.plugin.session
        self.setWindowTitle("DeepCrop")
        content = QtWidgets.QWidget(self)
        rows = QtWidgets.QVBoxLayout(content)
        self.select = QtWidgets.QPushButton(SELECT)
        self.select.setCheckable(True)
        self.select.setToolTip(HINT)
        self.select.clicked.connect(self.turn)
        rows.addWidget(self.select)
        rows.addLayout(self.steps_row())
        self.status = QtWidgets.QLabel()
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(
            QtCore.Qt.TextInteractionFlag.TextSelectableByMouse
        )
        rows.addWidget(self.status)
        self.report = QtWidgets.QPushButton(REPORT)
        self.report.setToolTip("Copies what was found and what works, for a bug report")
        self.report.clicked.connect(self.copy_report)
        self.copied = False  # whether the report is in the clipboard
        rows.addWidget(self.report)
        rows.addLayout(self.choices_form())
        rows.addLayout(self.others_row())
        self.running = QtWidgets.QLabel()
        self.running.setWordWrap(True)
        self.running.setEnabled(False)  # grey: worth knowing, but not important
        rows.addWidget(self.running)
        rows.addStretch(1)
        area = QtWidgets.QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        area.setWidget(content)
        self.setWidget(area)
        self.plugin.dockers.append(self)
        self.destroyed.connect(lambda *_: self.forget())
        self.visibilityChanged.connect(self.seen)
        self.show_session()

    # --- the widgets ---

    def steps_row(self):
        row = QtWidgets.QHBoxLayout()
        session, steps = self.session, self.session.steps
        self.step_buttons = [
            self.button(row, *about)
            for about in (
                ("Undo", "Undoes the last click (Backspace, Ctrl+Z)", steps.undo),
                ("Redo", "Redoes the last undone click (Ctrl+Shift+Z)", steps.redo),
                (
                    "Keep",
                    "Keeps the object; the next click starts another (Enter)",
                    session.keep,
                ),
                (
                    "Drop",
                    "Restores the selection from before the first click (Escape)",
                    session.drop,
                ),
            )
        ]
        return row

    def others_row(self):
        row = QtWidgets.QHBoxLayout()
        self.button(
            row,
            "Subject",
            "Selects the main subject of the picture",
            self.plugin.subject,
        )
        about = "Fits the current selection to the object in it"
        self.button(row, "Refine", about, self.plugin.refine)
        return row

    def button(self, row, text, about, work):
        button = QtWidgets.QPushButton(text)
        button.setToolTip(about)
        button.setMinimumWidth(1)
        button.clicked.connect(lambda *_: guarded(self.session, work))
        row.addWidget(button)
        return button

    def choices_form(self):
        form = QtWidgets.QFormLayout()
        self.boxes = {}
        chosen = self.session.settings.network
        offered = {**settings.CHOICES, "network": networks(chosen, settings.networks())}
        for name, (texts, label, about) in offered.items():
            # No mnemonics: Alt with a letter belongs to Krita.
            self.choice(form, name, texts, label.replace("_", ""), about)
        return form

    def choice(self, form, name, texts, label, about):
        box = QtWidgets.QComboBox()
        for value, text in texts.items():
            box.addItem(text, value)
        box.setToolTip(about)
        box.setMinimumContentsLength(8)
        box.setSizeAdjustPolicy(
            QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        box.activated.connect(lambda at: self.choose(name, box, box.itemData(at)))
        form.addRow(label, box)
        self.boxes[name] = box

    # --- what the user does ---

    def turn(self, on):
        self.plugin.turn(on)

    def choose(self, name, box, value):
        if name == "network" and value == OTHER:
            value, _ = QtWidgets.QFileDialog.getOpenFileName(
                self, "Choose a network", "", "Networks (*.onnx);;All files (*)"
            )
            if not value:
                self.show_session()
                return
        guarded(self.session, lambda: self.session.choose(**{name: value}))

    def copy_report(self):
        """Copies the report to the clipboard. Making it takes a while."""

        def copy(text):
            QtWidgets.QApplication.clipboard().setText(text)
            self.copied = True

        self.copied = False
        self.session.clicker.report(copy)

    # --- calls by Krita ---

    def canvasChanged(self, canvas):
        self.plugin.canvas_changed()

    def closeEvent(self, event):
        """The user closed the docker. Krita's Tab key, which hides all dockers, does
        not come here."""
        later(lambda: self.plugin.docker_closed(self.parentWidget()))
        event.accept()

    def seen(self, visible):
        if visible:
            self.show_session()
        else:
            later(self.plugin.give_back)

    def forget(self):
        if self in self.plugin.dockers:
            self.plugin.dockers.remove(self)

    # --- what the user sees ---

    def show_session(self):
        session, on = self.session, self.plugin.is_on_in(self.parentWidget())
        self.select.setChecked(on)
        self.select.setText("Selecting: click on the canvas" if on else SELECT)
        for name, box in self.boxes.items():
            chosen = getattr(session.settings, name)
            if box.findData(chosen) < 0:  # a file, maybe chosen in another window
                box.insertItem(0, os.path.basename(chosen), chosen)
            box.setCurrentIndex(box.findData(chosen))
        some = bool(session.clicker.steps.done)
        can_redo = session.steps.can_redo
        for button, can in zip(self.step_buttons, (some, can_redo, some, some)):
            button.setEnabled(can)
        self.status.setText(told(session, on))
        self.show_report()
        info = session.clicker.model.info if session.clicker.model else None
        self.running.setText(what_runs(info) if info else "")
        self.running.setToolTip(
            f"{info.provider_note}\n{info.runtime}".strip() if info else ""
        )

    def show_report(self):
        failed = bool(failure(self.session) or self.session.clicker.stand_in)
        making = self.session.clicker.worker.busy("report")
        self.copied = self.copied and failed
        self.report.setVisible(failed)
        self.report.setEnabled(not making)
        made = "Report copied" if self.copied else REPORT
        self.report.setText("Making the report" + MORE if making else made)
