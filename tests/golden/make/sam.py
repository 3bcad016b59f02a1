"""SAM v1 and its like: transformers' SamModel, small, in each export's names.

The reference is SamModel itself with SamImageProcessorPil (Pillow's bilinear on
8-bit pixels, as ResizeLongestSide does). The wrappers below restate what the
exporters put into the graph; each is checked against the reference.
"""

import exporting
import sessions
import torch
import torch.nn.functional as F
import weights
from frames import Letterbox, resize
from sessions import Answer
from torch import nn
from transformers import SamConfig, SamHQConfig, SamHQModel, SamModel

SIDE = 256
CELLS = SIDE // 16
WIDTH = 32
MEAN = torch.tensor([123.675, 116.28, 103.53])
STD = torch.tensor([58.395, 57.12, 57.375])


def configs(side=SIDE):
    vision = {
        "hidden_size": 16,
        "output_channels": WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": side,
        "patch_size": side // CELLS,
        "mlp_dim": 32,
        "window_size": 7,
        "global_attn_indexes": [1],
        "num_pos_feats": WIDTH // 2,
    }
    prompts = {"hidden_size": WIDTH, "image_size": SIDE, "mask_input_channels": 8}
    decoder = {
        "hidden_size": WIDTH,
        "mlp_dim": 64,
        "num_attention_heads": 4,
        "iou_head_hidden_dim": 32,
    }
    return vision, prompts, decoder


def small_sam(seed, reader=None, side=SIDE):
    """Random weights; reader: what makes the Reference that they are tuned for."""
    vision, prompts, decoder = configs(side)
    config = SamConfig(
        vision_config=vision,
        prompt_encoder_config=prompts,
        mask_decoder_config=decoder,
    )
    model = tuned(SamModel(config).eval(), seed)
    sessions.centre((reader or Reference)(model), model.mask_decoder)
    return model


def tuned(model, seed):
    weights.randomise(model, seed)
    weights.shape_decoder(model.mask_decoder)
    weights.smooth(model.vision_encoder.patch_embed.projection)
    weights.smooth(model.vision_encoder.neck.conv2)
    nn.init.constant_(model.vision_encoder.neck.layer_norm2.weight, 0.5)
    weights.shape_scores(model.mask_decoder.iou_prediction_head)
    return model


class Reference:
    """single: what the decoder of one mask answers. feeds_back: takes masks."""

    pads = True
    feeds_back = True

    def __init__(self, model, single=False):
        self.model = model
        self.single = single
        self.frame = Letterbox(SIDE)

    def embed(self, picture, frame):
        return self.model.get_image_embeddings(frame.pixels(picture))

    def decode(
        self, features, points, labels, previous, frame, picture, wrong_padding=False
    ):
        points = frame.points(points, picture)
        low, scores = self.all_masks(features, points, labels, previous, wrong_padding)
        if self.single:
            padded = len(labels) + (0 if 2 in labels else 1)
            best = 0 if padded > 2 else 1 + scores[1:].argmax().item()
            low, scores = low[best : best + 1], scores[best : best + 1]
        return Answer(frame.back(low, picture), scores, low)

    def all_masks(self, features, points, labels, previous, wrong_padding=False):
        """The logits and scores of all four tokens. SamModel pads by itself."""
        if wrong_padding:
            points = torch.cat([points, torch.zeros(1, 2)])
            labels = torch.cat([labels, torch.tensor([-1])])
        clicks = labels < 2
        boxes = None if clicks.all() else points[~clicks].reshape(1, -1, 4)
        masks = None if previous is None else previous[None, None]
        answers = [
            self.model(
                image_embeddings=features,
                input_points=points[clicks][None, None] if clicks.any() else None,
                input_labels=labels[clicks][None, None] if clicks.any() else None,
                input_boxes=boxes,
                input_masks=masks,
                multimask_output=several,
            )
            for several in (False, True)
        ]
        low = torch.cat([a.pred_masks[0, 0] for a in answers])
        return low, torch.cat([a.iou_scores[0, 0] for a in answers])


class PreparingEncoder(nn.Module):
    """Row 2a: takes [H, W, 3] of 0..255 of any size up to the square."""

    def __init__(self, model):
        super().__init__()
        self.encoder = model.vision_encoder

    def forward(self, image):
        pixels = ((image - MEAN) / STD).permute(2, 0, 1)[None]
        height, width = pixels.shape[-2:]
        pixels = F.pad(pixels, (0, SIDE - width, 0, SIDE - height))
        return self.encoder(pixels).last_hidden_state


class PlainEncoder(nn.Module):
    """Row 2b: takes the normalised square."""

    def __init__(self, model):
        super().__init__()
        self.encoder = model.vision_encoder

    def forward(self, pixels):
        return self.encoder(pixels).last_hidden_state


class OfficialDecoder(nn.Module):
    """Row 1: six inputs; the caller pads points; masks in the picture's size."""

    def __init__(self, model, single):
        super().__init__()
        self.model = model
        self.single = single

    def forward(self, features, points, labels, mask, has_mask, size):
        low, scores = self.low_masks(features, points, labels, mask, has_mask)
        if self.single:
            # token 0 unless there are but two points, padding and corners included
            few = (labels.shape[1] <= 2) * torch.tensor([1.0, 0, 0, 0]) * 1000
            many = (labels.shape[1] > 2) * torch.tensor([1.0, 0, 0, 0]) * 1000
            best = (scores - few + many).argmax(1)
            low = low.gather(1, best[:, None, None, None].expand(-1, 1, *low.shape[2:]))
            scores = scores.gather(1, best[:, None])
        return self.full_masks(low, size), scores, low

    def low_masks(self, features, points, labels, mask, has_mask):
        sparse = self.sparse(points, labels)
        prompt = self.model.prompt_encoder
        none = prompt.no_mask_embed.weight.reshape(1, -1, 1, 1)
        dense = has_mask * prompt.mask_embed(mask) + (1 - has_mask) * none
        positions = self.model.get_image_wide_positional_embeddings()
        answers = [
            self.model.mask_decoder(features, positions, sparse, dense, several)
            for several in (False, True)
        ]
        low = torch.cat([masks[:, 0] for masks, _ in answers], 1)
        return low, torch.cat([scores[:, 0] for _, scores in answers], 1)

    def sparse(self, points, labels):
        prompt = self.model.prompt_encoder
        embedded = prompt.shared_embedding((points + 0.5)[None], (SIDE, SIDE))
        labels = labels[None, :, :, None]
        embedded = embedded * (labels != -1)
        embedded = embedded + prompt.not_a_point_embed.weight * (labels == -1)
        for label, table in enumerate(prompt.point_embed):
            embedded = embedded + table.weight * (labels == label)
        return embedded

    def full_masks(self, low, size):
        square = resize(low, (SIDE, SIDE))
        scale = SIDE / size.max()
        height, width = torch.floor(scale * size + 0.5).to(torch.int64)
        inner = square[..., :height, :width]
        height, width = size.to(torch.int64)
        return resize(inner, (height, width))


DECODER_INPUTS = [
    "image_embeddings",
    "point_coords",
    "point_labels",
    "mask_input",
    "has_mask_input",
    "orig_im_size",
]
DECODER_OUTPUTS = ["masks", "iou_predictions", "low_res_masks"]
POINTS_VARY = {"point_coords": {1: "num_points"}, "point_labels": {1: "num_points"}}


def example_points(number=3):
    points = torch.rand(1, number, 2) * SIDE
    return points, torch.tensor([[1.0, 0.0, -1.0] * (number // 3)])


def export_decoder(decoder, path, extra=()):
    """extra: more image features, as [name, example], after the embedding."""
    names = [DECODER_INPUTS[0], *[n for n, _ in extra], *DECODER_INPUTS[1:]]
    example = (
        torch.randn(1, WIDTH, CELLS, CELLS),
        *[value for _, value in extra],
        *example_points(),
        torch.zeros(1, 1, CELLS * 4, CELLS * 4),
        torch.zeros(1),
        torch.tensor([150.0, 200.0]),
    )
    dynamic = POINTS_VARY | {"masks": {2: "height", 3: "width"}}
    exporting.export(decoder, example, path, names, DECODER_OUTPUTS, dynamic)


def padded(points, labels):
    """What a caller of the official decoder feeds: padding where there is no box."""
    if 2 in labels:
        return points[None], labels[None].float()
    return (
        torch.cat([points, torch.zeros(1, 2)])[None],
        torch.cat([labels, torch.tensor([-1])])[None].float(),
    )


def check_official(reference, decoder, embed, size=None):
    """Run the written files on each session as a caller should; compare.
    size: of the masks to ask for, if not the picture's."""
    for picture, prompts in sessions.loaded():
        features = embed(picture)
        previous = None
        for count in range(1, len(prompts) + 1):
            points, labels = sessions.points_of(prompts[:count])
            points = reference.frame.points(points, picture)
            coords, kinds = padded(points, labels)
            mask = torch.zeros(1, 1, CELLS * 4, CELLS * 4)
            got = exporting.run(
                decoder,
                point_coords=coords,
                point_labels=kinds,
                mask_input=mask if previous is None else previous[None, None],
                has_mask_input=torch.tensor([float(previous is not None)]),
                orig_im_size=torch.tensor(size or picture.shape[:2]).float(),
                **features,
            )
            order = sessions.ranked(got["iou_predictions"][0], labels)
            previous = got["low_res_masks"][0, order[0]]
        masks = resize(got["masks"], picture.shape[:2])[0]
        scores = got["iou_predictions"][0]
        sessions.compare(reference, picture, prompts, masks, scores)


@torch.no_grad()
def write_official(folder):
    """Row 1 with 2a, as samexporter and dlimgedit ship them."""
    model = small_sam(seed=19)
    encoder = folder / "mobile_sam_image_encoder.onnx"
    decoder = folder / "sam_mask_decoder_multi.onnx"
    exporting.export(
        PreparingEncoder(model),
        (torch.rand(150, 200, 3) * 255,),
        encoder,
        ["input_image"],
        ["image_embeddings"],
        {"input_image": {0: "image_height", 1: "image_width"}},
    )
    export_decoder(OfficialDecoder(model, single=False), decoder)
    reference = Reference(model)

    def embed(picture):
        return exporting.run(
            encoder, input_image=reference.frame.resized(picture).float()
        )

    check_official(reference, decoder, embed)
    sessions.write(folder, reference)


@torch.no_grad()
def write_plain(folder, seed=18, single=True):
    """Row 1 (single: with --return-single-mask), and 2b: a plain encoder."""
    model = small_sam(seed)
    encoder = folder / "sam_vit_b_01ec64.encoder.onnx"
    decoder = folder / "sam_vit_b_01ec64.decoder.onnx"
    exporting.export(
        PlainEncoder(model),
        (torch.randn(1, 3, SIDE, SIDE),),
        encoder,
        ["input_image"],
        ["image_embeddings"],
    )
    export_decoder(OfficialDecoder(model, single), decoder)
    reference = Reference(model, single)

    def embed(picture):
        return exporting.run(encoder, input_image=reference.frame.pixels(picture))

    check_official(reference, decoder, embed)
    sessions.write(folder, reference)


class TransformersEncoder(PlainEncoder):
    """Row 13: also gives the positions, which the decoder wants back."""

    def __init__(self, model):
        super().__init__(model)
        self.model = model

    def forward(self, pixels):
        positions = self.model.get_image_wide_positional_embeddings()
        return super().forward(pixels), positions


class TransformersDecoder(nn.Module):
    """Row 13: SamModel's own way of padding; three masks."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, points, labels, features, positions):
        prompts = self.model.get_prompt_embeddings(points, labels)
        masks, scores = self.model.mask_decoder(features, positions, *prompts, True)
        return scores, masks


class MultiReference(Reference):
    """What SamModel answers with its three masks, and nothing fed back."""

    feeds_back = False

    def decode(self, *arguments, **wrong):
        answer = super().decode(*arguments, **wrong)
        return Answer(answer.logits[1:], answer.scores[1:], None)


@torch.no_grad()
def write_transformers(folder):
    """Row 13, as SlimSAM is published for transformers.js."""
    model = small_sam(seed=19)
    encoder = folder / "vision_encoder.onnx"
    decoder = folder / "prompt_encoder_mask_decoder.onnx"
    embeddings = ["image_embeddings", "image_positional_embeddings"]
    exporting.export(
        TransformersEncoder(model),
        (torch.randn(1, 3, SIDE, SIDE),),
        encoder,
        ["pixel_values"],
        embeddings,
    )
    example = torch.randn(1, WIDTH, CELLS, CELLS)
    exporting.export(
        TransformersDecoder(model),
        (torch.rand(1, 1, 3, 2), torch.tensor([[[1, 0, 1]]]), example, example),
        decoder,
        ["input_points", "input_labels", *embeddings],
        ["iou_scores", "pred_masks"],
        {"input_points": {2: "num_points"}, "input_labels": {2: "num_points"}},
    )
    reference = MultiReference(model)
    for picture, prompts in sessions.loaded(sessions.without_boxes()):
        frame = reference.frame
        features = exporting.run(encoder, pixel_values=frame.pixels(picture))
        points, labels = sessions.points_of(prompts)
        points = frame.points(points, picture)[None, None]
        got = exporting.run(
            decoder, input_points=points, input_labels=labels[None, None], **features
        )
        masks = frame.back(got["pred_masks"][0, 0], picture)
        sessions.compare(reference, picture, prompts, masks, got["iou_scores"][0, 0])
    sessions.write(folder, reference, sessions.without_boxes())


HQ_LAYERS = 4  # as many with global attention: the exporters stack what each gives


class HqReference(Reference):
    """SamHQModel: one mask, the sum of the single-mask token's and the finer one."""

    def embed(self, picture, frame):
        return self.model.get_image_embeddings(frame.pixels(picture))

    def all_masks(self, features, points, labels, previous, wrong_padding=False):
        if wrong_padding:
            points = torch.cat([points, torch.zeros(1, 2)])
            labels = torch.cat([labels, torch.tensor([-1])])
        clicks = labels < 2
        answer = self.model(
            image_embeddings=features[0],
            intermediate_embeddings=features[1],
            input_points=points[clicks][None, None] if clicks.any() else None,
            input_labels=labels[clicks][None, None] if clicks.any() else None,
            input_boxes=None if clicks.all() else points[~clicks].reshape(1, -1, 4),
            input_masks=None if previous is None else previous[None, None],
            multimask_output=False,
        )
        return answer.pred_masks[0, 0], answer.iou_scores[0, 0]


class HqEncoder(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.encoder = model.vision_encoder

    def forward(self, pixels):
        answer = self.encoder(pixels)
        return answer.last_hidden_state, torch.stack(answer.intermediate_embeddings)


class HqDecoder(OfficialDecoder):
    """Row 4: one more input after the embedding."""

    def forward(self, features, early, points, labels, mask, has_mask, size):
        prompt = self.model.prompt_encoder
        none = prompt.no_mask_embed.weight.reshape(1, -1, 1, 1)
        low, scores = self.model.mask_decoder(
            features,
            self.model.get_image_wide_positional_embeddings(),
            self.sparse(points, labels),
            has_mask * prompt.mask_embed(mask) + (1 - has_mask) * none,
            multimask_output=False,
            hq_token_only=False,
            intermediate_embeddings=early,
        )
        return self.full_masks(low[:, 0], size), scores[:, 0], low[:, 0]


def small_hq(seed):
    vision, prompts, decoder = configs()
    vision |= {
        "num_hidden_layers": HQ_LAYERS,
        "global_attn_indexes": list(range(HQ_LAYERS)),
    }
    decoder |= {"vit_dim": vision["hidden_size"]}
    config = SamHQConfig(
        vision_config=vision,
        prompt_encoder_config=prompts,
        mask_decoder_config=decoder,
    )
    model = tuned(SamHQModel(config).eval(), seed)
    finer = model.mask_decoder
    for conv in (
        *(finer.compress_vit_conv1, finer.compress_vit_conv2),
        *(finer.encoder_conv1, finer.encoder_conv2),
        *(finer.mask_conv1, finer.mask_conv2),
    ):
        weights.smooth(conv)
    finer.hq_mask_mlp.proj_in.weight.data.mul_(0.05)
    finer.hq_mask_mlp.proj_in.bias.data.mul_(10)
    sessions.centre(HqReference(model), finer)
    return model


@torch.no_grad()
def write_hq(folder):
    """Row 4, by the authors' default: one mask."""
    model = small_hq(HQ_SEED)
    encoder = folder / "sam_hq_vit_b_encoder.onnx"
    decoder = folder / "sam_hq_vit_b_decoder.onnx"
    example = torch.randn(1, 3, SIDE, SIDE)
    outputs = ["image_embeddings", "interm_embeddings"]
    exporting.export(HqEncoder(model), (example,), encoder, ["input_image"], outputs)
    early = torch.randn(HQ_LAYERS, 1, CELLS, CELLS, 16)
    graph = HqDecoder(model, single=True)
    export_decoder(graph, decoder, [("interm_embeddings", early)])
    reference = HqReference(model)

    def embed(picture):
        return exporting.run(encoder, input_image=reference.frame.pixels(picture))

    check_official(reference, decoder, embed)
    sessions.write(folder, reference)


HQ_SEED = 8
SETS = {
    "sam-official": write_official,
    "sam-plain-encoder": write_plain,
    "sam-transformers": write_transformers,
    "hq-sam": write_hq,
}
