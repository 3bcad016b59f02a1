"""Random weights that answer like a click network, not like noise.

Plain random transformers hardly look at the clicks and answer with noise. So the
weights here are random but for three things: pixels attend to the prompts nearest
to them, upsampling is smooth, and one upsampled channel is constant, which gives
each mask an offset that can be set (shift).
"""

import torch
from torch import nn


@torch.no_grad()
def randomise(model, seed, embedding_std=1.0, position_std=0.4):
    generator = torch.Generator().manual_seed(seed)

    def fill(tensor, std):
        tensor.copy_(torch.randn(tensor.shape, generator=generator) * std)

    for name, module in model.named_modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            transposed = isinstance(module, nn.ConvTranspose2d)
            weight = module.weight[:, 0, :1, :1] if transposed else module.weight[0]
            inputs = weight.numel()
            fill(module.weight, inputs**-0.5)
            if module.bias is not None:
                fill(module.bias, 0.1)
        elif isinstance(module, nn.LayerNorm | nn.BatchNorm2d):
            module.weight.fill_(1)
            fill(module.bias, 0.1)
        elif isinstance(module, nn.Embedding):
            fill(module.weight, embedding_std)
        for key, tensor in [*module._parameters.items(), *module._buffers.items()]:
            if key == "positional_embedding":
                fill(tensor, position_std)
            elif key in ("pos_embed", "pos_embed_window", "no_memory_embedding"):
                fill(tensor, 0.3)
            elif key in ("rel_pos_h", "rel_pos_w"):
                fill(tensor, 0.1)
    positions = [m for n, m in model.named_modules() if n.endswith("shared_embedding")]
    for module in positions:
        module.positional_embedding.copy_(
            model.shared_image_embedding.positional_embedding
        )


@torch.no_grad()
def shape_decoder(decoder, attend=2.0, strength=0.4, content=0.5):
    """Pixels attend to near prompts; upsampling is smooth; channel 0 is constant."""
    for layer in decoder.transformer.layers:
        attention = layer.cross_attn_image_to_token
        attention.k_proj.weight.copy_(attention.q_proj.weight * attend)
        attention.q_proj.weight.mul_(attend)
        out = getattr(attention, "out_proj", None) or attention.o_proj
        out.weight.mul_(strength)
        layer.layer_norm4.weight.fill_(content)
    for conv in (decoder.upscale_conv1, decoder.upscale_conv2):
        conv.weight.copy_(conv.weight.mean((2, 3), keepdim=True) * 2)
    decoder.upscale_conv2.weight[:, 0] = 0
    decoder.upscale_conv2.bias[0] = 2
    if hasattr(decoder, "conv_s0"):
        decoder.conv_s0.weight[0] = 0
        decoder.conv_s0.bias[0] = 0
    for mlp in decoder.output_hypernetworks_mlps:
        mlp.proj_in.weight.mul_(0.05)
        mlp.proj_in.bias.mul_(10)
        mlp.proj_out.weight.mul_(8)
        mlp.proj_out.weight[0] = 0


@torch.no_grad()
def smooth(conv):
    """One weight for each block of eight by eight cells of the kernel."""
    side = min(8, conv.weight.shape[-1])
    coarse = nn.functional.avg_pool2d(conv.weight, side) * side
    conv.weight.copy_(nn.functional.interpolate(coarse, conv.weight.shape[2:]))


@torch.no_grad()
def settle(network, example):
    """Batch norms take their statistics from an example."""
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
        norm.train()
    network(example)
    for norm in norms:
        norm.eval()


@torch.no_grad()
def shape_scores(head, spread=0.3, middle=0.5):
    head.proj_out.weight.mul_(spread)
    head.proj_out.bias.fill_(middle)


@torch.no_grad()
def shift(decoder, levels):
    """Add a level to the logits of each mask."""
    constant = nn.functional.gelu(torch.tensor(2.0))
    for mlp, level in zip(decoder.output_hypernetworks_mlps, levels, strict=True):
        mlp.proj_out.bias[0] += level / constant
