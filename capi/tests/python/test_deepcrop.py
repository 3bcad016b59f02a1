"""deepcrop.py: everything in it once, and every bad input.

    DEEPCROP_LIBRARY=… DEEPCROP_ONNXRUNTIME=… python3 -m unittest discover -s capi/tests/python

`cargo test --test python` sets the variables.
"""

import ast
import gc
import hashlib
import json
import math
import mmap
import os
import platform
import shutil
import struct
import unittest
import weakref
from array import array
from pathlib import Path
from xml.etree import ElementTree

from common import (
    DISC,
    HEIGHT,
    LIBRARY,
    PIXELS,
    ROOT,
    RUNTIME,
    SCRATCH,
    WIDTH,
    deepcrop,
    image,
    overlap,
    python,
)
from deepcrop import (
    Change,
    Combine,
    Edges,
    Error,
    Format,
    Image,
    ImportOptions,
    Mask,
    Model,
    ModelOptions,
    Picture,
    SegmentOptions,
    Status,
    box,
    exclude,
    from_mask,
    include,
    lasso,
    scribble,
    scribble_out,
)

SQUARE = bytes(255 * (5 <= i % 50 < 25 and 10 <= i // 50 < 20) for i in range(40 * 50))


class Case(unittest.TestCase):
    def fails(self, status, words, call, *arguments, **options):
        """The call raises Error with this status and a sentence with these words."""
        with self.assertRaises(Error) as caught:
            call(*arguments, **options)
        error = caught.exception
        self.assertEqual((error.status, str(error)), (status, error.message))
        self.assertIn(words, error.message)
        self.assertGreater(len(error.message), 20)


class Models(Case):
    def test_builtin(self):
        info = Model().info
        self.assertEqual((info.family, info.provider), ("click_map", "cpu"))
        self.assertIn("ONNX Runtime 1.", info.runtime)
        self.assertTrue(info.name and info.version and info.licence)
        self.assertEqual(Model.builtin().info, info)
        self.assertEqual(Model("builtin").info, info)

    def test_classical(self):
        info = Model.classical().info
        self.assertEqual(info.family, "classical")
        self.assertEqual((info.provider, info.runtime), ("none", ""))

    def test_files(self):
        network = (ROOT / "models/click.onnx").read_bytes()
        path = SCRATCH / "a ä 漢" / "n ö 1.onnx"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(network)
        options = ModelOptions(provider=deepcrop.Provider.CPU, threads=1)
        wanted = Model(None, options).info
        self.assertEqual(wanted.provider_note, "")
        for place in (path, str(path), os.fsencode(path)):
            self.assertEqual(Model(place, options).info, wanted)
        for data in (network, bytearray(network), memoryview(network)):
            self.assertEqual(Model.from_bytes(data).info, Model().info)
        self.fails(Status.FILE, "none", Model, path.parent / "none.onnx")
        self.fails(Status.MODEL, "", Model.from_bytes, network[:1000])
        self.fails(Status.MODEL, "", Model.from_bytes, b"")
        self.fails(Status.ARGUMENT, "`path` contains a zero byte", Model, "a\0b")
        self.fails(Status.ARGUMENT, "not UTF-8", Model, b"\xff.onnx")
        self.fails(Status.ARGUMENT, "not UTF-8", Model, "\udcff.onnx")
        for wrong in (5, 1.5, [path]):
            self.assertRaises(TypeError, Model, wrong)
        self.assertRaises(TypeError, Model.from_bytes, "text")

    def test_options(self):
        for field, value, status, words in (
            ("provider", 99, Status.ARGUMENT, "unknown provider 99"),
            ("provider", -1, Status.ARGUMENT, "`provider` is -1"),
            ("provider", deepcrop.Provider.COREML, Status.PROVIDER, "does not work"),
            ("threads", 1 << 32, Status.ARGUMENT, "`threads` is 4294967296"),
            ("threads", 1025, Status.ARGUMENT, "1025 threads"),
            ("runtime", "/nothing/here.so", Status.RUNTIME, "ONNX Runtime"),
            ("runtime", "a\0b", Status.ARGUMENT, "`runtime` contains a zero byte"),
            ("matting", "/nothing/here.onnx", Status.FILE, "here.onnx"),
        ):
            with self.subTest(field=field, value=value):
                options = ModelOptions()._replace(**{field: value})
                self.fails(status, words, Model, None, options)
        self.assertRaises(TypeError, Model, None, ModelOptions(threads=1.5))
        Model(None, ModelOptions(no_disk_cache=True, runtime=RUNTIME))

    def test_fall_back(self):
        options = ModelOptions(fall_back=True, runtime="/nothing/here.so")
        info = Model(None, options).info
        self.assertEqual(info.family, "classical")
        self.assertIn("ONNX Runtime", info.provider_note)

    def test_matting(self):
        matting = ROOT / "tests/data/networks/matting.onnx"
        mask = Picture(Model("classical", ModelOptions(matting=matting)), image())
        self.assertGreater(mask.segment([include(60, 60)]).area, 0)
        objects = ROOT / "tests/data/networks/objects.onnx"
        options = ModelOptions(matting=objects)
        self.fails(Status.MODEL, "not a matting network", Model.classical, options)

    def test_report(self):
        report = deepcrop.report()
        for words in (
            f"\ndeepcrop {deepcrop.version()} (ABI 1)\n",
            f"Python {platform.python_version()}",
            f"\nlibrary: {LIBRARY}\n",
            "\nprovider cpu: works: ",
            "\nresult: the built-in network runs",
        ):
            self.assertIn(words, report)

    def test_a_report_of_what_is_broken(self):
        script = "print(__import__('deepcrop').report('/nothing/here.so'))"
        said = python(script)
        for words in (
            "ONNX Runtime: none: ",
            "/nothing/here.so",
            "classical engine: l",
        ):
            self.assertIn(words, said)
        cancel = deepcrop.Cancel()
        cancel.raise_()
        for report in (
            deepcrop.report(cancel=cancel),
            deepcrop.report(b"\xff"),
            deepcrop.report("a\0b"),
        ):
            self.assertIn("\ndoes not work: ", report)


class InstalledModels(Case):
    """Importing, listing, verifying and removing, in a folder of the test."""

    def setUp(self):
        self.folder = SCRATCH / "installed"
        before = os.environ.get("DEEPCROP_MODELS")
        os.environ["DEEPCROP_MODELS"] = str(self.folder)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        if before is None:
            self.addCleanup(os.environ.pop, "DEEPCROP_MODELS")
        else:
            self.addCleanup(os.environ.__setitem__, "DEEPCROP_MODELS", before)

    def test_a_model_comes_and_goes(self):
        network = ROOT / "tests/data/networks/red.onnx"
        size = network.stat().st_size
        sha256 = hashlib.sha256(network.read_bytes()).hexdigest()
        self.assertEqual(deepcrop.installed_models(), [])
        options = ImportOptions("mine", sha256={network: sha256}, title="Mine ä")
        options = options._replace(licence="CC0", source="https://example.org")
        model = deepcrop.import_model([network], options)
        self.assertEqual(
            (model.name, model.title, model.licence, model.source),
            ("mine", "Mine ä", "CC0", "https://example.org"),
        )
        self.assertEqual((model.bytes, model.has_record), (size, True))
        self.assertEqual(Path(model.folder), self.folder / "mine")
        self.assertEqual(deepcrop.installed_models(), [model])
        red = deepcrop.import_model(iter([str(network)]))
        self.assertEqual((red.name, red.title), ("red", "red"))
        self.assertIn("red.onnx", red.source)
        self.assertEqual(Model("mine").info.family, "click_map")

        deepcrop.verify_model("mine")
        (self.folder / "mine/red.onnx").write_bytes(b"cut off")
        words = "1 of 1 files of mine is missing or changed"
        self.fails(Status.FILE, words, deepcrop.verify_model, "mine")
        (self.folder / "mine/notes.txt").write_bytes(b"mine")
        self.assertEqual(deepcrop.remove_model("mine"), 1)
        self.assertEqual(deepcrop.remove_model("red"), 0)

    def test_what_cannot_be_imported(self):
        network = ROOT / "tests/data/networks/red.onnx"
        add = deepcrop.import_model
        for options, status, words in (
            (ImportOptions(sha256={network: "0" * 64}), Status.FILE, "its SHA-256 is"),
            (ImportOptions(sha256={network: "0"}), Status.ARGUMENT, "64 digits"),
            (ImportOptions(sha256={__file__: "0" * 64}), Status.ARGUMENT, "not belong"),
            (ImportOptions("Mine"), Status.ARGUMENT, "cannot be the name"),
            (ImportOptions("a\0b"), Status.ARGUMENT, "`name` contains a zero byte"),
            (ImportOptions(b"\xff"), Status.ARGUMENT, "`options->name` is not UTF-8"),
        ):
            with self.subTest(words=words):
                self.fails(status, words, add, [network], options)
        self.fails(Status.ARGUMENT, "no file to import", add, [])
        self.fails(Status.ARGUMENT, "several files", add, [network, network])
        self.fails(Status.FILE, "none.onnx", add, [SCRATCH / "none.onnx"])
        self.fails(Status.MODEL, "not an ONNX file", add, [__file__])
        self.fails(Status.ARGUMENT, "`paths` contains a zero byte", add, ["a\0b"])
        for paths in (network, str(network), 5, [5], [None]):
            self.assertRaises((TypeError, Error), add, paths)
        self.assertEqual(deepcrop.installed_models(), [])
        add([network])
        self.fails(Status.FILE, "red is already installed", add, [network])
        add([network], ImportOptions(replace=True))

    def test_unknown_names(self):
        for call in (deepcrop.verify_model, deepcrop.remove_model):
            self.fails(Status.FILE, "`none` is neither", call, "none")
            self.fails(Status.ARGUMENT, "`name` is NULL", call, None)
            self.fails(Status.ARGUMENT, "`name` contains a zero byte", call, "a\0b")
            self.assertRaises(TypeError, call, 5)


class Images(Case):
    """The same picture in every format and every kind of buffer."""

    def masks(self, *images, model=None):
        model = model or Model.classical()
        return [bytes(deepcrop.segment(model, one, 60, 60).pixels) for one in images]

    def test_buffers(self):
        gaps = 16
        row = WIDTH * 3
        rows = [PIXELS[y * row : y * row + row] + b"\0" * gaps for y in range(HEIGHT)]
        shaped = memoryview(PIXELS).cast("B", (HEIGHT, WIDTH, 3))
        mapped = mmap.mmap(-1, len(PIXELS))
        mapped.write(PIXELS)
        double = bytearray(2 * len(PIXELS))
        double[::2] = PIXELS
        size = (WIDTH, HEIGHT, Format.RGB8)
        wanted, *others = self.masks(
            image(),
            Image(bytearray(PIXELS), *size),
            Image(memoryview(PIXELS), *size),
            Image(array("B", PIXELS), *size),
            Image(mapped, *size),
            Image(memoryview(bytearray(PIXELS)).toreadonly(), *size),
            Image(memoryview(double)[::2], *size),
            Image(memoryview(b"junk" + PIXELS)[4:], *size),
            Image(b"".join(rows), *size, stride=row + gaps),
            Image(b"".join(rows)[:-gaps], *size, stride=row + gaps),
            Image(shaped),
        )
        for number, other in enumerate(others):
            self.assertEqual(other, wanted, number)

    def test_formats(self):
        count = WIDTH * HEIGHT
        rgb = [PIXELS[3 * i : 3 * i + 3] for i in range(count)]
        rgba = [x for pixel in rgb for x in (*pixel, 255)]
        bgra = bytes(x for r, g, b in rgb for x in (b, g, r, 255))
        size = (WIDTH, HEIGHT)
        wanted, *others = self.masks(
            image(),
            Image(bytes(rgba), *size, Format.RGBA8),
            Image(bytes(rgba), *size, Format.RGBA8, premultiplied=True),
            Image(bgra, *size, Format.BGRA8),
            Image(array("H", [x * 257 for x in rgba]), *size, Format.RGBA16),
            Image(array("f", [x / 255 for x in rgba]), *size, Format.RGBAF32),
            Image(array("H", [x * 257 for x in PIXELS]), *size, Format.RGB16),
            Image(array("f", [x / 255 for x in PIXELS]), *size, Format.RGBF32),
            *(
                Image(memoryview(one).cast("B").cast(kind, (HEIGHT, WIDTH, 4)))
                for one, kind in (
                    (bytes(rgba), "B"),
                    (array("H", [x * 257 for x in rgba]), "H"),
                    (array("f", [x / 255 for x in rgba]), "f"),
                )
            ),
            *(
                Image(memoryview(one).cast("B").cast(kind, (HEIGHT, WIDTH, 3)))
                for one, kind in (
                    (array("H", [x * 257 for x in PIXELS]), "H"),
                    (array("f", [x / 255 for x in PIXELS]), "f"),
                )
            ),
        )
        for number, other in enumerate(others):
            self.assertEqual(other, wanted, number)
        grey = bytes(sum(pixel) // 3 for pixel in rgb)
        deep = array("H", [x * 257 for x in grey])
        wanted, *others = self.masks(
            Image(grey, *size, Format.GRAY8),
            Image(memoryview(grey).cast("B", (HEIGHT, WIDTH))),
            Image(deep, *size, Format.GRAY16),
            Image(memoryview(deep).cast("B").cast("H", (HEIGHT, WIDTH))),
        )
        for number, other in enumerate(others):
            self.assertEqual(other, wanted, number)

    def test_bad_images(self):
        shaped = memoryview(PIXELS).cast("B", (HEIGHT, WIDTH, 3))
        for words, arguments in (
            (
                "need 57600 bytes, but the buffer has 57599;",
                (PIXELS[:-1], WIDTH, HEIGHT),
            ),
            ("the buffer has 0", (b"", 1, 1)),
            ("need 76800 bytes", (PIXELS, WIDTH, HEIGHT, Format.RGBA8)),
            ("unknown pixel format 99", (PIXELS, WIDTH, HEIGHT, 99)),
            ("unknown pixel format 0", (PIXELS, WIDTH, HEIGHT, 0)),
            ("`stride` is -480", (PIXELS, WIDTH, HEIGHT, Format.RGB8, -480)),
            ("`stride` is", (PIXELS, WIDTH, HEIGHT, Format.RGB8, 1 << 64)),
            ("has no known size", (PIXELS,)),
            ("has no known size", (memoryview(PIXELS).cast("B", (20, WIDTH, 6, 3)),)),
            ("has no known size", (memoryview(PIXELS).cast("b", (HEIGHT, WIDTH, 3)),)),
            ("array of RGB8", (shaped, None, None, Format.RGBA8)),
        ):
            with self.subTest(words=words):
                self.fails(Status.IMAGE, words, Image, *arguments)
        self.fails(Status.ARGUMENT, "`width` is -1", Image, PIXELS, -1, HEIGHT)
        self.fails(Status.ARGUMENT, "`height` is", Image, PIXELS, 1, 1 << 32)
        for wrong in (("text", 1, 1), (PIXELS, "1", 1), (PIXELS, 1.0, 1), (None, 1, 1)):
            self.assertRaises(TypeError, Image, *wrong)
        # What only the library knows.
        for wrong in (
            Image(PIXELS, WIDTH, HEIGHT, Format.RGB8, WIDTH),
            Image(PIXELS, 0, HEIGHT),
            Image(PIXELS, WIDTH, 0),
            Image(b"\0" * 200000, 200000, 1, Format.GRAY8),
        ):
            self.fails(Status.IMAGE, "", Picture, Model.classical(), wrong)

    def test_the_buffer_is_kept_as_long_as_the_image(self):
        data = bytearray(PIXELS)
        one = Image(data, WIDTH, HEIGHT)
        self.assertRaises(BufferError, data.clear)
        del one
        data.clear()


class Clicks(Case):
    """Prompts, on the network and without one."""

    def both(self):
        for model in (Model(), Model.classical()):
            with self.subTest(model=model.info.family):
                yield Picture(model, image())

    def test_prompts(self):
        for picture in self.both():
            disc = picture.segment([include(60, 60)])
            self.assertEqual((disc.width, disc.height), (WIDTH, HEIGHT))
            self.assertGreater(overlap(disc), 0.9)
            self.assertTrue(0 < disc.score <= 1)
            prompts = [
                include(60, 60),
                exclude(5, 100),
                scribble([(112, 40), (125, 50), (138, 60)]),
                scribble_out([(5, 5), (20, 5)]),
            ]
            both = picture.segment(prompts)
            self.assertGreater(both.pixels[50 * WIDTH + 125], 128)
            self.assertGreater(both.area, disc.area)
            again = picture.segment(prompts[:1])
            self.assertEqual(bytes(again.pixels), bytes(disc.pixels))  # undo
            # Prompts may come from a generator, and points from any pairs.
            line = [[112, 40], (125, 50), [138.0, 60]]
            same = (*prompts[:2], scribble(iter(line)), prompts[3])
            self.assertEqual(
                bytes(picture.segment(iter(same)).pixels), bytes(both.pixels)
            )
            for one in (
                box(28, 28, 92, 92),
                lasso([(28, 28), (92, 28), (92, 92), (28, 92)]),
                from_mask(Mask(DISC, WIDTH, HEIGHT)),
            ):
                self.assertGreater(overlap(picture.segment([one])), 0.9, one)
            self.assertEqual(picture.segment([]).area, 0)

    def test_options(self):
        for picture in self.both():
            soft = picture.segment([include(60, 60)])
            masks = {
                edges: picture.segment([include(60, 60)], SegmentOptions(edges=edges))
                for edges in Edges
            }
            self.assertEqual(bytes(masks[Edges.AUTO].pixels), bytes(soft.pixels))
            self.assertNotEqual(
                bytes(masks[Edges.NONE].pixels), bytes(masks[Edges.HARD].pixels)
            )
            plain = SegmentOptions(closer_look=False, guard=False, edges=Edges.NONE)
            self.assertGreater(picture.segment([include(60, 60)], plain).area, 0)
            for wrong in (99, -1):
                options = SegmentOptions(edges=wrong)
                self.fails(Status.ARGUMENT, str(wrong), picture.segment, [], options)

    def test_candidates(self):
        for picture in self.both():
            prompts = [include(60, 60)]
            masks = picture.candidates(prompts)
            self.assertTrue(1 <= len(masks) <= 8)
            first = picture.segment(prompts)
            self.assertEqual(bytes(masks[0].pixels), bytes(first.pixels))
            self.assertEqual(picture.candidates(prompts, 0), [])
            self.assertEqual(len(picture.candidates(prompts, 1)), 1)
            self.fails(Status.ARGUMENT, "`capacity`", picture.candidates, prompts, -1)
            wrong = [include(-1, 0)]
            self.fails(Status.PROMPT, "outside", picture.candidates, wrong)

    def test_objects_and_subject(self):
        for picture in self.both():
            self.assertGreater(picture.subject().area, 0)
            self.fails(Status.ARGUMENT, "click on an object", picture.objects)
        with Model(ROOT / "tests/data/networks/objects.onnx") as model:
            objects = Picture(model, image()).objects()
        self.assertEqual(len(objects), 1)
        (one,) = objects
        self.assertEqual((one.label, one.name), (1, "red thing"))
        self.assertGreater(one.score, 0.5)
        self.assertTrue(15 < one.box[0] < 45 and 75 < one.box[3] < 105)
        mask = one.mask()
        self.assertEqual((mask.width, mask.score), (WIDTH, one.score))
        self.assertGreater(mask.pixels[60 * WIDTH + 60], 128)

    def test_segment(self):
        for model in (Model(), Model.classical()):
            self.assertGreater(overlap(deepcrop.segment(model, image(), 60, 60)), 0.9)

    def test_bad_prompts(self):
        picture = Picture(Model.classical(), image())
        small = Mask(SQUARE, 50, 40)
        for words, prompt in (
            ("outside", include(-1, 0)),
            ("outside", exclude(WIDTH + 1, 0)),
            ("", include(math.nan, 0)),
            ("", include(0, math.inf)),
            ("", box(10, 10, 10, 10)),
            ("", box(0, 0, 1e9, 9)),
            ("", lasso([(1, 1), (5, 5)])),
            ("", lasso([])),
            ("", scribble([])),
            ("", scribble_out([(math.nan, 1), (2, 2)])),
            ("160", from_mask(small)),
        ):
            with self.subTest(prompt=prompt):
                self.fails(Status.PROMPT, words, picture.segment, [prompt])
        no_mask = deepcrop.Prompt(deepcrop.Kind.MASK)
        self.fails(Status.PROMPT, "has no mask", picture.segment, [no_mask])
        self.fails(
            Status.PROMPT,
            "unknown prompt kind 99",
            picture.segment,
            [deepcrop.Prompt(99)],
        )
        self.fails(
            Status.ARGUMENT, "`kind` is -1", picture.segment, [deepcrop.Prompt(-1)]
        )
        for wrong in (include("1", 2), include(None, 2), lasso([(1, "2"), (3, 4)])):
            self.assertRaises(TypeError, picture.segment, [wrong])
        self.assertRaises(ValueError, picture.segment, [lasso([(1, 2, 3)] * 3)])
        self.assertRaises(TypeError, picture.segment, None)
        self.assertRaises(TypeError, lasso, 5)
        self.fails(Status.ARGUMENT, "`model` is NULL", Picture, None, image())

    def test_closed_things_say_so(self):
        model = Model.classical()
        picture = Picture(model, image())
        mask = picture.segment([include(60, 60)])
        model.close()
        model.close()
        self.fails(Status.ARGUMENT, "Model was closed", Picture, model, image())
        self.assertGreater(picture.segment([include(60, 60)]).area, 0)
        with picture:
            pass
        self.fails(Status.ARGUMENT, "Picture was closed", picture.segment, [])
        self.fails(Status.ARGUMENT, "Picture was closed", picture.__enter__)
        pixels = mask.pixels
        wanted = bytes(pixels)
        mask.close()
        self.fails(Status.ARGUMENT, "Mask was closed", mask.grown, 1)
        with self.assertRaises(Error):
            print(mask.pixels)
        gc.collect()
        Mask(bytes(WIDTH * HEIGHT), WIDTH, HEIGHT)  # would lie where the other lay
        self.assertEqual(bytes(pixels), wanted)


class Masks(Case):
    def setUp(self):
        self.mask = Mask(SQUARE, 40, 40, 50)

    def test_info(self):
        mask = self.mask
        self.assertEqual((mask.width, mask.height, mask.area), (40, 40, 200))
        self.assertEqual((mask.box, mask.score), ((5, 10, 25, 20), mask.info.score))
        self.assertEqual(mask.info.edge_time, 0)
        empty = Mask(bytes(6), 3, 2)
        self.assertEqual((empty.area, empty.box), (0, (0, 0, 0, 0)))

    def test_pixels(self):
        pixels = self.mask.pixels
        rows = [SQUARE[y * 50 : y * 50 + 40] for y in range(40)]
        self.assertEqual(bytes(pixels), b"".join(rows))
        self.assertTrue(pixels.readonly and pixels.c_contiguous)
        self.assertEqual((pixels.format, pixels.shape), ("B", (1600,)))
        shaped = pixels.cast("B", (40, 40))
        self.assertEqual((shaped[10, 5], shaped[10, 4]), (255, 0))
        with self.assertRaises(TypeError):
            pixels[0] = 1
        # No copy: twice the same memory. It keeps the handle, not the object.
        handle = weakref.ref(self.mask._owned)
        self.assertIs(pixels.obj.owner, self.mask._owned)
        self.mask = None
        self.assertIsNotNone(handle())
        del shaped
        part = pixels[410:430]
        del pixels
        self.assertEqual(part[0], 255)
        del part
        self.assertIsNone(handle())

    def test_soft_values(self):
        levels = bytes(range(256))
        self.assertEqual(bytes(Mask(levels, 16, 16).pixels), levels)
        self.assertEqual(bytes(Mask(levels, 16, 16).inverted().pixels), levels[::-1])

    def test_changes(self):
        mask = self.mask
        self.assertGreater(mask.grown(1).area, 200)
        self.assertLess(mask.shrunk(1.5).area, 200)
        self.assertTrue(0 < mask.feathered(1).pixels[10 * 40 + 4] < 255)
        self.assertGreater(mask.smoothed(1).area, 150)
        self.assertEqual(mask.grown(2).changed_since(mask), (3, 8, 27, 22))
        self.assertEqual(mask.changed_since(mask), (0, 0, 0, 0))
        with self.assertRaisesRegex(Error, "same size"):
            mask.changed_since(Mask(bytes(6), 3, 2))
        ring = mask.grown(3) - mask
        self.assertEqual(ring.without_holes().area, mask.grown(3).area)
        self.assertEqual(ring.without_holes(5).area, ring.area)
        self.assertEqual(mask.without_specks(201).area, 0)
        self.assertEqual(mask.parts_at([(6, 11)]).area, 200)
        self.assertEqual(mask.parts_at([(1, 1)]).area, 0)
        self.assertEqual(mask.changed(Change.GROW, 2).area, mask.grown(2).area)
        for wrong in (-1, math.nan, math.inf, 1e9):
            self.fails(Status.ARGUMENT, "cannot grow by", mask.grown, wrong)
        self.fails(Status.ARGUMENT, "99", mask.changed, 99, 1)
        self.fails(Status.ARGUMENT, "`change` is -1", mask.changed, -1, 1)
        self.assertEqual(mask.parts_at([(99, 99)]).area, 0)
        self.assertEqual(mask.parts_at([]).area, 0)
        self.assertRaises(TypeError, mask.parts_at, [("1", 1)])

    def test_combinations(self):
        mask, more = self.mask, self.mask.grown(3)
        self.assertEqual((mask + mask.inverted()).area, 1600)
        self.assertEqual((mask - mask).area, 0)
        self.assertEqual((mask & more).area, 200)
        self.assertEqual(mask.combined(more, Combine.REPLACE).area, more.area)
        self.fails(Status.ARGUMENT, "99", mask.combined, more, 99)
        other = Mask(bytes(6), 3, 2)
        self.fails(Status.ARGUMENT, "", mask.combined, other, Combine.ADD)
        with self.assertRaises(TypeError):
            mask.combined(image(), Combine.ADD)

    def test_refined(self):
        mask = deepcrop.Mask(DISC, WIDTH, HEIGHT).grown(3)
        refined = mask.refined(image(), 8, Edges.HARD)
        self.assertGreater(overlap(refined), max(overlap(mask), 0.97))
        self.fails(Status.ARGUMENT, "", mask.refined, image(), 1)
        self.fails(Status.ARGUMENT, "99", mask.refined, image(), 6, 99)
        self.fails(Status.ARGUMENT, "40 x 40", self.mask.refined, image(), 6)

    def test_bad_masks(self):
        self.fails(Status.IMAGE, "the buffer has 2", Mask, b"12", 3, 2)
        self.fails(Status.IMAGE, "", Mask, b"", 0, 2)
        self.fails(
            Status.IMAGE,
            "array of RGB8",
            Mask,
            memoryview(PIXELS).cast("B", (120, 160, 3)),
        )
        self.assertEqual(Mask(memoryview(DISC).cast("B", (HEIGHT, WIDTH))).width, WIDTH)

    def test_outline(self):
        ring = self.mask.grown(4) - self.mask
        outline = ring.outline()
        ring.close()
        self.assertEqual([one.hole for one in outline.rings], [False, True])
        self.assertEqual([one.parent for one in outline.rings], [None, 0])
        outer, hole = outline.rings
        self.assertEqual(len(hole.nodes), 4)
        self.assertTrue(all(node.corner for node in hole.nodes))
        self.assertEqual(
            {(round(n.x), round(n.y)) for n in hole.nodes},
            {(5, 10), (25, 10), (25, 20), (5, 20)},
        )
        self.assertTrue(any(not node.corner for node in outer.nodes))
        node = next(node for node in outer.nodes if not node.corner)
        self.assertNotEqual((node.out_x, node.out_y), (node.x, node.y))
        path = ElementTree.fromstring(f'<path d="{outline.svg_path}"/>').get("d")
        self.assertTrue(path.startswith("M") and path.count("M") == 2 and "c" in path)
        polygons = json.loads(outline.json)
        self.assertEqual(polygons["size"], [40, 40])
        points = [[[*point] for point in one.points] for one in outline.rings]
        for told, ours in zip(polygons["rings"], points):
            self.assertEqual(len(told["points"]), len(ours))
            for a, b in zip(told["points"], ours):
                self.assertAlmostEqual(math.dist(a, b), 0, 1)
        straight = self.mask.outline(straight=True).rings[0]
        self.assertEqual([(n.x, n.y) for n in straight.nodes], straight.points)
        self.assertEqual(self.mask.outline(1, 1000).rings, [])
        self.assertEqual(self.mask.outline(1, 1000).svg_path, "")
        self.fails(Status.ARGUMENT, "tolerance", self.mask.outline, -1)
        closed = self.mask.outline()
        closed.close()
        with self.assertRaises(Error):
            print(closed.rings)

    def test_run_lengths(self):
        runs = self.mask.run_lengths()
        self.assertEqual((len(runs.counts), runs.counts[0]), (41, 210))
        self.assertEqual(sum(runs.counts), 1600)
        told = json.loads(runs.json)
        self.assertEqual((told["area"], told["bbox"]), (200, [5, 10, 20, 10]))
        self.assertEqual(told["segmentation"]["counts"], runs.packed)


class Cutouts(Case):
    def setUp(self):
        self.mask = Mask(DISC, WIDTH, HEIGHT)

    def test_whole(self):
        cut = deepcrop.cutout(image(), self.mask)
        self.assertEqual((cut.width, cut.height, cut.x, cut.y), (WIDTH, HEIGHT, 0, 0))
        self.assertIsInstance(cut.data, bytearray)
        self.assertEqual(len(cut.data), WIDTH * HEIGHT * 4)
        middle = 60 * WIDTH + 60
        pixel = PIXELS[3 * middle : 3 * middle + 3]
        self.assertEqual(bytes(cut.data[4 * middle : 4 * middle + 4]), pixel + b"\xff")
        self.assertEqual(bytes(cut.data[-4:]), bytes(4))
        cut.data.clear()  # nothing holds it

    def test_formats(self):
        middle = 60 * WIDTH + 60
        red, green, blue = PIXELS[3 * middle : 3 * middle + 3]
        for format, kind, wanted in (
            (Format.BGRA8, "4B", (blue, green, red, 255)),
            (Format.RGBA16, "4H", (red * 257, green * 257, blue * 257, 65535)),
            (Format.RGBAF32, "4f", (red / 255, green / 255, blue / 255, 1)),
        ):
            for premultiplied in (False, True):
                cut = deepcrop.cutout(image(), self.mask, format, premultiplied)
                size = struct.calcsize(kind)
                told = struct.unpack_from(kind, cut.data, middle * size)
                for a, b in zip(told, wanted):
                    self.assertAlmostEqual(a, b, 5)
                self.assertEqual(
                    (cut.format, cut.premultiplied), (format, premultiplied)
                )
        soft = self.mask.feathered(2)
        straight = deepcrop.cutout(image(), soft).data
        multiplied = deepcrop.cutout(image(), soft, premultiplied=True).data
        at = 4 * (60 * WIDTH + 30)
        self.assertTrue(0 < straight[at + 3] < 255)
        self.assertLess(multiplied[at], straight[at])

    def test_cropped(self):
        cut = deepcrop.cutout(image(), self.mask, crop=True, margin=2)
        self.assertEqual((cut.x, cut.y, cut.width, cut.height), (29, 29, 63, 63))
        whole = deepcrop.cutout(image(), self.mask)
        for row in range(cut.height):
            at = 4 * ((cut.y + row) * WIDTH + cut.x)
            ours = cut.data[row * cut.width * 4 : (row + 1) * cut.width * 4]
            self.assertEqual(ours, whole.data[at : at + cut.width * 4])
        nothing = Mask(bytes(WIDTH * HEIGHT), WIDTH, HEIGHT)
        cut = deepcrop.cutout(image(), nothing, crop=True)
        self.assertEqual((cut.data, cut.width, cut.height), (bytearray(), 0, 0))

    def test_bad_cutouts(self):
        cut = deepcrop.cutout
        small = Mask(SQUARE, 40, 40, 50)
        self.fails(Status.ARGUMENT, "the mask is 40 x 40", cut, image(), small)
        self.fails(Status.IMAGE, "format", cut, image(), self.mask, Format.RGB8)
        self.fails(Status.IMAGE, "unknown pixel format 99", cut, image(), self.mask, 99)
        crop = {"crop": True, "margin": -1}
        self.fails(Status.ARGUMENT, "`margin` is -1", cut, image(), self.mask, **crop)


class Language(unittest.TestCase):
    def test_the_module_is_python_3_8_and_one_file(self):
        source = Path(deepcrop.__file__).read_text("utf-8")
        tree = ast.parse(source, feature_version=(3, 8))
        imported = {
            alias.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        } | {
            node.module.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
        }
        known = {
            "atexit",
            "ctypes",
            "enum",
            "functools",
            "glob",
            "importlib",
            "operator",
        }
        known |= {
            "os",
            "platform",
            "struct",
            "sys",
            "threading",
            "types",
            "typing",
            "weakref",
        }
        known |= {"__future__"}
        self.assertLessEqual(imported, known)


if __name__ == "__main__":
    unittest.main()
