"""A picture that is being clicked in a window: what the GIMP and Krita plug-ins share.

Nothing here knows a toolkit. All methods are for the host's thread.

Python 3.8, no packages. Licence: MIT OR Apache-2.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..python import deepcrop
from .sentences import stand_in
from .steps import Step, Steps, moved, prompts_of
from .worker import Worker

if TYPE_CHECKING:
    from typing import Callable

    from .worker import Post


# Kinds of jobs: those that the user waits for, and with previews.
BUSY = ("open", "select", "subject")
KINDS = (*BUSY, Worker.IDLE)


class Clicker:
    """One picture with what the user did to it, and the mask of that.

    `changed` is called whenever something here became different; what is here is to be
    read, and changed only by the methods. Coordinates are those of the host's canvas,
    on which the picture's first pixel lies at `origin`.
    """

    def __init__(self, post: Post, changed: Callable[[], None]):
        self.worker = Worker(post)
        self.steps = Steps()
        self.origin = (0, 0)
        self.edges: int = deepcrop.Edges.AUTO
        self.image: deepcrop.Image | None = None
        self.model: deepcrop.Model | None = None
        self.network: str | None = None  # what self.model was loaded from
        self.provider: int = deepcrop.Provider.AUTO  # and what it was to run on
        self.picture: deepcrop.Picture | None = None
        self.mask: deepcrop.Mask | None = None
        self.answered: list[Step] = []  # the steps that `mask` is the answer to
        self.hovered: deepcrop.Mask | None = None
        self.answer = (0, 0)  # which of how many answers, from the smallest on
        self.doing = ""  # what takes time, for a line of text
        self.error: BaseException | None = None  # of the last thing that was tried
        self._changed = changed
        self._answers: list[deepcrop.Mask] = []
        self._pointer: tuple[float, float] | None = None  # where it hovers
        self._wants_subject = False  # as soon as there is a picture

    def open(
        self,
        image: deepcrop.Image,
        network: str | None,
        origin=(0, 0),
        provider: int = deepcrop.Provider.AUTO,
    ) -> None:
        """Analyses a picture with a network; None is the built-in one.

        The steps stay. The earlier picture and network serve until this is done, and
        go on to do so if it fails.
        """

        def run(cancel):
            same = (network, provider) == (self.network, self.provider)
            model = self.model if same else None
            if model is None:
                # Without ONNX Runtime the built-in network's stand-in is better than nothing.
                options = deepcrop.ModelOptions(
                    provider, cancel=cancel, fall_back=network is None
                )
                model = deepcrop.Model(network, options)
            return model, model.info, deepcrop.Picture(model, image, cancel)

        def done(result):
            self.model, _, self.picture = result
            if (image, origin) != (self.image, self.origin):
                left, top = origin
                self.mask = None  # it lies elsewhere
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
        """One step of the user's."""
        self.steps.add(*prompts)
        self._select()

    def take(self, steps: list[Step]) -> None:
        """Other steps; those that are the same keep the answer that was chosen."""
        pairs = zip(steps, [*self.steps.done, *[None] * len(steps)])
        steps = [
            old if old and old.prompts == new.prompts else new for new, old in pairs
        ]
        if steps != self.steps.done:
            self.steps.done = steps
            self.steps.undone.clear()
            self._select()

    def go_to(self, steps: list[Step]) -> None:
        """Steps as they were before, or will be again."""
        if self.steps.go_to(steps):
            self._select()

    def undo(self) -> None:
        if self.steps.undo():
            self._select()

    def redo(self) -> None:
        if self.steps.redo():
            self._select()

    def clear(self) -> None:
        """Starts anew in the same picture."""
        self.steps.clear()
        self._wants_subject = False
        self._select()

    def use_edges(self, edges: int) -> None:
        """For the present answer and those to come."""
        self.edges = edges
        at, count = self.steps.last.answer
        if count and self.picture is not None:
            self._answers = []
            self._find_answers(lambda answers: self._choose_at(answers, at - 1))
        else:
            self._select()

    def subject(self) -> None:
        """Selects the main subject of the picture, as a step."""

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
        """The next larger answer to the last step, after the largest the smallest."""
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
        if not count:  # the first is what is shown now
            at = 1 + sorted(answers, key=_area).index(answers[0])
        self._choose_at(answers, at)

    def _choose_at(self, answers, at):
        order = sorted(answers, key=_area)
        at %= len(order)
        self._answers = answers
        self.steps.choose(order[at], (at + 1, len(order)))
        self._show(order[at], (at + 1, len(order)))

    def hover(self, x: float, y: float) -> None:
        """What a click there would select, in `hovered` soon."""
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

        # A preview that cannot be made is no preview.
        self.worker.ask(Worker.IDLE, run, done, lambda error: None)

    def hover_off(self) -> None:
        """The pointer has left."""
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
        """Whether a point of the canvas lies in a mask, which may be of an earlier
        picture of another size."""
        x, y = x - self.origin[0], y - self.origin[1]
        if mask is None or not (0 <= x < mask.width and 0 <= y < mask.height):
            return False
        return mask.pixels[int(y) * mask.width + int(x)] >= 128

    @property
    def stand_in(self) -> str:
        """Why no network runs, if that was not chosen; else nothing."""
        return stand_in(self.model, self.network)

    def report(self, done: Callable[[str], None]) -> None:
        """Tries everything out and tells what was found, for a bug report."""

        def told(text):
            done(text)
            self._changed()

        self.worker.ask(
            "report", lambda cancel: deepcrop.report(cancel=cancel), told, self._failed
        )
        self._changed()

    def leave(self) -> None:
        """The picture is no longer to be clicked; the network stays for the next."""
        self.worker.drop(*KINDS)
        self.picture = self.mask = self.hovered = self.image = self._pointer = None
        self.doing, self._answers = "", []
        self.steps.clear()

    def close(self, wait: float = 0) -> bool:
        """Cancels everything; whether it ended in so many seconds."""
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
        """Asks for the mask of all steps; before there is a picture, open() does."""
        self._answers = []
        if self.picture is not None:  # else it says why there is none
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
            self.steps.done.pop()  # what cannot be obeyed would be in the way for ever
        self.doing, self.error = "", error
        self._changed()


def _area(mask):
    return mask.area
