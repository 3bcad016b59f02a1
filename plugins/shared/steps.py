"""The steps of the user in a picture, with undo and redo.

Python 3.8, no packages. Licence: MIT OR Apache-2.0.
"""

from __future__ import annotations

from typing import NamedTuple

from ..python import deepcrop


class Step(NamedTuple):
    """One action of the user: its prompts, and the answer that the user chose, unless
    it is the first."""

    prompts: tuple[deepcrop.Prompt, ...]
    chosen: deepcrop.Mask | None = None
    answer: tuple[int, int] = (0, 0)  # the answer's number (1: smallest), and the count


class Steps:
    """The steps that are done, and those that were undone."""

    def __init__(self):
        self.done: list[Step] = []
        self.undone: list[Step] = []

    def add(self, *prompts: deepcrop.Prompt) -> None:
        self.done.append(Step(prompts))
        self.undone.clear()

    def undo(self) -> bool:
        """Undoes the last step. Returns whether there was one."""
        if self.done:
            self.undone.append(self.done.pop())
            return True
        return False

    def redo(self) -> bool:
        """Redoes the step undone last. Returns whether there was one."""
        if self.undone:
            self.done.append(self.undone.pop())
            return True
        return False

    def go_to(self, steps: list[Step]) -> bool:
        """Replaces the steps, by undo and redo where these lead there. Steps that this
        undoes can be redone. Returns whether the steps changed."""
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
        """Chooses another answer to the last step. Later steps build on it."""
        self.done[-1] = self.done[-1]._replace(chosen=mask, answer=answer)
        self.undone.clear()

    def forget_choices(self) -> None:
        """Forgets the chosen answers: they belong to one network, or one picture."""
        for steps in (self.done, self.undone):
            steps[:] = [Step(step.prompts) for step in steps]

    def keep_within(self, left, top, right, bottom) -> None:
        """Removes steps that mean nothing in another picture: masks, and prompts
        outside."""

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
    """The points of a prompt; of a box, two corners."""
    if prompt.points:
        return list(prompt.points)
    ends = [(prompt.x1, prompt.y1)] if prompt.kind == deepcrop.Kind.BOX else []
    return [(prompt.x, prompt.y), *ends]


def prompts_of(steps: list[Step], origin=(0, 0)) -> list[deepcrop.Prompt]:
    """The prompts of the steps, for a picture whose first pixel lies at `origin`."""
    prompts = []
    for step in steps:
        prompts += [moved(prompt, origin) for prompt in step.prompts]
        if step.chosen is not None:
            prompts.append(deepcrop.from_mask(step.chosen))
    return prompts


def moved(prompt: deepcrop.Prompt, origin) -> deepcrop.Prompt:
    """The prompt, for a picture whose first pixel lies at `origin`."""
    dx, dy = origin
    return prompt._replace(
        x=prompt.x - dx,
        y=prompt.y - dy,
        x1=prompt.x1 - dx,
        y1=prompt.y1 - dy,
        points=tuple((x - dx, y - dy) for x, y in prompt.points),
    )
