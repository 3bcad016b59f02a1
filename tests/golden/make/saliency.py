"""Networks that find what stands out.

U2-Net and IS-Net are read as rembg reads them: the picture is stretched with
Lanczos, divided by its own greatest value (not by 255), normalised; the first map is
stretched to 0..1 by its least and greatest value and brought back with Lanczos.
BiRefNet answers logits, which become probabilities. Its authors stretch the picture
bilinearly, divide by 255, leave the map as it is and bring it back with Pillow's
usual filter, the cubic one: set "birefnet". rembg treats it as the others:
"birefnet-rembg".

A click picks the part at or above one half that it lies in (parts touch along
edges or at corners); the score is the mean of the map over it.
"""

import graph
import numpy as np
import pictures
import scenes
import torch
import torch.nn.functional as F
from expected import PICTURES, click, inner, part_at, sigmoid, write
from PIL import Image
from torch import nn

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
LANCZOS = Image.Resampling.LANCZOS
HALVES = ((0.5, 0.5, 0.5), (1.0, 1.0, 1.0))
SALIENT = {0, 2, 4}  # the warm colours
SIDE = 64


def layer(before, after, dilation=1):
    shape = {"padding": dilation, "dilation": dilation}
    return nn.Sequential(nn.Conv2d(before, after, 3, **shape), nn.ReLU())


class Nested(nn.Module):
    """U2-Net in small: six stages, a side map from each, and their fusion first."""

    def __init__(self, probabilities=True, sides=True):
        super().__init__()
        self.probabilities, self.sides = probabilities, sides
        self.down = nn.ModuleList(
            layer(3 if stage == 0 else 12, 12) for stage in range(5)
        )
        self.bottom = layer(12, 12, 2)
        self.up = nn.ModuleList(layer(24, 12) for _ in range(5))
        self.side = nn.ModuleList(nn.Conv2d(12, 1, 3, padding=1) for _ in range(6))
        self.fuse = nn.Conv2d(6, 1, 1)

    def forward(self, image):
        size = image.shape[-2:]
        passed, x = [], image
        for stage in self.down:
            x = stage(x)
            passed.append(x)
            x = F.max_pool2d(x, 2)
        x = self.bottom(x)
        stages = [x]
        for stage, skip in zip(self.up, reversed(passed)):
            x = F.interpolate(x, skip.shape[-2:], mode="bilinear")
            x = stage(torch.cat([x, skip], 1))
            stages.insert(0, x)
        maps = [
            F.interpolate(side(x), size, mode="bilinear")
            for side, x in zip(self.side, stages)
        ]
        maps = [self.fuse(torch.cat(maps, 1)), *maps]
        if self.probabilities:
            maps = [torch.sigmoid(each) for each in maps]
        return tuple(maps) if self.sides else maps[0]


def prepared(image, mean, std, brightest, there=LANCZOS):
    """rembg's `normalize`; `brightest` is what counts as 1."""
    small = Image.fromarray(image).resize((SIDE, SIDE), there)
    values = np.array(small)
    values = values / (max(values.max(), 1e-6) if brightest is None else brightest)
    values = (values - mean) / std
    return values.transpose(2, 0, 1)[None].astype(np.float32)


def subject(answer, size, logits, stretch, back):
    """The way from the first map to a soft map of the picture's size."""
    first = answer[0, 0]
    first = sigmoid(first) if logits else first
    if stretch:
        first = (first - first.min()) / (first.max() - first.min())
    found = Image.fromarray((first.clip(0, 1) * 255).astype(np.uint8))
    return np.array(found.resize(size, back))


def taught(network, mean, std, seed, steps=300):
    torch.manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.reset_parameters()
    mean, std = (np.array(v)[:, None, None] for v in (mean, std))

    def loss(random):
        drawn = [scenes.scene(random, SIDE) for _ in range(6)]
        images = np.stack([(image - mean) / std for image, _ in drawn])
        kinds = [1 if kind in SALIENT else 0 for kind in range(len(scenes.COLOURS))]
        maps = [scenes.class_map(blobs, SIDE, kinds) for _, blobs in drawn]
        # never quite sure, so that it shows whether a map was stretched to 0..1
        target = 0.15 + 0.65 * torch.from_numpy(np.stack(maps))[:, None].float()
        answers = network(torch.from_numpy(images).float())
        answers = answers if isinstance(answers, tuple) else (answers,)
        compare = (
            F.binary_cross_entropy
            if network.probabilities
            else F.binary_cross_entropy_with_logits
        )
        return sum(compare(answer, target) for answer in answers) / len(answers)

    print(f"  loss {scenes.teach(network, loss, steps):.3f}", flush=True)
    return network


def saliency(
    *place,
    network,
    names,
    normal,
    logits=False,
    stretch=True,
    brightest=None,
    filters=(LANCZOS, LANCZOS),
):
    folder, file = place
    path = folder / file
    mean, std = normal
    taught(network, mean, std, seed=17)
    sample = torch.from_numpy(prepared(pictures.load("plain.png"), mean, std, None))
    graph.export(network, (sample,), path, names[:1], names[1:])

    def find(image, mean=mean, std=std, brightest=brightest, stretch=stretch):
        shown = prepared(image, mean, std, brightest, filters[0])
        answer = graph.run(path, shown)[names[1]]
        return subject(answer, image.shape[1::-1], logits, stretch, filters[1])

    notice_mistakes(find)
    cases = []
    for name in PICTURES:
        found = find(pictures.load(name))
        cases.append({"picture": name, "subject": found})
        rest = found >= 128
        assert name == "one.png" or 0.03 < rest.mean() < 0.97, (name, rest.mean())
        while rest.any():
            x, y = inner(rest)
            part = part_at(rest, x, y)
            rest &= ~part
            if part.mean() > 0.02:
                score = float(found[part].mean() / 255)
                answer = {"mask": part, "score": score}
                case = {"picture": name, "prompts": click(x, y), "answers": [answer]}
                cases.append(case)
    write(folder, cases, file)


def notice_mistakes(find):
    """Each wrong way to read a picture must change the map visibly."""
    changes = {}
    for name in PICTURES:
        image = pictures.load(name)
        right = find(image).astype(float)
        mirrored = np.ascontiguousarray(image[..., ::-1])
        others = {
            "swapped": find(mirrored),
            "normalised": find(image, (0, 0, 0), (1, 1, 1)),
            "by 255": find(image, brightest=255),
            "by own": find(image, brightest=None),
            "stretched": find(image, stretch=True),
            "as is": find(image, stretch=False),
        }
        for mistake, other in others.items():
            change = np.abs(other - right).mean()
            changes[mistake] = max(changes.get(mistake, 0.0), change)
    text = ", ".join(f"{key} {value:.1f}" for key, value in changes.items())
    print(f"  mean change of 255: {text}", flush=True)
    assert changes["swapped"] > 20 and changes["normalised"] > 5
    assert max(changes["by 255"], changes["by own"]) > 2
    assert max(changes["stretched"], changes["as is"]) > 10


def u2net(folder):
    """Names as in the published file, whose first output is the fused map."""
    names = ["input.1", *[str(1959 + i) for i in range(7)]]
    network = Nested()
    saliency(folder, "u2net.onnx", network=network, names=names, normal=IMAGENET)


def isnet(folder):
    names = ["input", "output"]
    network = Nested(sides=False)
    place = (folder, "isnet-general-use.onnx")
    saliency(*place, network=network, names=names, normal=HALVES)
    (folder / "model.toml").write_text(ISNET)


def birefnet(folder, stretch, brightest, filters):
    network = Nested(probabilities=False, sides=False)
    saliency(
        *(folder, "birefnet.onnx"),
        network=network,
        names=["input_image", "output_image"],
        normal=IMAGENET,
        logits=True,
        stretch=stretch,
        brightest=brightest,
        filters=filters,
    )


def birefnet_of_rembg(folder):
    birefnet(folder, True, None, (LANCZOS, LANCZOS))
    (folder / "model.toml").write_text(REMBG)


def birefnet_of_its_authors(folder):
    filters = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)
    birefnet(folder, False, 255, filters)


ISNET = """\
# At 64 x 64 it does not look like IS-Net, which sees 1024 x 1024.
[input]
mean = [127.5, 127.5, 127.5]
std = [255.0, 255.0, 255.0]
"""
REMBG = """\
# As rembg does it, not as the authors do.
[input]
filter = "lanczos"
stretch_to_brightest = true

[saliency]
rescale = true
filter = "lanczos"
"""
SETS = {
    "u2net": u2net,
    "isnet": isnet,
    "birefnet": birefnet_of_its_authors,
    "birefnet-rembg": birefnet_of_rembg,
}
