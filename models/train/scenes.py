"""The scenes of the training: windows of photos, and composed scenes.

`Scenes.draw()` gives a square picture and the objects in it. Without a pack, everything
is drawn by formulas.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from data import UNKNOWN, Pack
from geometry import PADDING, square_inside, through, warp

PHOTO_SHARE = 0.58
"""The share of scenes that are windows of a photo. The others are composed."""

FORMULA_SHARE = 0.05
"""The share of cut-outs and backgrounds that formulas draw even if there is a pack."""


def turn(angle: float, across: float, down: float) -> np.ndarray:
    """The matrix that stretches and then rotates."""
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[cos, -sin], [sin, cos]]) @ np.diag([across, down])


PASTED = UNKNOWN - 1
"""The label of an object that is pasted over a photo."""

SMALLEST, LARGEST = 0.003, 0.93
"""The least and the greatest share of a scene that an object to learn may cover."""


@dataclass
class Scene:
    picture: np.ndarray
    labels: np.ndarray
    """0 is no object, 1 ... are the objects, UNKNOWN is not known."""
    main: int
    """The label of the object that the scene was made for."""
    photo: bool
    """Whether objects and background belong together, as in a photo, and were not put
    together by chance."""

    def objects(self) -> list[int]:
        """The labels of all objects that can be learned from."""
        shares = np.bincount(self.labels.ravel(), minlength=256) / self.labels.size
        found = np.flatnonzero((shares > SMALLEST) & (shares < LARGEST))
        return [int(label) for label in found if label not in (0, UNKNOWN)]

    def stands_out(self) -> bool:
        """Whether the main object is the subject: what anybody would say is shown."""
        areas = np.bincount(self.labels.ravel(), minlength=UNKNOWN + 1)
        others = np.delete(areas[1:UNKNOWN], self.main - 1)
        least = max(0.1 * self.labels.size, 2.5 * others.max())
        return self.photo and areas[self.main] > least

    def once_more(self, rng) -> "Scene":
        """The same scene mirrored; any of its objects becomes the main one."""
        picture, labels = self.picture[:, ::-1], self.labels[:, ::-1]
        main = int(rng.choice(self.objects()))
        return Scene(*map(np.ascontiguousarray, (picture, labels)), main, self.photo)

    def truth(self, label: int) -> np.ndarray:
        """1 is the object, 0 is the rest, UNKNOWN is not known."""
        unknown = np.where(self.labels == UNKNOWN, UNKNOWN, 0)
        return np.where(self.labels == label, 1, unknown).astype(np.uint8)


class Scenes:
    def __init__(self, pack: Pack | None, size: int, seed):
        self.pack = pack
        self.size = size
        self.rng = np.random.default_rng(seed)
        self.photo = pack.weights("photo") if pack else {}
        self.cutout = pack.weights("cutout") if pack else {}
        self.background = pack.weights("background") if pack else {}
        self.objects = {
            name: self.weighed(name) for name in {**self.photo, **self.cutout}
        }

    def draw(self) -> Scene:
        while True:
            photo = self.photo and self.rng.random() < PHOTO_SHARE
            scene = self.from_photo() if photo else self.composed()
            if scene is not None and scene.main in scene.objects():
                scene.picture = self.degraded(scene.picture)
                return scene

    # Choosing

    def weighed(self, name: str):
        """All objects of a source, and the cumulative sum of their weights. Large
        objects are drawn more often; small ones that are drawn are shown from near."""
        found, weights = [], []
        for number, (_, _, height, width, objects) in enumerate(
            self.pack.entries[name]
        ):
            for each in objects:
                found.append((number, each))
                weights.append(math.sqrt(each[1] / (height * width)))
        return found, np.cumsum(weights) / np.sum(weights)

    def choose(self, weights: dict[str, float]) -> str:
        names = list(weights)
        shares = np.cumsum([weights[name] for name in names])
        return names[int(np.searchsorted(shares / shares[-1], self.rng.random()))]

    def choose_object(self, name: str):
        found, shares = self.objects[name]
        pick = int(np.searchsorted(shares, self.rng.random()))
        return found[min(pick, len(found) - 1)]

    def log_uniform(self, low: float, high: float) -> float:
        return math.exp(self.rng.uniform(math.log(low), math.log(high)))

    # Photos

    def from_photo(self):
        rng, size = self.rng, self.size
        name = self.choose(self.photo)
        number, (label, _, *box) = self.choose_object(name)
        pixels = self.pack.pixels(name, number)
        image, labels = pixels[..., :3], pixels[..., 3]
        window = self.window(box, image.shape[1], image.shape[0])
        matrix = self.varied(window)
        picture = warp(image, matrix, size, size)
        seen = warp(labels, matrix, size, size, padding=0, how=cv2.INTER_NEAREST)
        if rng.random() < 0.2:
            picture, seen = self.hidden_in_part(picture, seen, label)
        picture = self.coloured(picture)
        # Outside a picture there is always the same grey.
        inside = np.zeros((size, size), np.uint8)
        height, width = labels.shape
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]])
        corners = np.int32(through(matrix, corners))
        outside = cv2.fillConvexPoly(inside, corners, 1) == 0
        picture[outside], seen[outside] = PADDING, 0
        return Scene(picture, seen, label, True)

    def window(self, box, width: int, height: int):
        """A window on the whole picture, as at a first click, or round the object."""
        rng = self.rng
        x0, y0, x1, y1 = box
        extent, longer = max(x1 - x0, y1 - y0), max(width, height)
        centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
        kind = rng.random()
        if kind < 0.3:
            side = longer * rng.uniform(1.0, 1.08)
            centre[:] = width / 2, height / 2
        else:
            near = kind < 0.65
            factor = rng.uniform(1.1, 2.0) if near else self.log_uniform(1.5, 6)
            side = min(extent * factor, max(longer * 1.1, extent * 1.2))
            slack = 0.45 * max(side - extent, 0.1 * extent)
            centre += rng.uniform(-slack, slack, 2)
        side = min(max(side, 32), extent * 12)
        if kind < 0.3 and side < longer:
            centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
        if rng.random() < 0.9:
            return square_inside(tuple(centre), side, width, height)
        return centre[0] - side / 2, centre[1] - side / 2, side

    def varied(self, window) -> np.ndarray:
        """The matrix from window to scene: mirrored, turned, a little stretched."""
        rng, size = self.rng, self.size
        left, top, side = window
        scale = size / side
        angle = math.radians(rng.normal(0, 10)) if rng.random() < 0.25 else 0.0
        stretch = math.exp(rng.uniform(-0.15, 0.15)) if rng.random() < 0.4 else 1.0
        mirror = -1 if rng.random() < 0.5 else 1
        linear = turn(angle, mirror * scale * stretch, scale / stretch)
        centre = np.array([left + side / 2, top + side / 2])
        return np.column_stack([linear, size / 2 - linear @ centre])

    def hidden_in_part(self, picture, labels, label: int):
        """The photo with something pasted on it that hides little of the object."""
        extent = self.size * self.log_uniform(0.1, 0.5)
        pasted = self.paste(picture, self.cut_out(), extent)
        if pasted is None:
            return picture, labels
        over, covered = pasted
        object_ = labels == label
        if (object_ & covered).sum() > 0.35 * object_.sum():
            return picture, labels
        return over, np.where(covered, np.uint8(PASTED), labels)

    # Compositions

    def composed(self):
        rng, size = self.rng, self.size
        picture = self.backdrop()
        owner = np.zeros((size, size), np.uint8)
        count = int(rng.choice([1, 2, 3, 4, 5], p=[0.25, 0.3, 0.22, 0.13, 0.1]))
        main = int(rng.integers(1, count + 1))
        whole = np.zeros(count + 1)
        last = None
        for number in range(1, count + 1):
            low, high = (0.2, 0.95) if number == main else (0.12, 0.8)
            extent, where = size * self.log_uniform(low, high), None
            cutout = self.cut_out()
            if last is not None and rng.random() < 0.2:
                # A twin of the last object, which touches it.
                cutout, extent, where = (
                    last[0],
                    last[1] * rng.uniform(0.8, 1.2),
                    last[2],
                )
                angle = rng.uniform(0, 2 * math.pi)
                away = extent * rng.uniform(0.5, 0.9)
                where = where + away * np.array([math.cos(angle), math.sin(angle) / 2])
            if where is None:
                where = rng.uniform(0.08, 0.92, 2) * size
            pasted = self.paste(picture, cutout, extent, where)
            if pasted is not None:
                picture, covered = pasted
                owner[covered] = number
                whole[number] = covered.sum()
                last = cutout, extent, where
        left = np.bincount(owner.ravel(), minlength=count + 1)
        hidden = [n for n in range(1, count + 1) if left[n] <= 0.3 * whole[n]]
        least = max(0.004 * size * size, 1)
        seen = [n for n in range(1, count + 1) if n not in hidden and left[n] > least]
        if not seen:
            return None
        chosen = main if main in seen else seen[int(rng.integers(len(seen)))]
        # Nobody would click an object that shows too little of itself.
        owner[np.isin(owner, hidden)] = UNKNOWN
        return Scene(self.coloured(picture, 0.7), owner, chosen, not self.photo)

    def backdrop(self) -> np.ndarray:
        rng, size = self.rng, self.size
        if not (self.background or self.photo) or rng.random() < FORMULA_SHARE:
            return self.texture(size)
        if not self.background or (self.photo and rng.random() < 0.15):
            name = self.choose(self.photo)
        else:
            name = self.choose(self.background)
        number = int(rng.integers(len(self.pack.entries[name])))
        image = self.pack.pixels(name, number)[..., :3]
        height, width = image.shape[:2]
        side = min(height, width) * self.log_uniform(0.4, 1)
        left = rng.uniform(0, max(width - side, 1e-6))
        top = rng.uniform(0, max(height - side, 1e-6))
        matrix = self.varied((left, top, side))
        border = cv2.BORDER_REFLECT_101
        return self.coloured(warp(image, matrix, size, size, border), 0.6)

    def cut_out(self) -> np.ndarray:
        """An object, with its opacity as the fourth plane."""
        rng = self.rng
        if not self.cutout or rng.random() < FORMULA_SHARE:
            return self.shape()
        for _ in range(8):
            name = self.choose(self.cutout)
            number, (label, area, x0, y0, x1, y1) = self.choose_object(name)
            pixels = self.pack.pixels(name, number)
            if label == 0:
                return pixels
            height, width = pixels.shape[:2]
            cropped = (x0 <= 1) + (y0 <= 1) + (x1 >= width - 1) + (y1 >= height - 1)
            if area > 0.01 * height * width and cropped < 2:
                part = pixels[y0:y1, x0:x1].copy()
                opaque = (part[..., 3] == label).astype(np.uint8) * 255
                part[..., 3] = cv2.GaussianBlur(opaque, (3, 3), 0)
                return part
        return self.shape()

    def paste(self, picture, cutout, extent: float, where=None):
        """The picture with a cut-out on it, and the pixels that the cut-out covers."""
        rng, size = self.rng, self.size
        height, width = cutout.shape[:2]
        scale = extent / max(height, width)
        turned = rng.random()
        angle = 0.0
        if turned < 0.1:
            angle = rng.uniform(-math.pi, math.pi)
        elif turned < 0.6:
            angle = math.radians(rng.normal(0, 12))
        stretch = math.exp(rng.uniform(-0.15, 0.15))
        mirror = -1 if rng.random() < 0.5 else 1
        linear = turn(angle, mirror * scale * stretch, scale / stretch)
        if where is None:
            where = rng.uniform(0.08, 0.92, 2) * size
        offset = where - linear @ np.array([width / 2, height / 2])
        corners = linear @ np.array([[0, width, 0, width], [0, 0, height, height]])
        corners += offset[:, None]
        low = np.clip(np.floor(corners.min(1)) - 3, 0, size).astype(int)
        high = np.clip(np.ceil(corners.max(1)) + 3, 0, size).astype(int)
        across, down = high - low
        if min(across, down) < 4:
            return None
        matrix = np.column_stack([linear, offset - low])
        drawn = warp(cutout, matrix, across, down, padding=(0, 0, 0, 0))
        solid = drawn[..., 3] > 127
        if solid.sum() < 20:
            return None
        picture = picture.copy()
        place = slice(low[1], high[1]), slice(low[0], high[0])
        if rng.random() < 0.35:
            self.shadow(picture, drawn[..., 3], place, extent)
        below = picture[place]
        colours = self.matched(drawn[..., :3], solid, below)
        opaque = drawn[..., 3].astype(np.float32) / 255
        if rng.random() < 0.6:
            opaque = cv2.GaussianBlur(opaque, (0, 0), rng.uniform(0.4, 1.4))
        mixed = below + (colours - below) * opaque[..., None]
        picture[place] = mixed.astype(np.uint8)
        covered = np.zeros((size, size), bool)
        covered[place] = solid
        return picture, covered

    def shadow(self, picture, opacity, place, extent: float) -> None:
        rng, size = self.rng, self.size
        full = np.zeros((size, size), np.uint8)
        full[place] = opacity
        small = cv2.resize(full, (size // 4, size // 4), interpolation=cv2.INTER_AREA)
        blur = max(0.5, extent * rng.uniform(0.02, 0.08) / 4)
        small = cv2.GaussianBlur(small, (0, 0), blur)
        right = int(extent * rng.uniform(-0.1, 0.1) / 4)
        down = int(extent * rng.uniform(0, 0.1) / 4)
        small = np.roll(small, (down, right), (0, 1))
        light = 255 - cv2.resize(small, (size, size)) * rng.uniform(0.15, 0.55)
        light = cv2.cvtColor(light.astype(np.uint8), cv2.COLOR_GRAY2RGB)
        cv2.multiply(picture, light, picture, scale=1 / 255)

    def matched(self, colours, solid, below) -> np.ndarray:
        """The colours of an object, matched to the light of the picture under it; at
        times so much that the object hardly stands out."""
        rng = self.rng
        colours = colours.astype(np.float32)
        if rng.random() < 0.15:
            return colours
        mean = colours[solid].mean(0)
        around = below.reshape(-1, 3).mean(0)
        pull = rng.uniform(0.5, 0.9) if rng.random() < 0.12 else rng.uniform(0, 0.45)
        gain = rng.uniform(0.75, 1.25)
        if rng.random() < 0.4:
            gain = gain * rng.uniform(0.85, 1.15, 3)
        contrast = rng.uniform(0.4, 1) if rng.random() < 0.2 else 1.0
        centre = mean * gain + (around - mean) * pull + rng.uniform(-20, 20)
        colours = (colours - mean) * np.float32(contrast) * gain + centre
        if rng.random() < 0.25:
            grey = colours.mean(2, keepdims=True)
            colours = grey + (colours - grey) * rng.uniform(0.2, 1.4)
        return np.clip(colours, 0, 255).astype(np.float32)

    # Drawn by formulas

    def texture(self, size: int) -> np.ndarray:
        """Noise, a gradient or stripes in two colours."""
        rng = self.rng
        first, second = rng.uniform(0, 255, (2, 3))
        if rng.random() < 0.5:
            second = first + rng.normal(0, 30, 3)
        kind = rng.random()
        if kind < 0.5:
            field = np.zeros((size, size), np.float32)
            cells = int(rng.integers(2, 24))
            while cells < size:
                noise = rng.random((cells, cells), np.float32)
                field += cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC)
                cells *= int(rng.integers(2, 5))
        else:
            angle, length = rng.uniform(0, math.pi), rng.uniform(0.04, 2) * size
            along = np.arange(size, dtype=np.float32)
            field = along[None] * math.cos(angle) + along[:, None] * math.sin(angle)
            field = np.sin(field * np.float32(2 * math.pi / length))
            if kind < 0.65:
                field = np.sign(field)
        field = cv2.normalize(field.astype(np.float32), None, 0, 1, cv2.NORM_MINMAX)
        colours = first + (second - first) * field[..., None]
        colours += rng.normal(0, rng.uniform(0, 10), (size, size, 1))
        return np.clip(colours, 0, 255).astype(np.uint8)

    def shape(self) -> np.ndarray:
        """A wavy or angular blob, at times with a hole, limbs or a second texture."""
        rng, size = self.rng, 96
        if self.background and rng.random() < 0.5:
            name = self.choose(self.background)
            number = int(rng.integers(len(self.pack.entries[name])))
            image = self.pack.pixels(name, number)[..., :3]
            side = min(*image.shape[:2], int(rng.integers(48, 200)))
            top = int(rng.integers(image.shape[0] - side + 1))
            left = int(rng.integers(image.shape[1] - side + 1))
            part = np.ascontiguousarray(image[top : top + side, left : left + side])
            inside = cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA)
        else:
            inside = self.texture(size)
        turn_ = np.linspace(0, 2 * math.pi, 80, endpoint=False)
        radius = np.ones(80)
        for wave in range(1, int(rng.integers(2, 8))):
            phase = rng.uniform(0, 2 * math.pi)
            radius += rng.normal(0, 0.35 / wave) * np.cos(wave * turn_ + phase)
        radius = np.clip(radius, 0.15, None)
        flat = rng.uniform(0.35, 1)
        outline = np.column_stack(
            [radius * np.cos(turn_), flat * radius * np.sin(turn_)]
        )
        if rng.random() < 0.3:
            corners = np.sort(rng.choice(80, int(rng.integers(3, 8)), replace=False))
            outline = outline[corners]
        outline -= outline.min(0)
        outline = outline / outline.max() * (size * 0.7) + size * 0.15
        opaque = np.zeros((size, size), np.uint8)
        cv2.fillPoly(opaque, [outline.astype(np.int32)], 255)
        middle = outline.mean(0)
        if rng.random() < 0.3:
            for _ in range(int(rng.integers(1, 4))):
                angle = rng.uniform(0, 2 * math.pi)
                reach = np.array([math.cos(angle), math.sin(angle)]) * size * 0.48
                tip = np.clip(middle + reach, 2, size - 3).astype(int)
                across = int(rng.integers(2, 7))
                start = tuple(map(int, middle))
                cv2.line(opaque, start, tuple(map(int, tip)), 255, across)
        if rng.random() < 0.2:
            hole = tuple(map(int, middle + rng.normal(0, 6, 2)))
            cv2.circle(opaque, hole, int(rng.integers(4, 16)), 0, -1)
        if rng.random() < 0.3:
            other = self.texture(size)
            split = int(rng.uniform(0.3, 0.7) * size)
            inside[split:] = other[split:]
        return np.dstack([inside, opaque])

    # The camera

    def coloured(self, picture: np.ndarray, strength: float = 1.0) -> np.ndarray:
        rng = self.rng
        curve = np.repeat(np.arange(256, dtype=np.float32)[:, None], 3, 1)
        if rng.random() < 0.8 * strength:
            curve = curve * rng.uniform(0.7, 1.3) + rng.uniform(-25, 25)
        if rng.random() < 0.5 * strength:
            curve = curve * rng.uniform(0.85, 1.15, 3)
        if rng.random() < 0.3 * strength:
            curve = 255 * (np.clip(curve, 0, 255) / 255) ** rng.uniform(0.6, 1.6)
        curve = np.clip(curve, 0, 255).astype(np.uint8)
        picture = cv2.LUT(picture, curve[None])
        if rng.random() < 0.35 * strength:
            grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
            grey = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
            colour = 0.0 if rng.random() < 0.15 else rng.uniform(0.2, 1.6)
            picture = cv2.addWeighted(picture, colour, grey, 1 - colour, 0)
        return picture

    def degraded(self, picture: np.ndarray) -> np.ndarray:
        rng = self.rng
        if rng.random() < 0.12:
            picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 2))
        if rng.random() < 0.15:
            planes = 3 if rng.random() < 0.5 else 1
            noise = rng.standard_normal((*picture.shape[:2], planes), np.float32)
            noisy = picture + noise * np.float32(rng.uniform(3, 20))
            picture = np.clip(noisy, 0, 255).astype(np.uint8)
        if rng.random() < 0.12:
            quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 75))]
            picture = cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], 1)
        return np.ascontiguousarray(picture)
