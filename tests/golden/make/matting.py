"""ViTMatte: a picture and a trimap (0 outside, 128 unknown, 255 inside) to an alpha.

The architecture and the preparation are those of transformers: RGB with mean and
deviation of one half, the trimap 0..1 as the fourth plane and not normalised, both
padded with zeros to a multiple of 32 on the right and below; the alpha is cut to the
picture.
"""

import cv2
import graph
import numpy as np
import pictures
import scenes
import torch
from expected import PICTURES, write
from torch import nn
from transformers import (
    VitDetConfig,
    VitMatteConfig,
    VitMatteForImageMatting,
    VitMatteImageProcessor,
)

SIDE = 64
MAPS = {"wide.png", "tall.png", "large.png", "plain.png"}
PROCESSOR = VitMatteImageProcessor()


class Alphas(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model(pixel_values).alphas


def tiny():
    torch.manual_seed(20)
    backbone = VitDetConfig(
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=48,
        num_channels=4,
        out_features=["stage2"],
    )
    config = VitMatteConfig(
        backbone_config=backbone,
        hidden_size=24,
        convstream_hidden_sizes=[8, 8, 12],
        fusion_hidden_sizes=[12, 12, 8, 8],
    )
    return VitMatteForImageMatting(config)


def trimap_of(inside, band):
    """Unknown within `band` pixels of the edge."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * band + 1,) * 2)
    inside = inside.astype(np.uint8)
    sure = cv2.erode(inside, kernel, borderType=cv2.BORDER_REPLICATE)
    maybe = cv2.dilate(inside, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.where(sure > 0, 255, np.where(maybe > 0, 128, 0)).astype(np.uint8)


def example(random):
    """Blobs of one colour, softly bounded; the trimap does not tell where exactly."""
    image, blobs = scenes.scene(random, SIDE)
    kind = blobs[-1][0] if blobs else 0
    alpha = scenes.class_map(blobs, SIDE, [k == kind for k in range(5)])
    shift = random.integers(-3, 4, 2)
    moved = np.roll(alpha, shift, (0, 1))
    trimap = trimap_of(moved > 0, int(random.integers(5, 9)))
    soft = cv2.GaussianBlur(alpha.astype(np.float32), (0, 0), 1)
    planes = np.concatenate([(image - 0.5) / 0.5, trimap[None] / 255]).astype(
        np.float32
    )
    return planes, soft[None]


def taught(model, steps=300):
    def loss(random):
        drawn = [example(random) for _ in range(6)]
        images, alphas = (torch.from_numpy(np.stack(part)) for part in zip(*drawn))
        return (model(images).alphas - alphas).abs().mean() * 10

    print(f"  loss {scenes.teach(model, loss, steps, 4e-3):.3f}", flush=True)
    return model


def prepared(image, trimap):
    """The order is told, since three rows of pixels would pass for three colours."""
    how = {"return_tensors": "np", "input_data_format": "channels_last"}
    return PROCESSOR(images=image, trimaps=trimap, **how)["pixel_values"]


def red_blob(image):
    red, green, blue = image.astype(float).transpose(2, 0, 1)
    return red - (green + blue) / 2 > 70


def vitmatte(folder):
    path = folder / "model.onnx"
    model = taught(tiny()).eval()
    axes = {2: "height", 3: "width"}
    plain = pictures.load("plain.png")
    sample = prepared(plain, trimap_of(red_blob(plain), 4))
    graph.export(
        *(Alphas(model), (torch.from_numpy(sample),), path),
        *(["pixel_values"], ["alphas"]),
        {"pixel_values": axes, "alphas": axes},
    )

    def cut(planes, size):
        found = graph.run(path, planes)["alphas"]
        with torch.no_grad():
            wanted = model(torch.from_numpy(planes)).alphas.numpy()
        np.testing.assert_allclose(found, wanted, atol=1e-3)
        return np.rint(wanted[0, 0, : size[0], : size[1]] * 255)

    cases = []
    for name in PICTURES:
        image = pictures.load(name)
        size = image.shape[:2]
        trimap = trimap_of(red_blob(image), max(1, min(size) // 10))
        if max(size) == 1:
            trimap[:] = 128
        planes = prepared(image, trimap)
        alpha = cut(planes, size)
        cases.append({"picture": name, "trimap": trimap, "alpha": alpha})
        if name in MAPS:
            notice_mistakes(planes, alpha, lambda p, size=size: cut(p, size))
    write(folder, cases, "model.onnx")


def notice_mistakes(planes, alpha, cut):
    """Each wrong way to prepare the input must change the alpha visibly."""
    assert 0.03 < (alpha >= 128).mean() < 0.97, (alpha >= 128).mean()
    colours, trimap = planes[:, :3], planes[:, 3:]
    wrong = {
        "swapped": np.concatenate([colours[:, ::-1], trimap], 1),
        "not halved": np.concatenate([colours / 2 + 0.5, trimap], 1),
        "trimap -1..1": np.concatenate([colours, trimap * 2 - 1], 1),
    }
    changes = {name: np.abs(cut(p) - alpha).mean() for name, p in wrong.items()}
    text = ", ".join(f"{key} {value:.1f}" for key, value in changes.items())
    print(f"  mean change of 255: {text}", flush=True)
    assert min(changes.values()) > 0.5


SETS = {"vitmatte": vitmatte}
