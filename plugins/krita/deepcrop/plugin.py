"""The plug-in that Krita loads: its actions, its dockers and its only session."""

from contextlib import suppress

from krita import Extension, Krita

from . import messages, selecting
from .mode import Mode
from .session import Session, guarded
from .shared.sentences import Refusal
from .toolkit import QtCore, QtGui, alone, is_alone, later, safely

PLACE = "tools/scripts"
LONG = 5000  # milliseconds that a message stays


class Plugin(Extension):
    _one = None

    @classmethod
    def the(cls, parent=None):
        if cls._one is None:
            cls._one = cls(parent)
        return cls._one

    def __init__(self, parent):
        super().__init__(parent)
        self.session = Session(self.changed)
        self.mode = None
        self.dockers = []
        self.actions = []
        self.told = ""  # the last trouble, for a message on the canvas

    def setup(self):
        # The worker thread must end before Krita frees what it uses.
        application = QtCore.QCoreApplication.instance()
        application.aboutToQuit.connect(self.quit)

    def quit(self):
        self.end()
        self.session.close(wait=5)

    def createActions(self, window):
        select = window.createAction("deepcrop_select", "Select Object by Click", PLACE)
        select.setCheckable(True)
        select.toggled.connect(self.turn)
        shown = window.qwindow(), select  # `window` itself is deleted after this call
        self.actions.append(shown)
        select.destroyed.connect(lambda *_: self.actions.remove(shown))
        for name, text, work in (
            ("deepcrop_subject", "Select Subject", self.subject),
            ("deepcrop_refine", "Refine Selection to Object", self.refine),
        ):
            action = window.createAction(name, text, PLACE)
            action.triggered.connect(lambda *_, work=work: work())

    # --- the mode ---

    @property
    def is_on(self):
        return self.mode is not None

    def is_on_in(self, window):
        """Whether the mode is on in this QMainWindow."""
        return self.is_on and self.mode.window.qwindow() == window

    def turn(self, on):
        """Turns the mode on or off."""
        self.end()  # the mode may be on in another window
        if on:
            guarded(self.session, self.begin)
        self.changed()

    def begin(self):
        self.listen()
        self.session.open(active_document())
        window = Krita.instance().activeWindow()
        self.mode = Mode(window, self.session, self.ended)

    def listen(self):
        """Follows undo and redo in the active window, from now on."""
        once = QtCore.Qt.ConnectionType.UniqueConnection
        undo, redo = map(Krita.instance().action, ("edit_undo", "edit_redo"))
        for signal, slot in (
            (undo.triggered, self.undone),
            (redo.triggered, self.redone),
            (redo.changed, self.redo_changed),
        ):
            with suppress(TypeError):  # it is connected already
                signal.connect(slot, once)

    @QtCore.pyqtSlot()
    def undone(self):
        self.follow(self.session.steps.undone)

    @QtCore.pyqtSlot()
    def redone(self):
        self.follow(self.session.steps.redone)

    def follow(self, work):
        """Follows Krita's undo or redo, unless the plug-in itself triggered it."""
        if not is_alone():
            self.tell_steps(work)
            if self.mode is not None:
                self.mode.stale = True

    @QtCore.pyqtSlot()
    def redo_changed(self):
        later(self.forget_redo)

    def forget_redo(self):
        self.tell_steps(self.session.steps.redo_changed)
        self.changed()

    def tell_steps(self, work):
        """Forgets closed documents, then calls a method of `Steps`."""
        guarded(self.session, self.session.leave_closed)
        guarded(self.session, work)

    def end(self):
        if self.mode is not None:
            self.mode.end()

    def ended(self):
        self.mode = None
        self.session.end()
        self.give_back()
        self.changed()

    def canvas_changed(self):
        """Ends the mode if the user no longer looks at its view."""
        later(self.look_at_canvas)

    def look_at_canvas(self):
        self.session.leave_closed()
        if self.mode is not None:
            try:
                there = self.mode.is_there()
            except RuntimeError:  # its window was closed
                there = False
            if not there:
                self.end()

    def docker_closed(self, window):
        if self.is_on_in(window):
            self.end()
        self.give_back()

    def give_back(self):
        """Frees the memory if nothing uses it any more."""
        unused = self.mode is None and not self.session.is_busy
        if unused and self.session.document is not None and not self.has_docker():
            self.session.close()

    def has_docker(self):
        return self.any_docker(lambda docker: not docker.isHidden())

    def is_told(self):
        """Whether the user sees a docker. One behind another docker does not count."""
        return self.any_docker(lambda docker: not docker.visibleRegion().isEmpty())

    def any_docker(self, is_so):
        """Whether `is_so` is true for a docker; never for one whose window was
        closed."""
        found = []
        for docker in self.dockers:
            safely(lambda one=docker: found.append(is_so(one)))
        return any(found)

    # --- without the canvas ---

    def subject(self):
        guarded(self.session, lambda: self.session.subject(self.document()))

    def refine(self):
        guarded(self.session, lambda: self.session.refine(self.document()))

    def document(self):
        """The active document. Ends the mode if that is on in another document."""
        self.listen()
        document = active_document()
        if self.is_on and self.mode.view.document() != document:
            self.end()
        return document

    def select(self, document, selection):
        """Selects for a script: as an undo step, if the user looks at the document."""
        if Krita.instance().activeWindow() is None or document != active_document():
            selecting.set_selection(document, selection)
            return
        self.listen()
        with alone():
            self.session.steps.select(document, selection)

    def changed(self):
        for window, action in self.actions:
            safely(self.show_action, window, action)
        if self.mode is not None and self.session.is_broken:
            later(self.end)  # no click could be answered
        elif self.mode is not None:
            safely(self.mode.show)
        for docker in self.dockers:
            safely(docker.show_session)
        safely(self.tell)
        if self.mode is None:
            later(self.give_back)

    def tell(self):
        """Shows new trouble on the canvas, if there is no docker that shows it."""
        before, self.told = self.told, messages.trouble(self.session)
        window = Krita.instance().activeWindow()
        view = window.activeView() if window is not None else None
        new = self.told not in ("", before)
        if view is not None and new and not self.is_told():
            view.showFloatingMessage(self.told, QtGui.QIcon(), LONG, 1)

    def show_action(self, window, action):
        action.blockSignals(True)
        action.setChecked(self.is_on_in(window))
        action.blockSignals(False)


def active_document():
    """The document that the user looks at."""
    window = Krita.instance().activeWindow()
    view = window.activeView() if window is not None else None
    document = view.document() if view is not None else None
    if document is None:
        raise Refusal("No picture is open: open or create one first.")
    return document
