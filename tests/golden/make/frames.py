"""The two ways a picture gets into a square input, by the authors' own processors.

Both take index coordinates: pixel (i, j) has its centre at (i, j).
"""

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from transformers import Sam2ImageProcessor
from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil


class Letterbox:
    """SAM: Pillow's bilinear resize of 8-bit pixels to the longest side, normalised,
    then zeros at the right and the bottom; logits go by way of the square."""

    name = "letterbox"

    def __init__(self, side):
        square = {"height": side, "width": side}
        size = {"longest_edge": side}
        self.side = side
        self.processor = SamImageProcessorPil(size=size, pad_size=square)

    def other(self):
        return Stretch(self.side)

    def resized(self, picture):
        """The pixels before anything else is done to them."""
        height, width = self.shape(picture)
        image = Image.fromarray(picture).resize((width, height), Image.BILINEAR)
        return torch.from_numpy(np.array(image))

    def shape(self, picture):
        return self.processor._get_preprocess_shape(picture.shape[:2], self.side)

    def pixels(self, picture):
        image = Image.fromarray(picture)
        return self.processor(image, return_tensors="pt")["pixel_values"]

    def points(self, points, picture):
        height, width = self.shape(picture)
        scale = [width / picture.shape[1], height / picture.shape[0]]
        return points * torch.tensor(scale)

    def back(self, logits, picture):
        """Masks[n, h, w] of the square in the picture's size."""
        sizes = [list(picture.shape[:2])], [list(self.shape(picture))]
        post = self.processor.post_process_masks
        return post(logits[None, None], *sizes, binarize=False)[0][0]


class Stretch:
    """SAM 2: torchvision's bilinear resize, antialiased, of 8-bit pixels to the
    square, normalised; logits are resized straight to the picture."""

    name = "stretch"

    def __init__(self, side):
        self.side = side
        self.processor = Sam2ImageProcessor(size={"height": side, "width": side})

    def other(self):
        return Letterbox(self.side)

    def pixels(self, picture):
        image = Image.fromarray(picture)
        return self.processor(image, return_tensors="pt")["pixel_values"]

    def points(self, points, picture):
        height, width = picture.shape[:2]
        return points * torch.tensor([self.side / width, self.side / height])

    def back(self, logits, picture):
        sizes = [list(picture.shape[:2])]
        post = self.processor.post_process_masks
        return post(logits[None, None], sizes, binarize=False)[0][0]


class PlainStretch(Stretch):
    """EfficientSAM: bilinear without antialiasing, in floats, inside its graph."""

    def pixels(self, picture):
        pixels = torch.from_numpy(picture).permute(2, 0, 1)[None] / 255
        return normalised(resize(pixels, (self.side, self.side)))


class Fixed:
    """A fixed input that is no square: stretched to it by Pillow, zeros below."""

    name = "fixed"

    def __init__(self, height, side):
        self.height = height
        self.side = side

    def other(self):
        return Letterbox(self.side)

    def resized(self, picture):
        size = (self.side, self.height)
        image = Image.fromarray(picture).resize(size, Image.BILINEAR)
        return torch.from_numpy(np.array(image))

    def pixels(self, picture):
        pixels = self.resized(picture).permute(2, 0, 1)[None] / 255
        return F.pad(normalised(pixels), (0, 0, 0, self.side - self.height))

    def points(self, points, picture):
        height, width = picture.shape[:2]
        return points * torch.tensor([self.side / width, self.height / height])

    def back(self, logits, picture):
        square = resize(logits[None], (self.side, self.side))
        return resize(square[..., : self.height, :], picture.shape[:2])[0]


class Apart:
    """Pixels by one frame; points and masks by another of a different side."""

    def __init__(self, pixels, points):
        self.pixels = pixels.pixels
        self.points = points.points
        self.back = points.back
        self.frames = pixels, points
        self.name = pixels.name

    def other(self):
        return Apart(*(frame.other() for frame in self.frames))


def normalised(pixels):
    mean = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
    return (pixels - mean) / torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)


def resize(planes, size):
    return F.interpolate(planes, size, mode="bilinear", align_corners=False)
