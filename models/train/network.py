"""The network: encoder and decoder, three answers, and a score for each answer.

The encoder is residual. The decoder has lateral connections, as in SharpMask. The
convolutions are dense, 3 x 3 and with batch norm throughout, because CPUs compute these
fast, in float32 and in int8. The decoder ends at a quarter of the grid; each of its
cells gives 2 x 2 cells of every mask.
"""

import torch
import torch.nn.functional as F
from torch import nn

from clicks import INCLUDE, PLANES

ANSWERS = 3
"""The number of answers. The first answer always learns the truth. The others compete
for it, so that they come to mean something else: a part of the object, or a whole of
which the object is a part."""

WIDTHS = (32, 64, 128, 192, 288)
"""Channels at a half of the grid, a quarter, ... a thirty-second."""
BLOCKS = (1, 2, 3, 2)
"""Residual blocks at a quarter of the grid, an eighth, ..."""
DECODER = (64, 96, 128)
"""Channels of the decoder at a quarter of the grid, an eighth, a sixteenth."""


class Conv(nn.Sequential):
    """A convolution without bias, a batch norm, and a ReLU unless `relu` is false."""

    def __init__(self, inputs, outputs, kernel=3, stride=1, relu=True):
        padding = 0 if kernel == stride else kernel // 2
        layers = [
            nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False),
            nn.BatchNorm2d(outputs, momentum=0.03),
        ]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if relu else []))
        nn.init.kaiming_normal_(self[0].weight, nonlinearity="relu")


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.first = Conv(inputs, outputs, stride=stride)
        self.second = Conv(outputs, outputs, relu=False)
        nn.init.constant_(self.second[1].weight, 0.3)
        self.past = None
        if stride != 1 or inputs != outputs:
            self.past = nn.Sequential(
                nn.AvgPool2d(stride) if stride > 1 else nn.Identity(),
                Conv(inputs, outputs, 1, relu=False),
            )

    def forward(self, x):
        past = x if self.past is None else self.past(x)
        return F.relu(self.second(self.first(x)) + past, inplace=True)


def stage(inputs, outputs, count, stride=2):
    rest = [Residual(outputs, outputs) for _ in range(count - 1)]
    return nn.Sequential(Residual(inputs, outputs, stride), *rest)


class Refinement(nn.Module):
    """Joins the coarser level, made twice as large, with the encoder's finer level."""

    def __init__(self, coarse, lateral, outputs):
        super().__init__()
        self.coarse = Conv(coarse, outputs, 1, relu=False)
        self.lateral = Conv(lateral, outputs, 1, relu=False)
        self.joined = Conv(outputs, outputs)

    def forward(self, coarse, lateral):
        coarse = F.interpolate(
            self.coarse(coarse), scale_factor=2, mode="bilinear", align_corners=False
        )
        return self.joined(F.relu(coarse + self.lateral(lateral), inplace=True))


def mean(x):
    return x.mean((2, 3))


class Likeness(nn.Module):
    """Tells every cell, at an eighth of the grid, how similar it is to the clicked
    cells. Without it, convolutions would have to carry that from cell to cell."""

    def __init__(self, width, inner=32):
        super().__init__()
        self.cells = nn.Conv2d(width, inner, 1)
        self.clicked = nn.Linear(width, 2 * inner)
        self.out = nn.Conv2d(inner, width, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x, spot):
        spot = F.avg_pool2d(spot, 8)
        there = (x * spot).sum((2, 3)) / (spot.sum((2, 3)) + 1e-4)
        gain, shift = self.clicked(there)[:, :, None, None].chunk(2, 1)
        return x + self.out(F.relu(self.cells(x) * gain + shift))


class Score(nn.Module):
    """The score of each answer: the IoU that the network predicts for it, as a logit.

    The score depends on the features under the mask, on the mask's size and certainty,
    and on how its edge lies in the picture. One head judges all three answers: heads
    that do not know which answer they judge take the sharpest one for the best.
    """

    def __init__(self, deep, fine, answers, hidden=128, seen=48):
        super().__init__()
        self.first = nn.Linear(deep + fine + answers * (fine + 3) + seen, hidden)
        self.last = nn.Linear(hidden, answers)
        self.picture = Conv(fine, seen, 1, relu=False)
        self.masks = Conv(answers, seen, relu=False)
        self.joined = Residual(seen, seen, 2)

    def forward(self, deep, fine, logits):
        masks = torch.sigmoid(logits)
        together = self.joined(F.relu(self.picture(fine) + self.masks(2 * masks - 1)))
        facts = [deep, mean(fine)]
        for mask in masks.split(1, 1):
            area = mean(mask) + 1e-4
            sure = mean((2 * mask - 1) ** 2 * mask) / area
            doubt = mean(mask * (1 - mask)) / area.sqrt()
            facts += [mean(fine * mask) / area, area.sqrt(), sure, doubt]
        facts.append(mean(together))
        return self.last(F.relu(self.first(torch.cat(facts, 1))))


class Network(nn.Module):
    """Turns planes [n, 9, side, side], side a multiple of 32, into the logits of masks
    [n, answers, side / 2, side / 2] and of their scores [n, answers]."""

    def __init__(self, widths=WIDTHS, blocks=BLOCKS, decoder=DECODER, answers=ANSWERS):
        super().__init__()
        w, d = widths, decoder
        self.stem = Conv(PLANES, w[0], stride=2)
        self.quarter = nn.Sequential(
            Conv(w[0], w[1], stride=2), stage(w[1], w[1], blocks[0], 1)
        )
        self.eighth = stage(w[1], w[2], blocks[1])
        self.likeness = Likeness(w[2])
        self.sixteenth = stage(w[2], w[3], blocks[2])
        self.deepest = stage(w[3], w[4], blocks[3])
        self.context = Conv(w[4], w[4], 1)
        self.to_sixteenth = Refinement(w[4], w[3], d[2])
        self.to_eighth = Refinement(d[2], w[2], d[1])
        self.to_quarter = Refinement(d[1], w[1], d[0])
        self.detail = Conv(w[0], d[0], 2, stride=2)
        self.mask = nn.Conv2d(d[0], 4 * answers, 3, padding=1)
        nn.init.normal_(self.mask.weight, std=0.01)
        nn.init.constant_(self.mask.bias, -1.0)
        self.score = Score(w[4], d[1], answers)

    def forward(self, x):
        half = self.stem(x)
        quarter = self.quarter(half)
        eighth = self.likeness(self.eighth(quarter), x[:, INCLUDE : INCLUDE + 1])
        sixteenth = self.sixteenth(eighth)
        deepest = self.deepest(sixteenth)
        overall = deepest.mean((2, 3), keepdim=True)
        deepest = deepest + self.context(overall)
        y = self.to_sixteenth(deepest, sixteenth)
        fine = self.to_eighth(y, eighth)
        y = self.to_quarter(fine, quarter) + self.detail(half)
        logits = F.pixel_shuffle(self.mask(y), 2).float()
        small = F.avg_pool2d(logits.detach(), 4)
        scores = self.score(overall.flatten(1).float(), fine.float(), small)
        return logits, scores
