"""What a document's undo history has of us, entry by entry."""

from typing import Any, NamedTuple

from krita import Krita

from . import selecting

MOST = 200  # entries, as many steps as Krita remembers


class Entry(NamedTuple):
    """What the document shows, and the user's steps that led there."""

    steps: tuple  # of the object that was being clicked; none once it was kept
    base: Any  # what was selected before the first of them
    selection: Any  # a copy, which nobody changes
    live: Any  # the document's own, which Krita's steps refer to
    mark: Any
    undoable: bool  # whether Krita's undo leads from here to the entry before

    @property
    def kept(self):
        """The same, when the object is not being clicked any more."""
        return self._replace(steps=(), base=self.selection)


class History:
    """Knows from the document's selection alone where the user went with Krita's own
    undo and redo, for as long as the document is open."""

    def __init__(self, document):
        self.document = document
        self.done = [self._of_the_users(self._now())]
        self.undone = []

    def _entry(self, steps, base, mark, undoable):
        live = self.document.selection()
        return Entry(tuple(steps), base, copy_of(live), live, mark, undoable)

    def _of_the_users(self, mark):
        """An entry for what the user selected without us."""
        return self._entry((), None, mark, True).kept

    @property
    def top(self):
        """What the document shows."""
        return self.done[-1]

    def show(self, selection, steps, base):
        """Selects this as the answer to these steps: one more entry if there are more
        steps than in the last one, else that one anew."""
        more, mark = len(steps) > len(self.top.steps), selecting.mark(selection)
        same = mark == self.top.mark
        undoable = False  # where nothing becomes different Krita has no step
        if not more and len(self.done) > 1:
            undoable = self.done.pop().undoable
            if not same and undoable and selecting.sets_undoably():
                self._undo()  # its step, which the next one is instead of
        if not same:
            set_undoably = selecting.set_selection(self.document, selection, more)
            undoable = undoable or set_undoably
        self._add(self._entry(steps, base, mark, undoable))

    def _add(self, entry):
        self.done.append(entry)
        del self.done[:-MOST]
        self.done[0] = self.done[0].kept  # nothing leads back from here
        self.undone.clear()

    def select(self, selection):
        """Selects this as one more entry, without clicks."""
        self.look()
        mark = selecting.mark(selection)
        undoable = selecting.set_selection(self.document, selection)
        self._add(self._entry((), None, mark, undoable).kept)

    def keep(self):
        """The object is not being clicked any more."""
        self.done[-1] = self.top.kept

    def settle(self):
        """Nothing is being clicked any more. Undo and redo go on to be exact."""
        for entries in (self.done, self.undone):
            entries[:] = [entry.kept for entry in entries]

    def back(self):
        """To the entry before, by Krita's undo if that leads there. The one that was
        left."""
        entry = self.done.pop()
        if not (entry.undoable and self._undo()):
            self._restore(self.top)
            entry = entry._replace(undoable=False)  # Krita has it still, further down
        self.undone.append(entry)
        return entry

    def _undo(self):
        """By Krita, if that leads to the present entry; whether it does."""
        if not (self.is_active() and is_enabled("edit_undo")):
            return False
        trigger("edit_undo")
        if self._now() == self.top.mark:
            return True
        trigger("edit_redo")  # that was something of the user's
        return False

    def forth(self):
        """The opposite of back."""
        entry = self.undone[-1]
        if entry.undoable and self.is_active():
            trigger("edit_redo")
            self.after_redo()
        if self.undone and self.undone[-1] is entry:
            self._restore(entry)
            self.done.append(self.undone.pop())

    def _restore(self, entry):
        if self._now() != entry.mark:
            back = copy_of(entry.selection)
            selecting.set_selection(self.document, back, undoable=False)

    def look(self, after_undo=False):
        """Follows the user, who may have undone something, or selected something else.
        The entry right above the present one, if it was left; whether anything became
        different."""
        now = self._now()
        if now == self.top.mark:
            return None, False
        places = range(len(self.done) - 2, -1, -1)
        place = next((at for at in places if self.done[at].mark == now), None)
        if place is not None:
            left = self.done[place + 1]
            self.undone += reversed(self.done[place + 1 :])
            del self.done[place + 1 :]
            return left, True
        entry = self._of_the_users(now)
        if after_undo and len(self.done) == 1:  # of a time before the first click
            self.undone.append(self.done.pop())
            self.done.append(entry)
        else:
            self._add(entry)
        return None, True

    def after_redo(self):
        """Follows the user to the next entry, if that is where he went; whether
        anything became different."""
        now = self._now()
        if now == self.top.mark:
            return False  # something else was done again
        while len(self.undone) > 1 and not self.undone[-1].undoable:
            self.done.append(self.undone.pop())
        entry = self.undone[-1] if self.undone else None
        if entry is not None and now != entry.mark and self._is_half(now):
            # What came first in set_selection is back, and now comes the rest. It has
            # to be the same object: Krita would not redo the next step with another.
            same = selecting.mark(entry.live) == entry.mark
            back = entry.live if same else copy_of(entry.selection)
            selecting.set_selection(self.document, back, undoable=False)
            now = entry.mark
        if entry is None or now != entry.mark:
            return self.look()[1]
        self.done.append(self.undone.pop())
        return True

    def _is_half(self, now):
        """Whether this is what set_selection has come first."""
        if selecting.sets_undoably():
            return False
        if self.top.mark == selecting.NOTHING:
            return selecting.is_everything(self.document)
        return now == selecting.NOTHING

    def forget_redo(self):
        """Krita has forgotten what could be done again."""
        self.undone = [entry for entry in self.undone if not entry.undoable]

    def is_active(self):
        """Whether Krita's actions, undo for one, are about this document."""
        return Krita.instance().activeDocument() == self.document

    def is_open(self):
        return self.document in open_documents()

    def _now(self):
        """The mark of what the document shows."""
        self.document.waitForDone()
        return selecting.mark(self.document.selection())


def open_documents():
    return Krita.instance().documents()


def is_enabled(name):
    return Krita.instance().action(name).isEnabled()


def copy_of(selection):
    return selection.duplicate() if selection is not None else None


def trigger(name):
    """One of Krita's actions, in its active window."""
    Krita.instance().action(name).trigger()
