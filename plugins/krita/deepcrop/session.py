"""A document that is being clicked: what the canvas and the docker both talk to."""

import traceback
from contextlib import contextmanager

from . import binding, output, pixels, selecting, settings
from .clicking import BUSY, Clicker
from .history import History, copy_of, is_enabled, open_documents
from .looking import Looking
from .sentences import BESIDE, EXPECTED, Refusal, sentence
from .toolkit import alone, later, post

MOMENT = 100  # milliseconds
NOT_OF_THIS = (
    "There is nothing there of what is looked at: click on it, or choose all visible "
    "layers as the source."
)


class Session:
    """Turns clicks into the selection of a document. `changed` is called whenever
    something here became different."""

    def __init__(self, changed):
        self.settings = settings.load()
        self.document = None
        self.refused = ""  # what could not be done, for the user
        self.histories = []  # of all documents that were clicked
        self.clicker = Clicker(post, self.answered)
        self.clicker.edges = self.settings.edges_number
        self.rectangle = (0, 0, 0, 0)  # the part of the canvas that is looked at
        self._changed = changed
        self._looking = None  # while the picture is being read
        self._pixels = self._glance = None  # what was read
        self._asked = None  # the network and provider that it was last given to
        self._base = None  # what was selected before the first of the steps
        self._shown = None  # the mask that the document shows
        self._followed = None  # steps whose answer the document shows already
        self._waiting = []  # what to do as soon as nothing runs any more
        self._following = False
        self.is_making = False  # so that Krita takes another tool, for vectors for one

    # --- the picture ---

    def open(self, document):
        """Has the picture read, and analysed if it is another one than before."""
        if document != self.document:
            self.leave()
        self.document, self.refused, self.clicker.error = document, "", None
        self.look()

    def leave(self):
        """Nothing is being clicked any more."""
        self.stop_looking()
        self.end()
        self.clicker.leave()
        self.document = self._pixels = self._glance = None

    def end(self):
        """No more clicks; undo and redo go on to be exact."""
        self._waiting.clear()
        self._forget()
        for history in self.histories:
            history.settle()

    def leave_closed(self):
        """Forgets what Krita has closed."""
        self.histories = [one for one in self.histories if one.is_open()]
        if self.document is not None and self.document not in open_documents():
            self.leave()

    def look(self):
        """The picture may have become another one. Nobody waits for this."""
        self.stop_looking()
        self._glance = None
        source = pixels.source_of(self.document, self.settings.source)
        self._glance = pixels.glance(self.document, self.settings.source)
        self.rectangle = source.rectangle
        self._looking = Looking(source, self._pixels, self._looked, self._unseen)
        self._changed()

    def stop_looking(self):
        if self._looking is not None:
            self._looking.stop()
            self._looking = None

    def _looked(self, found):
        clicker, model = self.clicker, self.settings.model
        known, self._looking, self._pixels = self._pixels, None, found
        opened = clicker.picture is not None or clicker.worker.busy("open")
        if found is not known or not opened or model != self._asked:
            selecting.fresh()  # it takes a moment, which nobody should wait for later
            self._followed, self._asked = None, model
            network, provider = model
            clicker.open(found.image, network, found.origin, provider)
        self.answered()

    def _unseen(self, error):
        self._looking = None
        self._waiting.clear()
        self.refuse(error)

    def close(self, wait=0):
        """Ends what runs and gives the memory back; whether it ended in so long."""
        self.leave()
        return self.clicker.close(wait)

    @property
    def is_reading(self):
        return self._looking is not None

    @property
    def is_busy(self):
        """Whether an answer or a picture is on its way."""
        return self.is_reading or self.clicker.worker.busy(*BUSY)

    @property
    def is_broken(self):
        """Whether there is nothing that could answer a click, now or soon."""
        opening = self.is_reading or self.clicker.worker.busy("open")
        return self.clicker.picture is None and not opening

    # --- steps ---

    def click(self, prompt):
        """One gesture of the user's."""
        if self.refused:
            self.refused = ""  # what is refused again is told again
            self._changed()
        if pixels.glance(self.document, self.settings.source) != self._glance:
            self.look()
        left, top, width, height = self.rectangle
        clicks = (binding.Kind.INCLUDE, binding.Kind.EXCLUDE)
        inside = left <= prompt.x < left + width and top <= prompt.y < top + height
        if prompt.kind in clicks and not inside:
            whole = (0, 0, self.document.width(), self.document.height())
            raise Refusal(BESIDE if self.rectangle == whole else NOT_OF_THIS)
        if self._waiting:  # Enter was pressed: this is of the next object
            self.once_idle(lambda: self.add(prompt))
        else:
            self.add(prompt)

    def add(self, *prompts):
        self.refused = ""
        self.begin()
        self.clicker.add(*prompts)

    def begin(self):
        """Before a step."""
        if selecting.has_own_selection(self.document.activeNode()):
            raise Refusal(
                "This layer has a selection of its own, which hides the document's: "
                "choose another layer, or remove that selection."
            )
        if self.history is None:
            self.histories.append(History(self.document))
        self.follow()
        if not self.clicker.steps.done:
            self.history.keep()
            self._base = self.history.top.selection
        self._followed = None

    @property
    def history(self):
        """Of the document that is being clicked; None before the first step."""
        return self.history_of(self.document)

    def history_of(self, document):
        return next((one for one in self.histories if one.document == document), None)

    def next_answer(self):
        """Part, object, whole: another answer to the last step."""
        self.clicker.next_answer()

    def subject(self, document):
        """Selects what the picture shows first of all."""
        self.open(document)
        self.once_idle(self._subject)

    def _subject(self):
        self.begin()
        self.clicker.subject()

    def refine(self, document):
        """Selects the object that the present selection lies round."""
        selection = document.selection() if document is not None else None
        if selecting.is_empty(selection):
            raise Refusal("Nothing is selected: draw a rough selection first.")
        self.open(document)
        self.keep_clicks()
        left, top, width, height = selecting.box_of(selection)
        x, y, wide, high = self.rectangle
        right, bottom = min(left + width, x + wide), min(top + height, y + high)
        left, top = max(left, x), max(top, y)
        if left >= right or top >= bottom:
            raise Refusal("The selection lies beside the picture that is looked at.")
        self.add(binding.box(left, top, right, bottom))

    def once_idle(self, work):
        """Does it now, or as soon as what runs, and what else waits, has ended."""
        if self.is_busy or self._waiting:
            self._waiting.append(work)
        else:
            work()

    # --- ends ---

    def keep(self):
        """What is selected becomes what the user chose, and the next click begins
        anew."""
        if self.clicker.steps.done and self.settings.output != "selection":
            self.look()  # the output is to be of what is seen now
        self.once_idle(self._keep)

    def _keep(self):
        self.follow()
        if not self.clicker.steps.done:
            return
        with self._quiet():
            if self.settings.output != "selection":
                self._make()
            self.keep_clicks()
        self.look()

    def _make(self):
        """The output instead of the selection, which stays if that cannot be."""
        kept = copy_of(self.document.selection())
        make = output.prepared(self.document, self.settings.output, self._pixels, kept)
        layer = self.document.activeNode()
        self._drop()
        self.is_making = True
        try:
            make()
        finally:
            later(lambda: self._made(self.document, layer), MOMENT)
        self.history.undone.clear()  # as Krita did

    def _made(self, document, layer):
        """Krita chooses a new layer, with a tool for it, a moment after it was made.
        The next object is to be clicked where this one was."""
        if document in open_documents():
            document.setActiveNode(layer)
        later(lambda: setattr(self, "is_making", False), MOMENT)

    def keep_clicks(self):
        """They are not being clicked any more; the selection stays."""
        if self.history is not None:
            self.history.keep()
        self._forget()

    def drop(self):
        """The selection is again what it was before the first step, and what waits is
        not to be done any more."""
        self._waiting.clear()
        self._drop()

    def _drop(self):
        self.clicker.worker.drop(*BUSY[1:])
        self.follow()
        if self.history is not None:
            self.history.drop()
        self._forget()

    def _forget(self):
        """The next click begins anew; the selection stays."""
        self._base = self._shown = self._followed = None
        self.clicker.clear()

    # --- undo and redo ---

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

    def follow(self):
        """After the user may have selected something else."""
        if self.history is not None and self.history.look():
            self._go_to(None)

    def undone(self):
        """After Krita's undo, also while nothing is being clicked."""
        for history in self._active_histories():
            left, different = history.after_undo()
            if different and history is self.history:
                self._go_to(left)

    def redone(self):
        """After Krita's redo."""
        for history in self._active_histories():
            if history.after_redo() and history is self.history:
                self._go_to(None)

    def redo_changed(self):
        """Krita may have forgotten what could be done again: something new was done."""
        for history in self._active_histories():
            if not is_enabled("edit_redo"):
                history.forget_redo()
        self._changed()

    def select(self, document, selection):
        """Selects this as a step that can be undone and done again."""
        history = self.history_of(document)
        if history is None:
            history = History(document)
            self.histories.append(history)
        history.select(selection)

    def _active_histories(self):
        self.leave_closed()
        return [one for one in self.histories if one.is_active()]

    def _go_to(self, left):
        """The steps are those that the document shows. If its entry that was `left` by
        undo had several more, as after clicks faster than answers, all but the last."""
        top = self.history.top
        with self._quiet():
            if left is not None and len(left.steps) > len(top.steps) + 1:
                self._base, self._followed = left.base, None
                self.clicker.go_to([*left.steps])
                self.clicker.undo()
            else:
                self._base, self._followed = top.base, [*top.steps]
                self.clicker.go_to([*top.steps])
                if not top.steps and (left is None or not left.steps):
                    self.clicker.clear()  # none were taken back just now
        self.answered()

    @contextmanager
    def _quiet(self):
        """What changes in the clicker is our own doing until this ends."""
        before, self._following = self._following, True
        try:
            yield
        finally:
            self._following = before

    # --- settings ---

    def choose(self, **chosen):
        """Other settings, for what is being clicked too."""
        before, now = self.settings, self.settings._replace(**chosen)
        self.settings, self.refused, self._followed = now, "", None
        looked = (now.source, now.model) != (before.source, before.model)
        if looked and self.document is not None:
            self.clicker.error = None
            try:
                self.look()
            except Refusal:
                self.settings = before
                raise
        settings.save(now)
        if now.edges != before.edges:
            self.clicker.use_edges(now.edges_number)
        if now.operation != before.operation:
            self._shown = None
            self.answered()
        self._changed()

    # --- answers ---

    def answered(self):
        """Something changed in the clicker: the document follows."""
        if self._following:
            return
        try:
            self._look_at_failure()
            self._show()
            if self.clicker.error is not None and not self.is_busy:
                self._waiting.clear()
            while self._waiting and not self.is_busy:
                self._waiting.pop(0)()
        except Exception as error:  # noqa: BLE001 (Krita's event loop calls this)
            self.refuse(error)
            return
        self._changed()

    def _look_at_failure(self):
        """What could not be opened is not chosen any more, and the user is told."""
        clicker = self.clicker
        if clicker.error is None or clicker.worker.busy("open"):
            return
        if clicker.picture is None:
            self.refused, self._pixels = sentence(clicker.error), None
        running = clicker.network, clicker.provider
        if running != self.settings.model and clicker.model is not None:
            self._asked, self.settings = running, self.settings.with_model(*running)
            settings.save(self.settings)

    def _show(self):
        """The mask of all steps into the document, if it is not there yet."""
        clicker, mask = self.clicker, self.clicker.mask
        done = clicker.steps.done
        if not done or clicker.answered != done or mask in (None, self._shown):
            return
        self._shown = mask
        if self._followed == done:
            return
        rectangle = (*clicker.origin, mask.width, mask.height)
        selection = selecting.combined(
            self._base, mask, rectangle, self.settings.operation
        )
        self.history.show(selection, done, self._base)

    def refuse(self, error):
        """Tells the user, in a sentence."""
        if not isinstance(error, EXPECTED):
            traceback.print_exception(type(error), error, error.__traceback__)
        self.refused = sentence(error)
        self._changed()


def guarded(session, work):
    """Calls `work`; what goes wrong is a sentence in the docker, never a traceback."""
    try:
        with alone():
            work()
    except Exception as error:  # noqa: BLE001 (Krita's event loop calls this)
        session.refuse(error)
