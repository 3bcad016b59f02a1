"""Export a checkpoint as ONNX, in float32 and in int8.

    python3 export.py CHECKPOINT SIZE OUT.onnx [--config FILE] [--samples N]

OUT.onnx is the network in float32. OUT-int8.onnx is the same network in int8 (QDQ, per
channel, calibrated on scenes); its first and last convolution and its scores stay in
float32. Batch norms are folded into the convolutions. Both files are compared with
PyTorch.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from clicks import PLANES
from data import Pack
from items import follow_up, fresh
from network import Conv
from scenes import Scenes
from train import Config, read_config

FLOAT_TOLERANCE = 1e-4
INT8_TOLERANCE = 0.03
"""The largest difference from PyTorch's probabilities that is allowed: for float32 in
any cell, for int8 on the mean."""


class Shipped(nn.Module):
    """The network, with probabilities as outputs."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x):
        logits, scores = self.network(x)
        return torch.sigmoid(logits), torch.sigmoid(scores)


def shipped(state: dict) -> Shipped:
    """The network of a checkpoint, ready to be exported."""
    network = Config(**state["config"]).network()
    network.load_state_dict(state["average"])
    return Shipped(folded(network.eval())).eval()


def folded(network: nn.Module) -> nn.Module:
    """The network, with each batch norm folded into the convolution before it."""
    for module in network.modules():
        if isinstance(module, Conv):
            module[0] = fuse_conv_bn_eval(module[0], module[1])
            module[1] = nn.Identity()
    return network


def samples(model: Shipped, config: Config, size: int, count: int):
    """Inputs as in training: first samples, closer looks and corrections, mixed."""
    pack = Pack(Path(config.pack)) if config.pack else None
    scenes = Scenes(pack, 2 * size, [config.seed, 4242])
    waiting = []
    for _ in range(count):
        item = waiting.pop() if waiting else fresh(scenes.draw(), scenes.rng)
        given = item.shown(size)[0][None]
        with torch.no_grad():
            masks, scores = model(torch.from_numpy(given))
        answer = masks[0, scores[0].argmax()].numpy()
        following = follow_up(item, answer, scenes.rng)
        if following is not None and following.looks <= 3:
            waiting.append(following)
        yield {"x": given}


class Reader(CalibrationDataReader):
    def __init__(self, given: list[dict[str, np.ndarray]]):
        self.given = iter(given)

    def get_next(self):
        return next(self.given, None)


def export(
    model: nn.Module,
    given: dict[str, np.ndarray],
    outputs: list[str],
    out: Path,
    dense: bool = False,
) -> None:
    """Writes ONNX for inputs like `given`. `dense` leaves heights and widths open."""
    names = [*given, *outputs] if dense else []
    torch.onnx.export(
        model,
        tuple(map(torch.from_numpy, given.values())),
        str(out),
        input_names=list(given),
        output_names=outputs,
        dynamic_axes={name: {2: f"{name} 2", 3: f"{name} 3"} for name in names},
        opset_version=17,
        dynamo=False,
    )


def quantise(source: Path, given: list[dict], out: Path, last: bool = False) -> None:
    """Writes the network in int8. The first convolution stays in float32, and so does
    the last one unless `last` is true."""
    with tempfile.TemporaryDirectory() as folder:
        ready = str(Path(folder) / "ready.onnx")
        quant_pre_process(str(source), ready, skip_symbolic_shape=True)
        nodes = onnx.load(ready).graph.node
        small = "/score/", "/likeness/"

        def is_small(node) -> bool:
            return any(part in node.name for part in small)

        convolutions = [
            node.name for node in nodes if node.op_type == "Conv" and not is_small(node)
        ]
        kept = {"Conv", "Resize", "Add", "Relu", "AveragePool", "DepthToSpace"}
        floats = [node.name for node in nodes if node.op_type not in kept]
        floats += [node.name for node in nodes if is_small(node)]
        quantize_static(
            ready,
            str(out),
            Reader(given),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=[
                *floats,
                convolutions[0],
                *([] if last else convolutions[-1:]),
            ],
        )


def note(path: Path, presentations: int) -> None:
    """Notes in the file how many presentations the network saw, for revive.py."""
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {"presentations": str(presentations)})
    onnx.save(model, path)


def compare(path: Path, model: nn.Module, given: list[dict]) -> tuple[float, float]:
    """The greatest and the mean difference of all outputs from PyTorch's."""
    session = onnxruntime.InferenceSession(
        str(path), providers=["CPUExecutionProvider"]
    )
    greatest, means = 0.0, []
    for each in given:
        with torch.no_grad():
            wanted = model(*map(torch.from_numpy, each.values()))
        wanted = wanted if isinstance(wanted, tuple) else (wanted,)
        for ours, theirs in zip(session.run(None, each), wanted, strict=True):
            difference = np.abs(ours - theirs.numpy())
            greatest = max(greatest, float(difference.max()))
            means.append(float(difference.mean()))
    return greatest, float(np.mean(means))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("size", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--config", help="a TOML file for the scenes to calibrate on")
    parser.add_argument("--samples", type=int, default=96)
    options = parser.parse_args()
    state = torch.load(options.checkpoint, map_location="cpu")
    model = shipped(state)
    config = read_config(options.config)
    given = list(samples(model, config, options.size, options.samples))
    rng = np.random.default_rng(config.seed)
    noise = rng.normal(0, 1, (4, 1, PLANES, options.size, options.size))
    checked = given[:8] + [{"x": planes} for planes in noise.astype(np.float32)]
    int8 = options.out.with_name(f"{options.out.stem}-int8.onnx")
    export(model, given[0], ["mask", "score"], options.out)
    quantise(options.out, given, int8)
    for path, place, limit in (
        (options.out, 0, FLOAT_TOLERANCE),
        (int8, 1, INT8_TOLERANCE),
    ):
        note(path, state["presentations"])
        differences = compare(path, model, checked if place == 0 else given[:8])
        size = path.stat().st_size / 1e6
        told = "greatest {:.2g}, mean {:.2g}".format(*differences)
        print(f"{path}: {size:.1f} MB, difference from PyTorch: {told}")
        if differences[place] > limit:
            raise SystemExit(f"{path} differs too much from the checkpoint")
