"""A document that is being clicked: what the canvas and the docker both talk to."""

import traceback

from . import binding, output, pixels, selecting, settings
from .clicking import BUSY, Clicker
from .history import History, copy_of, trigger
from .sentences import BESIDE, EXPECTED, Refusal, sentence
from .toolkit import post


class Session:
    """Turns clicks into the selection of a document. `changed` is called whenever
    something here became different."""

    def __init__(self, changed):
        self.settings = settings.load()
        self.document = None
        self.refused = ""  # what could not be done, for the user
        self.history = None  # while there are steps
        self.clicker = Clicker(post, self.answered)
        self.clicker.edges = self.settings.edges_number
        self._changed = changed
        self._pixels = None
        self._shown = None  # the mask that the document shows
        self._waiting = None  # what to do as soon as nothing runs any more
        self._following = False

    # --- the picture ---

    def open(self, document):
        """Reads the picture and has it analysed, if it is another one than before."""
        if document != self.document:
            self.forget()
        self.document, self.refused = document, ""
        found = pixels.read(document, self.settings.source)
        clicker, model = self.clicker, self.settings.model
        same = found == self._pixels and clicker.network == model
        if same and clicker.picture is not None and not clicker.worker.busy("open"):
            self._changed()
            return
        if found == self._pixels:
            found = self._pixels  # the very picture that the steps belong to
        self._pixels = found
        selecting.fresh()  # it takes a moment, which nobody should wait for later
        clicker.open(found.image, model, found.origin)

    def close(self, wait=0):
        """Ends what runs and gives the memory back; whether it ended in so long."""
        self.forget()
        self.document = self._pixels = None
        ended = self.clicker.close(wait)
        self.clicker.network = None
        self.clicker.doing = ""
        return ended

    @property
    def rectangle(self):
        """Left, top, width and height of the part of the canvas that is looked at."""
        return self._pixels.rectangle if self._pixels is not None else (0, 0, 0, 0)

    # --- steps ---

    def click(self, prompt):
        """One gesture of the user's."""
        left, top, width, height = self.rectangle
        clicks = (binding.Kind.INCLUDE, binding.Kind.EXCLUDE)
        inside = left <= prompt.x < left + width and top <= prompt.y < top + height
        if prompt.kind in clicks and not inside:
            raise Refusal(BESIDE)
        self.add(prompt)

    def add(self, *prompts):
        self.refused = ""
        self.begin()
        self.clicker.add(*prompts)

    def begin(self):
        """Before a step: the user may have undone earlier ones, or selected anew."""
        self.follow_undo()
        if selecting.has_own_selection(self.document.activeNode()):
            raise Refusal(
                "This layer has a selection of its own, which hides the document's: "
                "choose another layer, or remove that selection."
            )
        if self.history is None:
            self.history = History(self.document)

    def undo(self):
        """Takes back the last step, and Krita's step with it."""
        self.follow_undo()  # nobody listens to Krita's while the mode is off
        if self.history is None:
            return
        if self.is_pending:
            self.clicker.undo()
        else:
            self.history.back()
            self._follow()

    @property
    def is_pending(self):
        """Whether a step has not reached the document yet."""
        return (
            self.history is not None
            and len(self.clicker.steps.done) > self.history.steps
        )

    def redo(self):
        if self.history is None or not self.clicker.steps.undone:
            return
        if not self.history.undone:
            self.clicker.redo()  # it had not reached the document
        elif self.history.is_active():
            trigger("edit_redo")
            self.follow_redo()

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
        selection = document.selection()
        if selecting.mark(selection) == selecting.NOTHING:
            raise Refusal("Nothing is selected: draw a rough selection first.")
        self.open(document)
        self.forget()
        left, top, width, height = selecting.box_of(selection)
        x, y, wide, high = self._pixels.rectangle
        right, bottom = min(left + width, x + wide), min(top + height, y + high)
        left, top = max(left, x), max(top, y)
        if left >= right or top >= bottom:
            raise Refusal("The selection lies beside the picture that is looked at.")
        self.add(binding.box(left, top, right, bottom))

    def once_idle(self, work):
        """Does it now, or when the analysis is done."""
        self._waiting = work
        self.answered()

    # --- ends ---

    def keep(self):
        """What is selected becomes what the user chose, and the next click begins
        anew."""
        if self.clicker.worker.busy(*BUSY):
            self._waiting = self.keep
            return
        if self.history is None or not self.clicker.steps.done:
            return
        if self.settings.output != "selection":
            self._make(copy_of(self.document.selection()))
        self.forget()

    def _make(self, kept):
        """The output instead of the selection, which stays if that cannot be."""
        self.drop()
        try:
            output.make(self.document, self.settings.output, self._pixels, kept)
        except BaseException:
            selecting.set_selection(self.document, kept)
            raise

    def drop(self):
        """The selection is again what it was before the first step."""
        self.clicker.worker.drop(*BUSY[1:])
        if self.history is not None and self.history.after_undo():
            while len(self.history.done) > 1:
                self.history.back()
        self.forget()

    def forget(self):
        """The next click begins anew; the selection stays."""
        self.history = self._shown = self._waiting = None
        self.clicker.clear()

    # --- Krita's undo ---

    def follow_undo(self):
        """After the user may have undone something in Krita."""
        if self.history is None:
            return
        shown = self.history.steps
        if not self.history.after_undo():
            self.forget()
        elif self.history.steps < shown:
            self._follow()

    def follow_redo(self):
        """After the user did something again in Krita."""
        if self.history is not None:
            self.history.after_redo()
            self._follow()

    def _follow(self):
        """The steps as the document shows them."""
        steps, shown = self.clicker.steps, self.history.steps
        self._following = True
        try:
            while len(steps.done) > shown:
                self.clicker.undo()
            while len(steps.done) < shown and steps.undone:
                self.clicker.redo()
        finally:
            self._following = False
        self.answered()

    # --- settings ---

    def choose(self, **chosen):
        """Other settings, for what is being clicked too."""
        before, now = self.settings, self.settings._replace(**chosen)
        self.settings, self.refused = now, ""
        settings.save(now)
        if now.edges != before.edges:
            self.clicker.use_edges(now.edges_number)
        if now.operation != before.operation:
            self._shown = None
            self.answered()
        looked = (now.source, now.network) != (before.source, before.network)
        if looked and self.document is not None:
            try:
                self.open(self.document)
            except Refusal:
                self.settings = before
                settings.save(before)
                raise
        self._changed()

    # --- answers ---

    def answered(self):
        """Something changed in the clicker: the document follows."""
        if self._following:
            return
        try:
            self._look_at_failure()
            self._show()
            if self._waiting is not None and not self.clicker.worker.busy(*BUSY):
                waiting, self._waiting = self._waiting, None
                if self.clicker.error is None:
                    waiting()
        except Exception as error:  # noqa: BLE001 (Krita's event loop calls this)
            self.refuse(error)
            return
        self._changed()

    @property
    def is_broken(self):
        """Whether there is nothing that could answer a click, now or soon."""
        clicker = self.clicker
        return clicker.picture is None and not clicker.worker.busy("open")

    def _look_at_failure(self):
        """What could not be opened is not chosen any more, and the user is told."""
        clicker = self.clicker
        if clicker.error is None or clicker.worker.busy("open"):
            return
        if clicker.picture is None:
            self.refused, self._pixels = sentence(clicker.error), None
        if clicker.network != self.settings.model and clicker.model is not None:
            self.settings = self.settings._replace(network=clicker.network or "")
            settings.save(self.settings)

    def _show(self):
        """The mask of all steps into the document, if it is not there yet."""
        clicker, mask = self.clicker, self.clicker.mask
        done = clicker.steps.done
        if not done or clicker.answered != done or mask in (None, self._shown):
            return
        self._shown = mask
        rectangle = (*clicker.origin, mask.width, mask.height)
        selection = selecting.combined(
            self.history.base, mask, rectangle, self.settings.operation
        )
        self.history.show(selection, len(done))

    def refuse(self, error):
        """Tells the user, in a sentence."""
        if not isinstance(error, EXPECTED):
            traceback.print_exception(type(error), error, error.__traceback__)
        self.refused = sentence(error)
        self._changed()


def guarded(session, work):
    """Calls `work`; what goes wrong is a sentence in the docker, never a traceback."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 (Krita's event loop calls this)
        session.refuse(error)
