"""The seed networks: small versions of the networks that the idea comes from.

They are DeepMask and SharpMask (Pinheiro et al., 2015 and 2016), DeepCropV1 and V2 (the
Stanford poster) and ExtractNet. Their structure is their authors'. They have fewer
channels and a smaller patch, 112 instead of 224. They are trained from random weights,
so a batch norm follows each convolution of the trunk; VGG-A has none.
"""

import torch
import torch.nn.functional as F
from torch import nn

from network import Conv

PATCH, STRIDE, SIDE = 112, 16, 56
"""The cells along the side of a patch, the distance between dense patches, and the
cells along the side of a mask."""
OBJECT = 64
"""The cells along the longer side of the object in a patch."""

TRUNK = (16, 32, 64, 64, 128, 128, 192, 192)
POOLED = (0, 1, 3, 5)
"""Poolings follow these convolutions of VGG-A. The fifth pooling is left out."""
BRANCH, CODE = 64, 192
CELLS = PATCH // STRIDE
"""The cells of the trunk's output along the side of a patch."""


class Trunk(nn.ModuleList):
    """VGG-A. Returns its features before each pooling, and at its end."""

    def __init__(self, planes: int):
        inputs = (planes, *TRUNK)
        super().__init__(Conv(inputs[i], width) for i, width in enumerate(TRUNK))

    def forward(self, x) -> list[torch.Tensor]:
        seen = []
        for number, layer in enumerate(self):
            x = layer(x)
            if number in POOLED:
                seen.append(x)
                x = F.max_pool2d(x, 2)
        return [*seen, x]


class DeepMask(nn.Module):
    """Turns patches [n, 3, 112, 112] into the logits of masks [n, 56 x 56, rows,
    columns] and of scores [n, 1, rows, columns]: whether a patch is centred on an
    object. Larger pictures are taken as dense patches.

    Fully connected layers are written as convolutions as large as a patch's features.
    """

    planes, measures, judges = 3, 0, True

    def __init__(self):
        super().__init__()
        width = TRUNK[-1]
        self.trunk = Trunk(self.planes)
        self.branch = nn.Sequential(
            nn.Conv2d(width + self.measures, BRANCH, 1), nn.ReLU(inplace=True)
        )
        self.code = nn.Conv2d(BRANCH, CODE, CELLS)
        self.mask = nn.Conv2d(CODE, SIDE * SIDE, 1)
        if self.judges:
            self.score = nn.Sequential(
                nn.MaxPool2d(2, 1),
                nn.Conv2d(width, 32, CELLS - 1),
                nn.ReLU(inplace=True),
                nn.Conv2d(32, 1, 1),
            )

    def forward(self, x):
        seen = self.trunk(x)[-1]
        return self.mask(self.code(self.branch(seen))), self.score(seen)


class SharpMask(nn.Module):
    """Turns patches into masks [n, 1, 112, 112]: refines DeepMask's code step by step
    with the features of DeepMask's trunk. DeepMask itself does not change."""

    def __init__(self, coarse: DeepMask, width: int = 32):
        super().__init__()
        self.coarse = coarse.requires_grad_(False)
        self.spread = nn.Linear(CODE, width * CELLS * CELLS)
        self.lateral, self.joined = nn.ModuleList(), nn.ModuleList()
        for lateral in (TRUNK[-1], *(TRUNK[number] for number in POOLED[:0:-1])):
            half = width // 2
            self.lateral.append(Conv(lateral, width))
            self.joined.append(Conv(2 * width, half))
            width = half
        self.mask = nn.Conv2d(width, 1, 3, padding=1)

    def train(self, mode: bool = True):
        super().train(mode)
        self.coarse.eval()
        return self

    def forward(self, x):
        with torch.no_grad():
            seen = self.coarse.trunk(x)
            code = self.coarse.code(self.coarse.branch(seen[-1])).flatten(1)
        mask = self.spread(code).view(len(x), -1, CELLS, CELLS)
        for skip, lateral, joined in zip(
            seen[:0:-1], self.lateral, self.joined, strict=True
        ):
            mask = joined(torch.cat([mask, lateral(skip)], 1))
            mask = F.interpolate(
                mask, scale_factor=2, mode="bilinear", align_corners=False
            )
        return self.mask(mask)


class DeepCropV1(DeepMask):
    """The click enters at the mask branch, as three measures of the distance to it. The
    input is the whole picture. There is no score."""

    measures, judges = 3, False

    def forward(self, x, clicks):
        seen = self.trunk(x)[-1]
        seen = torch.cat([seen, F.avg_pool2d(clicks, STRIDE)], 1)
        return as_picture(self.mask(self.code(self.branch(seen))))


class DeepCropV2(DeepMask):
    """The click enters as a fourth input plane, the distance to it."""

    planes, judges = 4, False

    def forward(self, x):
        return as_picture(self.mask(self.code(self.branch(self.trunk(x)[-1]))))


def as_picture(masks):
    """The masks of one patch each, as [n, 1, 56, 56]."""
    return masks.view(len(masks), 1, SIDE, SIDE)


class ExtractNet(nn.Module):
    """Turns pictures [n, 3, 112, 112] into the logits of the prominent objects
    [n, 1, 56, 56]: an encoder and a decoder, with or without links between them."""

    def __init__(self, links: bool = True):
        super().__init__()
        self.links = links
        self.trunk = Trunk(3)
        self.up, self.joined = nn.ModuleList(), nn.ModuleList()
        width = TRUNK[-1]
        for link in (TRUNK[number] for number in POOLED[:0:-1]):
            self.up.append(nn.ConvTranspose2d(width, link, 3, 2, 1, output_padding=1))
            self.joined.append(Conv(link * (1 + links), link))
            width = link
        self.mask = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        *skips, x = self.trunk(x)
        for up, joined, skip in zip(self.up, self.joined, skips[:0:-1], strict=True):
            x = F.relu(up(x), inplace=True)
            x = joined(torch.cat([x, skip], 1) if self.links else x)
        return self.mask(x)
