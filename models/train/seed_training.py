"""Train one of the seed networks. The same command goes on where the last one stopped.

    python3 seed_training.py NAME RUN [--config FILE] [--presentations N]

NAME is deepmask, sharpmask, deepcropv1, deepcropv2, extractnet or extractnet_plain
(ExtractNet without links). RUN is a folder. RUN/NAME.pt is the state of the training
and, at the end, the trained network. sharpmask refines the deepmask of the same folder,
so train deepmask first.
"""

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from data import Pack
from optimiser import Optimiser
from seed_networks import SIDE, DeepCropV1, DeepCropV2, DeepMask, ExtractNet, SharpMask
from seed_samples import Samples
from train import read_config

BATCH = 32
COOLING = 0.3
"""The share of the presentations over which the learning rate falls to zero."""
SCORE = 1 / 32
"""The weight of the score's loss beside that of the mask, as in DeepMask."""
SAVE_MINUTES = 2
PLAIN = {
    "deepmask": DeepMask,
    "deepcropv1": DeepCropV1,
    "deepcropv2": DeepCropV2,
    "extractnet": ExtractNet,
    "extractnet_plain": lambda: ExtractNet(links=False),
}
NAMES = [*PLAIN, "sharpmask"]


def network_of(name: str, run: Path) -> torch.nn.Module:
    if name != "sharpmask":
        return PLAIN[name]()
    first = run / "deepmask.pt"
    if not first.exists():
        raise SystemExit(f"{first} is missing: train deepmask first")
    return SharpMask(trained("deepmask", run))


def trained(name: str, run: Path) -> torch.nn.Module:
    network = network_of(name, run)
    network.load_state_dict(torch.load(run / f"{name}.pt")["network"])
    return network.eval()


def mask_loss(logits, truth, known):
    """The loss of each sample, on the grid of the answer: cross entropy alone, as in
    the original networks."""
    share = truth.shape[-1] // logits.shape[-1]
    truth, known = F.avg_pool2d(truth, share), (F.avg_pool2d(known, share) == 1).float()
    entropy = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    return (entropy * known).sum((1, 2, 3)) / known.sum((1, 2, 3)).clamp(min=1)


def loss_of(name: str, network, batch: dict):
    """The loss, and the IoU of the masks in the batch."""
    x = batch["x"].contiguous(memory_format=torch.channels_last)
    counted = torch.ones(len(x))
    extra = 0.0
    if name == "deepmask":
        masks, scores = network(x)
        logits, counted = masks.view(-1, 1, SIDE, SIDE), batch["centred"]
        judged = F.binary_cross_entropy_with_logits(scores.flatten(), counted)
        extra = SCORE * judged
    elif name == "deepcropv1":
        logits = network(x, batch["clicks"])
    elif name == "deepcropv2":
        logits = network(torch.cat([x, batch["clicks"]], 1))
    else:
        logits = network(x)
    each = mask_loss(logits, batch["truth"], batch["known"])
    loss = (each * counted).sum() / counted.sum().clamp(min=1) + extra
    with torch.no_grad():
        truth = F.interpolate(batch["truth"], logits.shape[-2:], mode="area") > 0.5
        said = logits > 0
        both = (said & truth).sum((1, 2, 3)) / (said | truth).sum((1, 2, 3)).clamp(1)
        iou = (both * counted).sum() / counted.sum().clamp(min=1)
    return loss, iou.item()


def batches(name: str, samples: Samples):
    while True:
        drawn = []
        while len(drawn) < BATCH:
            drawn += samples.draw(name)
        yield {
            key: torch.from_numpy(np.stack([each[key] for each in drawn]))
            for key in drawn[0]
        }


def save(path: Path, state: dict) -> None:
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def train(name: str, run: Path, config, presentations: int) -> None:
    torch.manual_seed(config.seed)
    network = network_of(name, run).to(memory_format=torch.channels_last)
    optimiser = Optimiser(network, config.kernels, config.rest, ranks=1)
    path, shown = run / f"{name}.pt", 0
    if path.exists():
        state = torch.load(path)
        network.load_state_dict(state["network"])
        optimiser.load(state["optimiser"])
        shown = state["presentations"]
    pack = Pack(Path(config.pack)) if config.pack else None
    drawn = batches(name, Samples(pack, [config.seed, NAMES.index(name), shown]))
    network.train()
    saved, start, told = time.time(), time.time(), []
    while shown < presentations:
        loss, iou = loss_of(name, network, next(drawn))
        network.zero_grad()
        loss.backward()
        left = 1 - shown / presentations
        optimiser.step(min(1, (shown / BATCH + 1) / config.warm_up, left / COOLING))
        shown += BATCH
        told.append((loss.item(), iou))
        done = shown >= presentations
        if done or len(told) == 50:
            mean = np.round(np.mean(told, 0), 4)
            line = {"presentations": shown, "loss": mean[0], "iou": mean[1]}
            line["seconds"] = round(time.time() - start)
            print(name, json.dumps(line), flush=True)
            told = []
        if done or time.time() - saved > 60 * SAVE_MINUTES:
            state = {"network": network.state_dict(), "presentations": shown}
            save(path, state | {"optimiser": optimiser.state()})
            saved = time.time()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("run", type=Path)
    parser.add_argument("--config", help="a TOML file with settings of the run")
    parser.add_argument("--presentations", type=int, default=100_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.run.mkdir(parents=True, exist_ok=True)
    config = read_config(options.config)
    train(options.name, options.run, config, options.presentations)
