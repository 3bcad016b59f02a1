"""Selects objects in a picture by clicks in a window: the core of the plug-ins.

It needs no toolkit. Only the main thread may call the methods.

Python 3.8, no packages. Licence: MIT OR Apache-2.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..python import deepcrop
from . import trial
from .sentences import stand_in
from .steps import Step, Steps, moved, prompts_of
from .worker import Worker

if TYPE_CHECKING:
    from typing import Callable

    from .worker import Post


# The kinds of jobs that the user waits for; KINDS also has the previews.
BUSY = ("open", "select", "subject")
KINDS = (*BUSY, Worker.IDLE)


class Clicker:
    """One picture, the user's steps in it, and the mask that they select.

    `changed` is called after every change here. The attributes are for reading; only
    the methods change them. Coordinates are those of the editor's canvas, where the
    picture's first pixel lies at `origin`. `networks` is the folder of the user's own.
    """

    def __init__(
        self, post: Post, changed: Callable[[], None], networks: str | None = None
    ):
        self.worker = Worker(post)
        self.steps = Steps()
        self.origin = (0, 0)
        self.edges: int = deepcrop.Edges.AUTO
        self.image: deepcrop.Image | None = None
        self.model: deepcrop.Model | None = None
        self.network: str | None = None  # what self.model was loaded from
        self.provider: int = deepcrop.Provider.AUTO  # the provider asked for
        self.picture: deepcrop.Picture | None = None
        self.mask: deepcrop.Mask | None = None
        self.answered: list[Step] = []  # the steps that `mask` is the answer to
        self.hovered: deepcrop.Mask | None = None
        self.answer = (0, 0)  # number of the shown answer (1: smallest), and the count
        self.doing = ""  # the work in progress, for the status line
        self.error: BaseException | None = None  # why the last action failed
        self._changed = changed
        self._networks = networks
        self._answers: list[deepcrop.Mask] = []
        self._pointer: tuple[float, float] | None = None  # where the pointer hovers
        self._wants_subject = False  # select the subject once there is a picture

    def open(
        self,
        image: deepcrop.Image,
        network: str | None,
        origin=(0, 0),
        provider: int = deepcrop.Provider.AUTO,
    ) -> None:
        """Analyses a picture with a network; None is the built-in one.

        Steps that fit the new picture stay. The earlier picture and network are used
        until this is done, and for good if it fails.
        """

        def run(cancel):
            same = (network, provider) == (self.network, self.provider)
            model = self.model if same else None
            if model is None:
                # Without ONNX Runtime the classical engine stands in for the built-in
                # network: better than nothing.
                options = deepcrop.ModelOptions(
                    provider, cancel=cancel, fall_back=network is None
                )
                model = trial.load(network, options, self._networks)
            return model, model.info, deepcrop.Picture(model, image, cancel)

        def done(result):
            self.model, _, self.picture = result
            if (image, origin) != (self.image, self.origin):
                left, top = origin
                self.mask = None  # it belongs to the earlier picture
                self.steps.keep_within(
                    left, top, left + image.width, top + image.height
                )
            elif network != self.network:
                self.steps.forget_choices()
            self.network, self.provider = network, provider
            self.image, self.origin = image, origin
            self.doing = ""
            self._select()
            if self._wants_subject:
                self.subject()
            elif self._pointer and not self.steps.done:
                self.hover(*self._pointer)

        def progress(_, doing):
            self.doing = doing
            self._changed()

        self.doing, self.error = "Starting", None
        self.worker.ask("open", run, done, self._failed, progress)
        self._changed()

    def add(self, *prompts: deepcrop.Prompt) -> None:
        """Adds a step with these prompts."""
        self.steps.add(*prompts)
        self._select()

    def take(self, steps: list[Step]) -> None:
        """Replaces the steps. Unchanged steps keep the answer that was chosen."""
        pairs = zip(steps, [*self.steps.done, *[None] * len(steps)])
        steps = [
            old if old and old.prompts == new.prompts else new for new, old in pairs
        ]
        if steps != self.steps.done:
            self.steps.done = steps
            self.steps.undone.clear()
            self._select()

    def go_to(self, steps: list[Step]) -> None:
        """Replaces the steps, by undo and redo where these lead there."""
        if self.steps.go_to(steps):
            self._select()

    def undo(self) -> None:
        if self.steps.undo():
            self._select()

    def redo(self) -> None:
        if self.steps.redo():
            self._select()

    def clear(self) -> None:
        """Removes all steps. The picture stays."""
        self.steps.clear()
        self._wants_subject = False
        self._select()

    def use_edges(self, edges: int) -> None:
        """Sets the edge mode, for the present answer and later ones."""
        self.edges = edges
        at, count = self.steps.last.answer
        if count and self.picture is not None:
            self._answers = []
            self._find_answers(lambda answers: self._choose_at(answers, at - 1))
        else:
            self._select()

    def subject(self) -> None:
        """Selects the subject of the picture, as a step."""

        def done(mask):
            self.doing = ""
            self.steps.add(deepcrop.from_mask(mask))
            self._answered(mask)

        picture, options = self.picture, self._options()
        self._wants_subject = picture is None
        if picture is None:
            return
        self._ask("subject", lambda cancel: picture.subject(options, cancel), done)
        self.doing = "Looking for the subject"
        self._changed()

    def next_answer(self) -> None:
        """Chooses the next larger answer to the last step; after the largest, the
        smallest."""
        if not self.steps.done:
            return
        if self._answers:
            self._choose_next(self._answers)
        else:
            self._find_answers(self._choose_next)

    def _find_answers(self, done):
        *earlier, last = self.steps.done
        prompts = prompts_of([*earlier, Step(last.prompts)], self.origin)
        picture, options = self.picture, self._options()

        def run(cancel):
            return picture.candidates(prompts, 8, options, cancel)

        self._ask("select", run, done)

    def _choose_next(self, answers):
        at, count = self.steps.last.answer
        if not count:  # the first answer is shown now
            at = 1 + sorted(answers, key=_area).index(answers[0])
        self._choose_at(answers, at)

    def _choose_at(self, answers, at):
        order = sorted(answers, key=_area)
        at %= len(order)
        self._answers = answers
        self.steps.choose(order[at], (at + 1, len(order)))
        self._show(order[at], (at + 1, len(order)))

    def hover(self, x: float, y: float) -> None:
        """Starts a preview: `hovered` becomes what a click there would select."""
        self._pointer = (x, y)
        if self.picture is None or self.selects(x, y) or not self.holds(x, y):
            self._unhover()
            return
        click = moved(deepcrop.include(x, y), self.origin)
        prompts = [*prompts_of(self.steps.done, self.origin), click]
        options = deepcrop.SegmentOptions(edges=deepcrop.Edges.NONE)
        picture = self.picture

        def done(mask):
            self.hovered = mask
            self._changed()

        def run(cancel):
            return picture.segment(prompts, options, cancel)

        # A preview that fails is not shown; nobody needs the error.
        self.worker.ask(Worker.IDLE, run, done, lambda error: None)

    def hover_off(self) -> None:
        """Ends the preview: the pointer has left the picture."""
        self._pointer = None
        self._unhover()

    def _unhover(self):
        self.worker.drop(Worker.IDLE)
        if self.hovered is not None:
            self.hovered = None
            self._changed()

    def holds(self, x: float, y: float) -> bool:
        """Whether a point of the canvas lies in the picture."""
        if self.image is None:
            return False
        x, y = x - self.origin[0], y - self.origin[1]
        return 0 <= x < self.image.width and 0 <= y < self.image.height

    def selects(self, x: float, y: float) -> bool:
        """Whether a point of the canvas is selected."""
        return self.covers(self.mask, x, y)

    def covers(self, mask: deepcrop.Mask | None, x: float, y: float) -> bool:
        """Whether a point of the canvas lies in a mask. The mask may be of an earlier
        picture of another size."""
        x, y = x - self.origin[0], y - self.origin[1]
        if mask is None or not (0 <= x < mask.width and 0 <= y < mask.height):
            return False
        return mask.pixels[int(y) * mask.width + int(x)] >= 128

    @property
    def stand_in(self) -> str:
        """Why the classical engine stands in for the network; empty if it does not."""
        return stand_in(self.model, self.network)

    def report(self, done: Callable[[str], None]) -> None:
        """Passes `done` a report of what was found and what works, for bug reports."""

        def told(text):
            done(text)
            self._changed()

        self.worker.ask(
            "report", lambda cancel: deepcrop.report(cancel=cancel), told, self._failed
        )
        self._changed()

    def leave(self) -> None:
        """Forgets the picture and its steps. The network stays loaded."""
        self.worker.drop(*KINDS)
        self.picture = self.mask = self.hovered = self.image = self._pointer = None
        self.doing, self._answers = "", []
        self.steps.clear()

    def close(self, wait: float = 0) -> bool:
        """Cancels all jobs. Returns whether the thread ended within `wait` seconds."""
        ended = self.worker.close(wait)
        self.leave()
        self.model = self.network = None
        return ended

    def _options(self):
        return deepcrop.SegmentOptions(edges=self.edges)

    def _ask(self, kind, run, done):
        if self.picture is not None:
            self.worker.ask(kind, run, done, self._failed)

    def _select(self):
        """Asks for the mask of all steps. Without a picture, open() does so later."""
        self._answers = []
        if self.picture is not None:  # else the error says why there is none
            self.error = None
        self._unhover()
        self.worker.drop("select", "subject")
        if not self.worker.busy("open"):
            self.doing = ""
        last = self.steps.last
        if not self.steps.done or last.chosen is not None:
            self._show(last.chosen, last.answer)
            return
        prompts = prompts_of(self.steps.done, self.origin)
        picture, options = self.picture, self._options()

        def run(cancel):
            return picture.segment(prompts, options, cancel)

        self._ask("select", run, self._answered)
        self._changed()

    def _answered(self, mask):
        self._answers = []
        self._show(mask, (0, 0))

    def _show(self, mask, answer):
        self.mask, self.answer, self.hovered = mask, answer, None
        self.answered = list(self.steps.done)
        self._changed()

    def _failed(self, error):
        if getattr(error, "status", None) == deepcrop.Status.PROMPT:
            self.steps.done.pop()  # later calls would fail because of it too
        self.doing, self.error = "", error
        self._changed()


def _area(mask):
    return mask.area
