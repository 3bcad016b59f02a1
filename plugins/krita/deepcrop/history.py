"""The plug-in's entries in the undo history of a document."""

from typing import Any, NamedTuple

from krita import Krita

from . import selecting

MOST = 200  # entries; Krita remembers as many undo steps


class Entry(NamedTuple):
    """A selection that the document shows, and the user's steps that led to it."""

    steps: tuple  # the steps of the object; none once it is kept
    base: Any  # the selection before the first step
    selection: Any  # a copy, which nobody changes
    live: Any  # the document's own object, which Krita's undo steps refer to
    mark: Any
    undoable: bool  # whether Krita's undo leads back to the entry before

    @property
    def kept(self):
        """The entry after the object was kept: it has no steps."""
        return self._replace(steps=(), base=self.selection)


class History:
    """Follows the undo history of a document while that is open. The document's
    selection alone tells where Krita's own undo and redo have led."""

    def __init__(self, document):
        self.document = document
        self.done = [self._of_the_users(self._now())]
        self.undone = []

    def _entry(self, steps, base, mark, undoable):
        live = self.document.selection()
        return Entry(tuple(steps), base, copy_of(live), live, mark, undoable)

    def _of_the_users(self, mark):
        """An entry for a selection that the user made without the plug-in."""
        return self._entry((), None, mark, True).kept

    @property
    def top(self):
        """The entry that the document shows."""
        return self.done[-1]

    def show(self, selection, steps, base):
        """Selects the answer to these steps. If there are more steps than in the last
        entry, this is a new entry; otherwise it replaces the last one."""
        more, mark = len(steps) > len(self.top.steps), selecting.mark(selection)
        same = mark == self.top.mark
        undoable = False  # without a change Krita makes no undo step
        if not more and len(self.done) > 1:
            undoable = self.done.pop().undoable
            if not same and undoable and selecting.sets_undoably():
                self._undo(self.top.mark)  # the new undo step replaces this one
        if not same:
            set_undoably = selecting.set_selection(self.document, selection, more)
            undoable = undoable or set_undoably
        self._add(self._entry(steps, base, mark, undoable))

    def _add(self, entry):
        self.done.append(entry)
        del self.done[:-MOST]
        self.done[0] = self.done[0].kept  # undo does not lead further back
        self.undone.clear()

    def select(self, selection):
        """Selects this as a new entry, without steps."""
        self.look()
        self._go_on_to(selection, (), selection)

    def keep(self):
        """Keeps the object of the last entry."""
        self.done[-1] = self.top.kept

    def settle(self):
        """Keeps the objects of all entries. Undo and redo stay exact."""
        for entries in (self.done, self.undone):
            entries[:] = [entry.kept for entry in entries]

    def back(self):
        """Goes back to the entry before. Returns the entry that was left."""
        entry, wanted = self.top, self.done[-2]
        if not self._step_back():
            self._go_on_to(wanted.selection, wanted.steps, wanted.base)
        return entry

    def drop(self):
        """Goes back to before the first step of the object."""
        while self.top.steps:
            if not self._step_back():
                self._go_on_to(self.top.base, (), self.top.base)

    def _step_back(self):
        """Goes back by Krita's undo. Returns whether that worked: something else may
        have been done in the meantime."""
        entry, wanted = self.top, self.done[-2]
        same = entry.mark == wanted.mark
        if same or entry.undoable and self._undo(wanted.mark):
            self.undone.append(self.done.pop())
            return True
        return False

    def _undo(self, wanted):
        """Undoes in Krita, if that leads to the selection with this mark. Returns
        whether it does."""
        if not (self.is_active() and is_enabled("edit_undo")):
            return False
        self._trigger("edit_undo")
        if self._now() == wanted:
            return True
        self._trigger("edit_redo")  # that undid something else of the user's
        return False

    def _go_on_to(self, selection, steps, base):
        """Selects an earlier selection again, as a new undo step."""
        mark = selecting.mark(selection)
        undoable = selecting.set_selection(self.document, copy_of(selection))
        self._add(self._entry(steps, base, mark, undoable))

    def forth(self):
        """Goes to the entry after: the opposite of `back`."""
        if self.undone[-1].mark == self.top.mark:
            self.done.append(self.undone.pop())
        elif self.is_active() and is_enabled("edit_redo"):
            self._trigger("edit_redo")
            self.after_redo()

    def look(self):
        """Adds an entry if the user changed the selection without the plug-in. Returns
        whether that is so."""
        now = self._now()
        if now == self.top.mark:
            return False
        self._add(self._of_the_users(now))
        return True

    def after_undo(self):
        """Follows the user's undo in Krita. Returns the entry that was left, if it is
        known, and whether the selection changed."""
        now = self._now()
        if now == self.top.mark:
            return None, False
        while len(self.done) > 1 and not self.top.undoable:
            self.undone.append(self.done.pop())
        left = self.done.pop()
        self.undone.append(left)
        if self.done and self.top.mark == now:
            return left, True
        self.done.append(self._of_the_users(now))  # made while the plug-in did not look
        return None, True

    def after_redo(self):
        """Follows the user's redo in Krita. Returns whether the selection changed."""
        now = self._now()
        if now == self.top.mark:
            return False
        while len(self.undone) > 1 and not self.undone[-1].undoable:
            self.done.append(self.undone.pop())
        entry = self.undone[-1] if self.undone else None
        if entry is None or now != entry.mark and not self._is_half(now):
            self.done.append(self._of_the_users(now))
            return True
        if now != entry.mark:
            # Redo has brought back the selection of the action in set_selection. Now
            # comes the selection itself. It has to be the same object: with another one
            # Krita would not redo the next step.
            same = selecting.mark(entry.live) == entry.mark
            back = entry.live if same else copy_of(entry.selection)
            selecting.set_selection(self.document, back, undoable=False)
        self.done.append(self.undone.pop())
        return True

    def _is_half(self, now):
        """Whether this is the selection that the action in set_selection makes."""
        if selecting.sets_undoably():
            return False
        if self.top.mark == selecting.NOTHING:
            return selecting.is_everything(self.document)
        return now == selecting.NOTHING

    def forget_redo(self):
        """Forgets what Krita can no longer redo."""
        self.undone = [entry for entry in self.undone if not entry.undoable]

    def is_active(self):
        """Whether Krita's actions, such as undo, apply to this document."""
        return Krita.instance().activeDocument() == self.document

    def is_open(self):
        return self.document in open_documents()

    def _trigger(self, name):
        """Triggers an action of Krita's. Waits first: while Krita is busy, even with a
        thumbnail, it ignores undo and redo."""
        self.document.waitForDone()
        Krita.instance().action(name).trigger()

    def _now(self):
        """The mark of the document's selection."""
        self.document.waitForDone()
        return selecting.mark(self.document.selection())


def open_documents():
    return Krita.instance().documents()


def is_enabled(name):
    return Krita.instance().action(name).isEnabled()


def copy_of(selection):
    return selection.duplicate() if selection is not None else None
