"""Measure a network on the validation lists, in the same steps as the library.

    python3 evaluate.py DATA CHECKPOINT_OR_ONNX [--size N] [--clicks N]
        [--all | --choosing]

For a first click, the network runs on the whole picture and then on a window round each
of its answers. The answer with the best score counts. Each further click is in the
middle of the largest error, until the IoU is 90 %. There is no guard, and edges are not
fitted: `deepcrop eval` measures what users get.
"""

import argparse
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch

from clicks import MEAN, PLANES, SELECTION, STD, error, innermost, planes
from data import SOURCES, UNKNOWN, held_for_choosing, read_labels, read_rgb
from geometry import (
    bounds,
    cut,
    inner_distance,
    square_inside,
    through,
    warp,
    window_to_grid,
)
from items import MARGIN, reframed

UNSEEN = [
    "coco_small2",
    "animals7",
    "feral_cats",
    "pug",
    "butterfly",
    "animals_misc",
    "vehicles_misc",
    "things_misc",
    "food_misc",
]
"""The sets that the baseline never saw. Networks are compared on them."""
OTHERS = ["coco_small", "bsds_regions", "ccp", "carparts"]

MOST_OF_A_SET = 50
"""The most objects of one set among the objects on which ideas are judged."""

LEAST_WINDOW = 0.12
LEAST_SHARE = 0.01
ENOUGH = 0.9


@dataclass
class Case:
    """An object in a picture, with the clicks and answers so far."""

    set: str
    name: str
    picture: np.ndarray
    truth: np.ndarray
    include: list = field(default_factory=list)
    exclude: list = field(default_factory=list)
    answer: np.ndarray | None = None
    window: tuple | None = None
    history: list = field(default_factory=list)

    @property
    def shape(self):
        return self.truth.shape

    def mask(self, answer: np.ndarray, window) -> np.ndarray:
        height, width = self.shape
        back = np.vstack([window_to_grid(window, len(answer)), [0, 0, 1]])
        return warp(answer, np.linalg.inv(back)[:2], width, height, padding=0) >= 0.5

    def iou(self, selected: np.ndarray) -> float:
        known, object_ = self.truth != UNKNOWN, self.truth == 1
        both = (selected & object_).sum()
        return both / max(1, ((selected | object_) & known).sum())

    def window_round(self, box):
        points = np.array(self.include + self.exclude)
        low, high = points.min(0), points.max(0)
        if box is not None:
            low, high = np.minimum(low, box[:2]), np.maximum(high, box[2:])
        height, width = self.shape
        longer = max(height, width)
        side = max((high - low).max() * MARGIN, LEAST_WINDOW * longer)
        return square_inside(tuple((low + high) / 2), min(side, longer), width, height)

    def clicked_part(self):
        """The box, in the picture, round the clicked parts of the answer."""
        selected = (self.answer >= 0.5).astype(np.uint8)
        _, labels = cv2.connectedComponents(selected)
        size = len(selected)
        cells = through(window_to_grid(self.window, size), self.include)
        cells = np.clip(np.array(cells).astype(int), 0, size - 1)
        wanted = set(labels[cells[:, 1], cells[:, 0]]) - {0}
        part = np.isin(labels, list(wanted)) if wanted else selected > 0
        box = bounds(part)
        if box is None:
            return None
        left, top, side = self.window
        return np.array(box) * side / size + np.array([left, top] * 2)


def cases(data: Path, names) -> list[Case]:
    """The objects of the validation lists."""
    found = []
    for name in names:
        for stem in sorted((data / name / "val.txt").read_text().split()):
            found += cases_of(data / name, stem)
    return found


def choosing(data: Path) -> list[Case]:
    """The objects on which ideas are judged. They are in photos that data.py keeps from
    training, of sets that are trained on."""
    found = []
    photos = [name for name in SOURCES if (data / name / "masks").is_dir()]
    for name in photos:
        val = set((data / name / "val.txt").read_text().split())
        stems = {path.stem for path in (data / name / "images").iterdir()} - val
        held = sorted(stem for stem in stems if held_for_choosing(stem))
        some = [case for stem in held for case in cases_of(data / name, stem)]
        step = max(1, -(-len(some) // MOST_OF_A_SET))
        found += some[::step]
    return found


def cases_of(folder: Path, stem: str) -> list[Case]:
    picture = read_rgb(next((folder / "images").glob(f"{stem}.*")))
    labels = read_labels(folder / "masks" / f"{stem}.png")
    unknown = labels == UNKNOWN
    found = []
    for label in np.unique(labels[~unknown]):
        object_ = labels == label
        if label and object_.mean() >= LEAST_SHARE:
            truth = np.where(unknown, UNKNOWN, object_).astype(np.uint8)
            found.append(Case(folder.name, f"{stem}#{label}", picture, truth))
    return found


# Networks


class TorchModel:
    def __init__(self, network):
        self.network = network.eval().to(memory_format=torch.channels_last)

    @torch.no_grad()
    def __call__(self, given: np.ndarray):
        parts = []
        for start in range(0, len(given), 16):
            part = torch.from_numpy(given[start : start + 16])
            part = part.contiguous(memory_format=torch.channels_last)
            logits, scores = self.network(part)
            parts.append((torch.sigmoid(logits).numpy(), torch.sigmoid(scores).numpy()))
        masks, scores = zip(*parts, strict=True)
        return np.concatenate(masks), np.concatenate(scores)


class OnnxModel:
    def __init__(self, path: str, threads: int = 1):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        self.planes, self.size = self.session.get_inputs()[0].shape[1:3]

    def __call__(self, given: np.ndarray):
        parts = [self.session.run(None, {"x": x[None, : self.planes]}) for x in given]
        masks, scores = zip(*parts, strict=True)
        return np.concatenate(masks), np.concatenate(scores)


def load(path: str) -> TorchModel | OnnxModel:
    if path.endswith(".onnx"):
        return OnnxModel(path)
    from train import Config

    state = torch.load(path, map_location="cpu")
    network = Config(**state["config"]).network()
    network.load_state_dict(state["average"])
    return TorchModel(network)


# Clicks


def look(model, some: list[Case], windows, size: int):
    """All answers and scores of the network, for one window of each case."""
    given = np.zeros((len(some), PLANES, size, size), np.float32)
    for planes_, case, window in zip(given, some, windows, strict=True):
        matrix = window_to_grid(window, size)
        picture = cut(case.picture, window, size)
        planes_[:3] = ((picture - MEAN) / STD).transpose(2, 0, 1)
        include, exclude = through(matrix, case.include), through(matrix, case.exclude)
        planes_[3:7] = planes(include, exclude, size)
        if case.answer is not None:
            planes_[SELECTION] = reframed(case.answer, case.window, window, size)
    return model(given)


def take(some: list[Case], windows, masks, chosen) -> None:
    for case, window, mask, choice in zip(some, windows, masks, chosen, strict=True):
        case.answer, case.window = mask[choice], window


def first_click(model, some: list[Case], size: int):
    """Clicks every case once. Returns the IoU of the first pass alone, the IoUs and the
    scores [cases, looks, answers] of the closer looks, and the (look, answer) that was
    taken for each case."""
    windows = []
    for case in some:
        case.include = [innermost(inner_distance(case.truth == 1))]
        case.exclude, case.answer = [], None
        height, width = case.shape
        centre = width / 2, height / 2
        windows.append(square_inside(centre, max(height, width), width, height))
    masks, scores = look(model, some, windows, size)
    take(some, windows, masks, scores.argmax(1))
    whole = np.array([case.iou(case.mask(case.answer, case.window)) for case in some])
    seen = []
    for number in range(scores.shape[1]):
        take(some, windows, masks, np.full(len(some), number))
        closer = [case.window_round(case.clicked_part()) for case in some]
        seen.append((closer, *look(model, some, closer, size)))
    scores = np.stack([told for _, _, told in seen], 1)
    each = np.zeros_like(scores)
    taken = []
    for number, case in enumerate(some):
        for place in np.ndindex(each.shape[1:]):
            closer, answers, _ = seen[place[0]]
            mask = case.mask(answers[number, place[1]], closer[number])
            each[number][place] = case.iou(mask)
        best = np.unravel_index(scores[number].argmax(), each.shape[1:])
        closer, answers, _ = seen[best[0]]
        case.answer, case.window = answers[number, best[1]], closer[number]
        case.history = [each[number][best]]
        taken.append(best)
    return whole, each, scores, taken


def correct(model, some: list[Case], clicks: int, size: int) -> None:
    for _ in range(1, clicks):
        going, windows = [], []
        for case in some:
            if case.history[-1] >= ENOUGH:
                continue
            selected = case.mask(case.answer, case.window)
            found = error(selected, case.truth)
            if found is None:
                continue
            wanted, distance = found
            (case.include if wanted else case.exclude).append(innermost(distance))
            going.append(case)
            windows.append(case.window_round(bounds(selected)))
        if not going:
            return
        masks, scores = look(model, going, windows, size)
        take(going, windows, masks, scores.argmax(1))
        for case in going:
            case.history.append(case.iou(case.mask(case.answer, case.window)))


# Reports


def percent(values) -> str:
    values = np.array(values, float)
    shares = values.mean(), np.median(values), (values >= 0.7).mean()
    return " / ".join(f"{100 * share:.1f}" for share in shares)


def at(some: list[Case], click: int) -> list[float]:
    return [case.history[min(click, len(case.history)) - 1] for case in some]


def report(model, some: list[Case], size: int, clicks: int) -> dict[str, float]:
    """Prints one line for each set and one for all: the number of objects; mean IoU,
    median IoU and share of at least 70 % after one click; mean IoU after 3 and 5."""
    whole, each, scores, taken = first_click(model, some, size)
    correct(model, some, clicks, size)
    sets = defaultdict(list)
    for case in some:
        sets[case.set].append(case)
    sets["all"] = some
    for name, part in sets.items():
        later = " / ".join(f"{100 * np.mean(at(part, n)):.1f}" for n in (3, 5))
        print(f"{name:14} {len(part):4}  {percent(at(part, 1))}   {later}", flush=True)
    steps = [np.diff(case.history) for case in some]
    steps = np.concatenate(steps) if steps else np.zeros(0)
    told = np.array([case[place] for case, place in zip(scores, taken, strict=True)])
    facts = {
        "1 click": np.mean(at(some, 1)),
        "3 clicks": np.mean(at(some, 3)),
        "5 clicks": np.mean(at(some, 5)),
        "whole picture only": whole.mean(),
        "first answer of each look": each[:, 0, 0].mean(),
        "best of all answers": each.max((1, 2)).mean(),
        "error of the score": np.abs(told - np.array(at(some, 1))).mean(),
        "harmful corrections": (steps < -0.01).mean() if len(steps) else 0,
    }
    print(", ".join(f"{name} {100 * value:.1f}" for name, value in facts.items()))
    return facts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("network")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--clicks", type=int, default=5)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="all lists, not only UNSEEN")
    which.add_argument(
        "--choosing",
        action="store_true",
        help="photos kept from training, not the lists",
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = load(options.network)
    size = getattr(model, "size", options.size)
    names = UNSEEN + OTHERS * options.all
    some = choosing(options.data) if options.choosing else cases(options.data, names)
    report(model, some, size, options.clicks)
