"""Families whose code is not on PyPI: graphs by their stated contract.

Inside is the same small SAM (SegNext: a small network of its own); the contract is
in the names, types and orders, in what is prepared and padded by whom, and in how
masks get back to the picture. Sources: chongzhou96/EdgeSAM, mit-han-lab/efficientvit,
yformer/EfficientSAM, dinglufree/segment-anything-cpp-wrapper, darktable-ai/SegNext.
"""

import exporting
import onnx
import sam
import sessions
import torch
import torch.nn.functional as F
import weights
from frames import Apart, Fixed, Letterbox, PlainStretch, Stretch, normalised, resize
from onnxruntime.transformers.float16 import convert_float_to_float16
from sam import CELLS, SIDE, WIDTH, OfficialDecoder, PlainEncoder, small_sam
from sessions import Answer
from torch import nn

MOST_POINTS = 6  # EfficientSAM's decoder takes no more


def without_mask(model, features, points, labels):
    """Logits and scores of all four tokens; points and labels are fed as they are."""
    mask = torch.zeros(1, 1, CELLS * 4, CELLS * 4)
    return OfficialDecoder(model, single=False).low_masks(
        features, points, labels, mask, torch.zeros(1)
    )


class Reference:
    """A small SAM that takes no mask. several: gives the multi-mask tokens only."""

    feeds_back = False

    def __init__(self, model, frame, several=False, most=None):
        self.model = model
        self.frame = frame
        self.several = several
        self.most = most
        self.pads = most is None

    def embed(self, picture, frame):
        return self.model.vision_encoder(frame.pixels(picture)).last_hidden_state

    def decode(
        self, features, points, labels, previous, frame, picture, wrong_padding=False
    ):
        points = frame.points(points, picture)
        padding = 1 if wrong_padding else self.most - len(labels) if self.most else 0
        points = F.pad(points, (0, 0, 0, padding))
        labels = F.pad(labels, (0, padding), value=-1)
        low, scores = without_mask(self.model, features, points[None], labels[None])
        first = 1 if self.several else 0
        low, scores = low[0, first:], scores[0, first:]
        return Answer(frame.back(low, picture), scores, None)


def check(reference, answer):
    """answer(picture, points, labels): masks and scores from the written files."""
    for picture, prompts in sessions.loaded():
        points, labels = sessions.points_of(prompts)
        masks, scores = answer(picture, points, labels.float())
        sessions.compare(reference, picture, prompts, masks, scores)


class ThreeInputs(nn.Module):
    """Rows 5 and 6: neither padding nor mask; low-resolution masks of all tokens."""

    def __init__(self, model, scores_first):
        super().__init__()
        self.model = model
        self.scores_first = scores_first

    def forward(self, features, points, labels):
        low, scores = without_mask(self.model, features, points, labels)
        return (scores, low) if self.scores_first else (low, scores)


def write_three_inputs(folder, model, frame, names, side, scores_first):
    encoder, decoder, image, outputs = names
    encoder, decoder = folder / encoder, folder / decoder
    example = torch.randn(1, 3, side, side)
    exporting.export(
        PlainEncoder(model), (example,), encoder, [image], ["image_embeddings"]
    )
    exporting.export(
        ThreeInputs(model, scores_first),
        (torch.randn(1, WIDTH, CELLS, CELLS), *sam.example_points()),
        decoder,
        ["image_embeddings", "point_coords", "point_labels"],
        outputs,
        sam.POINTS_VARY,
    )
    reference = Reference(model, frame)

    def answer(picture, points, labels):
        features = exporting.run(encoder, **{image: frame.pixels(picture)})
        points = frame.points(points, picture)[None]
        prompts = {"point_coords": points, "point_labels": labels[None]}
        got = exporting.run(decoder, **features, **prompts)
        scores = got["scores" if scores_first else "iou_predictions"][0]
        return frame.back(got["masks"][0], picture), scores

    check(reference, answer)
    sessions.write(folder, reference)


@torch.no_grad()
def write_edgesam(folder, seed=19):
    """Row 5: scores come first; the caller pads no points."""
    frame = Letterbox(SIDE)
    model = small_sam(seed, lambda model: Reference(model, frame))
    names = "edge_sam_3x_encoder.onnx", "edge_sam_3x_decoder.onnx"
    outputs = ["scores", "masks"]
    write_three_inputs(folder, model, frame, (*names, "image", outputs), SIDE, True)


@torch.no_grad()
def write_efficientvit(folder, seed=19):
    """Row 6 with an encoder of half the side: points stay in the larger frame."""
    side = SIDE // 2
    frame = Apart(Letterbox(side), Letterbox(SIDE))
    model = small_sam(seed, lambda model: Reference(model, frame), side)
    names = "efficientvit_sam_l0_encoder.onnx", "efficientvit_sam_l0_decoder.onnx"
    outputs = ["masks", "iou_predictions"]
    names = (*names, "input_image", outputs)
    write_three_inputs(folder, model, frame, names, side, False)


class EfficientSam(nn.Module):
    """Row 7: pictures of any size; points in their pixels; padding inside.

    part: "encoder", "decoder" or both ("whole").
    """

    def __init__(self, model, part):
        super().__init__()
        self.model = model
        self.part = part

    def forward(self, first, *prompts):
        if self.part == "decoder":
            return self.decode(first, *prompts)
        features = self.encode(first)
        if self.part == "encoder":
            return features
        height, width = first.shape[2:]
        return self.decode(features, *prompts, (height, width))

    def encode(self, images):
        square = resize(images, (SIDE, SIDE))
        return self.model.vision_encoder(normalised(square)).last_hidden_state

    def decode(self, features, points, labels, size):
        height, width = size[0], size[1]
        scaled = [points[..., 0] * SIDE / width, points[..., 1] * SIDE / height]
        points = torch.stack(scaled, -1)[:, 0, :MOST_POINTS]
        points = torch.cat([points, torch.zeros(1, MOST_POINTS, 2)], 1)
        labels = labels[:, 0, :MOST_POINTS]
        labels = torch.cat([labels, -torch.ones(1, MOST_POINTS)], 1)
        points, labels = points[:, :MOST_POINTS], labels[:, :MOST_POINTS]
        low, scores = without_mask(self.model, features, points, labels)
        low, scores = low[:, 1:], scores[:, 1:]
        masks = resize(low, (height, width))
        return masks[:, None], scores[:, None], low


EFFICIENT_OUTPUTS = ["output_masks", "iou_predictions", "low_res_masks"]
EFFICIENT_POINTS = ["batched_point_coords", "batched_point_labels"]
EFFICIENT_VARY = {
    "batched_images": {2: "height", 3: "width"},
    "batched_point_coords": {2: "num_points"},
    "batched_point_labels": {2: "num_points"},
    "output_masks": {3: "height", 4: "width"},
}


def efficient_model(seed):
    frame = PlainStretch(SIDE)

    def reader(model):
        return Reference(model, frame, several=True, most=MOST_POINTS)

    model = small_sam(seed, reader)
    return model, reader(model)


def efficient_examples():
    points, labels = sam.example_points()
    return torch.rand(1, 3, 150, 200), (points[None], labels[None])


def whole_pixels(picture):
    return torch.from_numpy(picture).permute(2, 0, 1)[None] / 255


@torch.no_grad()
def write_efficientsam(folder, seed=18):
    """Row 7a: one file."""
    model, reference = efficient_model(seed)
    path = folder / "efficient_sam_vitt.onnx"
    image, prompts = efficient_examples()
    exporting.export(
        EfficientSam(model, "whole"),
        (image, *prompts),
        path,
        ["batched_images", *EFFICIENT_POINTS],
        EFFICIENT_OUTPUTS,
        EFFICIENT_VARY,
    )

    def answer(picture, points, labels):
        got = exporting.run(
            path,
            batched_images=whole_pixels(picture),
            batched_point_coords=points[None, None],
            batched_point_labels=labels[None, None],
        )
        return got["output_masks"][0, 0], got["iou_predictions"][0, 0]

    check(reference, answer)
    sessions.write(folder, reference)


@torch.no_grad()
def write_efficientsam_split(folder, seed=18):
    """Row 7b: two files; the size is int64."""
    model, reference = efficient_model(seed)
    encoder = folder / "efficient_sam_vitt_encoder.onnx"
    decoder = folder / "efficient_sam_vitt_decoder.onnx"
    image, prompts = efficient_examples()
    exporting.export(
        EfficientSam(model, "encoder"),
        (image,),
        encoder,
        ["batched_images"],
        ["image_embeddings"],
        {"batched_images": EFFICIENT_VARY["batched_images"]},
    )
    exporting.export(
        EfficientSam(model, "decoder"),
        (torch.randn(1, WIDTH, CELLS, CELLS), *prompts, torch.tensor([150, 200])),
        decoder,
        ["image_embeddings", *EFFICIENT_POINTS, "orig_im_size"],
        EFFICIENT_OUTPUTS,
        {k: v for k, v in EFFICIENT_VARY.items() if k != "batched_images"},
    )

    def answer(picture, points, labels):
        got = exporting.run(
            decoder,
            batched_point_coords=points[None, None],
            batched_point_labels=labels[None, None],
            orig_im_size=torch.tensor(picture.shape[:2]),
            **exporting.run(encoder, batched_images=whole_pixels(picture)),
        )
        return got["output_masks"][0, 0], got["iou_predictions"][0, 0]

    check(reference, answer)
    sessions.write(folder, reference)


class BytesEncoder(nn.Module):
    """Row 3: takes 8-bit pixels of one fixed size."""

    def __init__(self, model, height):
        super().__init__()
        self.encoder = model.vision_encoder
        self.below = SIDE - height

    def forward(self, pixels):
        pixels = F.pad(normalised(pixels.float() / 255), (0, 0, 0, self.below))
        return self.encoder(pixels).last_hidden_state


class FixedReference(sam.Reference):
    """The official decoder behind a fixed input that is no square."""

    height = SIDE * 3 // 4

    def __init__(self, model):
        super().__init__(model)
        self.frame = Fixed(self.height, SIDE)


@torch.no_grad()
def write_bytes(folder, seed=19):
    """Row 3 with the decoder of row 1, fed the size of the fixed input."""
    model = small_sam(seed, FixedReference)
    reference = FixedReference(model)
    encoder, decoder = folder / "sam_preprocess.onnx", folder / "sam_vit_b.onnx"
    exporting.export(
        BytesEncoder(model, reference.height),
        (torch.zeros(1, 3, reference.height, SIDE, dtype=torch.uint8),),
        encoder,
        ["input"],
        ["output"],
    )
    sam.export_decoder(OfficialDecoder(model, single=False), decoder)

    def embed(picture):
        pixels = reference.frame.resized(picture).permute(2, 0, 1)[None]
        return {"image_embeddings": exporting.run(encoder, input=pixels)["output"]}

    sam.check_official(reference, decoder, embed, (reference.height, SIDE))
    sessions.write(folder, reference)


class HalfReference(sam.Reference):
    """Runs the written half-precision files: their rounding is part of the answer."""

    def __init__(self, model, encoder, decoder):
        super().__init__(model)
        self.files = encoder, decoder

    def embed(self, picture, frame):
        pixels = frame.pixels(picture).half()
        return exporting.run(self.files[0], input_image=pixels)

    def all_masks(self, features, points, labels, previous, wrong_padding=False):
        coords, kinds = sam.padded(points, labels)
        if wrong_padding:
            coords, kinds = points[None], labels[None]
        mask = torch.zeros(CELLS * 4, CELLS * 4) if previous is None else previous
        got = exporting.run(
            self.files[1],
            point_coords=coords.half(),
            point_labels=kinds.half(),
            mask_input=mask[None, None].half(),
            has_mask_input=torch.tensor([float(previous is not None)]).half(),
            orig_im_size=torch.tensor([SIDE, SIDE]).half(),
            **features,
        )
        return got["low_res_masks"][0].float(), got["iou_predictions"][0].float()


@torch.no_grad()
def write_half(folder, seed=19):
    """Rows 1 and 2b in float16, inputs and outputs too."""
    model = small_sam(seed)
    encoder = folder / "sam_vit_b_half.encoder.onnx"
    decoder = folder / "sam_vit_b_half.decoder.onnx"
    example = torch.randn(1, 3, SIDE, SIDE)
    names = ["input_image"], ["image_embeddings"]
    exporting.export(PlainEncoder(model), (example,), encoder, *names)
    sam.export_decoder(OfficialDecoder(model, single=False), decoder)
    for path in (encoder, decoder):
        onnx.save(convert_float_to_float16(onnx.load(path)), path)
    half, full = HalfReference(model, encoder, decoder), sam.Reference(model)
    for picture, prompts in sessions.loaded():
        answer, _ = sessions.replay(half, picture, prompts)
        wanted, _ = sessions.replay(full, picture, prompts)
        exporting.assert_close(answer.scores, wanted.scores, "score", 2e-2)
    sessions.write(folder, half)


@torch.no_grad()
def write_external(folder, seed=18):
    """Rows 1 and 2b, the encoder's weights in a file beside it, as of ViT-H."""
    sam.write_plain(folder, seed, single=False)
    for path in folder.glob("*encoder.onnx"):
        onnx.save(
            onnx.load(path),
            path,
            save_as_external_data=True,
            location="sam_vit_h_weights.data",
            size_threshold=1024,
        )


CHANNELS = 16
DISK = 5


class SegNextEncoder(nn.Module):
    """Row 14: pixels of 0..1; what they are normalised by is inside."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, CHANNELS, 16, 16)
        self.mix = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)

    def forward(self, image):
        return self.mix(F.gelu(self.patches(normalised(image))))


class SegNextDecoder(nn.Module):
    """Row 14: clicks are drawn as disks, beside the probability of the last mask."""

    def __init__(self):
        super().__init__()
        self.prompts = nn.Conv2d(3, CHANNELS, 16, 16)
        self.wide = nn.Conv2d(CHANNELS, CHANNELS, 7, padding=3)
        self.wider = nn.Conv2d(CHANNELS, CHANNELS, 7, padding=3)
        self.head = nn.Conv2d(CHANNELS, 1, 1)

    def forward(self, features, points, labels, previous):
        rows = torch.arange(SIDE).reshape(1, 1, SIDE, 1)
        columns = torch.arange(SIDE).reshape(1, 1, 1, SIDE)
        x, y = points[..., 0, None, None], points[..., 1, None, None]
        inside = (columns - x) ** 2 + (rows - y) ** 2 <= DISK**2
        drawn = [self.drawn(inside, labels == label) for label in (1, 0)]
        prompts = self.prompts(torch.cat([*drawn, previous], 1))
        mixed = F.gelu(self.wide(features + prompts))
        return resize(self.head(F.gelu(self.wider(mixed))), (SIDE, SIDE))

    def drawn(self, inside, chosen):
        disks = (inside & chosen[..., None, None]).float()
        return (disks.sum(1, keepdim=True) > 0).float()


class SegNextReference:
    pads = False
    feeds_back = True

    def __init__(self, encoder, decoder, raw=False):
        """raw: feeds logits back, a known misreading."""
        self.encoder = encoder
        self.decoder = decoder
        self.raw = raw
        self.frame = Stretch(SIDE)

    def embed(self, picture, frame):
        return self.encoder(plain(frame.pixels(picture)))

    def decode(self, features, points, labels, previous, frame, picture):
        if previous is None:
            previous = torch.zeros(1, SIDE, SIDE)
        points = frame.points(points, picture)[None]
        logits = self.decoder(features, points, labels[None], previous[None])[0]
        # the author's predictor feeds probabilities back, not logits
        feedback = (logits if self.raw else logits.sigmoid())[None]
        return Answer(frame.back(logits, picture), torch.ones(1), feedback)


def plain(pixels):
    """Normalised pixels as 0..1 again."""
    std = 1 / (normalised(torch.ones(3, 1, 1)) - normalised(torch.zeros(3, 1, 1)))
    return pixels * std - normalised(torch.zeros(3, 1, 1)) * std


def small_segnext(seed):
    encoder, decoder = SegNextEncoder().eval(), SegNextDecoder().eval()
    weights.randomise(encoder, seed)
    weights.randomise(decoder, seed + 1000)
    weights.smooth(encoder.patches)
    for conv in (encoder.mix, decoder.wide, decoder.wider):
        weights.smooth(conv)
    # disks cover few cells of a patch, the last mask may cover all
    cells = decoder.prompts.weight[0, 0].numel()
    mean = torch.randn(CHANNELS, 3, 1, 1, generator=torch.Generator().manual_seed(seed))
    decoder.prompts.weight.copy_(
        (mean * torch.tensor([400.0, 400.0, 6.0]).reshape(3, 1, 1) / cells).expand_as(
            decoder.prompts.weight
        )
    )
    decoder.head.weight.mul_(4)
    reference = SegNextReference(encoder, decoder)
    for _ in range(2):
        loaded = sessions.loaded(sessions.without_boxes())
        levels = [sessions.middles(reference, *session) for session in loaded]
        decoder.head.bias -= torch.stack(levels).mean(0)
    return reference


@torch.no_grad()
def write_segnext(folder, seed=3):
    """Row 14. It gives no score."""
    reference = small_segnext(seed)
    encoder, decoder = folder / "encoder.onnx", folder / "decoder.onnx"
    example = torch.rand(1, 3, SIDE, SIDE)
    names = ["image"], ["image_feats"]
    exporting.export(reference.encoder, (example,), encoder, *names)
    exporting.export(
        reference.decoder,
        (
            torch.randn(1, CHANNELS, CELLS, CELLS),
            *sam.example_points(),
            torch.zeros(1, 1, SIDE, SIDE),
        ),
        decoder,
        ["image_feats", "point_coords", "point_labels", "prev_mask"],
        ["mask"],
        sam.POINTS_VARY,
    )
    some = sessions.without_boxes()
    for picture, prompts in sessions.loaded(some):
        frame = reference.frame
        features = exporting.run(encoder, image=plain(frame.pixels(picture)))
        previous = torch.zeros(1, 1, SIDE, SIDE)
        for count in range(1, len(prompts) + 1):
            points, labels = sessions.points_of(prompts[:count])
            got = exporting.run(
                decoder,
                point_coords=frame.points(points, picture)[None],
                point_labels=labels[None].float(),
                prev_mask=previous,
                **features,
            )
            previous = got["mask"].sigmoid()
        masks = frame.back(got["mask"][0], picture)
        sessions.compare(reference, picture, prompts, masks, torch.ones(1))
    sessions.write(folder, reference, some, scored=False)
    raw = SegNextReference(reference.encoder, reference.decoder, raw=True)
    print("IoU with logits fed back:", *sessions.differences(reference, raw, some))


SETS = {
    "edgesam": write_edgesam,
    "efficientvit-sam": write_efficientvit,
    "efficientsam": write_efficientsam,
    "efficientsam-split": write_efficientsam_split,
    "segnext": write_segnext,
    "sam-u8": write_bytes,
    "sam-half": write_half,
    "sam-external": write_external,
}
