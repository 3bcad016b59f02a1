"""Networks that give each pixel a class: FCN, DeepLabV3, dilated convolutions.

A click picks the part of its class that it lies in (parts touch along edges or
corners); the second answer is the whole class where it has more parts. The score is
the mean probability of the class over the answer, 1 where a graph tells only the
class. Logits are enlarged bilinearly before the greatest is taken.
"""

from collections import OrderedDict

import graph
import numpy as np
import pictures
import scenes
import torch
import torch.nn.functional as F
from expected import PICTURES, click, inner, part_at, write
from torch import nn
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.segmentation.deeplabv3 import ASPP, DeepLabV3
from torchvision.models.segmentation.fcn import FCN, FCNHead
from torchvision.transforms import InterpolationMode
from torchvision.transforms._presets import SemanticSegmentation
from torchvision.transforms.functional import resize

CLASSES = 21  # of PASCAL VOC; the colours are person, car, cat, car, person
KINDS = [15, 7, 8, 7, 15]
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
BGR_MEAN = [102.93, 111.36, 116.52]  # of the dilated network for VOC


def layer(before, after, stride=1, dilation=1, norm=True):
    shape = {"stride": stride, "padding": dilation, "dilation": dilation}
    parts = [nn.Conv2d(before, after, 3, bias=not norm, **shape)]
    return nn.Sequential(*parts, *([nn.BatchNorm2d(after)] if norm else []), nn.ReLU())


def backbone(pool):
    """Three layers after a pooling that brings 520 pixels down to what it learnt."""
    layers = OrderedDict(
        pool=nn.AvgPool2d(pool) if pool > 1 else nn.Identity(),
        stem=layer(3, 16, 2),
        middle=layer(16, 24, 1, 2),
        last=layer(24, 24, 1, 4),
    )
    return IntermediateLayerGetter(
        nn.Sequential(layers), {"middle": "aux", "last": "out"}
    )


def fcn(pool):
    return FCN(backbone(pool), FCNHead(24, CLASSES), FCNHead(24, CLASSES))


def deeplab(pool):
    """DeepLabHead with 16 planes where the published one has 256."""
    head = nn.Sequential(
        ASPP(24, [2, 4, 6], 16),
        nn.Conv2d(16, 16, 3, padding=1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Conv2d(16, CLASSES, 1),
    )
    return DeepLabV3(backbone(pool), head)


class Dilated(nn.Module):
    """Yu and Koltun 2016: a front end without the last two poolings, and a context
    module of seven layers; here with few planes."""

    def __init__(self):
        super().__init__()
        self.front = nn.Sequential(
            *[layer(3, 12, norm=False), nn.MaxPool2d(2)],
            *[layer(12, 16, norm=False), nn.MaxPool2d(2)],
            layer(16, 16, norm=False),
            *[layer(16, 24, dilation=2, norm=False)],
            *[layer(24, 24, dilation=4, norm=False), nn.Conv2d(24, CLASSES, 1)],
        )
        dilations = [1, 1, 2, 4, 8, 16, 1]
        self.context = nn.Sequential(
            *[layer(CLASSES, CLASSES, dilation=d, norm=False) for d in dilations],
            nn.Conv2d(CLASSES, CLASSES, 1),
        )
        for block in self.context[:-1]:
            nn.init.dirac_(block[0].weight)
            nn.init.zeros_(block[0].bias)

    def forward(self, image):
        return self.context(self.front(image))


class ClassMap(nn.Module):
    """As exported with the ArgMax inside."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return self.network(image)["out"].argmax(1)


class Named(nn.Module):
    """The dictionary as outputs, `aux` before `out`."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return tuple(answer for _, answer in sorted(self.network(image).items()))


def normalised(image):
    mean, std = (np.array(v, np.float32)[:, None, None] for v in (MEAN, STD))
    return (image - mean) / std


def bgr(image):
    return image[::-1] * 255 - np.array(BGR_MEAN, np.float32)[:, None, None]


def taught(network, prepare, side, steps, rate=1e-2):
    """The network after lessons at the given size."""

    def loss(random):
        drawn = [scenes.scene(random, side) for _ in range(6)]
        images = torch.from_numpy(np.stack([prepare(image) for image, _ in drawn]))
        maps = [scenes.class_map(blobs, side, KINDS) for _, blobs in drawn]
        answers = network(images.float())
        answers = answers if isinstance(answers, dict) else {"out": answers}
        target = torch.from_numpy(np.stack(maps))
        size = target.shape[-2:]
        enlarged = [F.interpolate(a, size, mode="bilinear") for a in answers.values()]
        return sum(F.cross_entropy(a, target) for a in enlarged)

    print(f"  loss {scenes.teach(network, loss, steps, rate):.3f}", flush=True)
    return network


def grown(make, pool, steps):
    """Taught small, and given the pooling in front that makes it work at 520."""
    torch.manual_seed(21)
    small = taught(make(1), normalised, 96, steps)
    large = make(pool)
    large.load_state_dict(small.state_dict())
    return large.eval()


def preset(image):
    """torchvision's own: the shorter side to 520, ImageNet's mean and deviation."""
    planes = torch.from_numpy(image.transpose(2, 0, 1).copy())
    return SemanticSegmentation(resize_size=520)(planes)[None].numpy()


def stretched(image, size):
    planes = torch.from_numpy(image.transpose(2, 0, 1).copy())
    small = resize(planes, size, InterpolationMode.BILINEAR, antialias=True)
    return small.numpy().astype(np.float32) / 255


def answers(classes, chance, x, y):
    """The part of the class under the click, and all of the class if that is more."""
    whole = classes == classes[y, x]
    part = part_at(whole, x, y)
    found = [part] if (part == whole).all() else [part, whole]
    label = int(classes[y, x])
    return [
        {"mask": mask, "score": float(chance[mask].mean()), "label": label}
        for mask in found
    ]


def from_logits(logits, shape):
    enlarged = F.interpolate(torch.from_numpy(logits), shape, mode="bilinear")[0]
    return enlarged.argmax(0).numpy(), enlarged.softmax(0).max(0).values.numpy()


def from_classes(classes, shape):
    planes = torch.from_numpy(classes)[:, None].float()
    nearest = F.interpolate(planes, shape, mode="nearest-exact")[0, 0]
    return nearest.numpy().astype(int), np.ones(shape)


def class_cases(classify):
    cases = []
    for name in PICTURES:
        classes, chance = classify(pictures.load(name))
        clicks = set()
        for label in np.unique(classes):
            rest = (classes == label) & (label > 0)
            while rest.any():
                x, y = inner(rest)
                part = part_at(rest, x, y)
                rest &= ~part
                if part.mean() > 0.03:
                    clicks.add((x, y))
        if name == "plain.png":  # and the background is a class as others are
            clicks.add(inner(classes == 0))
        for x, y in sorted(clicks or {inner(classes >= 0)}):
            found = answers(classes, chance, x, y)
            assert name == "one.png" or found[0]["mask"].mean() < 0.97
            cases.append({"picture": name, "prompts": click(x, y), "answers": found})
    assert any(len(case["answers"]) > 1 for case in cases)
    return cases


def notice_mistakes(classify, wrong):
    """Each wrong way to read the picture must change the classes visibly."""
    image = pictures.load("large.png")
    right, _ = classify(image)
    assert len(np.unique(right)) > 3
    mirrored = np.ascontiguousarray(image[..., ::-1])
    for name, other in {"swapped": lambda i: classify(mirrored), **wrong}.items():
        changed = (other(image)[0] != right).mean()
        print(f"  {name}: {changed:.1%} of the classes change", flush=True)
        assert changed > 0.02, name


def torchvision(folder, file, network, outputs):
    path = folder / file
    sample = (torch.from_numpy(preset(pictures.load("plain.png"))),)
    axes = {2: "height", 3: "width"}
    dynamic = {name: axes for name in ["input", *outputs]}
    graph.export(Named(network), sample, path, ["input"], outputs, dynamic)

    def classify(image, prepare=preset):
        return from_logits(graph.run(path, prepare(image))["out"], image.shape[:2])

    def raw(image):
        return (preset(image) * np.array(STD)[:, None, None]).astype(np.float32)

    def native(image):
        planes = np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)
        return normalised(planes[0] / 255)[None]

    wrong = {
        "no mean": lambda i: classify(i, raw),
        "as is": lambda i: classify(i, native),
    }
    notice_mistakes(classify, wrong)
    write(folder, class_cases(classify), file)


def fixed(folder, file, network, size, prepare, output, read):
    path = folder / file
    torch.manual_seed(4)
    sample = torch.from_numpy(
        prepare(stretched(pictures.load("plain.png"), size))[None]
    )
    graph.export(network, (sample,), path, ["image"], [output])

    def classify(image, prepare=prepare):
        planes = np.ascontiguousarray(prepare(stretched(image, size))[None])
        return read(graph.run(path, planes)[output], image.shape[:2])

    notice_mistakes(classify, {"no mean": lambda i: classify(i, lambda planes: planes)})
    write(folder, class_cases(classify), file)


def dilated(folder):
    torch.manual_seed(30)
    network = taught(Dilated(), bgr, 96, 600, 3e-3)
    fixed(folder, "dilated.onnx", network, [96, 96], bgr, "scores", from_logits)
    (folder / "model.toml").write_text(DILATED)


DILATED = """\
# Caffe's order of colours, and its means of red, green and blue.
[input]
order = "bgr"
mean = [116.52, 111.36, 102.93]
std = [1.0, 1.0, 1.0]
"""

SETS = {
    "fcn-torchvision": lambda folder: torchvision(
        folder, "fcn.onnx", grown(fcn, 4, 250), ["aux", "out"]
    ),
    "deeplabv3-torchvision": lambda folder: torchvision(
        folder, "deeplabv3.onnx", grown(deeplab, 4, 250), ["out"]
    ),
    "class-map-int": lambda folder: fixed(
        *(folder, "classes.onnx", ClassMap(grown(fcn, 1, 250)), [96, 128]),
        *(normalised, "classes", from_classes),
    ),
    "dilated": dilated,
}
