"""Where the user went with undo and redo, Krita's and ours, and the clicks with him."""

from contextlib import contextmanager

from .history import History, is_enabled


class Trail:
    """Keeps the steps of what is being clicked at one with what the document shows.
    `moved` is called whenever that led to other steps."""

    def __init__(self, clicker, moved):
        self.clicker, self._moved = clicker, moved
        self.document = None  # that is being clicked
        self.base = None  # what was selected before the first of the steps
        self.followed = None  # steps whose answer the document shows already
        self.is_quiet = False  # while what changes in the clicker is our own doing
        self._histories = []  # of all documents that were clicked

    # --- histories ---

    @property
    def history(self):
        """Of the document that is being clicked; None before the first step."""
        return self._known(self.document)

    def _known(self, document):
        of_this = (one for one in self._histories if one.document == document)
        return next(of_this, None)

    def _history_of(self, document):
        """The known one, or from now on a new one."""
        if self._known(document) is None:
            self._histories.append(History(document))
        return self._known(document)

    def _active(self):
        return [one for one in self._histories if one.is_active()]

    def leave_closed(self):
        """Forgets documents that Krita has closed."""
        self._histories = [one for one in self._histories if one.is_open()]

    # --- steps, from the first to the end ---

    def begin(self):
        """Before a step."""
        history = self._history_of(self.document)
        self.follow()
        if not self.clicker.steps.done:
            history.keep()
            self.base = history.top.selection
        self.followed = None

    def keep(self):
        """The steps are not being clicked any more; the selection stays."""
        if self.history is not None:
            self.history.keep()
        self._forget()

    def drop(self):
        """The selection is again what it was before the first step."""
        self.follow()
        if self.history is not None:
            self.history.drop()
        self._forget()

    def end(self):
        """No more clicks in any document; undo and redo go on to be exact."""
        self._forget()
        for history in self._histories:
            history.settle()

    def _forget(self):
        self.base = self.followed = None
        self.clicker.clear()

    def select(self, document, selection):
        """Selects this as a step that can be undone and done again."""
        self._history_of(document).select(selection)

    # --- our own undo and redo ---

    def undo(self):
        """Takes back the last step, and Krita's step with it."""
        self.follow()
        if self.is_pending:
            self.clicker.undo()
        elif self.clicker.steps.done:
            self._go_to(self.history.back())

    def redo(self):
        """The opposite of undo."""
        if self._has_own_redo:
            self.clicker.redo()
        elif self._next is not None:
            self.history.forth()
            self._go_to(None)

    @property
    def can_redo(self):
        entry = self._next
        return self._has_own_redo or (entry is not None and bool(entry.steps))

    @property
    def _next(self):
        """What Krita's redo leads to, if that is ours."""
        history = self.history
        return history.undone[-1] if history is not None and history.undone else None

    @property
    def _has_own_redo(self):
        """Whether the next step never reached the document by itself."""
        steps, entry = self.clicker.steps, self._next
        if not steps.undone:
            return False
        return entry is None or [*entry.steps] != [*steps.done, steps.undone[-1]]

    @property
    def is_pending(self):
        """Whether a step has not reached the document yet."""
        shown = self.history.top.steps if self.history is not None else ()
        return len(self.clicker.steps.done) > len(shown)

    @property
    def undoes_alone(self):
        """Whether the last step is none of Krita's, whose undo would take something of
        the user's back."""
        if self.history is None or not self.clicker.steps.done:
            return False
        return self.is_pending or not self.history.top.undoable

    @property
    def redoes_alone(self):
        """Whether what comes next is none of Krita's."""
        entry = self._next
        return self._has_own_redo or (entry is not None and not entry.undoable)

    # --- after what the user did in Krita ---

    def follow(self):
        """After the user may have selected something else."""
        if self.history is not None and self.history.look():
            self._go_to(None)

    def undone(self):
        """After Krita's undo, also while nothing is being clicked."""
        for history in self._active():
            left, different = history.after_undo()
            if different and history is self.history:
                self._go_to(left)

    def redone(self):
        """After Krita's redo."""
        for history in self._active():
            if history.after_redo() and history is self.history:
                self._go_to(None)

    def redo_changed(self):
        """Krita may have forgotten what could be done again: something new was done."""
        for history in self._active():
            if not is_enabled("edit_redo"):
                history.forget_redo()

    def _go_to(self, left):
        """The steps are those that the document shows. If its entry that was `left` by
        undo had several more, as after clicks faster than answers, all but the last."""
        top = self.history.top
        with self.quiet():
            if left is not None and len(left.steps) > len(top.steps) + 1:
                self.base, self.followed = left.base, None
                self.clicker.go_to([*left.steps])
                self.clicker.undo()
            else:
                self.base, self.followed = top.base, [*top.steps]
                self.clicker.go_to([*top.steps])
                if not top.steps and (left is None or not left.steps):
                    self.clicker.clear()  # none were taken back just now
        self._moved()

    @contextmanager
    def quiet(self):
        """What changes in the clicker is our own doing until this ends."""
        before, self.is_quiet = self.is_quiet, True
        try:
            yield
        finally:
            self.is_quiet = before
