"""Random scenes in the manner of the golden pictures, and the teaching of networks.

A network with random weights answers noise, and noise tells little of how its
input was prepared. A minute of teaching makes it tell blobs of five colours apart.
"""

import numpy as np
import pictures
import torch

COLOURS = np.array([colour for *_, colour in pictures.BLOBS], float)
GROUNDS = np.array(pictures.CORNERS, float)


def scene(random, side):
    """A picture, and for each of its blobs the colour's number and what is seen."""
    y, x = np.mgrid[0:side, 0:side] / side
    ground = GROUNDS[random.permutation(4)][:, :, None, None]
    image = (ground[0] * (1 - x) + ground[1] * x) * (1 - y)
    image = image + (ground[2] * (1 - x) + ground[3] * x) * y
    blobs = []
    for _ in range(random.integers(2, 5)):
        kind = int(random.integers(len(COLOURS)))
        cx, cy = random.uniform(0.15, 0.85, 2)
        rx, ry = random.uniform(0.12, 0.3, 2)
        turn = random.uniform(0, np.pi)
        c, s = np.cos(turn), np.sin(turn)
        u, v = ((x - cx) * c + (y - cy) * s) / rx, ((y - cy) * c - (x - cx) * s) / ry
        distance = np.hypot(u, v)
        inside = 1 / (1 + np.exp((distance - 1) * 25))
        shade = 1 - 0.35 * np.clip(u + v, -1, 1)
        image = image + inside * (COLOURS[kind][:, None, None] * shade - image)
        covered = distance < 1
        blobs = [(old, seen & ~covered) for old, seen in blobs] + [(kind, covered)]
    image = image * random.uniform(0.9, 1.1) + random.normal(0, 3, image.shape)
    blobs = [(kind, seen) for kind, seen in blobs if seen.sum() > side * side / 60]
    return (np.clip(image, 0, 255) / 255).astype(np.float32), blobs


def class_map(blobs, side, classes):
    """The class of each pixel: classes[colour], or 0 beside the blobs."""
    labels = np.zeros((side, side), np.int64)
    for kind, seen in blobs:
        labels[seen] = classes[kind]
    return labels


def teach(module, loss, steps, rate=3e-3, seed=0):
    """Fit the module; loss(random) draws an example and tells how wrong it is."""
    torch.set_num_threads(1)
    random = np.random.default_rng(seed)
    optimizer = torch.optim.Adam(module.parameters(), rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps)
    module.train()
    for _ in range(steps):
        optimizer.zero_grad()
        wrong = loss(random)
        wrong.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 5.0)
        optimizer.step()
        schedule.step()
    module.eval()
    return float(wrong.detach())
