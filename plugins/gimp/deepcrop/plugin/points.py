"""Clicks and boxes as text, in the arguments of the procedures."""

from .python import deepcrop
from .shared.sentences import Refusal


def parse_points(text):
    """The prompts in a text such as `x,y; x,y,0`."""
    prompts = []
    for part in filter(None, map(str.strip, text.split(";"))):
        numbers = numbers_of(part, (2, 3), "points", "320,200; 40,60,0")
        if len(numbers) == 3 and numbers[2] not in (0, 1):
            raise Refusal(f"`points` says `{part}`: the third number must be 1 or 0.")
        make = deepcrop.exclude if numbers[2:] == [0] else deepcrop.include
        prompts.append(make(*numbers[:2]))
    return prompts


def parse_box(text):
    """A list of the box in `left,top,right,bottom`; empty for an empty text."""
    if not text.strip():
        return []
    return [deepcrop.box(*numbers_of(text, (4,), "box", "100,80,400,360"))]


def numbers_of(text, counts, name, example):
    try:
        numbers = [float(number) for number in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in counts:
        raise Refusal(f"`{name}` says `{text}`; it must be like `{example}`.")
    return numbers


def as_text(steps):
    """The steps as texts for parse_points and parse_box. Both texts are empty if the
    steps do not fit into them."""
    signs = {deepcrop.Kind.INCLUDE: "", deepcrop.Kind.EXCLUDE: ",0"}
    prompts = [prompt for step in steps for prompt in step.prompts]
    first, rest = prompts[:1], prompts[1:]
    if not first or first[0].kind != deepcrop.Kind.BOX:
        first, rest = [], prompts
    if any(p.kind not in signs for p in rest) or any(step.chosen for step in steps):
        return "", ""
    points = "; ".join(f"{p.x:g},{p.y:g}{signs[p.kind]}" for p in rest)
    return points, "".join(f"{p.x:g},{p.y:g},{p.x1:g},{p.y1:g}" for p in first)
