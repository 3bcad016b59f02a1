"""The two ways a picture gets into a square input, by the authors' own processors.

Both take index coordinates: pixel (i, j) has its centre at (i, j).
"""

import numpy as np
import torch
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
