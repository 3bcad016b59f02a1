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
                self._undo(self.top.mark)  # its step, which the next one is instead of
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
        self._go_on_to(selection, (), selection)

    def keep(self):
        """The object is not being clicked any more."""
        self.done[-1] = self.top.kept

    def settle(self):
        """Nothing is being clicked any more. Undo and redo go on to be exact."""
        for entries in (self.done, self.undone):
            entries[:] = [entry.kept for entry in entries]

    def back(self):
        """To the entry before. The one that was left."""
        entry, wanted = self.top, self.done[-2]
        if not self._step_back():
            self._go_on_to(wanted.selection, wanted.steps, wanted.base)
        return entry

    def drop(self):
        """To before the first of the clicks."""
        while self.top.steps:
            if not self._step_back():
                self._go_on_to(self.top.base, (), self.top.base)

    def _step_back(self):
        """Whether that is possible: other things may have been done meanwhile."""
        entry, wanted = self.top, self.done[-2]
        same = entry.mark == wanted.mark
        if same or entry.undoable and self._undo(wanted.mark):
            self.undone.append(self.done.pop())
            return True
        return False

    def _undo(self, wanted):
        """By Krita, if that leads to what has this mark; whether it does."""
        if not (self.is_active() and is_enabled("edit_undo")):
            return False
        self._trigger("edit_undo")
        if self._now() == wanted:
            return True
        self._trigger("edit_redo")  # that was something of the user's
        return False

    def _go_on_to(self, selection, steps, base):
        """Selects something earlier once more: a step of its own."""
        mark = selecting.mark(selection)
        undoable = selecting.set_selection(self.document, copy_of(selection))
        self._add(self._entry(steps, base, mark, undoable))

    def forth(self):
        """The opposite of back."""
        if self.undone[-1].mark == self.top.mark:
            self.done.append(self.undone.pop())
        elif self.is_active() and is_enabled("edit_redo"):
            self._trigger("edit_redo")
            self.after_redo()

    def look(self):
        """Notices what the user selected without us; whether that is so."""
        now = self._now()
        if now == self.top.mark:
            return False
        self._add(self._of_the_users(now))
        return True

    def after_undo(self):
        """Follows the user, who has undone something in Krita. The entry that was left,
        if it is known what was left, and whether anything became different."""
        now = self._now()
        if now == self.top.mark:
            return None, False
        while len(self.done) > 1 and not self.top.undoable:
            self.undone.append(self.done.pop())
        left = self.done.pop()
        self.undone.append(left)
        if self.done and self.top.mark == now:
            return left, True
        self.done.append(self._of_the_users(now))  # of a time when nobody looked
        return None, True

    def after_redo(self):
        """The same for redo; whether anything became different."""
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
            # What came first in set_selection is back, and now comes the rest. It has
            # to be the same object: Krita would not redo the next step with another.
            same = selecting.mark(entry.live) == entry.mark
            back = entry.live if same else copy_of(entry.selection)
            selecting.set_selection(self.document, back, undoable=False)
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

    def _trigger(self, name):
        """One of Krita's actions. It forgets undo and redo that come while it is busy,
        be it with thumbnails that nobody asked for."""
        self.document.waitForDone()
        Krita.instance().action(name).trigger()

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
