"""Replay lists of prompts, and prove that a wrong reader would be caught.

A reference has: frame (see frames.py); embed(picture, frame); and
decode(features, points, labels, previous, frame, picture), which gives an Answer.
Points are index coordinates of the picture, labels SAM's: 1 and 0 for clicks, 2
and 3 for the corners of a box. previous is what the last Answer fed back.
"""

from dataclasses import dataclass

import cases
import exporting
import numpy as np
import pictures
import torch
import torch.nn.functional as F
import weights

# More than any set needs: a set keeps those that its random network answers well.
SESSIONS = [
    ("large", [{"include": [82, 70.5]}]),
    ("large", [{"include": [210.5, 120.5]}, {"exclude": [82.25, 71]}]),
    (
        "large",
        [{"include": [70.5, 60.5]}, {"include": [170, 40]}, {"exclude": [215, 128]}],
    ),
    ("wide", [{"include": [66.5, 19.5]}]),
    ("wide", [{"box": [8, 3, 45, 20]}]),
    ("tall", [{"include": [8.5, 33.5]}, {"include": [22.5, 61.5]}]),
    ("tall", [{"box": [12, 44, 30, 78]}, {"include": [21.5, 59.5]}]),
    ("tiny", [{"include": [1.5, 1.5]}]),
    ("plain", [{"box": [30, 16, 60, 42]}, {"exclude": [17.5, 18.5]}]),
    ("one", [{"include": [0.5, 0.5]}]),
    ("plain", [{"include": [17.5, 18.5]}]),
    ("tall", [{"include": [16.5, 60]}]),
    ("wide", [{"include": [26.5, 11.5]}, {"exclude": [68, 19]}]),
    ("large", [{"box": [140, 70, 282, 176]}]),
    (
        "tall",
        [{"include": [8, 35]}, {"exclude": [25, 16.5]}, {"include": [22.5, 61.5]}],
    ),
    ("tiny", [{"include": [3.5, 1.5]}, {"exclude": [0.5, 0.5]}]),
    ("wide", [{"box": [48, 10, 88, 29]}, {"include": [70.5, 18.5]}]),
]
MOST = 12


KINDS = (("include", 1), ("exclude", 0))


def without_boxes():
    return [s for s in SESSIONS if not any("box" in prompt for prompt in s[1])]


def loaded(sessions=SESSIONS):
    return [(pictures.load(f"{name}.png"), prompts) for name, prompts in sessions]


@dataclass
class Answer:
    logits: torch.Tensor  # [masks, height, width], in the picture's size
    scores: torch.Tensor  # [masks]
    feedback: torch.Tensor | None  # [masks, h, w]: what the next step may get


def points_of(prompts, shift=0.5):
    """Clicks in their order, then corners of boxes; ours to index coordinates."""
    clicks = [(p[k], label) for p in prompts for k, label in KINDS if k in p]
    corners = [
        corner
        for p in prompts
        if "box" in p
        for corner in ((p["box"][:2], 2), (p["box"][2:], 3))
    ]
    points = [point for point, _ in clicks + corners]
    labels = [label for _, label in clicks + corners]
    return torch.tensor(points, dtype=torch.float32) - shift, torch.tensor(labels)


def ranked(scores, labels):
    """Indices of the answers, the default first.

    One include click is ambiguous: the masks of the three multi-mask tokens. More
    is not: the single-mask token (index 0 of 4), then the others.
    """
    order = torch.argsort(scores, descending=True, stable=True).tolist()
    if len(scores) != 4:
        return order
    rest = [index for index in order if index != 0]
    return rest if labels.tolist() == [1] else [0, *rest]


@torch.no_grad()
def replay(reference, picture, prompts, frame=None, shift=0.5, feedback=True, **wrong):
    """The Answer after the last prompt, and the order of its masks."""
    frame = frame or reference.frame
    features = embedded(reference, picture, frame)
    previous = None
    for count in range(1, len(prompts) + 1):
        points, labels = points_of(prompts[:count], shift)
        answer = reference.decode(
            features, points, labels, previous, frame, picture, **wrong
        )
        order = ranked(answer.scores, labels)
        if feedback and reference.feeds_back:
            previous = answer.feedback[order[0]]
    return answer, order


def embedded(reference, picture, frame):
    """reference.embed, once for each picture and frame."""
    known = reference.__dict__.setdefault("known", {})
    key = picture.tobytes(), picture.shape, frame.name
    if key not in known:
        known[key] = reference.embed(picture, frame)
    return known[key]


@torch.no_grad()
def centre(reference, decoder, rounds=2):
    """Shift the mask of each token so that half of it, on average, is above 0.
    Of one mask it is that of the first token, of three those of the others."""
    for _ in range(rounds):
        levels = torch.stack(
            [middles(reference, *session) for session in loaded()[:10]]
        )
        shift = -levels.mean(0)
        around = {1: (0, 3), 3: (1, 0), 4: (0, 0)}[len(shift)]
        weights.shift(decoder, F.pad(shift, around))


def middles(reference, picture, prompts):
    answer, _ = replay(reference, picture, prompts)
    low, high = torch.tensor([0.2, 0.8])
    flat = answer.logits.flatten(1)
    return (flat.quantile(low, 1) + flat.quantile(high, 1)) / 2


def compare(reference, picture, prompts, masks, scores):
    """An exported graph answers as the reference does, but for rounding."""
    answer, _ = replay(reference, picture, prompts)
    exporting.assert_close(scores, answer.scores, "score")
    exporting.assert_close(masks, answer.logits, "mask")


def write(folder, reference, sessions=SESSIONS, scored=True):
    """Write cases.json with masks, after checking that they can be trusted."""
    good, problems, table = examine(reference, sessions)
    print(table)
    if problems:
        raise SystemExit(f"{folder.name}: " + "; ".join(problems))
    written = []
    for name, prompts in good:
        answer, order = replay(reference, pictures.load(f"{name}.png"), prompts)
        answers = [
            {"mask": (answer.logits[index] > 0).numpy()}
            | ({"score": answer.scores[index].clamp(0, 1).item()} if scored else {})
            for index in order
        ]
        case = {"picture": f"{name}.png", "prompts": prompts, "answers": answers}
        written.append(case)
    cases.write(folder, written)


def iou(a, b):
    a, b = a > 0, b > 0
    union = (a | b).sum().item()
    return (a & b).sum().item() / union if union else 1.0


def mirrored(prompts, width):
    def flip(values):
        return [width - v if i % 2 == 0 else v for i, v in enumerate(values)]

    def turn(key, v):
        v = flip(v)
        return [v[2], v[1], v[0], v[3]] if key == "box" else v

    return [{k: turn(k, v) for k, v in prompt.items()} for prompt in prompts]


def differences(reference, wrong, sessions):
    """The IoU of each longer session's default answer with that of a wrong reader."""
    found = []
    for picture, prompts in loaded(sessions):
        if len(prompts) > 1:
            answers = [
                replay(reader, picture, prompts) for reader in (reference, wrong)
            ]
            found.append(round(iou(*(a.logits[o[0]] for a, o in answers)), 3))
    assert min(found) < 0.95, f"it would go unnoticed: {found}"
    return found


MISREADINGS = ["swap", "frame", "shift", "feedback", "pad", "clicks"]


def misread(reference, picture, prompts, how):
    """The answer of a reader with one error."""
    if how == "swap":
        swapped = np.ascontiguousarray(picture[..., ::-1])
        return replay(reference, swapped, prompts)
    if how == "frame":
        return replay(reference, picture, prompts, frame=reference.frame.other())
    if how == "shift":
        return replay(reference, picture, prompts, shift=0)
    if how == "feedback":
        return replay(reference, picture, prompts, feedback=False)
    if how == "pad":
        return replay(reference, picture, prompts, wrong_padding=True)
    return replay(reference, picture, mirrored(prompts, picture.shape[1]))


def applies(reference, how, name, prompts):
    condition = {
        "frame": name in ("wide", "tall"),
        "feedback": len(prompts) > 1 and reference.feeds_back,
        "pad": reference.pads and not any("box" in p for p in prompts),
        "clicks": name != "one",
    }
    return condition.get(how, True) and (name != "one" or how in ("swap", "pad"))


def examine(reference, sessions=SESSIONS):
    """The sessions to keep, what is wrong with them (empty: nothing), and a table:
    share of the mask, and IoU of the default answer with what small noise in the
    pixels and each misreading makes of it."""
    head = f"{'':20} {'share':>6} {'noise':>7} "
    lines = [head + " ".join(f"{how:>8}" for how in MISREADINGS)]
    kept, lowest = [], {}
    for name, prompts in sessions:
        picture = pictures.load(f"{name}.png")
        answer, order = replay(reference, picture, prompts)
        fault = unfit(reference, picture, prompts, answer, order)
        title = f"{name} " + "+".join(next(iter(p))[:2] for p in prompts)
        if fault or len(kept) == MOST:
            lines.append(f"{title:20} left out: {fault or 'enough'}")
            continue
        kept.append((name, prompts))
        mask = answer.logits[order[0]]
        share = (mask > 0).float().mean().item()
        noise = steadiness(reference, picture, prompts, answer, order)
        cells = []
        for how in MISREADINGS:
            if not applies(reference, how, name, prompts):
                cells.append("-")
                continue
            bad, bad_order = misread(reference, picture, prompts, how)
            same = iou(mask, bad.logits[bad_order[0]])
            lowest[how] = min(lowest.get(how, 1.0), same)
            cells.append(f"{same:.3f}")
        numbers = " ".join(f"{cell:>8}" for cell in cells)
        lines.append(f"{title:20} {share:6.2f} {noise:7.4f} {numbers}")
    limits = {how: 0.99 if how in ("shift", "pad") else 0.95 for how in lowest}
    problems = [
        f"{how} would go unnoticed: {same:.3f}"
        for how, same in lowest.items()
        if same > limits[how]
    ]
    missing = {"large", "wide", "tall", "tiny", "one"} - {name for name, _ in kept}
    if missing or len(kept) < 6:
        problems.append(f"{len(kept)} cases, without {sorted(missing)}")
    return kept, problems, "\n".join(lines)


def unfit(reference, picture, prompts, answer, order):
    """Why this answer is not a fair test, if it is not."""
    shares = [(answer.logits[i] > 0).float().mean().item() for i in order]
    if picture.size > 3 and not all(0.03 <= share <= 0.97 for share in shares):
        return f"masks cover {[round(share, 3) for share in shares]}"
    gaps = answer.scores[order[-3:]].diff().abs()
    if len(gaps) and gaps.min() < 0.002:
        return f"scores {answer.scores[order].tolist()}"
    steady = steadiness(reference, picture, prompts, answer, order)
    return f"noise changes it: {steady:.4f}" if steady < 0.998 else ""


def steadiness(reference, picture, prompts, answer, order):
    """The least IoU of the answers if all pixels are off by up to half a level."""
    noisy = Noisy(reference.frame)
    again, again_order = replay(reference, picture, prompts, frame=noisy)
    if again_order != order:
        return 0.0
    return min(iou(answer.logits[i], again.logits[i]) for i in order)


class Noisy:
    """A frame whose pixels carry noise of half a level of 255."""

    def __init__(self, frame):
        self.frame = frame
        self.name = f"noisy {frame.name}"

    def __getattr__(self, name):
        return getattr(self.frame, name)

    def pixels(self, picture):
        pixels = self.frame.pixels(picture)
        generator = torch.Generator().manual_seed(5)
        noise = torch.rand(pixels.shape, generator=generator) - 0.5
        return pixels + noise / 255 / 0.225
