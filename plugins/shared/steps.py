"""What the user did in a picture, with undo and redo.

Python 3.8, no packages. Licence: MIT OR Apache-2.0.
"""

from __future__ import annotations

from typing import NamedTuple

from ..python import deepcrop


class Step(NamedTuple):
    """One thing that the user did, and the answer to it that was chosen, if another
    than the first."""

    prompts: tuple[deepcrop.Prompt, ...]
    chosen: deepcrop.Mask | None = None
    answer: tuple[int, int] = (0, 0)  # which of how many that is, from the smallest on


class Steps:
    """What the user did, with undo and redo."""

    def __init__(self):
        self.done: list[Step] = []
        self.undone: list[Step] = []

    def add(self, *prompts: deepcrop.Prompt) -> None:
        self.done.append(Step(prompts))
        self.undone.clear()

    def undo(self) -> bool:
        """Takes the last step back; whether there was one."""
        if self.done:
            self.undone.append(self.done.pop())
            return True
        return False

    def redo(self) -> bool:
        """The reverse of undo."""
        if self.undone:
            self.done.append(self.undone.pop())
            return True
        return False

    def go_to(self, steps: list[Step]) -> bool:
        """Steps as they were before, or will be again; whether they are others. What
        is taken back by that can be done again."""
        before = list(self.done)
        while len(self.done) > len(steps):
            self.undo()
        while len(self.done) < len(steps) and self.undone:
            self.redo()
        if self.done != steps:
            self.done[:] = steps
            self.undone.clear()
        return self.done != before

    def clear(self) -> None:
        self.done.clear()
        self.undone.clear()

    def choose(self, mask: deepcrop.Mask, answer: tuple[int, int]) -> None:
        """Another answer to the last step, which later ones build on."""
        self.done[-1] = self.done[-1]._replace(chosen=mask, answer=answer)
        self.undone.clear()

    def forget_choices(self) -> None:
        """Answers of one network are none of another's."""
        for steps in (self.done, self.undone):
            steps[:] = [Step(step.prompts) for step in steps]

    def keep_within(self, left, top, right, bottom) -> None:
        """Masks of one picture mean nothing in another, and so do clicks beside it."""

        def fits(step):
            return all(
                prompt.kind != deepcrop.Kind.MASK
                and all(
                    left <= x <= right and top <= y <= bottom
                    for x, y in points_of(prompt)
                )
                for prompt in step.prompts
            )

        self.forget_choices()
        for steps in (self.done, self.undone):
            steps[:] = filter(fits, steps)

    @property
    def last(self) -> Step:
        return self.done[-1] if self.done else Step(())


def points_of(prompt: deepcrop.Prompt) -> list[tuple[float, float]]:
    """The points of the picture that a prompt names."""
    if prompt.points:
        return list(prompt.points)
    ends = [(prompt.x1, prompt.y1)] if prompt.kind == deepcrop.Kind.BOX else []
    return [(prompt.x, prompt.y), *ends]


def prompts_of(steps: list[Step], origin=(0, 0)) -> list[deepcrop.Prompt]:
    """The library's list, for a picture whose first pixel lies at `origin`."""
    prompts = []
    for step in steps:
        prompts += [moved(prompt, origin) for prompt in step.prompts]
        if step.chosen is not None:
            prompts.append(deepcrop.from_mask(step.chosen))
    return prompts


def moved(prompt: deepcrop.Prompt, origin) -> deepcrop.Prompt:
    """The prompt in a picture whose first pixel lies at `origin`."""
    dx, dy = origin
    return prompt._replace(
        x=prompt.x - dx,
        y=prompt.y - dy,
        x1=prompt.x1 - dx,
        y1=prompt.y1 - dy,
        points=tuple((x - dx, y - dy) for x, y in prompt.points),
    )
