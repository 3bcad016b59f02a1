"""The optimiser: Muon for the convolution kernels, AdamW for all other weights.

Muon (Jordan et al., 2024) makes the momentum of a weight matrix nearly orthogonal
before it is applied. The coefficients of the iteration are those of Polar Express
(Amsel et al., 2025). A rank is one of the training processes; with several ranks, each
one works on its share of the matrices.
"""

import math

import torch
import torch.distributed as dist

ITERATION = (
    (4.0848, -6.8946, 2.9270),
    (3.9505, -6.3029, 2.6377),
    (3.7418, -5.5913, 2.3037),
    (2.8769, -3.1427, 1.2046),
    (2.8366, -3.0525, 1.2012),
)
MOMENTUM = 0.94
DECAY_KERNELS, DECAY_REST = 0.01, 0.03
LARGEST_GRADIENT = 3.0


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """A nearly orthogonal matrix: all singular values are close to one. The iteration
    x -> (a + b xx' + c (xx')^2) x runs on the square xx', which is several times
    smaller than x."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    square = x @ x.T
    one = torch.eye(len(square), device=x.device)
    product = one
    for a, b, c in ITERATION:
        factor = torch.addmm(b * square, square, square, alpha=c) + a * one
        product = factor @ product
        square = factor @ square @ factor
    x = product @ x
    return x.T if tall else x


def summed(tensors: list[torch.Tensor]) -> None:
    """Sums over all ranks, in place; on the CPU, because ranks may share one GPU."""
    flat = torch.cat([tensor.flatten() for tensor in tensors]).cpu()
    dist.all_reduce(flat)
    parts = flat.split([tensor.numel() for tensor in tensors])
    for tensor, part in zip(tensors, parts, strict=True):
        tensor.copy_(part.view(tensor.shape))


class Optimiser:
    def __init__(self, network, kernels: float, rest: float, ranks: int):
        self.rates, self.ranks = (kernels, rest), ranks
        self.rank = dist.get_rank() if ranks > 1 else 0
        named = [pair for pair in network.named_parameters() if pair[1].requires_grad]
        skipped = ("stem", "mask", "score", "likeness")
        self.kernels = [
            weight
            for name, weight in named
            if weight.ndim == 4 and not name.startswith(skipped)
        ]
        known = {id(weight) for weight in self.kernels}
        self.others = [weight for _, weight in named if id(weight) not in known]
        self.momentum = [torch.zeros_like(weight) for weight in self.kernels]
        matrices = [weight for weight in self.others if weight.ndim > 1]
        vectors = [weight for weight in self.others if weight.ndim <= 1]
        groups = [
            {"params": matrices, "weight_decay": DECAY_REST},
            {"params": vectors, "weight_decay": 0.0},
        ]
        self.adam = torch.optim.AdamW(groups, lr=rest, betas=(0.9, 0.98))
        # The largest matrix comes first; each goes to the rank with the least work.
        load = [0] * ranks
        self.owner = [0] * len(self.kernels)
        by_size = sorted(range(len(self.kernels)), key=lambda i: -self.cost(i))
        for number in by_size:
            self.owner[number] = load.index(min(load))
            load[self.owner[number]] += self.cost(number)

    def cost(self, number: int) -> int:
        weight = self.kernels[number]
        rows, columns = weight.shape[0], weight[0].numel()
        return min(rows, columns) ** 2 * max(rows, columns)

    @torch.no_grad()
    def step(self, rate: float) -> None:
        kernels, rest = self.rates
        if self.ranks > 1:
            gradients = [weight.grad for weight in self.kernels + self.others]
            summed(gradients)
            for gradient in gradients:
                gradient.div_(self.ranks)
        torch.nn.utils.clip_grad_norm_(self.others, LARGEST_GRADIENT)
        for group in self.adam.param_groups:
            group["lr"] = rest * rate
        self.adam.step()
        updates = []
        for weight, momentum, owner in zip(
            self.kernels, self.momentum, self.owner, strict=True
        ):
            momentum.lerp_(weight.grad, 1 - MOMENTUM)
            update = torch.zeros_like(weight)
            if owner == self.rank:
                ahead = weight.grad.lerp(momentum, MOMENTUM)
                flat = ahead.reshape(len(ahead), -1)
                longer = math.sqrt(max(1, flat.shape[0] / flat.shape[1]))
                update.copy_(orthogonal(flat).view_as(weight) * longer)
            updates.append(update)
        if self.ranks > 1:
            summed(updates)
        for weight, update in zip(self.kernels, updates, strict=True):
            weight.mul_(1 - kernels * rate * DECAY_KERNELS)
            weight.sub_(update, alpha=kernels * rate)

    def state(self) -> dict:
        return {"momentum": self.momentum, "adam": self.adam.state_dict()}

    def load(self, state: dict) -> None:
        for momentum, saved in zip(self.momentum, state["momentum"], strict=True):
            momentum.copy_(saved)
        self.adam.load_state_dict(state["adam"])
