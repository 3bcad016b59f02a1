"""Mask R-CNN: torchvision's own, and the same network behind the names and rules of
the ONNX model zoo's file.

torchvision's export takes RGB 0..1 of any size and does the rest inside: the wanted
objects are what torchvision's Python answers, from a score of one half upward.

The zoo's file came from maskrcnn-benchmark: BGR minus means, the shorter side 800
(the longer at most 1333), padding with zeros to a multiple of 32 on the right and
below, boxes in that picture, masks of 28 x 28 cells that are pasted outside. The
pasting is torchvision's `paste_masks_in_image`, which took it over: a frame of one
cell is put round the mask, the box grows as much and is cut to whole pixels, the
last included, and the mask is resized to it bilinearly.
"""

import functools

import graph
import numpy as np
import pictures
import scenes
import torch
import torch.nn.functional as F
from expected import iou
from PIL import Image
from torch import nn
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import (
    MaskRCNNHeads,
    MaskRCNNPredictor,
)
from torchvision.models.detection.roi_heads import paste_masks_in_image
from torchvision.ops import MultiScaleRoIAlign

SHORT, LONG, STRIDE = 96, 160, 8  # where the published network has 800, 1333
KINDS = [1, 3, 1, 3, 1]  # warm is class 1, cold is 3
CLASSES = 4
BGR_MEAN = [102.9801, 115.9465, 122.7717]
ZOO = {"boxes": "6568", "labels": "6570", "scores": "6572", "masks": "6887"}


def layer(before, after, stride=1, dilation=1):
    shape = {"stride": stride, "padding": dilation, "dilation": dilation}
    return nn.Sequential(nn.Conv2d(before, after, 3, **shape), nn.ReLU())


@functools.cache
def network(steps=500):
    """The true parts with few planes, over one map of stride eight."""
    torch.manual_seed(19)
    backbone = nn.Sequential(
        layer(3, 16, 2), layer(16, 16, 2), layer(16, 16, 2), layer(16, 16, 1, 2)
    )
    backbone.out_channels = 16
    align = {"featmap_names": ["0"], "sampling_ratio": 2}
    model = MaskRCNN(
        backbone,
        min_size=SHORT,
        max_size=LONG,
        rpn_anchor_generator=AnchorGenerator(((24, 40, 64),), ((0.6, 1.0, 1.6),)),
        box_roi_pool=MultiScaleRoIAlign(output_size=5, **align),
        box_head=TwoMLPHead(16 * 5 * 5, 48),
        box_predictor=FastRCNNPredictor(48, CLASSES),
        mask_roi_pool=MultiScaleRoIAlign(output_size=14, **align),
        mask_head=MaskRCNNHeads(16, (16, 16), 1),
        mask_predictor=MaskRCNNPredictor(16, 16, CLASSES),
        rpn_post_nms_top_n_test=60,
        rpn_pre_nms_top_n_test=200,
        box_batch_size_per_image=64,
        box_detections_per_img=20,
    )

    def loss(random):
        images, targets = [], []
        for _ in range(2):
            image, blobs = scenes.scene(random, SHORT)
            images.append(torch.from_numpy(image))
            seen = torch.from_numpy(np.stack([seen for _, seen in blobs]))
            rows, columns = seen.any(2), seen.any(1)
            ends = [
                (c.nonzero()[[0, -1], 0], r.nonzero()[[0, -1], 0])
                for c, r in zip(columns, rows, strict=True)
            ]
            boxes = [[x[0], y[0], x[1] + 1, y[1] + 1] for x, y in ends]
            labels = [KINDS[kind] for kind, _ in blobs]
            targets.append(
                {
                    "boxes": torch.tensor(boxes).float(),
                    "labels": torch.tensor(labels),
                    "masks": seen.to(torch.uint8),
                }
            )
        return sum(model(images, targets).values())

    print(f"  loss {scenes.teach(model, loss, steps, 6e-3):.3f}", flush=True)
    return model


def objects(boxes, labels, scores, masks, threshold):
    """What is sure enough, the surest first; masks are of the picture's size."""
    return [
        {
            "box": box.tolist(),
            "score": float(score),
            "label": int(label),
            "name": None,
            "mask": mask > 0.5,
        }
        for box, label, score, mask in zip(boxes, labels, scores, masks, strict=True)
        if score >= threshold
    ]


class Named(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, image):
        found = self.model([image])[0]
        return tuple(found[key] for key in ("boxes", "labels", "scores", "masks"))


class Zoo(nn.Module):
    """Without the transformation at its front and the pasting at its end."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        transform = model.transform
        mean, std = (
            torch.tensor(transform.image_mean),
            torch.tensor(transform.image_std),
        )
        self.register_buffer("mean", mean[:, None, None])
        self.register_buffer("std", std[:, None, None])
        self.register_buffer("bgr", torch.tensor(BGR_MEAN)[:, None, None])

    def forward(self, image):
        planes = ((image + self.bgr).flip(0) / 255 - self.mean) / self.std
        small = F.avg_pool2d(planes[None], STRIDE)
        size = (small.shape[-2], small.shape[-1])
        features = {"0": self.model.backbone(small)}
        images = Images(small, [size])
        proposals, _ = self.model.rpn(images, features)
        found = self.model.roi_heads(features, proposals, [size])[0][0]
        return (
            *(found["boxes"] * STRIDE, found["labels"]),
            *(found["scores"], found["masks"]),
        )


class Images:
    """As torchvision.models.detection.image_list, which tracing cannot make."""

    def __init__(self, tensors, image_sizes):
        self.tensors, self.image_sizes = tensors, image_sizes


def planes_of(image):
    return torch.from_numpy(image.transpose(2, 0, 1).copy()).float() / 255


def zoo_input(image):
    """The picture as the zoo's README prepares it, and how much it was enlarged."""
    height, width = image.shape[:2]
    scale = min(800 / min(height, width), 1333 / max(height, width))
    size = (int(scale * width), int(scale * height))
    resized = Image.fromarray(image).resize(size, Image.Resampling.BILINEAR)
    planes = np.array(resized, np.float32)[:, :, ::-1] - np.array(BGR_MEAN, np.float32)
    padding = [(0, -side % 32) for side in planes.shape[:2]]
    padded = np.pad(planes, [*padding, (0, 0)])
    return np.ascontiguousarray(padded.transpose(2, 0, 1)), scale


def torchvision(folder, model):
    """Write the export; the way to find objects by torchvision itself."""
    path = folder / "maskrcnn.onnx"
    names = ["boxes", "labels", "scores", "masks"]
    dynamic = {"image": {1: "height", 2: "width"}}
    dynamic |= {name: {0: "objects"} for name in names}
    dynamic["masks"] |= {2: "height", 3: "width"}
    sample = planes_of(pictures.load("plain.png"))
    graph.export(Named(model), (sample,), path, ["image"], names, dynamic)

    def find(image, threshold=0.5):
        with torch.no_grad():
            found = model([planes_of(image)])[0]
        found = {key: value.numpy() for key, value in found.items()}
        answer = graph.run(path, planes_of(image).numpy())
        for key in names:
            np.testing.assert_allclose(answer[key], found[key], rtol=0.01, atol=0.02)
        return objects(
            *[found[key] for key in names[:3]], found["masks"][:, 0], threshold
        )

    return find, "maskrcnn.onnx"


def zoo(folder, model):
    """Write the graph; the way to find objects by the zoo's rules."""
    path = folder / "MaskRCNN-12.onnx"
    names = list(ZOO.values())
    dynamic = {"image": {1: "height", 2: "width"}}
    dynamic |= {name: {0: "objects"} for name in names}
    sample = torch.from_numpy(zoo_input(pictures.load("plain.png"))[0])
    graph.export(Zoo(model), (sample,), path, ["image"], names, dynamic)

    def find(image, threshold=0.5):
        planes, scale = zoo_input(image)
        answer = graph.run(path, planes)
        boxes, labels, scores, masks = (answer[name] for name in names)
        boxes = torch.from_numpy(boxes / np.float32(scale))
        pasted = paste_masks_in_image(torch.from_numpy(masks), boxes, image.shape[:2])
        return objects(boxes, labels, scores, pasted.numpy()[:, 0], threshold)

    return find, "MaskRCNN-12.onnx"


def notice_mistakes(find):
    image = pictures.load("large.png")
    found = find(image)
    print("  scores", [round(item["score"], 2) for item in find(image, 0)], flush=True)
    assert len(found) >= 3, len(found)
    labels = [(item["label"], item["mask"]) for item in found]
    for label, mask in labels:
        assert 0.01 < mask.mean() < 0.97
    swapped = find(np.ascontiguousarray(image[..., ::-1]))
    best = [
        max(
            (iou(mask, item["mask"]) for item in swapped if item["label"] == label),
            default=0,
        )
        for label, mask in labels
    ]
    assert min(best) < 0.5, best
