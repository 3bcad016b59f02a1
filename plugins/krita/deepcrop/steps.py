"""Undo and redo, by Krita or by the plug-in, and the steps that they lead to."""

from contextlib import contextmanager

from .history import History, is_enabled


class Steps:
    """Makes the clicker's steps those whose answer the document shows. Calls `moved`
    whenever that changed the steps."""

    def __init__(self, clicker, moved):
        self.clicker, self._moved = clicker, moved
        self.document = None  # the document being clicked
        self.base = None  # the selection before the first step
        self.followed = None  # the steps whose answer the document shows already
        self.is_quiet = False  # while the plug-in itself changes the clicker
        self._histories = []  # one for each document that was clicked

    # --- histories ---

    @property
    def history(self):
        """The history of the document being clicked; None before the first step."""
        return self._known(self.document)

    def _known(self, document):
        of_this = (one for one in self._histories if one.document == document)
        return next(of_this, None)

    def _history_of(self, document):
        """The history of a document; a new one if there is none."""
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
        """Prepares for a step."""
        history = self._history_of(self.document)
        self.follow()
        if not self.clicker.steps.done:
            history.keep()
            self.base = history.top.selection
        self.followed = None

    def keep(self):
        """Keeps the object: forgets the steps. The selection stays."""
        if self.history is not None:
            self.history.keep()
        self._forget()

    def drop(self):
        """Restores the selection from before the first step."""
        self.follow()
        if self.history is not None:
            self.history.drop()
        self._forget()

    def end(self):
        """Forgets the steps in all documents. Undo and redo stay exact."""
        self._forget()
        for history in self._histories:
            history.settle()

    def _forget(self):
        self.base = self.followed = None
        self.clicker.clear()

    def select(self, document, selection):
        """Selects this as a step that can be undone and redone."""
        self._history_of(document).select(selection)

    # --- the plug-in's own undo and redo ---

    def undo(self):
        """Undoes the last step, and Krita's undo step for it."""
        self.follow()
        if self.is_pending:
            self.clicker.undo()
        elif self.clicker.steps.done:
            self._go_to(self.history.back())

    def redo(self):
        """Redoes the step undone last."""
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
        """The entry that Krita's redo leads to, if it is one of the plug-in's."""
        history = self.history
        return history.undone[-1] if history is not None and history.undone else None

    @property
    def _has_own_redo(self):
        """Whether the next step to redo has no entry of its own, because the document
        never showed its answer."""
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
        """Whether Krita has no undo step for the last step. Krita's undo would undo
        something else of the user's."""
        if self.history is None or not self.clicker.steps.done:
            return False
        return self.is_pending or not self.history.top.undoable

    @property
    def redoes_alone(self):
        """Whether Krita has no undo step for the step that redo leads to."""
        entry = self._next
        return self._has_own_redo or (entry is not None and not entry.undoable)

    # --- following the user in Krita ---

    def follow(self):
        """Follows the user, who may have changed the selection."""
        if self.history is not None and self.history.look():
            self._go_to(None)

    def undone(self):
        """Follows Krita's undo, even while nothing is being clicked."""
        for history in self._active():
            left, different = history.after_undo()
            if different and history is self.history:
                self._go_to(left)

    def redone(self):
        """Follows Krita's redo."""
        for history in self._active():
            if history.after_redo() and history is self.history:
                self._go_to(None)

    def redo_changed(self):
        """Forgets what Krita can no longer redo because something new was done."""
        for history in self._active():
            if not is_enabled("edit_redo"):
                history.forget_redo()

    def _go_to(self, left):
        """Takes over the steps of the entry that the document shows. Undo may have
        `left` an entry with several more steps, if clicks came faster than answers:
        then only the last step is undone."""
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
                    self.clicker.clear()  # no step was undone that could be redone
        self._moved()

    @contextmanager
    def quiet(self):
        """Until this ends, the session ignores changes in the clicker."""
        before, self.is_quiet = self.is_quiet, True
        try:
            yield
        finally:
            self.is_quiet = before
