"""Train the network. The same command goes on where the last one stopped.

    python3 train.py RUN [--config FILE] [--minutes N] [--cool PRESENTATIONS]
        [--background]

RUN is the folder of the run. train.py writes its log to RUN/log.jsonl, and saves
RUN/latest.pt every few minutes. A start of train.py is called a leg.

With `--cool`, the learning rate falls to zero over so many presentations, and the
result is RUN/cooled.pt. latest.pt stays as it is, so that training can go on from
there. Until the cooling is done, its state is RUN/cooling.pt, from which the same
command goes on.
"""

import argparse
import contextlib
import fcntl
import json
import os
import signal
import time
import tomllib
from collections import defaultdict
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F

from data import Pack
from items import follow_up, fresh
from network import Network
from optimiser import Optimiser
from scenes import Scenes

DRAWN = 128
"""The number of scenes that are kept, to be shown once more."""


@dataclass
class Config:
    pack: str = ""
    """The folder that data.py made. Without one, scenes are drawn by formulas."""
    seed: int = 1
    ranks: int = 2
    """Training processes, each with one thread. If there is a GPU, they share it."""
    batch: int = 64
    """Samples in one step, of all ranks together."""
    again: float = 0.34
    """The share of a batch that follows up the last answers."""
    once_more: float = 0.5
    """The share of first samples whose scene was shown before."""
    phases: list = field(
        default_factory=lambda: [
            [0, 192, [96]],
            [70_000, 256, [96, 128]],
            [400_000, 288, [128, 160]],
            [900_000, 384, [160, 192, 224]],
        ]
    )
    """For each phase: the presentations at which it begins, the side of the scenes, the
    sides of the grid."""
    kernels: float = 0.02
    """The learning rate of Muon, for convolution kernels."""
    rest: float = 0.002
    """The learning rate of AdamW, for all other weights."""
    warm_up: int = 100
    """The steps over which the learning rates rise at the start."""
    average: float = 0.998
    """The share that the average of the weights keeps of itself in a step. The average
    is what is evaluated and exported."""
    save_minutes: float = 4
    end: int = 1 << 60
    """The presentations after which training ends by itself."""
    widths: list = field(default_factory=lambda: [32, 64, 128, 192, 288])
    blocks: list = field(default_factory=lambda: [1, 2, 3, 2])
    decoder: list = field(default_factory=lambda: [64, 96, 128])
    answers: int = 3

    def network(self) -> Network:
        return Network(self.widths, self.blocks, self.decoder, self.answers)


def read_config(path: str | None) -> Config:
    given = tomllib.loads(Path(path).read_text()) if path else {}
    unknown = set(given) - {entry.name for entry in fields(Config)}
    if unknown:
        raise SystemExit(f"{path}: unknown settings {sorted(unknown)}")
    config = Config(**given)
    for _, _, sizes in config.phases:
        if any(size % 32 for size in sizes):
            raise SystemExit(f"{path}: grid sides must be multiples of 32: {sizes}")
    return config


def phase_at(config: Config, presentations: int):
    return [entry for entry in config.phases if presentations >= entry[0]][-1][1:]


# Losses


def losses(logits, truth, known):
    """The loss of each answer [n, answers]: cross entropy plus soft IoU."""
    truth, known = truth[:, None], known[:, None]
    count = known.sum((2, 3)).clamp(min=1)
    entropy = F.binary_cross_entropy_with_logits(
        logits, truth.expand_as(logits), reduction="none"
    )
    entropy = (entropy * known).sum((2, 3)) / count
    chance = torch.sigmoid(logits)
    both = (chance * truth * known).sum((2, 3))
    either = ((chance + truth - chance * truth) * known).sum((2, 3))
    return entropy + 1 - (both + 1) / (either + 1)


@torch.no_grad()
def ious(logits, truth, known):
    selected, wanted = logits > 0, (truth > 0.5)[:, None]
    known = known[:, None] > 0
    both = (selected & wanted & known).sum((2, 3))
    either = ((selected | wanted) & known).sum((2, 3))
    return both / either.clamp(min=1)


def total(logits, scores, truth, known):
    """The loss of a batch, and the IoU of each answer. The first answer learns the
    truth; of the other answers, mostly the better one does. Every score learns the IoU
    that its answer really has."""
    each = losses(logits, truth, known)
    real = ious(logits, truth, known)
    score = 0.3 * F.binary_cross_entropy_with_logits(scores, real)
    if each.shape[1] == 1:
        return each.mean() + score, real
    others = 0.35 * each[:, 1:].amin(1) + 0.05 * each[:, 1:].mean(1)
    return (each[:, 0] + others).mean() + score, real


def halved(x):
    return F.avg_pool2d(x[:, None], 2)[:, 0]


# A leg


class Leg:
    def __init__(self, run: Path, config: Config, cool: int, rank: int, ranks: int):
        self.run, self.config, self.cool = run, config, cool
        self.rank, self.ranks = rank, ranks
        cuda = torch.cuda.is_available()
        self.device = torch.device("cuda" if cuda else "cpu")
        # Other CPUs emulate bfloat16, ten times slower than float32.
        cpu = torch.cpu
        self.half = (
            cuda or cpu._is_amx_tile_supported() or cpu._is_avx512_bf16_supported()
        )
        self.network = config.network().to(self.device)
        self.network = self.network.to(memory_format=torch.channels_last)
        self.optimiser = Optimiser(self.network, config.kernels, config.rest, ranks)
        self.average = {k: v.clone() for k, v in self.network.state_dict().items()}
        self.step, self.presentations, self.seconds = 0, 0, 0.0
        latest = run / "latest.pt"
        if latest.exists():
            self.load(torch.load(latest, map_location=self.device))
        self.cooling = self.presentations, cool
        half_way = run / "cooling.pt"
        if cool and half_way.exists():
            state = torch.load(half_way, map_location=self.device)
            # Not if latest.pt has gone on since, or if the cooling has another length.
            if state["cooling"] == self.cooling:
                self.load(state)
        self.rng = np.random.default_rng([config.seed, rank, self.presentations, 1])
        self.waiting = []
        self.pack = Pack(Path(config.pack)) if config.pack else None
        self.scenes, self.scene_size, self.drawn = None, 0, []

    def load(self, state) -> None:
        self.network.load_state_dict(state["network"])
        self.average = state["average"]
        self.optimiser.load(state["optimiser"])
        self.step, self.presentations = state["step"], state["presentations"]
        self.seconds = state["seconds"]

    def save(self, name: str, whole: bool = True) -> None:
        """Writes another file and renames it, so that the file is always complete."""
        if self.rank:
            return
        state = {
            "config": asdict(self.config),
            "average": self.average,
            "step": self.step,
            "presentations": self.presentations,
            "seconds": self.seconds,
            "cooling": self.cooling,
        }
        if whole:
            state["network"] = self.network.state_dict()
            state["optimiser"] = self.optimiser.state()
        part = self.run / f"{name}.part"
        torch.save(state, part)
        os.replace(part, self.run / name)

    def scene(self, side: int):
        """A new scene, or one of the last scenes once more: mirrored, for any of its
        objects. Scenes are used again because drawing is a seventh of the time."""
        if side != self.scene_size:
            seed = [self.config.seed, self.rank, self.presentations]
            self.scenes = Scenes(self.pack, side, seed)
            self.scene_size, self.drawn = side, []
        if len(self.drawn) < DRAWN:
            self.drawn.append(self.scenes.draw())
            return self.drawn[-1]
        place = self.rng.integers(DRAWN)
        if self.rng.random() < self.config.once_more:
            return self.drawn[place].once_more(self.rng)
        self.drawn[place] = self.scenes.draw()
        return self.drawn[place]

    def batch(self, size: int, scene: int):
        count = self.config.batch // self.ranks
        items = self.waiting[: int(count * self.config.again)]
        while len(items) < count:
            items.append(fresh(self.scene(scene), self.rng))
        shown = [item.shown(size) for item in items]
        tensors = [
            torch.from_numpy(np.stack(part)) for part in zip(*shown, strict=True)
        ]
        return items, [tensor.to(self.device) for tensor in tensors]

    def rate(self) -> float:
        """The factor of the learning rates: constant after a warm-up, or cooling."""
        if self.cool:
            return max(0, 1 - (self.presentations - self.cooling[0]) / self.cool)
        return min(1, (self.step + 1) / self.config.warm_up)

    def keep(self) -> float:
        """The share that the average keeps of itself in a step. The average looks back
        further and further. In a cooling, it looks back over a fifth of the cooling at
        most; otherwise it would hold weights that had not cooled yet."""
        start = (1 + self.step) / (10 + self.step)
        if self.cool:
            start = 1 - 5 * self.config.batch / self.cool
        return max(0, min(self.config.average, start))

    def advance(self) -> dict:
        scene, sizes = phase_at(self.config, self.presentations)
        size = sizes[np.random.default_rng(self.step).integers(len(sizes))]
        start = time.time()
        items, (given, truth, known) = self.batch(size, scene)
        drawn = time.time() - start
        given = given.contiguous(memory_format=torch.channels_last)
        truth, known = halved(truth), (halved(known) == 1).float()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            logits, scores = self.network(given)
        loss, real = total(logits, scores.float(), truth, known)
        self.network.zero_grad()
        loss.backward()
        self.optimiser.step(self.rate())
        self.step += 1
        self.presentations += len(items) * self.ranks
        keep = self.keep()
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                if value.dtype.is_floating_point:
                    self.average[name].lerp_(value, 1 - keep)
                else:
                    self.average[name].copy_(value)
        self.follow(items, logits, scores)
        real = real.cpu().numpy()
        chosen = real[np.arange(len(real)), scores.argmax(1).cpu()]
        kinds = defaultdict(list)
        for item, each, best in zip(items, real, chosen, strict=True):
            kind = "first" if item.looks == 1 else "later"
            kinds[kind].append(each[0])
            kinds[f"{kind} chosen"].append(best)
            kinds[f"{kind} best"].append(each.max())
        kinds["loss"].append(loss.item())
        kinds["drawing"].append(drawn)
        kinds["taken"].append(time.time() - start)
        self.seconds += kinds["taken"][0]
        return kinds

    def follow(self, items, logits, scores) -> None:
        """Makes follow-ups to some answers, for the next batch. Half of these answers
        are those that the library would show first. The other half are any answers,
        because the library looks closer at each of them."""
        wanted = int(len(items) * self.config.again) + 2
        logits, scores = logits.detach().cpu(), scores.detach().cpu()
        self.waiting = []
        for number in self.rng.permutation(len(items)):
            if len(self.waiting) == wanted:
                break
            shown = scores[number].argmax()
            if self.rng.random() < 0.5:
                shown = self.rng.integers(scores.shape[1])
            answer = torch.sigmoid(logits[number, shown]).numpy()
            following = follow_up(items[number], answer, self.rng)
            if following is not None:
                self.waiting.append(following)


def log(run: Path, leg: Leg, kinds: dict[str, list]) -> None:
    entry = {"step": leg.step, "presentations": leg.presentations}
    entry |= {"seconds": round(leg.seconds), "rate": round(leg.rate(), 3)}
    entry |= {k: round(float(np.mean(v)), 4) for k, v in sorted(kinds.items())}
    line = json.dumps(entry)
    print(line, flush=True)
    with open(run / ("cooling.jsonl" if leg.cool else "log.jsonl"), "a") as file:
        file.write(line + "\n")


def agreed(flag: bool, ranks: int) -> bool:
    if ranks == 1:
        return flag
    votes = torch.tensor([float(flag)])
    dist.all_reduce(votes)
    return votes.item() > 0


def work(rank: int, ranks: int, port: int, run: Path, config: Config, options) -> None:
    stopped = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.append(True))
    torch.manual_seed(config.seed)
    if ranks > 1:
        torch.set_num_threads(1)
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
        dist.init_process_group("gloo", rank=rank, world_size=ranks)
    leg = Leg(run, config, options.cool, rank, ranks)
    start = saved = time.time()
    kinds = defaultdict(list)
    name = "cooling.pt" if options.cool else "latest.pt"
    done = ended = False
    while not ended:
        for kind, values in leg.advance().items():
            kinds[kind] += values
        if rank == 0 and leg.step % 25 == 0:
            log(run, leg, kinds)
            kinds.clear()
        now = time.time()
        done = leg.rate() <= 0 if options.cool else leg.presentations >= config.end
        spent = bool(stopped) or now - start > 60 * options.minutes
        ended = agreed(done or spent, ranks)
        if options.cool and done:
            leg.save("cooled.pt", whole=False)
        elif ended or now - saved > 60 * config.save_minutes:
            leg.save(name)
            saved = now
    if options.cool and done and rank == 0:
        (run / name).unlink(missing_ok=True)
    if ranks > 1:
        dist.destroy_process_group()


def make_way() -> None:
    """Takes the lowest priority. If the system groups processes by session, `nice` is
    not enough: the process would still get half of the cores."""
    os.nice(19)
    group = Path("/proc/self/autogroup")
    # If a shell leads the session, the session is the user's, not ours.
    if group.exists() and os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            group.write_text("19")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--config", help="a TOML file with settings of the run")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--cool", type=int, default=0, metavar="PRESENTATIONS")
    parser.add_argument(
        "--background", action="store_true", help="run at the lowest priority"
    )
    options = parser.parse_args()
    if options.background:
        make_way()
    config = read_config(options.config)
    options.run.mkdir(parents=True, exist_ok=True)
    lock = open(options.run / "lock", "w")  # noqa: SIM115 - held until the end
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise SystemExit(
            f"{options.run} is already being trained; stop that leg first"
        ) from None
    port = 20_000 + os.getpid() % 20_000
    arguments = config.ranks, port, options.run, config, options
    started = torch.multiprocessing.spawn(work, arguments, config.ranks, join=False)

    def pass_on(*_):
        for process in started.processes:
            process.terminate()

    signal.signal(signal.SIGTERM, pass_on)
    while not started.join():
        pass
