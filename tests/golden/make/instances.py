"""Networks that find every object: YOLO-seg as Ultralytics exports it, FastSAM, and
(in maskrcnn.py) Mask R-CNN.

The graphs are made by hand after the published contract: each class is a colour,
a box is fitted to the colour round each anchor, and an object's mask is a mixture
of prototypes. What follows the graph are the rules of Ultralytics 8.4 with the
thresholds of its ONNX Runtime example (0.4 and 0.45) and masks of the picture's
size (`retina_masks`), written anew.
"""

import math

import cv2
import graph
import maskrcnn
import numpy as np
import pictures
import torch
import torch.nn.functional as F
from expected import iou, object_cases, write

CONFIDENCE, OVERLAP, MASKS = 0.4, 0.45, 32
FASTSAM, FASTSAM_OVERLAP = {0: "object"}, 0.9  # as its authors use it
NAMES = {0: "person", 1: "bicycle", 2: "car"}


class Detector(torch.nn.Module):
    """Class 0 is red, 1 is blue, 2 is anything vivid; grids of stride 8, 16, 32."""

    def __init__(self, size, classes):
        super().__init__()
        self.size, self.classes, self.cells = size, classes, size // 4
        centre = torch.arange(self.cells) * 4 + 2.0
        self.register_buffer("x", centre[None, :].repeat(self.cells, 1)[None, None])
        self.register_buffer("y", centre[:, None].repeat(1, self.cells)[None, None])
        noise = torch.Generator().manual_seed(18)
        mix = torch.randn(MASKS, 3, generator=noise)
        self.register_buffer("mix", mix)
        self.register_buffer("unmix", torch.linalg.pinv(mix).T.contiguous())

    def likeness(self, image):
        red, green, blue = image.split(1, 1)
        vivid = image.amax(1, True) - image.amin(1, True)
        maps = [red - (green + blue) / 2 - 0.5, blue - (red + green) / 2 - 0.4]
        maps = torch.cat([*maps, vivid - 0.4], 1)
        blurred = F.avg_pool2d(maps, 5, 1, 2, count_include_pad=False)
        return 10 * F.avg_pool2d(blurred, 4)

    def anchors(self, likeness, stride, window):
        """Rows of cx, cy, w, h, a score a class and the coefficients."""
        step = stride // 4
        around = (window, step, (window - step) // 2)
        presence = torch.sigmoid(2 * likeness)
        weight = F.avg_pool2d(presence, *around) + 1e-4
        mean_x = F.avg_pool2d(presence * self.x, *around) / weight
        mean_y = F.avg_pool2d(presence * self.y, *around) / weight
        mean_xx = F.avg_pool2d(presence * self.x**2, *around) / weight
        mean_yy = F.avg_pool2d(presence * self.y**2, *around) / weight
        width = 3.6 * (mean_xx - mean_x**2).clamp(min=1).sqrt()
        height = 3.6 * (mean_yy - mean_y**2).clamp(min=1).sqrt()
        off_x = (mean_x - F.avg_pool2d(self.x, step)) / width
        off_y = (mean_y - F.avg_pool2d(self.y, step)) / height
        here = F.avg_pool2d(presence, step)
        score = 0.96 * here * torch.exp(-2 * (off_x**2 + off_y**2))
        score = (
            score
            * torch.tensor([1, 1, 0.3] if stride == 8 else [0.2, 0.2, 0.95])[
                :, None, None
            ]
        )
        score = score[:, -1:] if self.classes == 1 else score
        best = score.argmax(1)
        chosen = F.one_hot(best, self.classes).permute(0, 3, 1, 2).float()
        box = torch.cat(
            [
                (chosen * part[:, -self.classes :]).sum(1, True)
                for part in (mean_x, mean_y, width, height)
            ],
            1,
        )
        unmix = self.unmix[:, -self.classes :]
        coefficients = torch.einsum("mc,bchw->bmhw", unmix, chosen * (0.3 + score))
        return torch.cat([box, score, coefficients], 1).flatten(2)

    def forward(self, images):
        likeness = self.likeness(images)
        prototypes = torch.einsum("mc,bchw->bmhw", self.mix, likeness)
        rows = [
            self.anchors(likeness, stride, window)
            for stride, window in [(8, 14), (16, 12), (32, 16)]
        ]
        return torch.cat(rows, 2), prototypes


class EndToEnd(Detector):
    """The export without suppression: the 300 best of what the graph itself left.

    x0, y0, x1, y1, score, class, coefficients; as trained, one row an object.
    """

    def forward(self, images):
        likeness = self.likeness(images)
        prototypes = torch.einsum("mc,bchw->bmhw", self.mix, likeness)
        levels = []
        for stride, window, rivals in [(8, 14, 9), (16, 12, 5), (32, 16, 3)]:
            rows = self.anchors(likeness, stride, window)
            cells = self.size // stride
            scores = rows[:, 4 : 4 + self.classes].unflatten(2, (cells, cells))
            if stride == 32:
                scores = scores * 0.2
            peak = F.max_pool2d(scores, rivals, 1, rivals // 2)
            scores = scores * torch.where(scores == peak, 1.0, 0.2)
            box, coefficients = rows[:, :4], rows[:, 4 + self.classes :]
            levels.append(torch.cat([box, scores.flatten(2), coefficients], 1))
        rows = torch.cat(levels, 2).transpose(1, 2)
        scores, labels = rows[..., 4 : 4 + self.classes].max(-1, keepdim=True)
        corner, half = rows[..., :2], rows[..., 2:4] / 2
        boxes = torch.cat([corner - half, corner + half], -1)
        parts = [boxes, scores, labels.float(), rows[..., 4 + self.classes :]]
        order = scores[..., 0].topk(300).indices[..., None]
        found = torch.cat(parts, -1)
        return found.gather(1, order.expand(-1, -1, found.shape[-1])), prototypes


def letterbox(image, size):
    """The picture in the middle of a grey square, and where it lies there."""
    height, width = image.shape[:2]
    scale = min(size / height, size / width)
    inside = [max(round(side * scale), 1) for side in (width, height)]
    if (width, height) != tuple(inside):
        image = cv2.resize(image, inside, interpolation=cv2.INTER_LINEAR)
    x, y = ((size - side) / 2 for side in inside)
    left, right, top, bottom = (
        round(pad + nudge) for pad in (x, y) for nudge in (-0.1, 0.1)
    )
    edges = (top, bottom, left, right)
    grey = (114, 114, 114)
    image = cv2.copyMakeBorder(image, *edges, cv2.BORDER_CONSTANT, value=grey)
    return image, (left, top, *inside)


def suppress(rows, most):
    """The best row, then the best of those that overlap none taken of its class."""
    moved = rows[:, :4] + rows[:, 5:6] * 7680
    left = list(np.argsort(-rows[:, 4], kind="stable"))
    kept = []
    while left:
        best = left.pop(0)
        kept.append(best)
        left = [i for i in left if overlap(moved[best], moved[i]) <= most]
    return rows[kept]


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return shared / (sum(areas) - shared)


def bilinear(maps, size):
    tensor = torch.from_numpy(maps)[None]
    return F.interpolate(tensor, size, mode="bilinear")[0].numpy()


def scaled_masks(prototypes, coefficients, shape, size):
    """Logits of the picture's size: enlarged until the padding is whole cells."""
    cells = prototypes.shape[-1]
    logits = np.einsum("nm,mhw->nhw", coefficients, prototypes)
    height, width = shape
    scale = min(size / height, size / width)
    pad = (size - max(round(height * scale), 1)) | (size - max(round(width * scale), 1))
    factor = 4 // math.gcd(4, pad | pad // 2)
    if factor > 1:
        logits = bilinear(logits, (cells * factor, cells * factor))
    side = cells * factor
    scale = min(side / height, side / width)
    inside = [max(round(length * scale), 1) for length in (height, width)]
    top, left = (round((side - length) / 2 - 0.1) for length in inside)
    logits = logits[:, top : top + inside[0], left : left + inside[1]]
    return bilinear(logits, shape)


def detect(path, image, size, names, end_to_end=False, confidence=CONFIDENCE):
    """Objects, the surest first."""
    height, width = image.shape[:2]
    boxed, (left, top, inner_width, inner_height) = letterbox(image, size)
    planes = boxed.transpose(2, 0, 1)[None].astype(np.float32) / 255
    answer = graph.run(path, planes)
    rows, prototypes = answer["output0"][0], answer["output1"][0]
    if end_to_end:
        rows = rows[rows[:, 4] > confidence]
    else:
        if rows.shape[0] < rows.shape[1]:
            rows = rows.T
            scores = rows[:, 4 : 4 + len(names)]
        else:  # YOLOv5: how sure it is that there is anything comes first
            scores = rows[:, 5 : 5 + len(names)] * rows[:, 4:5]
            rows = np.delete(rows, 4, 1)
        best = scores.max(1, keepdims=True)
        centre, half = rows[:, :2], rows[:, 2:4] / 2
        parts = [centre - half, centre + half, best, scores.argmax(1)[:, None]]
        rows = np.hstack([*parts, rows[:, 4 + len(names) :]])[best[:, 0] > confidence]
        most = FASTSAM_OVERLAP if names == FASTSAM else OVERLAP
        rows = suppress(rows, most)[:300]
    if not len(rows):
        return []
    scale = np.array([inner_width / width, inner_height / height] * 2)
    boxes = (rows[:, :4] - [left, top, left, top]) / scale
    boxes = boxes.clip(0, [width, height, width, height])
    found = []
    logits = scaled_masks(prototypes, rows[:, 6:], (height, width), size)
    x, y = np.arange(width)[None], np.arange(height)[:, None]
    for row, box, logit in zip(rows, boxes, logits, strict=True):
        inside = (x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3])
        mask = (logit > 0) & inside
        if mask.any():
            label = int(row[5])
            item = {"box": box.tolist(), "score": float(row[4]), "label": label}
            found.append(item | {"name": names[label], "mask": mask})
    return found


def yolo(folder, file, detector, names, end_to_end=False):
    path = folder / file
    size = detector.size
    metadata = {
        "description": "constructed for tests",
        "task": "segment",
        "stride": "32",
        "batch": "1",
        "imgsz": str([size, size]),
        "names": str(names),
    }
    if end_to_end:
        metadata["end2end"] = "True"
    boxed, _ = letterbox(pictures.load("plain.png"), size)
    sample = (torch.from_numpy(boxed.transpose(2, 0, 1)[None]).float() / 255,)
    outputs = ["output0", "output1"]
    graph.export(detector, sample, path, ["images"], outputs, metadata=metadata)

    def read(image, **options):
        return detect(path, image, size, names, end_to_end, **options)

    notice_mistakes(read, path, size, end_to_end)
    # So few boxes are suppressed of FastSAM's that one picture has enough.
    shown = ["wide.png", "plain.png", "large.png"][: 1 if names == FASTSAM else 3]
    write(folder, object_cases(read, shown), file)


def notice_mistakes(read, path, size, end_to_end):
    """A reader that mistakes something must not get the same answer."""
    image = pictures.load("large.png")
    found = read(image)
    assert len(found) >= 3, len(found)
    for item in found:
        assert 0.01 < item["mask"].mean() < 0.97
    labels = [item["label"] for item in found]
    swapped = read(np.ascontiguousarray(image[..., ::-1]))
    if max(labels):
        red, blue = (first(found, label)["mask"] for label in (0, 1))
        assert iou(first(swapped, 1)["mask"], red) > 0.5 > iou(red, blue)
        pairs = [(a, b) for a in found for b in found if a["label"] < b["label"]]
        assert any(overlap(a["box"], b["box"]) > OVERLAP for a, b in pairs)
    plain = pictures.load("plain.png")
    assert len(read(plain, confidence=0.25)) > len(read(plain)) or end_to_end
    boxed, _ = letterbox(image, size)
    stretched = cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR)
    rows = [
        graph.run(path, each.transpose(2, 0, 1)[None].astype(np.float32) / scale)
        for each, scale in [(boxed, 255), (stretched, 255), (boxed, 1)]
    ]
    for wrong in rows[1:]:
        assert np.abs(rows[0]["output0"] - wrong["output0"]).max() > 1


def first(found, label):
    return next(item for item in found if item["label"] == label)


class Five(Detector):
    """YOLOv5's rows: how sure it is that there is anything, before the classes."""

    def forward(self, images):
        rows, prototypes = super().forward(images)
        rows = rows.transpose(1, 2)
        sure = 0.9 + 0.1 * torch.sigmoid(rows[..., :1])
        return torch.cat([rows[..., :4], sure, rows[..., 4:]], 2), prototypes


def mask_rcnn(folder, make):
    find, file = make(folder, maskrcnn.network())
    maskrcnn.notice_mistakes(find)
    write(folder, object_cases(find, ["tall.png", "plain.png"]), file)


SETS = {
    "yolo-seg": lambda folder: yolo(folder, "yolov8-seg.onnx", Detector(96, 3), NAMES),
    "yolo-seg-e2e": lambda folder: yolo(
        folder, "yolo26-seg.onnx", EndToEnd(128, 3), NAMES, end_to_end=True
    ),
    "fastsam": lambda folder: yolo(folder, "FastSAM.onnx", Detector(96, 1), FASTSAM),
    "yolo-v5-seg": lambda folder: yolo(folder, "yolov5-seg.onnx", Five(96, 3), NAMES),
    "mask-rcnn-torchvision": lambda folder: mask_rcnn(folder, maskrcnn.torchvision),
    "mask-rcnn-zoo": lambda folder: mask_rcnn(folder, maskrcnn.zoo),
}
