"""Clicks and boxes as text, as the procedures take and keep them."""

from . import binding
from .source import Refusal


def parse_points(text):
    """`x,y; x,y,0` as prompts."""
    prompts = []
    for part in filter(None, map(str.strip, text.split(";"))):
        numbers = numbers_of(part, (2, 3), "points", "320,200; 40,60,0")
        if len(numbers) == 3 and numbers[2] not in (0, 1):
            raise Refusal(f"`points` says `{part}`: the third number is 1 or 0.")
        make = binding.exclude if numbers[2:] == [0] else binding.include
        prompts.append(make(*numbers[:2]))
    return prompts


def parse_box(text):
    """`left,top,right,bottom` as a prompt, in a list; nothing as none."""
    if not text.strip():
        return []
    return [binding.box(*numbers_of(text, (4,), "box", "100,80,400,360"))]


def numbers_of(text, counts, name, example):
    try:
        numbers = [float(number) for number in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in counts:
        raise Refusal(f"`{name}` says `{text}`; it must be like `{example}`.")
    return numbers


def points_text(prompts):
    """The clicks among the prompts, as parse_points reads them."""
    signs = {binding.Kind.INCLUDE: "", binding.Kind.EXCLUDE: ",0"}
    clicks = [prompt for prompt in prompts if prompt.kind in signs]
    return "; ".join(f"{c.x:g},{c.y:g}{signs[c.kind]}" for c in clicks)


def box_text(prompts):
    """The box that the prompts begin with, as parse_box reads it; nothing for none."""
    first = next(iter(prompts), None)
    if first is None or first.kind != binding.Kind.BOX:
        return ""
    return f"{first.x:g},{first.y:g},{first.x1:g},{first.y1:g}"
