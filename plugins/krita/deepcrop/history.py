"""The steps that a document's undo history has of us, in the order of the clicks."""

from typing import Any, NamedTuple

from krita import Krita

from . import selecting


class Entry(NamedTuple):
    """The document's selection after so many steps of the user's."""

    steps: int
    selection: Any  # a copy, which nobody changes
    live: Any  # the document's own, which Krita's steps refer to
    mark: Any
    undoable: bool  # whether Krita's undo leads to the entry before


class History:
    """Knows from the document's selection alone where the user went with Krita's own
    undo and redo. The first entry is what was selected before the first step."""

    def __init__(self, document):
        self.document = document
        self.done = [self._entry(0, False)]
        self.undone = []

    def _entry(self, steps, undoable):
        selection = self.document.selection()
        kept = copy_of(selection)
        return Entry(steps, kept, selection, selecting.mark(selection), undoable)

    @property
    def base(self):
        """What was selected before the first step."""
        return self.done[0].selection

    @property
    def steps(self):
        """How many of the user's steps the document shows."""
        return self.done[-1].steps

    def show(self, selection, steps):
        """Selects this after so many steps: one more that can be undone, or another
        state of the last one."""
        more = steps > self.steps
        if not more and selecting.mark(selection) == self.done[-1].mark:
            return
        undoable = selecting.set_selection(self.document, selection, undoable=more)
        if not more and len(self.done) > 1:
            undoable = self.done.pop().undoable
        self.done.append(self._entry(steps, undoable))
        self.undone.clear()

    def back(self):
        """To the entry before, by Krita's undo if that leads there."""
        if len(self.done) == 1:
            return
        entry, wanted = self.done.pop(), self.done[-1]
        self.undone.append(entry)
        if entry.undoable and self.is_active():
            trigger("edit_undo")
            if self.now() == wanted.mark:
                return
            trigger("edit_redo")  # that was something of the user's
        selecting.set_selection(self.document, copy_of(wanted.selection))

    def after_undo(self):
        """Follows the user; False if the document shows nothing that we know."""
        now = self.now()
        places = range(len(self.done) - 1, -1, -1)
        place = next((at for at in places if self.done[at].mark == now), None)
        if place is None:
            return False
        self.undone += reversed(self.done[place + 1 :])
        del self.done[place + 1 :]
        return True

    def after_redo(self):
        """Follows the user to the next entry, if that is where he went."""
        if not self.undone:
            return
        entry, now = self.undone[-1], self.now()
        if now == self.done[-1].mark:
            return  # something else was done again
        if now != entry.mark:
            # What came first in set_selection is back, and now comes the rest. It has
            # to be the same object: Krita would not redo the next step with another.
            same = selecting.mark(entry.live) == entry.mark
            back = entry.live if same else copy_of(entry.selection)
            selecting.set_selection(self.document, back, undoable=False)
        self.done.append(self.undone.pop())

    def is_active(self):
        """Whether Krita's actions, undo for one, are about this document."""
        return Krita.instance().activeDocument() == self.document

    def now(self):
        """The mark of what the document shows."""
        self.document.waitForDone()
        return selecting.mark(self.document.selection())


def copy_of(selection):
    return selection.duplicate() if selection is not None else None


def trigger(name):
    """One of Krita's actions, in its active window."""
    Krita.instance().action(name).trigger()
