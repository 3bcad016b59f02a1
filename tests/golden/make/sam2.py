"""SAM 2 and EdgeTAM: transformers' models, small, in each export's names.

The reference is the model itself with Sam2ImageProcessor (torchvision's bilinear,
antialiased, on 8-bit pixels, stretched to the square). All exports give the three
multi-mask tokens and add the padding point inside.
"""

import exporting
import pictures
import sessions
import torch
import weights
from frames import Stretch, resize
from sessions import Answer
from torch import nn
from transformers import (
    EdgeTamConfig,
    EdgeTamModel,
    EdgeTamVisionConfig,
    Sam2Config,
    Sam2Model,
    TimmWrapperConfig,
)

SIDE = 256
CELLS = SIDE // 16
WIDTH = 32
LIMIT = 32  # the authors clamp what they feed back


def decoder_config():
    prompts = {"hidden_size": WIDTH, "image_size": SIDE, "mask_input_channels": 8}
    decoder = {
        "hidden_size": WIDTH,
        "mlp_dim": 64,
        "num_attention_heads": 4,
        "iou_head_hidden_dim": 32,
    }
    return {"prompt_encoder_config": prompts, "mask_decoder_config": decoder}


def vision_config(channels):
    return {
        "backbone_channel_list": channels,
        "backbone_feature_sizes": [[CELLS * k, CELLS * k] for k in (4, 2, 1)],
        "fpn_hidden_size": WIDTH,
    }


def small_sam2(seed):
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": 8,
        "image_size": [SIDE, SIDE],
        "blocks_per_stage": [1, 1, 2, 1],
        "embed_dim_per_stage": [8, 16, 24, 32],
        "num_attention_heads_per_stage": [1, 1, 2, 2],
        "window_size_per_stage": [8, 4, 4, 4],
        "global_attention_blocks": [3],
        "mlp_ratio": 2.0,
    }
    vision = vision_config([32, 24, 16, 8]) | {"backbone_config": backbone}
    model = Sam2Model(Sam2Config(vision_config=vision, **decoder_config())).eval()
    weights.randomise(model, seed)
    weights.smooth(model.vision_encoder.backbone.patch_embed.projection)
    return shaped(model, Reference(model))


def small_edgetam(seed):
    """EdgeTAM's RepViT is timm's, at small width."""
    arguments = {
        "in_chans": 3,
        "features_only": True,
        "out_indices": [0, 1, 2, 3],
        "embed_dim": [8, 16, 24, 32],
        "depth": [1, 1, 1, 1],
    }
    backbone = TimmWrapperConfig(architecture="repvit_m1", model_args=arguments)
    vision = vision_config([32, 24, 16, 8]) | {"backbone_config": backbone}
    vision = EdgeTamVisionConfig(**vision)
    config = EdgeTamConfig(vision_config=vision, **decoder_config())
    model = EdgeTamModel(config).eval()
    weights.randomise(model, seed)
    for layer in model.vision_encoder.backbone.modules():
        if isinstance(layer, nn.Conv2d):
            weights.smooth(layer)
    frame, names = Stretch(SIDE), pictures.SIZES
    pixels = [frame.pixels(pictures.load(f"{name}.png")) for name in names]
    weights.settle(model.vision_encoder.backbone, torch.cat(pixels))
    spread = model.get_image_embeddings(torch.cat(pixels))[-1].std()
    for conv in model.vision_encoder.neck.convs:
        conv.weight.data.mul_(1 / spread)
    return shaped(model, Reference(model, feeds_back=False))


def shaped(model, reference):
    decoder = model.mask_decoder
    weights.shape_decoder(decoder)
    for conv in model.vision_encoder.neck.convs:
        conv.weight.data.mul_(0.5)
    for conv in (decoder.conv_s0, decoder.conv_s1):
        conv.weight.data.mul_(0.3)
    decoder.pred_obj_score_head.proj_out.bias.data.fill_(1.0)
    sessions.centre(reference, decoder)
    return model


class Reference:
    """whole: the score is times that of there being an object."""

    pads = True

    def __init__(self, model, feeds_back=True, whole=False):
        self.model = model
        self.feeds_back = feeds_back
        self.whole = whole
        self.frame = Stretch(SIDE)

    def embed(self, picture, frame):
        return self.model.get_image_embeddings(frame.pixels(picture))

    def decode(
        self, features, points, labels, previous, frame, picture, wrong_padding=False
    ):
        points = frame.points(points, picture)
        if wrong_padding:
            points = torch.cat([points, torch.zeros(1, 2)])
            labels = torch.cat([labels, torch.tensor([-1])])
        clicks = labels < 2
        answer = self.model(
            image_embeddings=features,
            input_points=points[clicks][None, None] if clicks.any() else None,
            input_labels=labels[clicks][None, None] if clicks.any() else None,
            input_boxes=None if clicks.all() else points[~clicks].reshape(1, -1, 4),
            input_masks=None if previous is None else previous[None, None],
            multimask_output=True,
        )
        low, scores = answer.pred_masks[0, 0], answer.iou_scores[0, 0]
        fits = not self.feeds_back or low.abs().max() < LIMIT
        assert fits, "a clamp would change it"
        if self.whole:
            scores = scores * answer.object_score_logits[0, 0].sigmoid()
        return Answer(frame.back(low, picture), scores, low)


class Encoder(nn.Module):
    """The model's three feature maps, in the order of names."""

    def __init__(self, model, order):
        super().__init__()
        self.model = model
        self.order = order

    def forward(self, pixels):
        features = self.model.get_image_embeddings(pixels)
        return tuple(features[index] for index in self.order)


class Decoder(nn.Module):
    """Rows 8 to 10: as the authors' predictor, padding inside.

    kind: "low" gives the low-resolution masks alone; "square" also masks of the
    input's size; "picture" masks of orig_im_size.
    """

    def __init__(self, model, kind):
        super().__init__()
        self.model = model
        self.kind = kind

    def forward(self, features, high0, high1, points, labels, mask, has, size=None):
        low, scores = self.low(features, high0, high1, points, labels, mask, has)
        if self.kind == "low":
            return low.clamp(-LIMIT, LIMIT), scores
        if self.kind == "square":
            return resize(low, (SIDE, SIDE)), scores, low.clamp(-LIMIT, LIMIT)
        height, width = size.to(torch.int64)
        return resize(low, (height, width)), scores

    def low(self, features, high0, high1, points, labels, mask, has):
        prompt = self.model.prompt_encoder
        objects = labels.shape[0]
        points = torch.cat([points + 0.5, torch.zeros(objects, 1, 2)], 1)
        labels = torch.cat([labels, -torch.ones(objects, 1)], 1)[..., None]
        sparse = prompt.shared_embedding(points[:, None], (SIDE, SIDE))[:, 0]
        sparse = sparse * (labels != -1)
        sparse = sparse + prompt.not_a_point_embed.weight * (labels == -1)
        for label in range(4):
            sparse = sparse + prompt.point_embed.weight[label] * (labels == label)
        none = prompt.no_mask_embed.weight.reshape(1, -1, 1, 1)
        has = has.reshape(-1, 1, 1, 1)
        dense = has * prompt.mask_embed(mask) + (1 - has) * none
        masks, scores, _, _ = self.model.mask_decoder(
            features,
            self.model.get_image_wide_positional_embeddings(),
            sparse[:, None],
            dense,
            True,
            [high0, high1],
        )
        return masks[:, 0], scores[:, 0]


FEATURES = ["image_embed", "high_res_feats_0", "high_res_feats_1"]


def example_features():
    return (
        torch.randn(1, WIDTH, CELLS, CELLS),
        torch.randn(1, WIDTH // 8, CELLS * 4, CELLS * 4),
        torch.randn(1, WIDTH // 4, CELLS * 2, CELLS * 2),
    )


def write_official(folder, kind, encoder, decoder):
    model = small_sam2(seed=SEED)
    encoder, decoder = folder / encoder, folder / decoder
    order = [FEATURES[1], FEATURES[2], FEATURES[0]]
    example = torch.randn(1, 3, SIDE, SIDE)
    exporting.export(Encoder(model, (0, 1, 2)), (example,), encoder, ["image"], order)
    inputs = [*FEATURES, "point_coords", "point_labels", "mask_input", "has_mask_input"]
    outputs = ["masks", "iou_predictions"]
    example = [
        *example_features(),
        torch.rand(1, 2, 2) * SIDE,
        torch.tensor([[1.0, 0.0]]),
        torch.zeros(1, 1, CELLS * 4, CELLS * 4),
        torch.zeros(1),
    ]
    dynamic = {"point_coords": {1: "num_points"}, "point_labels": {1: "num_points"}}
    if kind == "square":
        outputs.append("low_res_masks")
    if kind == "picture":
        inputs.append("orig_im_size")
        example.append(torch.tensor([150, 200], dtype=torch.int32))
        dynamic["masks"] = {2: "height", 3: "width"}
    graph = Decoder(model, kind)
    exporting.export(graph, tuple(example), decoder, inputs, outputs, dynamic)
    reference = Reference(model, feeds_back=kind != "picture")
    for picture, prompts in sessions.loaded():
        check_official(reference, kind, encoder, decoder, picture, prompts)
    sessions.write(folder, reference)


def check_official(reference, kind, encoder, decoder, picture, prompts):
    frame = reference.frame
    features = exporting.run(encoder, image=frame.pixels(picture))
    previous = None
    for count in range(1, len(prompts) + 1):
        points, labels = sessions.points_of(prompts[:count])
        mask = torch.zeros(1, 1, CELLS * 4, CELLS * 4)
        inputs = {
            "point_coords": frame.points(points, picture)[None],
            "point_labels": labels[None].float(),
            "mask_input": mask if previous is None else previous[None, None],
            "has_mask_input": torch.tensor([float(previous is not None)]),
        }
        if kind == "picture":
            size = torch.tensor(picture.shape[:2], dtype=torch.int32)
            inputs["orig_im_size"] = size
        got = exporting.run(decoder, **features, **inputs)
        scores = got["iou_predictions"][0]
        low = got.get("low_res_masks", got["masks"])[0]
        if reference.feeds_back:
            previous = low[sessions.ranked(scores, labels)[0]]
    masks = low if kind == "picture" else frame.back(low, picture)
    sessions.compare(reference, picture, prompts, masks, scores)


class TransformersDecoder(nn.Module):
    """Row 12: clicks and boxes apart (either may be none), one padding point."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, points, labels, boxes, high0, high1, features):
        prompt = self.model.prompt_encoder
        square = (SIDE, SIDE)
        clicks = prompt.shared_embedding(points + 0.5, square)
        labels = labels[..., None]
        clicks = torch.where(labels == -1, prompt.not_a_point_embed.weight, clicks)
        for label in range(4):
            clicks = clicks + prompt.point_embed.weight[label] * (labels == label)
        corners = boxes.reshape(1, 1, -1, 2) + 0.5
        corners = prompt.shared_embedding(corners, square).reshape(1, 1, -1, 2, WIDTH)
        corners = corners + prompt.point_embed.weight[2:4]
        corners = corners.reshape(1, 1, -1, WIDTH)
        padding = prompt.not_a_point_embed.weight[None, None]
        none = prompt.no_mask_embed.weight.reshape(1, -1, 1, 1)
        masks, scores, _, whole = self.model.mask_decoder(
            features,
            self.model.get_image_wide_positional_embeddings(),
            torch.cat([clicks, corners, padding], 2),
            none.expand(1, -1, CELLS, CELLS),
            True,
            [high0, high1],
        )
        return scores, masks, whole


@torch.no_grad()
def write_transformers(folder, model):
    """Row 12."""
    encoder = folder / "vision_encoder.onnx"
    decoder = folder / "prompt_encoder_mask_decoder.onnx"
    names = [f"image_embeddings.{level}" for level in range(3)]
    example = torch.randn(1, 3, SIDE, SIDE)
    order = (0, 1, 2)
    exporting.export(
        Encoder(model, order), (example,), encoder, ["pixel_values"], names
    )
    features, high0, high1 = example_features()
    exporting.export(
        TransformersDecoder(model),
        (
            torch.rand(1, 1, 2, 2) * SIDE,
            torch.tensor([[[1, 0]]]),
            torch.tensor([[[1.0, 2, 30, 40]]]),
            *(high0, high1, features),
        ),
        decoder,
        ["input_points", "input_labels", "input_boxes", *names],
        ["iou_scores", "pred_masks", "object_score_logits"],
        {
            "input_points": {2: "num_points"},
            "input_labels": {2: "num_points"},
            "input_boxes": {1: "num_boxes"},
        },
    )
    reference = Reference(model, feeds_back=False, whole=True)
    for picture, prompts in sessions.loaded():
        frame = reference.frame
        features = exporting.run(encoder, pixel_values=frame.pixels(picture))
        points, labels = sessions.points_of(prompts)
        points = frame.points(points, picture)
        clicks = labels < 2
        got = exporting.run(
            decoder,
            input_points=points[clicks][None, None],
            input_labels=labels[clicks][None, None],
            input_boxes=points[~clicks].reshape(1, -1, 4),
            **features,
        )
        scores = got["iou_scores"][0, 0] * got["object_score_logits"][0, 0].sigmoid()
        masks = frame.back(got["pred_masks"][0, 0], picture)
        sessions.compare(reference, picture, prompts, masks, scores)
    sessions.write(folder, reference)


def write_samexporter(folder):
    """Row 8."""
    name = "sam2_hiera_tiny"
    write_official(folder, "low", f"{name}.encoder.onnx", f"{name}.decoder.onnx")


def write_darktable(folder):
    """Row 9."""
    write_official(folder, "square", "encoder.onnx", "decoder.onnx")


def write_orig_size(folder):
    """Row 10: nothing low-resolution comes out, so nothing is fed back."""
    name = "sam2.1_hiera_tiny"
    write_official(folder, "picture", f"{name}_encoder.onnx", f"decoder_{name}.onnx")


def write_sam2_transformers(folder):
    write_transformers(folder, small_sam2(SEED))


def write_edgetam(folder):
    write_transformers(folder, small_edgetam(EDGETAM_SEED))


SEED = 2
EDGETAM_SEED = 2
SETS = {
    "sam2-samexporter": write_samexporter,
    "sam2-darktable": write_darktable,
    "sam2-orig-size": write_orig_size,
    "sam2-transformers": write_sam2_transformers,
    "edgetam-transformers": write_edgetam,
}
