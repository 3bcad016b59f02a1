"""Turn an exported network back into a run, so that it can be trained further.

    python3 revive.py NETWORK.onnx RUN [--config FILE] [--presentations N]

NETWORK.onnx is a file that export.py made, in float32 or int8, such as the one that is
compiled into the library. Revive it if the run that it came from is lost, or to train
it on pictures of your own. RUN gets a latest.pt, from which train.py goes on.

The file has no batch norms; they are made anew from the outputs of the convolutions on
scenes. The file has no momentum of the optimiser either; a hundred steps bring it back.
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
"""The length to which the kernels of the convolutions are scaled. Because of the batch
norms, it does not change what the network computes. But the longer a kernel, the less a
step of the optimiser changes it."""

SCENES, BATCH = 256, 32


def weights_in(path: Path) -> dict[str, torch.Tensor]:
    """The weights in the file, by their names in the network, as floats."""
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
    """Runs the network on first samples, and on the follow-ups to its answers."""
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
    """The convolutions of the network that the file has too, by name."""
    named = network.named_modules()
    return {k: m for k, m in named if isinstance(m, Conv) and f"{k}.0.bias" in weights}


def grown(value: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """The value, with zeros for the inputs that an earlier network did not have."""
    if value.shape == wanted.shape:
        return value
    missing = wanted.shape[1] - value.shape[1] if value.ndim > 1 else -1
    if missing < 0 or value.shape[0] != wanted.shape[0]:
        raise SystemExit(
            f"the file has a tensor of {tuple(value.shape)}, the network of the config "
            f"one of {tuple(wanted.shape)}: pass a config with the widths of the file"
        )
    return torch.cat([value, torch.zeros_like(wanted[:, :missing])], 1)


def loaded(weights: dict[str, torch.Tensor], config: Config) -> Network:
    """The network with the weights of the file. Its batch norms only add the biases.
    Weights that the file lacks keep their initial values."""
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
    """The mean and variance of the output of each convolution on scenes, by name."""
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
    """The network with these weights. Its batch norms are as if they had never been
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
    parser.add_argument("--config", help="a TOML file with settings of the run")
    parser.add_argument(
        "--presentations",
        type=int,
        help="how many the network saw, if the file does not say so",
    )
    options = parser.parse_args()
    config = read_config(options.config)
    presentations = options.presentations or presentations_of(options.source)
    target = options.run / "latest.pt"
    if target.exists():
        raise SystemExit(f"{target} exists; a run is never overwritten")
    weights = weights_in(options.source)
    torch.manual_seed(config.seed)
    network = revived(weights, config, presentations)
    state = network.state_dict()
    momentum = Optimiser(network, config.kernels, config.rest, 1).state()
    options.run.mkdir(parents=True, exist_ok=True)
    whole = {"config": asdict(config), "network": state, "average": state}
    whole |= {"optimiser": momentum, "step": 0, "seconds": 0.0}
    torch.save(whole | {"presentations": presentations}, target)
    print(f"{target}: {len(weights)} tensors from {options.source}")
