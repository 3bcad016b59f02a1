"""Render the example pictures of this folder, with exact masks.

A small path tracer over signed distance functions. Every ray is tried against
the bounding sphere of each solid, and marched through the solids it may touch.
A picture is the mean of several passes with a jittered pixel and lens position;
the mask of an object is the share of the passes in which it was seen first.

    python tests/data/make_pictures.py [still_life] [garden]

Needs numpy and Pillow. Arrays of points and colours have the shape (3, n).
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
EVAL_SIDE = 320
SEED = 7
PASSES = 20
TOUCH = 8e-4


# Helpers: vectors, colours, noise


def vec(*values):
    return np.array(values, np.float32)[:, None]


def rgb(code):
    """A colour such as "c8331f" as linear light."""
    return vec(*(int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))) ** 2.2


def mix(a, b, t):
    return a + (b - a) * t


def step(low, high, x):
    """0 below low, 1 above high, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def length(p):
    return np.sqrt((p * p).sum(0))


def unit(p):
    return p / np.maximum(length(p), 1e-9)


def turned(x=0, y=0, z=0):
    """The rotation by degrees round x, then y, then z."""
    m = np.eye(3)
    for axis, degrees in enumerate((x, y, z)):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        i, j = (axis + 1) % 3, (axis + 2) % 3
        r = np.eye(3)
        r[i, i], r[j, j], r[i, j], r[j, i] = c, c, -s, s
        m = r @ m
    return m.astype(np.float32)


LATTICE = np.random.default_rng(SEED).random(1 << 16, dtype=np.float32)


def noise(p):
    """Smooth noise of 0 to 1 with features of size 1."""
    cell = np.floor(p)
    f = p - cell
    f = f * f * (3 - 2 * f)
    x, y, z = cell.astype(np.int64)
    total = 0
    for k in range(8):
        i, j, l = k & 1, k >> 1 & 1, k >> 2
        key = (x + i) * 73856093 ^ (y + j) * 19349663 ^ (z + l) * 83492791
        w = (f[0] if i else 1 - f[0]) * (f[1] if j else 1 - f[1])
        total = total + w * (f[2] if l else 1 - f[2]) * LATTICE[key & 0xFFFF]
    return total


def clouds(p, octaves=4):
    return sum(noise(p * 2**k + 17 * k) / 2**k for k in range(octaves)) / 2


# Distance functions


def ball(p, centre, radius):
    return length(p - vec(*centre)) - radius


def egg(p, centre, radii):
    """An ellipsoid (near enough for marching)."""
    q = p - vec(*centre)
    a = length(q / vec(*radii))
    b = length(q / vec(*radii) ** 2)
    return a * (a - 1) / np.maximum(b, 1e-6)


def rod(p, a, b, start, end=None):
    """A capsule from a to b with a radius that may change."""
    a, b = vec(*a), vec(*b)
    h = np.clip(((p - a) * (b - a)).sum(0) / ((b - a) ** 2).sum(), 0, 1)
    end = start if end is None else end
    return length(p - a - (b - a) * h) - mix(start, end, h)


def tube(p, low, high, bottom, top):
    """A solid round the y axis between two heights, with two radii."""
    r = np.hypot(p[0], p[2])
    slope = (top - bottom) / (high - low)
    side = (r - bottom - slope * (p[1] - low)) / np.hypot(1, slope)
    end = np.abs(p[1] - (low + high) / 2) - (high - low) / 2
    inside = np.minimum(np.maximum(side, end), 0)
    return inside + np.hypot(np.maximum(side, 0), np.maximum(end, 0))


def join(a, b, k):
    """The union of two shapes with a soft seam."""
    h = np.maximum(k - np.abs(a - b), 0) / k
    return np.minimum(a, b) - h * h * k / 4


def cut(a, b, k):
    return -join(-a, b, k)


# Solids, planes and the light


class Solid:
    """A distance function with its place, label and skin.

    `skin` gives colour, gloss (0 to 1) and roughness at points of the solid.
    """

    def __init__(self, label, shape, skin, at, reach, turn=(0, 0, 0), scale=1.0):
        self.label, self.shape, self.skin = label, shape, skin
        self.at, self.reach, self.scale = vec(*at), reach * scale, scale
        self.turn = turned(*turn)

    def local(self, p):
        return self.turn.T @ (p - self.at) / self.scale

    def distance(self, p):
        return self.shape(self.local(p)) * self.scale

    def hit(self, o, d, best):
        """The distance along each ray, or `best` where that is nearer."""
        q = o - self.at
        b = (q * d).sum(0)
        room = b * b - (q * q).sum(0) + self.reach**2
        half = np.sqrt(np.maximum(room, 0))
        near = np.maximum(-b - half, 0)
        far = np.minimum(half - b, best)
        rays = np.flatnonzero((room > 0) & (far > near))
        best = best.copy()
        o, d, t, far = o[:, rays], d[:, rays], near[rays], far[rays]
        for _ in range(200):
            if not rays.size:
                break
            gap = self.distance(o + d * t)
            there = gap < TOUCH
            best[rays[there]] = t[there]
            t = t + gap
            go = ~there & (t < far)
            if not go.all():
                rays, t, far = rays[go], t[go], far[go]
                o, d = o[:, go], d[:, go]
        return best

    def normal(self, p):
        e = 2e-3
        corners = [vec(1, -1, -1), vec(-1, -1, 1), vec(-1, 1, -1), vec(1, 1, 1)]
        return unit(sum(c * self.distance(p + c * e) for c in corners))

    def look(self, p):
        return self.skin(self.local(p))


class Plane:
    label = 0

    def __init__(self, normal, height, skin):
        self.n, self.height, self.look = vec(*normal), height, skin

    def hit(self, o, d, best):
        slope = (self.n * d).sum(0)
        slope = np.where(np.abs(slope) < 1e-6, 1e-6, slope)
        t = (self.height - (self.n * o).sum(0)) / slope
        return np.where((t > 1e-3) & (t < best), t, best)

    def normal(self, p):
        return np.broadcast_to(self.n, p.shape)


class Lamp:
    """A bright rectangle: a window, or the sun when it is small and far away."""

    def __init__(self, at, across, up, light, panes=False):
        self.at, self.across, self.up = vec(*at), vec(*across), vec(*up)
        self.light, self.panes = light, panes
        n = np.cross(self.across.T, self.up.T).T
        self.area, self.n = 4 * length(n)[0], unit(n)

    def sample(self, p, u):
        """Direction, distance and light that arrives, for random numbers u."""
        q = self.at + self.across * (2 * u[0] - 1) + self.up * (2 * u[1] - 1) - p
        far = length(q)
        d = q / far
        facing = np.abs((d * self.n).sum(0))
        return d, far, self.light * (facing * self.area / far**2)

    def seen(self, o, d):
        """The light of the lamp where a ray meets it."""
        slope = (self.n * d).sum(0)
        slope = np.where(np.abs(slope) < 1e-6, 1e-6, slope)
        t = (self.n * (self.at - o)).sum(0) / slope
        q = o + d * t - self.at
        x = (q * self.across).sum(0) / (self.across**2).sum()
        y = (q * self.up).sum(0) / (self.up**2).sum()
        on = (t > 0) & (np.abs(x) < 1) & (np.abs(y) < 1)
        if self.panes:
            on &= (np.abs(x) > 0.05) & (np.abs(np.abs(y) - 0.33) > 0.03)
        return self.light * on


# Tracing


def first_hit(things, o, d):
    best = np.full(o.shape[1], 1e4, np.float32)
    who = np.full(o.shape[1], -1)
    for i, thing in enumerate(things):
        t = thing.hit(o, d, best)
        who[t < best] = i
        best = t
    return best, who


def surface(things, o, d):
    """What each ray meets: distance, thing, normal, colour, gloss, roughness."""
    t, who = first_hit(things, o, d)
    p = o + d * t
    n, colour = np.zeros_like(p), np.zeros_like(p)
    gloss, rough = np.zeros_like(t), np.zeros_like(t)
    for i in np.unique(who[who >= 0]):
        k = np.flatnonzero(who == i)
        n[:, k] = things[i].normal(p[:, k])
        colour[:, k], gloss[k], rough[k] = things[i].look(p[:, k])
    return t, who, n, colour, gloss, rough


def around(n, u):
    """A direction on the side of n, likelier near n, for random numbers u."""
    turn, z = 2 * np.pi * u[0], 2 * u[1] - 1
    r = np.sqrt(np.maximum(1 - z * z, 0))
    return unit(n + 0.999 * np.stack([r * np.cos(turn), r * np.sin(turn), z]))


def arriving(scene, p, n, u, rng, depth):
    """The light that falls on points: from the lamp, and by way of a bounce."""
    d, far, light = scene.lamp.sample(p, u[:2])
    light = light * np.maximum((d * n).sum(0), 0)
    k = np.flatnonzero(light.max(0) > 1e-4)
    t, _ = first_hit(scene.things, (p + n * 4e-3)[:, k], d[:, k])
    light[:, k[t < far[k] - 1e-2]] = 0
    if depth == 0:
        return light + scene.ambient
    return light + seen(scene, p + n * 4e-3, around(n, u[2:4]), rng, depth - 1)


def seen(scene, o, d, rng, depth):
    """The light that comes back along rays."""
    t, who, n, colour, _, _ = surface(scene.things, o, d)
    light = scene.sky(d)
    k = np.flatnonzero(who >= 0)
    p = (o + d * t)[:, k]
    u = rng.random((4, k.size), np.float32)
    light[:, k] = colour[:, k] * arriving(scene, p, n[:, k], u, rng, depth)
    return light


def mirrored(scene, p, d, n, gloss, rough, u, rng):
    """The light of the glossy coat."""
    facing = np.maximum(-(d * n).sum(0), 0)
    share = gloss * (0.04 + 0.96 * (1 - facing) ** 5 * (1 - rough))
    light = np.zeros_like(p)
    k = np.flatnonzero(share > 0.004)
    r = d[:, k] + 2 * facing[k] * n[:, k]
    r = unit(r + rough[k] * (around(n[:, k], u[:, k]) - n[:, k]))
    o = p[:, k] + n[:, k] * 4e-3
    back = seen(scene, o, r, rng, 0)
    lamp = scene.lamp.seen(o, r)
    bright = np.flatnonzero(lamp.max(0) > 0)
    t, _ = first_hit(scene.things, o[:, bright], r[:, bright])
    back[:, bright[t > 9e3]] = lamp[:, bright[t > 9e3]]
    light[:, k] = np.minimum(back, 12) * share[k]
    return light


class Scene:
    """Things, lamp, sky and camera. `blades` is None or a lawn to draw."""

    ambient = 0.12
    blades = None
    grain = 1.0

    def rays(self, x, y, lens):
        """Rays through picture positions, from points of the lens."""
        w, h = self.size
        ahead = unit(vec(*self.target) - vec(*self.eye))
        right = unit(np.cross(ahead.T, [[0, 1, 0]]).T.astype(np.float32))
        up = np.cross(right.T, ahead.T).T
        k = np.tan(np.radians(self.view) / 2) / (h / 2)
        d = ahead + right * ((x - w / 2) * k) + up * ((h / 2 - y) * k)
        r, turn = np.sqrt(lens[0]) * self.lens, 2 * np.pi * lens[1]
        shift = right * (r * np.cos(turn)) + up * (r * np.sin(turn))
        o = vec(*self.eye) + shift
        return o, unit(d * self.focus - shift)

    def project(self, p):
        """Picture position and distance of points, through the lens centre."""
        w, h = self.size
        ahead = unit(vec(*self.target) - vec(*self.eye))
        right = unit(np.cross(ahead.T, [[0, 1, 0]]).T.astype(np.float32))
        up = np.cross(right.T, ahead.T).T
        q = p - vec(*self.eye)
        z = np.maximum((q * ahead).sum(0), 1e-3)
        k = np.tan(np.radians(self.view) / 2) / (h / 2) * z
        return (
            w / 2 + (q * right).sum(0) / k,
            h / 2 - (q * up).sum(0) / k,
            length(q),
        )


def splat(scene, shift):
    """Draw the lawn's points, the nearest last: the point in each pixel, or -1."""
    w, h = scene.size
    x, y, _ = scene.blades["seen"]
    x, y = np.floor(x + shift[0]).astype(int), np.floor(y + shift[1]).astype(int)
    k = np.flatnonzero((x >= 0) & (x < w) & (y >= 0) & (y < h))
    drawn = np.full(w * h, -1)
    drawn[y[k] * w + x[k]] = k
    return drawn


def render(scene):
    """Colour, light, coat, normal and distance per pixel; coverage per label."""
    w, h = scene.size
    rng = np.random.default_rng(SEED)
    labels = np.array([thing.label for thing in scene.things] + [0])
    cover = np.zeros((labels.max() + 1, w * h), np.float32)
    sums = {
        k: np.zeros((3, w * h), np.float32) for k in ("colour", "light", "coat", "n")
    }
    sums["far"] = np.zeros((1, w * h), np.float32)
    # Five pairs of random numbers (pixel, lens, lamp, bounce, coat), spread
    # evenly over the passes of a pixel.
    base = rng.random((5, 2, w * h), np.float32)
    order = np.stack([rng.permutation(PASSES) for _ in range(5)])
    ways = np.array([0.7548777, 0.5698403])
    for number in range(PASSES):
        spread = (base + (order[:, number, None] * ways)[..., None]) % 1
        spread = spread.astype(np.float32)
        drawn = None
        if scene.blades:
            drawn = splat(scene, rng.random(2) - 0.5)
        for part in np.array_split(np.arange(w * h), w * h // 12000):
            u = spread[:, :, part]
            dx, dy = 1.4 * (u[0] - 0.5)
            o, d = scene.rays(part % w + 0.5 + dx, part // w + 0.5 + dy, u[1])
            t, who, n, colour, gloss, rough = surface(scene.things, o, d)
            if drawn is not None:
                g = drawn[part]
                k = np.flatnonzero((g >= 0) & (scene.blades["seen"][2][g] < t))
                g = g[k]
                t[k], who[k] = scene.blades["seen"][2][g], 0
                n[:, k] = scene.blades["n"][:, g]
                colour[:, k] = scene.blades["colour"][:, g]
                gloss[k], rough[k] = 0.3, 0.5
            k = np.flatnonzero(who >= 0)
            p = (o + d * t)[:, k]
            light = np.ones_like(o)
            coat = np.zeros_like(o)
            lamp = u[2:4, :, k].reshape(4, -1)
            light[:, k] = arriving(scene, p, n[:, k], lamp, rng, 1)
            coat[:, k] = mirrored(
                scene, p, d[:, k], n[:, k], gloss[k], rough[k], u[4][:, k], rng
            )
            colour[:, who < 0] = scene.sky(d[:, who < 0])
            if scene.haze:
                fog = 1 - np.exp(-np.maximum(t[k] - 14, 0) / scene.haze)
                colour[:, k] = mix(colour[:, k], scene.mist, fog)
            np.add.at(cover, (labels[who], part), 1)
            sums["colour"][:, part] += colour
            sums["light"][:, part] += colour * light
            sums["coat"][:, part] += coat
            sums["n"][:, part] += n
            sums["far"][:, part] += np.minimum(t, 99)
    parts = {k: (v / PASSES).reshape(-1, h, w) for k, v in sums.items()}
    return parts, (cover / PASSES).reshape(-1, h, w)


def smooth(image, guides, rounds):
    """Take out the noise of tracing, but not across edges of the guides."""
    kernel = (1, 2, 1)
    for r in range(rounds):
        gap = 2**r
        total, weight = 0, 0
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                moved = (dy * gap, dx * gap)
                apart = sum(
                    ((np.roll(g, moved, (1, 2)) - g) ** 2).sum(0) / s**2
                    for g, s in guides
                )
                there = np.roll(image, moved, (1, 2))
                tone = np.abs(np.log((there.mean(0) + 0.02) / (image.mean(0) + 0.02)))
                k = kernel[dy + 1] * kernel[dx + 1] * np.exp(-apart - 2 * tone)
                total, weight = total + k * there, weight + k
        image = total / weight
    return image


def develop(scene, parts):
    """From light to an 8-bit picture, as a camera would."""
    colour = np.maximum(parts["colour"], 1e-3)
    guides = [(parts["n"], 0.35), (parts["far"], 0.25)]
    light = smooth(parts["light"] / colour, guides, 4)
    coat = smooth(parts["coat"], guides, 2)
    image = (colour * light + coat) * scene.exposure
    _, h, w = image.shape
    y, x = np.mgrid[:h, :w]
    edge = ((x / w - 0.5) ** 2 + (y / h - 0.5) ** 2) * 2
    image = image * (1 - 0.28 * edge)
    image = image * (2.51 * image + 0.03) / (image * (2.43 * image + 0.59) + 0.14)
    image = 255 * np.clip(image, 0, 1) ** (1 / 2.2)
    rng = np.random.default_rng(SEED)
    image = image + scene.grain * rng.standard_normal((1, h, w))
    return np.clip(image + 0.5, 0, 255).astype(np.uint8).transpose(1, 2, 0)


# The still life


def apple_stem(p):
    low = rod(p, (0, 0.3, 0), (0.03, 0.78, 0.02), 0.035)
    return join(low, rod(p, (0.03, 0.78, 0.02), (0.15, 1.02, 0.05), 0.03, 0.045), 0.03)


def apple(p):
    x, y, z = p
    r = np.hypot(x, z)
    lobes = 1 + 0.03 * np.cos(5 * np.arctan2(z, x)) * step(0.2, -0.8, y)
    taper = 1 - 0.13 * step(0.3, -0.9, y)
    tall = np.where(y > 0, 0.80, 0.88)
    body = np.hypot(r / (lobes * taper) - 0.30, y * 0.66 / tall) - 0.66
    return join(body, apple_stem(p), 0.04) * 0.75


def apple_skin(p):
    x, y, z = p
    r = np.hypot(x, z)
    turn = np.arctan2(z, x)
    ring = np.stack([np.cos(turn) * 11, y * 0.8, np.sin(turn) * 11])
    streak = clouds(ring)
    blush = clouds(p * 1.1 + 3) + 0.30 * x + 0.10 * z - 0.10 * y
    red = step(0.22, 0.66, blush + 0.40 * (streak - 0.45))
    colour = mix(rgb("a9b438"), mix(rgb("8a1418"), rgb("bb2c28"), streak), red)
    dots = step(0.84, 0.92, noise(p * 34))
    colour = mix(colour, rgb("e0c080"), 0.35 * dots)
    colour = mix(colour, rgb("8f9038"), 0.7 * step(0.34, 0.10, r) * (y > 0))
    stem = apple_stem(p) < 0.02
    colour = np.where(stem, rgb("5d4226"), colour)
    return colour, np.where(stem, 0.1, 0.9), np.where(stem, 0.6, 0.14)


def bow(p):
    """Position on the banana's bow: angle, height of the spine, distance to it."""
    x, _, z = p
    turn = np.arctan2(x, z + 1.55)
    a = np.clip(turn, -1.02, 1.10)
    spine = np.stack([1.55 * np.sin(a), 0 * a, 1.55 * np.cos(a) - 1.55])
    return turn, a, length(p - spine)


def banana(p):
    x, y, z = p
    _, a, away = bow(p)
    angle = np.arctan2(y, np.hypot(x, z + 1.55) - 1.55)
    fat = 0.37 * np.sqrt(np.maximum(1 - (np.abs(a) / 1.06) ** 2.1, 0))
    fat = -join(-fat, -np.where(a > 0, 0.09, 0.075), 0.06)
    facets = 1 + 0.075 * np.cos(5 * angle + 0.6)
    return (away - fat * facets) * 0.65


def banana_skin(p):
    x, y, z = p
    turn, _, _ = bow(p)
    colour = mix(rgb("e6b422"), rgb("f0cb40"), clouds(p * vec(1.5, 3, 1.5)))
    colour = mix(colour, rgb("9aa33a"), 0.75 * step(0.70, 1.02, turn))
    colour = mix(colour, rgb("b3b03a"), 0.5 * step(-0.75, -0.98, turn))
    angle = np.arctan2(y, np.hypot(x, z + 1.55) - 1.55)
    ridge = step(0.90, 1.0, np.cos(5 * angle + 0.6))
    colour = mix(colour, rgb("b07a1c"), 0.5 * ridge * step(0.35, 0.6, clouds(p * 5)))
    spots = step(0.62, 0.70, clouds(p * vec(6, 9, 6) + 5))
    colour = mix(colour, rgb("7a5220"), 0.55 * spots)
    ends = np.maximum(step(-1.01, -1.05, turn), step(1.09, 1.13, turn))
    return mix(colour, rgb("3a2a1a"), ends), 0.5, 0.35


def mug(p):
    x, y, z = p
    body = tube(p, -0.95 + 0.1, 0.95 - 0.04, 0.80 - 0.1, 0.86 - 0.04) - 0.06
    hollow = tube(p, -0.75, 1.4, 0.68, 0.76) - 0.03
    # The handle: a flattened ring whose inner side stops at the wall.
    ring = np.hypot((x - 0.88) * 1.05, y * 0.92) - 0.52
    handle = np.hypot(ring, z * 0.75) - 0.12
    body = cut(join(body, handle, 0.12), hollow, 0.03)
    tea = tube(p, -0.9, 0.52, 0.70, 0.745)
    return np.minimum(body, tea) * 0.85


def mug_skin(p):
    x, y, z = p
    r = np.hypot(x, z)
    wave = 0.05 * (noise(np.stack([x * 2, z * 2, y * 0])) - 0.5)
    blue = mix(rgb("3a74b0"), rgb("5f98cc"), clouds(p * vec(2, 5, 2)))
    white = mix(rgb("ece7dc"), rgb("f6f2ea"), clouds(p * 2))
    speck = step(0.80, 0.86, noise(p * 26))
    white = mix(white, rgb("7d7a70"), 0.45 * speck)
    colour = mix(blue, white, step(0.74, 0.79, y + wave))
    inside = (r < 0.775 + 0.05 * y) & (y > -0.7)
    colour = np.where(inside, white, colour)
    tea = inside & (y < 0.535)
    colour = np.where(
        tea, mix(rgb("4a2412"), rgb("8a4a1f"), step(0.3, 0.75, r)), colour
    )
    return colour, np.where(tea, 0.7, 1.0), np.where(tea, 0.02, 0.06)


def duck_parts(p):
    q = np.stack([p[0], p[1], np.abs(p[2])])
    body = egg(q, (0, -0.25, 0), (0.95, 0.62, 0.72))
    tail = rod(q, (-0.55, -0.05, 0), (-1.05, 0.38, 0), 0.36, 0.07)
    head = ball(q, (0.48, 0.62, 0), 0.50)
    wing = egg(q, (-0.22, -0.08, 0.62), (0.52, 0.30, 0.15))
    body = join(join(join(body, tail, 0.25), head, 0.22), wing, 0.06)
    body = cut(body, p[1] + 0.80, 0.08)
    upper = egg(q, (1.0, 0.60, 0), (0.30, 0.075, 0.25))
    lower = egg(q, (0.95, 0.50, 0), (0.24, 0.07, 0.19))
    eye = ball(q, (0.80, 0.80, 0.25), 0.10)
    return body, join(upper, lower, 0.03), eye


def duck(p):
    body, beak, eye = duck_parts(p)
    return np.minimum(np.minimum(body, beak), eye) * 0.85


def duck_skin(p):
    body, beak, eye = duck_parts(p)
    colour = mix(rgb("f4bd1c"), rgb("f8cb35"), clouds(p * 2))
    colour = np.where(beak < body, rgb("e0651a"), colour)
    pupil = length(np.stack([p[0] - 0.875, p[1] - 0.82, np.abs(p[2]) - 0.30])) < 0.075
    eyes = np.where(pupil, rgb("15120f"), rgb("f4f1ea"))
    colour = np.where(eye < np.minimum(body, beak), eyes, colour)
    return colour, 0.8, 0.16


def wood(p):
    x, _, z = p
    plank = np.floor(z / 1.35 + 0.3)
    tint = LATTICE[(plank.astype(int) * 977) & 0xFFFF]
    x = x + 31 * tint
    bend = clouds(np.stack([x * 0.35, plank * 7, z * 0.9]), 3)
    rings = np.sin(2 * np.pi * (z * 4.5 + 4.5 * bend + 0.1 * x))
    fibre = clouds(np.stack([x * 1.6, plank * 3, z * 42]), 3)
    tone = 0.42 + 0.13 * rings + 0.8 * (fibre - 0.45) + 0.35 * (tint - 0.5)
    colour = mix(rgb("5e3c24"), rgb("ac7b4e"), np.clip(tone, 0, 1))
    seam = np.abs((z / 1.35 + 0.3) % 1 - 0.5) * 2
    colour = colour * (1 - 0.75 * step(0.982, 0.996, seam))
    return colour, 0.55, 0.30


def plaster(p):
    tone = clouds(p * vec(0.45, 0.45, 1)) * 0.7 + clouds(p * 2.2) * 0.3
    return mix(rgb("75847f"), rgb("98a59e"), step(0.2, 0.8, tone)), 0.0, 1.0


class StillLife(Scene):
    size, view = (640, 480), 28
    eye, target = (0.30, 4.2, 9.2), (0.22, 0.66, 0)
    lens, focus, exposure, haze = 0.07, 9.2, 0.85, 0
    names = ("apple", "banana", "mug", "duck")
    lamp = Lamp((-6.5, 5.2, 3.2), (0.9, 0, 2.1), (0, 2.3, 0), rgb("fff1dc") * 13, True)
    things = (
        Plane((0, 1, 0), 0, wood),
        Plane((0, 0, 1), -5.5, plaster),
        Solid(1, apple, apple_skin, (-1.80, 0.76, 0.40), 1.35, (8, 30, -6), 0.92),
        Solid(2, banana, banana_skin, (0.2, 0.36, 1.75), 2.0, (12, 6, 0)),
        Solid(3, mug, mug_skin, (-0.35, 0.95, -0.75), 1.9, (0, -32, 0)),
        Solid(4, duck, duck_skin, (2.22, 0.80, -0.35), 1.55, (0, 226, 0)),
    )

    def sky(self, d):
        """The dim room behind the camera."""
        up = 0.5 + 0.5 * d[1]
        left = step(0.2, -1, d[0])
        return mix(rgb("8a7a68"), rgb("e8e4da"), up) * (0.35 + 0.6 * left)


# The garden


def blooms(p, petals, wide):
    """A daisy that looks along +y: petals, then heart."""
    turn = np.arctan2(p[2], p[0])
    part = 2 * np.pi / petals
    turn = turn - part * np.round(turn / part)
    r = np.hypot(p[0], p[2])
    q = np.stack([r * np.cos(turn), p[1] - 0.16 * r, r * np.sin(turn)])
    return egg(q, (0.58, 0, 0), (0.42, 0.06, wide)), egg(
        p, (0, 0.05, 0), (0.27, 0.16, 0.27)
    )


def daisy(p):
    return np.minimum(*blooms(p, 11, 0.15)) * 0.6


def daisy_skin(outer, inner):
    def skin(p):
        petal, heart = blooms(p, 11, 0.15)
        r = np.hypot(p[0], p[2])
        colour = mix(rgb(inner), rgb(outer), step(0.25, 0.6, r + 0.2 * noise(p * 9)))
        eye = mix(rgb("c9861a"), rgb("f0bf35"), noise(p * 24))
        return np.where(heart < petal, eye, colour), 0.15, 0.6

    return skin


def leaf(p):
    # Along +x from the stalk, folded along the middle, tip bent down.
    x, y, z = p
    wide = 0.42 * np.sqrt(np.maximum(1 - (x / 1.02) ** 2, 0)) * (1 - 0.25 * x)
    y = y - 0.25 * np.abs(z) + 0.16 * (x + 0.2) ** 2
    flat = np.hypot(np.maximum(np.abs(z) - wide, 0), np.maximum(np.abs(x) - 1, 0))
    return (np.hypot(flat, y) - 0.025) * 0.6


def leaf_skin(p):
    x, _, z = p
    vein = np.abs(z) * 1.6 - x * 0.5
    veins = step(0.38, 0.5, np.abs(vein * 5 % 1 - 0.5)) * 0.35
    veins = np.maximum(veins, step(0.05, 0.02, np.abs(z)) * 0.7)
    colour = mix(rgb("487c2e"), rgb("74a848"), clouds(p * 2.5))
    return mix(colour, rgb("a9c870"), veins), 0.5, 0.35


def stalk(p):
    return rod(p, (0, -1, 0), (0, 1, 0), 0.05)


def green(p):
    return mix(rgb("466d2a"), rgb("5f8a38"), noise(p * 3)), 0.2, 0.5


def pot(p):
    body = tube(p, -0.85, 0.5, 0.66, 0.90) - 0.03
    rim = tube(p, 0.42, 0.85, 0.98, 1.02) - 0.04
    hollow = tube(p, 0.72, 1.5, 0.88, 0.88)
    return cut(join(body, rim, 0.04), hollow, 0.03) * 0.85


def pot_skin(p):
    x, y, z = p
    tone = clouds(p * 3) * 0.85 + 0.15 * noise(p * vec(1, 40, 1))
    clay = mix(rgb("8e4526"), rgb("c57448"), step(0.15, 0.8, tone))
    lime = step(0.52, 0.75, clouds(p * 1.7 + 9) - 0.12 * y)
    clay = mix(clay, rgb("c9a78c"), 0.55 * lime)
    soil = (np.hypot(x, z) < 0.88) & (y < 0.78) & (y > 0.6)
    return np.where(soil, rgb("2a1c12"), clay), 0.1, 0.8


def playball(p):
    return length(p) - 1


def playball_skin(p):
    turn = np.arctan2(p[2], p[0]) / (2 * np.pi) * 6
    number = np.floor(turn).astype(int) % 3
    bands = [rgb("c9242b"), rgb("efe9df"), rgb("1f5fae")]
    colour = np.choose(number, bands)
    seam = step(0.04, 0.02, (0.5 - np.abs(turn % 1 - 0.5)) * np.hypot(p[0], p[2]))
    colour = mix(colour, colour * 0.6, seam)
    cap = np.abs(p[1]) > 0.965
    return np.where(cap, rgb("efe9df"), colour), 0.8, 0.15


def mushroom(p):
    # The cap is a bowl upside down.
    r = np.hypot(p[0], p[2])
    cap = cut(egg(p, (0, 0.25, 0), (0.86, 0.72, 0.86)), p[1] - 0.24 - 0.12 * r, 0.08)
    low = rod(p, (0.05, -1, 0.02), (0.03, -0.5, 0.01), 0.36, 0.28)
    high = rod(p, (0.03, -0.5, 0.01), (0, 0.4, 0), 0.28, 0.23)
    return np.minimum(cap, join(low, high, 0.1)) * 0.7


def mushroom_skin(p):
    x, y, z = p
    r = np.hypot(x, z)
    top = y > 0.25 + 0.12 * r
    red = mix(rgb("a3160f"), rgb("d23a1c"), clouds(p * 2) + 0.25 * (r - 0.5))
    q = unit(p - vec(0, -0.1, 0)) * 6.5
    warts = step(0.66, 0.71, noise(q + 0.4) + 0.06 * (noise(p * 25) - 0.5))
    red = mix(red, rgb("efe6d2"), warts)
    pale = mix(rgb("e2d8c2"), rgb("f6efe0"), noise(p * vec(12, 2, 12)))
    return np.where(top, red, pale), np.where(top, 0.8, 0.1), np.where(top, 0.2, 0.7)


def bird_parts(p):
    # A robin that looks along +x.
    q = np.stack([p[0], p[1], np.abs(p[2])])
    body = egg(q, (0, 0, 0), (0.66, 0.56, 0.52))
    body = join(body, ball(q, (0.42, 0.52, 0), 0.36), 0.22)
    tail = rod(q, (-0.5, -0.05, 0), (-1.25, -0.12, 0), 0.16, 0.12)
    wing = egg(q, (-0.22, 0.02, 0.44), (0.66, 0.34, 0.14))
    body = join(body, tail, 0.2)
    beak = rod(q, (0.72, 0.52, 0), (0.98, 0.48, 0), 0.07, 0.012)
    eye = ball(q, (0.60, 0.62, 0.245), 0.07)
    legs = rod(q, (0.02, -0.4, 0.16), (0.06, -0.95, 0.18), 0.04)
    toes = rod(q, (-0.05, -0.95, 0.18), (0.30, -0.97, 0.2), 0.03)
    return body, wing, beak, eye, np.minimum(legs, toes)


def bird(p):
    body, wing, *rest = bird_parts(p)
    for part in rest:
        wing = np.minimum(wing, part)
    return join(body, wing, 0.02) * 0.85


def bird_skin(p):
    body, wing, beak, eye, legs = bird_parts(p)
    x, y, _ = p
    down = clouds(p * vec(5, 9, 9))
    back = mix(rgb("5a4632"), rgb("8a7152"), down)
    breast = mix(rgb("c4561c"), rgb("e67f33"), down)
    belly = mix(rgb("cfc4b0"), rgb("efe8da"), down)
    front = step(
        -0.08, 0.08, x * 0.9 - 0.28 + 0.10 * (down - 0.5) - 0.35 * np.abs(y - 0.35)
    )
    colour = mix(back, belly, step(-0.02, -0.2, y + 0.15 * (down - 0.5)))
    colour = mix(colour, breast, front * step(0.78, 0.70, y))
    stripe = 0.7 + 0.3 * np.sin(y * 40 + 6 * x)
    colour = np.where(
        wing < body, mix(rgb("4a3a2a"), rgb("7d6446"), stripe * down), colour
    )
    plumage = np.minimum(body, wing)
    colour = np.where(beak < plumage, rgb("3a3029"), colour)
    colour = np.where(legs < plumage, rgb("7a4a33"), colour)
    dark = eye < np.minimum(plumage, beak)
    return (
        np.where(dark, rgb("080706"), colour),
        np.where(dark, 1, 0.1),
        np.where(dark, 0, 0.6),
    )


def earth(p):
    tone = clouds(p * vec(2.5, 1, 2.5)) * 0.6 + clouds(p * vec(0.35, 1, 0.35)) * 0.4
    near = mix(rgb("263414"), rgb("48602a"), tone)
    far = mix(rgb("40681f"), rgb("66903a"), tone)
    return mix(near, far, step(-4, -22, p[2])), 0.0, 1.0


def flowerpot(rng, at):
    """The pot and, as another object, its plant: a dome of leaves and daisies."""
    x, y, z = at
    things = [Solid(1, pot, pot_skin, (x, y + 0.88, z), 1.5)]
    for i in range(46):
        turn, lift = 137.5 * i, 75 - 80 * (i / 46) ** 0.8
        a, b = np.radians(turn), np.radians(lift)
        out = 0.42 + 0.42 * np.cos(b)
        place = (x + out * np.cos(a), y + 2.03 + 0.80 * np.sin(b), z - out * np.sin(a))
        size = rng.uniform(0.44, 0.56)
        solid = Solid(2, leaf, leaf_skin, place, 1.2, scale=size)
        roll = rng.uniform(-20, 20)
        solid.turn = turned(y=turn) @ turned(x=roll, z=lift * 0.55 - 5)
        things.append(solid)
    tints = [("d84a7c", "f3b0c4"), ("f2ecec", "f6dfe6"), ("c72f5d", "e887a6")]
    for i in range(12):
        turn = np.radians(100 + 137.5 * i)
        out = 0.22 + 0.78 * np.sqrt(i / 12)
        place = np.array(
            [out * np.cos(turn), 3.06 - 0.62 * out**2, 0.30 + out * np.sin(turn)]
        )
        lean = (30 + 30 * place[2], 0, -38 * place[0])
        skin = daisy_skin(*tints[i % 3])
        size = rng.uniform(0.27, 0.34)
        things.append(Solid(2, daisy, skin, place + at, 1.1, lean, size))
        stem = Solid(2, stalk, green, place + at, 1.1, lean, 0.5)
        stem.at = stem.at - stem.turn[:, 1:2] * 0.5
        things.append(stem)
    return things


def lawn(scene, rng, number=42000):
    """Points all over the blades of grass, the farthest blade first."""
    far = -6.5 * np.log(1 - 0.96 * rng.random(number))
    z = np.sort(scene.eye[2] - 3.2 - far)
    x = scene.eye[0] + (rng.random(number) - 0.5) * (scene.eye[2] - z + 1) * 0.62
    foot = np.stack([x, 0 * x, z])
    tall = rng.uniform(0.16, 0.40, number) * (0.7 + 0.6 * noise(foot))
    turn = rng.uniform(0, 2 * np.pi, number)
    lean = np.stack([np.cos(turn), 0 * turn, np.sin(turn)])
    side = np.stack([-np.sin(turn), 0 * turn, np.cos(turn)])
    lean = lean * tall * rng.uniform(0.2, 0.8, number)
    dry = 0.6 * rng.random(number) ** 3
    tint = mix(rgb("26521a"), rgb("5f8c34"), rng.random(number))
    tint = mix(tint, rgb("96904e"), dry)
    # 30 places along each blade (axis 2), 3 across it (axis 3).
    foot, tall, lean, side, tint = (
        v[..., None, None] for v in (foot, tall, lean, side, tint)
    )
    h = np.linspace(0, 1, 30)[:, None]
    s = np.linspace(-1, 1, 3)
    spot = foot + lean * h**2 + side * s * (1 - h) * 0.017
    spot[1] += tall * h
    n = unit(vec(0, 1, 0.35)[..., None, None] + 0.5 * s * side)
    n, tint = (np.broadcast_to(v, spot.shape) for v in (n, tint * (0.25 + 0.9 * h)))
    spot, n, tint = (np.float32(v).reshape(3, -1) for v in (spot, n, tint))
    return {"seen": scene.project(spot), "n": n, "colour": tint}


class Garden(Scene):
    size, view = (480, 640), 33
    eye, target = (0.3, 3.1, 11.5), (0.18, 1.50, 0)
    lens, focus, exposure, haze = 0.06, 10.0, 0.66, 90
    mist = rgb("8aa85c")
    ambient = 0.3
    names = ("pot", "plant", "ball", "bird", "mushroom", "small_mushroom")
    lamp = Lamp((-58, 50, 58), (3.6, 0, 3.6), (2.2, 4.5, -2.2), rgb("ffedd0") * 360)

    def __init__(self):
        rng = np.random.default_rng(SEED)
        self.things = [
            Plane((0, 1, 0), 0, earth),
            *flowerpot(rng, (-0.75, 0, -0.6)),
            Solid(
                3, playball, playball_skin, (1.70, 0.84, 0.6), 1.02, (25, 20, 38), 0.88
            ),
            Solid(4, bird, bird_skin, (0.70, 0.50, 2.6), 1.5, (0, 200, 8), 0.42),
            Solid(5, mushroom, mushroom_skin, (-1.30, 0.50, 2.2), 1.4, (0, 0, 7), 0.62),
            Solid(
                6, mushroom, mushroom_skin, (-0.50, 0.36, 2.7), 1.4, (0, 70, -9), 0.34
            ),
        ]
        self.blades = lawn(self, rng)

    def sky(self, d):
        """Clouds over a far row of trees, all out of focus."""
        up = d[1]
        blue = mix(rgb("c9dcea"), rgb("4f88c6"), step(-0.02, 0.22, up))
        q = np.stack([d[0] * 7 + up * 4, up * 17, 0 * up])
        white = step(0.40, 0.66, clouds(q + 8)) * step(0.02, 0.12, up)
        blue = mix(blue, rgb("f6f3ee"), 0.85 * white) * 1.25
        side = np.stack([d[0] / np.maximum(np.abs(d[2]), 0.2), 0 * up, 0 * up])
        tops = 0.085 + 0.10 * (clouds(side * 7 + 2, 3) - 0.5)
        leaves = np.stack([side[0] * 16, up * 22, 0 * up])
        trees = mix(rgb("2c4a2a"), rgb("7d9a58"), step(0.25, 0.8, clouds(leaves, 2)))
        trees = mix(trees, rgb("b9c9b0"), 0.25)
        return mix(trees * 0.8, blue, step(-0.012, 0.012, up - tops))


SCENES = {"still_life": StillLife, "garden": Garden}


def write(name, scene):
    parts, cover = render(scene)
    picture = Image.fromarray(develop(scene, parts))
    objects = Image.fromarray(cover.argmax(0).astype(np.uint8))
    picture.save(HERE / f"{name}.png", optimize=True)
    objects.save(HERE / f"{name}_objects.png", optimize=True)
    for folder in ("masks", "eval/images", "eval/masks"):
        (HERE / folder).mkdir(parents=True, exist_ok=True)
    for label, what in enumerate(scene.names, 1):
        mask = Image.fromarray((cover[label] * 255 + 0.5).astype(np.uint8))
        mask.save(HERE / f"masks/{name}_{what}.png", optimize=True)
    # The small copy: a pixel without a clear majority is unknown.
    w, h = (side * EVAL_SIDE // max(scene.size) for side in scene.size)
    picture.resize((w, h), Image.BOX).save(
        HERE / f"eval/images/{name}.png", optimize=True
    )
    share = cover.reshape(len(cover), h, scene.size[1] // h, w, -1).mean((2, 4))
    small = np.where(share.max(0) > 0.6, share.argmax(0), 255).astype(np.uint8)
    Image.fromarray(small).save(HERE / f"eval/masks/{name}.png", optimize=True)


if __name__ == "__main__":
    for chosen in sys.argv[1:] or SCENES:
        write(chosen, SCENES[chosen]())
