"""From a network that was exported back to a run that can go on.

    python3 revive.py NETWORK.onnx RUN [--config FILE] [--presentations N]

NETWORK.onnx is what export.py made, in floats or in bytes: the file that is compiled
into the library, say, when the run that it came from is gone, or when it is to learn
from pictures of your own. RUN gets a latest.pt from which train.py goes on. What the
file lacks is made anew: batch norms, from what the convolutions give on scenes, and the
optimiser's momentum, which a hundred steps bring back.
"""

import argparse
from dataclasses import asdict
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx.numpy_helper import to_array
from torch import nn

from data import Pack
from items import follow_up, fresh
from network import Conv, Network
from optimiser import Optimiser
from scenes import Scenes
from train import Config, phase_at, read_config

ROW = 3.0
"""The length of a convolution's kernels. To the network it means nothing, because of
batch norm; but what a step of the optimiser changes is measured against it."""

SCENES, BATCH = 256, 32


def weights_in(path: Path) -> dict[str, torch.Tensor]:
    """By their names in the network, as floats."""
    graph = onnx.load(path).graph
    found = {tensor.name: to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in found:
            value, scale = (found[name].astype(np.float32) for name in node.input[:2])
            scale = scale.reshape(-1, *[1] * (value.ndim - 1))
            found[node.input[0].removesuffix("_quantized")] = value * scale
    return {
        name.removeprefix("network."): torch.from_numpy(value.copy())
        for name, value in found.items()
        if name.startswith("network.") and name.endswith(("weight", "bias"))
    }


def presentations_of(path: Path) -> int:
    props = {prop.key: prop.value for prop in onnx.load(path).metadata_props}
    return int(props.get("presentations", 0))


def show_scenes(network: nn.Module, config: Config, presentations: int) -> None:
    """First clicks, and what follows on the network's answers to them."""
    pack = Pack(Path(config.pack)) if config.pack else None
    side, sizes = phase_at(config, presentations)
    scenes = Scenes(pack, side, [config.seed, 4243])

    def answers(items) -> np.ndarray:
        planes = np.stack([item.shown(sizes[-1])[0] for item in items])
        return torch.sigmoid(network(torch.from_numpy(planes))[0][:, 0]).numpy()

    for _ in range(SCENES // BATCH):
        items = [fresh(scenes.draw(), scenes.rng) for _ in range(BATCH)]
        pairs = zip(items, answers(items), strict=True)
        later = [follow_up(item, answer, scenes.rng) for item, answer in pairs]
        answers([item for item in later if item is not None])


def convolutions(network: nn.Module, weights: dict) -> dict[str, Conv]:
    """Those of the file."""
    named = network.named_modules()
    return {k: m for k, m in named if isinstance(m, Conv) and f"{k}.0.bias" in weights}


def grown(value: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """With zeros for the inputs that a network of today has and an earlier one had not."""
    if value.shape == wanted.shape:
        return value
    missing = wanted.shape[1] - value.shape[1] if value.ndim > 1 else -1
    if missing < 0 or value.shape[0] != wanted.shape[0]:
        raise SystemExit(
            f"a tensor of {tuple(value.shape)} where the network of the config has "
            f"{tuple(wanted.shape)}: pass a config with the widths of the file"
        )
    return torch.cat([value, torch.zeros_like(wanted[:, :missing])], 1)


def loaded(weights: dict[str, torch.Tensor], config: Config) -> Network:
    """The network of the file: its batch norms only add the biases. What the file
    lacks stays as it is at the start."""
    network = config.network().eval()
    state = network.state_dict()
    for name, (_, norm, *_) in convolutions(network, weights).items():
        state[f"{name}.1.running_var"] = torch.full_like(norm.bias, 1 - norm.eps)
        state[f"{name}.1.weight"] = torch.ones_like(norm.bias)
        state[f"{name}.1.bias"] = weights[f"{name}.0.bias"]
    for name, value in weights.items():
        if name in state:
            state[name] = grown(value, state[name])
    network.load_state_dict(state)
    return network


def statistics(network: Network, weights: dict, config: Config, presentations: int):
    """Mean and variance, by name, of what each convolution gives on scenes."""
    sums, hooks = {}, []
    for name, (convolution, norm, *_) in convolutions(network, weights).items():
        sums[name] = torch.zeros(3, norm.num_features, dtype=torch.float64)

        def note(_module, _given, out, sums=sums[name]):
            flat = out.double().transpose(0, 1).flatten(1)
            count = torch.full((len(flat),), flat.shape[1])
            sums += torch.stack([count, flat.sum(1), (flat**2).sum(1)])

        hooks.append(convolution.register_forward_hook(note))
    show_scenes(network, config, presentations)
    for hook in hooks:
        hook.remove()
    found = {}
    for name, (count, total, squares) in sums.items():
        mean = total / count
        found[name] = mean, (squares / count - mean**2).clamp(min=0)
    return found


@torch.no_grad()
def revived(weights: dict[str, torch.Tensor], config: Config, presentations: int):
    """The network of the weights, its batch norms as they would be had they not been
    folded into the convolutions."""
    network = loaded(weights, config)
    seen = statistics(network, weights, config, presentations)
    for name, (convolution, norm, *_) in convolutions(network, weights).items():
        mean, variance = seen[name]
        longer = ROW / convolution.weight.flatten(1).norm(dim=1).clamp(min=1e-4)
        norm.bias.add_(mean)
        norm.weight.copy_((variance + norm.eps / longer**2).sqrt())
        norm.running_mean.copy_(mean * longer)
        norm.running_var.copy_(variance * longer**2)
        convolution.weight.mul_(longer[:, None, None, None])
    return network


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--config", help="a TOML file with what differs")
    parser.add_argument(
        "--presentations", type=int, help="it has seen, if the file does not say so"
    )
    options = parser.parse_args()
    config = read_config(options.config)
    presentations = options.presentations or presentations_of(options.source)
    target = options.run / "latest.pt"
    if target.exists():
        raise SystemExit(f"{target} exists; a run is never written over")
    weights = weights_in(options.source)
    torch.manual_seed(config.seed)
    network = revived(weights, config, presentations)
    state = network.state_dict()
    momentum = Optimiser(network, config.kernels, config.rest, 1).state()
    options.run.mkdir(parents=True, exist_ok=True)
    whole = {"config": asdict(config), "network": state, "average": state}
    whole |= {"optimiser": momentum, "step": 0, "seconds": 0.0}
    torch.save(whole | {"presentations": presentations}, target)
    print(f"{target}: {len(weights)} tensors of {options.source}")
