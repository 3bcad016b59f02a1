"""A document that is being clicked: what the canvas and the docker both talk to."""

import traceback

from . import output, selecting, settings
from .history import copy_of, open_documents
from .looking import Sight
from .shared.clicking import BUSY, Clicker
from .shared.sentences import EXPECTED, Refusal, sentence
from .toolkit import alone, later, post
from .trail import Trail

MOMENT = 100  # milliseconds


class Session:
    """Turns clicks into the selection of a document. `changed` is called whenever
    something here became different."""

    def __init__(self, changed):
        self.settings = settings.load()
        self.refused = ""  # what could not be done, for the user
        self.clicker = Clicker(post, self.answered)
        self.clicker.edges = self.settings.edges_number
        self.trail = Trail(self.clicker, self.answered)
        self.sight = Sight(self._looked, self._unseen)
        self.is_making = False  # so that Krita takes another tool, for vectors for one
        self._changed = changed
        self._asked = None  # the network and provider that it was last given to
        self._shown = None  # the mask that the document shows
        self._waiting = []  # what to do as soon as nothing runs any more

    @property
    def document(self):
        """That is being clicked, or None."""
        return self.trail.document

    # --- the picture ---

    def open(self, document):
        """Has the picture read, and analysed if it is another one than before."""
        if document != self.document:
            self.leave()
        self.trail.document, self.refused, self.clicker.error = document, "", None
        self.look()

    def leave(self):
        """Nothing is being clicked any more."""
        self.sight.leave()
        self.end()
        self.clicker.leave()
        self.trail.document = None

    def end(self):
        """No more clicks; undo and redo go on to be exact."""
        self._waiting.clear()
        self.trail.end()
        self._shown = None

    def leave_closed(self):
        """Forgets what Krita has closed."""
        self.trail.leave_closed()
        if self.document is not None and self.document not in open_documents():
            self.leave()

    def look(self):
        """The picture may have become another one. Nobody waits for this."""
        self.sight.look(self.document, self.settings.source)
        self._changed()

    def _looked(self, found, is_new):
        clicker, model = self.clicker, self.settings.model
        opened = clicker.picture is not None or clicker.worker.busy("open")
        if is_new or not opened or model != self._asked:
            selecting.fresh()  # it takes a moment, which nobody should wait for later
            self.trail.followed, self._asked = None, model
            network, provider = model
            clicker.open(found.image, network, found.origin, provider)
        self.answered()

    def _unseen(self, error):
        self._waiting.clear()
        self.refuse(error)

    def close(self, wait=0):
        """Ends what runs and gives the memory back; whether it ended in so long."""
        self.leave()
        return self.clicker.close(wait)

    @property
    def is_busy(self):
        """Whether an answer or a picture is on its way."""
        return self.sight.is_reading or self.clicker.worker.busy(*BUSY)

    @property
    def is_broken(self):
        """Whether there is nothing that could answer a click, now or soon."""
        opening = self.sight.is_reading or self.clicker.worker.busy("open")
        return self.clicker.picture is None and not opening

    # --- steps ---

    def click(self, prompt):
        """One gesture of the user's."""
        if self.refused:
            self.refused = ""  # what is refused again is told again
            self._changed()
        if self.sight.is_another(self.document, self.settings.source):
            self.look()
        self.sight.check(prompt, self.document)
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
                "This layer has a local selection, which hides the document's: choose "
                "another layer, or remove the local selection."
            )
        self.trail.begin()

    def subject(self, document):
        """Selects the main subject of the picture."""
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
        self.add(self.sight.box_in(selecting.box_of(selection)))

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
        self.trail.follow()
        if not self.clicker.steps.done:
            return
        with self.trail.quiet():
            if self.settings.output != "selection":
                self._make()
            self.keep_clicks()
        self.look()

    def _make(self):
        """The output instead of the selection, which stays if that cannot be."""
        document, how = self.document, self.settings.output
        layer, kept = document.activeNode(), copy_of(document.selection())
        make = output.prepared(document, how, self.sight.pixels, kept)
        self._drop()
        self.is_making = True
        try:
            make()
        finally:
            later(lambda: self._made(document, layer), MOMENT)
        self.trail.history.undone.clear()  # as Krita did

    def _made(self, document, layer):
        """Krita chooses a new layer, with a tool for it, a moment after it was made.
        The next object is to be clicked where this one was."""
        if document in open_documents():
            document.setActiveNode(layer)
        later(lambda: setattr(self, "is_making", False), MOMENT)

    def keep_clicks(self):
        """They are not being clicked any more; the selection stays."""
        self.trail.keep()
        self._shown = None

    def drop(self):
        """The selection is again what it was before the first step, and what waits is
        not to be done any more."""
        self._waiting.clear()
        self._drop()

    def _drop(self):
        self.clicker.worker.drop(*BUSY[1:])
        self.trail.drop()
        self._shown = None

    # --- settings ---

    def choose(self, **chosen):
        """Other settings, for what is being clicked too."""
        before, now = self.settings, self.settings._replace(**chosen)
        self.settings, self.refused, self.trail.followed = now, "", None
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
        if self.trail.is_quiet:
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
            self.refused, self.sight.pixels = sentence(clicker.error), None
        running = clicker.network, clicker.provider
        if running != self.settings.model and clicker.model is not None:
            self._asked, self.settings = running, self.settings.with_model(*running)
            settings.save(self.settings)

    def _show(self):
        """The mask of all steps into the document, if it is not there yet."""
        clicker, mask, trail = self.clicker, self.clicker.mask, self.trail
        done = clicker.steps.done
        if not done or clicker.answered != done or mask in (None, self._shown):
            return
        self._shown = mask
        if trail.followed == done:
            return
        rectangle = (*clicker.origin, mask.width, mask.height)
        selection = selecting.combined(
            trail.base, mask, rectangle, self.settings.operation
        )
        trail.history.show(selection, done, trail.base)

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
