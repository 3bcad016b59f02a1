"""The session: the document being clicked, for the mode and the docker."""

import traceback

from . import output, selecting, settings
from .history import copy_of, open_documents
from .layer_reader import LayerReader
from .shared.clicking import BUSY, Clicker
from .shared.sentences import EXPECTED, Refusal, sentence
from .steps import Steps
from .toolkit import alone, later, post

MOMENT = 100  # milliseconds


class Session:
    """Turns clicks into the selection of a document. `changed` is called after every
    change here."""

    def __init__(self, changed):
        self.settings = settings.load()
        self.refused = ""  # why an action was refused, for the user
        self.clicker = Clicker(post, self.answered, settings.networks())
        self.clicker.edges = self.settings.edges_number
        self.steps = Steps(self.clicker, self.answered)
        self.layers = LayerReader(self._looked, self._unseen)
        self.is_making = False  # while Krita may change the tool because of a new layer
        self._changed = changed
        self._asked = None  # the network and provider last asked for
        self._shown = None  # the mask that the document shows
        self._waiting = []  # functions to call when nothing runs any more

    @property
    def document(self):
        """The document being clicked, or None."""
        return self.steps.document

    # --- the picture ---

    def open(self, document):
        """Reads the picture of a document, and analyses it if it is another one."""
        if document != self.document:
            self.leave()
        self.steps.document, self.refused, self.clicker.error = document, "", None
        self.look()

    def leave(self):
        """Leaves the document and forgets its picture."""
        self.layers.leave()
        self.end()
        self.clicker.leave()
        self.steps.document = None

    def end(self):
        """Forgets the steps. Undo and redo stay exact."""
        self._waiting.clear()
        self.steps.end()
        self._shown = None

    def leave_closed(self):
        """Forgets documents that Krita has closed."""
        self.steps.leave_closed()
        if self.document is not None and self.document not in open_documents():
            self.leave()

    def look(self):
        """Starts reading the picture, which may have changed. Nobody waits for this."""
        self.layers.look(self.document, self.settings.source)
        self._changed()

    def _looked(self, found, is_new):
        clicker, model = self.clicker, self.settings.model
        opened = clicker.picture is not None or clicker.worker.busy("open")
        if is_new or not opened or model != self._asked:
            selecting.fresh()  # slow the first time: better now than after a click
            self.steps.followed, self._asked = None, model
            network, provider = model
            clicker.open(found.image, network, found.origin, provider)
        self.answered()

    def _unseen(self, error):
        self._waiting.clear()
        self.refuse(error)

    def close(self, wait=0):
        """Cancels what runs and frees the memory. Returns whether the thread ended
        within `wait` seconds."""
        self.leave()
        return self.clicker.close(wait)

    @property
    def is_busy(self):
        """Whether a picture is being read or analysed, or an answer computed."""
        return self.layers.is_reading or self.clicker.worker.busy(*BUSY)

    @property
    def is_broken(self):
        """Whether no click can be answered: there is no picture and none is coming."""
        opening = self.layers.is_reading or self.clicker.worker.busy("open")
        return self.clicker.picture is None and not opening

    # --- steps ---

    def click(self, prompt):
        """Handles the prompt of one gesture."""
        if self.refused:
            self.refused = ""  # so that the same refusal is shown again
            self._changed()
        if self.layers.is_another(self.document, self.settings.source):
            self.look()
        self.layers.check(prompt, self.document)
        if self._waiting:  # Enter was pressed: the click is for the next object
            self.once_idle(lambda: self.add(prompt))
        else:
            self.add(prompt)

    def add(self, *prompts):
        self.refused = ""
        self.begin()
        self.clicker.add(*prompts)

    def begin(self):
        """Prepares for a step."""
        if selecting.has_own_selection(self.document.activeNode()):
            raise Refusal(
                "This layer has a local selection, which hides the document's: choose "
                "another layer, or remove the local selection."
            )
        self.steps.begin()

    def subject(self, document):
        """Selects the subject of the picture."""
        self.open(document)
        self.once_idle(self._subject)

    def _subject(self):
        self.begin()
        self.clicker.subject()

    def refine(self, document):
        """Fits the current selection to the object in it."""
        selection = document.selection() if document is not None else None
        if selecting.is_empty(selection):
            raise Refusal("Nothing is selected: draw a rough selection first.")
        self.open(document)
        self.keep_clicks()
        self.add(self.layers.box_in(selecting.box_of(selection)))

    def once_idle(self, work):
        """Calls `work` when nothing runs, after all calls that already wait."""
        if self.is_busy or self._waiting:
            self._waiting.append(work)
        else:
            work()

    # --- keeping and dropping ---

    def keep(self):
        """Keeps the object: makes the chosen output. The next click starts another."""
        if self.clicker.steps.done and self.settings.output != "selection":
            self.look()  # the output needs the present pixels
        self.once_idle(self._keep)

    def _keep(self):
        self.steps.follow()
        if not self.clicker.steps.done:
            return
        with self.steps.quiet():
            if self.settings.output != "selection":
                self._make()
            self.keep_clicks()
        self.look()

    def _make(self):
        """Makes the output and restores the earlier selection. If the output is
        refused, the selection stays."""
        document, how = self.document, self.settings.output
        layer, kept = document.activeNode(), copy_of(document.selection())
        make = output.prepared(document, how, self.layers.pixels, kept)
        self._drop()
        self.is_making = True
        try:
            make()
        finally:
            later(lambda: self._made(document, layer), MOMENT)
        self.steps.history.undone.clear()  # as Krita has done

    def _made(self, document, layer):
        """Makes `layer` active again, because the user clicks the next object there.
        Krita activates a new layer, and a tool for it, a moment after it was made."""
        if document in open_documents():
            document.setActiveNode(layer)
        later(lambda: setattr(self, "is_making", False), MOMENT)

    def keep_clicks(self):
        """Keeps the object: forgets its steps. The selection stays."""
        self.steps.keep()
        self._shown = None

    def drop(self):
        """Restores the selection from before the first step. Drops what waits."""
        self._waiting.clear()
        self._drop()

    def _drop(self):
        self.clicker.worker.drop(*BUSY[1:])
        self.steps.drop()
        self._shown = None

    # --- settings ---

    def choose(self, **chosen):
        """Changes settings. They also apply to the object being clicked."""
        before, now = self.settings, self.settings._replace(**chosen)
        self.settings, self.refused, self.steps.followed = now, "", None
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
        """Updates the document after a change in the clicker."""
        if self.steps.is_quiet:
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
        """If a picture or network could not be opened: tells the user, and returns to
        the network in use."""
        clicker = self.clicker
        if clicker.error is None or clicker.worker.busy("open"):
            return
        if clicker.picture is None:
            self.refused, self.layers.pixels = sentence(clicker.error), None
        running = clicker.network, clicker.provider
        if running != self.settings.model and clicker.model is not None:
            self._asked, self.settings = running, self.settings.with_model(*running)
            settings.save(self.settings)

    def _show(self):
        """Selects the mask of all steps in the document, if it is not there yet."""
        clicker, mask, steps = self.clicker, self.clicker.mask, self.steps
        done = clicker.steps.done
        if not done or clicker.answered != done or mask in (None, self._shown):
            return
        self._shown = mask
        if steps.followed == done:
            return
        rectangle = (*clicker.origin, mask.width, mask.height)
        selection = selecting.combined(
            steps.base, mask, rectangle, self.settings.operation
        )
        steps.history.show(selection, done, steps.base)

    def refuse(self, error):
        """Tells the user about an error, in a sentence."""
        if not isinstance(error, EXPECTED):
            traceback.print_exception(type(error), error, error.__traceback__)
        self.refused = sentence(error)
        self._changed()


def guarded(session, work):
    """Calls `work`. An error becomes a sentence in the docker, never a traceback."""
    try:
        with alone():
            work()
    except Exception as error:  # noqa: BLE001 (Krita's event loop calls this)
        session.refuse(error)
