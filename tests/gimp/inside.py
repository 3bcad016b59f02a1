"""Tests that run inside GIMP, without a window: the procedures on all kinds of images.

test_headless.py starts them and reads the outcome of each from the file RESULTS.
"""

import json
import os
import shutil
import struct
import sys
import unittest
from pathlib import Path

from gi.repository import Babl, Gegl, Gimp, Gio

Gegl.init(None)
PICTURE = os.environ["PICTURE"]
PLUGIN = Path(Gimp.directory()) / "plug-ins/deepcrop"
MUG, DUCK = (300, 200), (511, 231)
WIDTH, HEIGHT = 640, 480


def load():
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(PICTURE))


def values(drawable, format, area=None):
    area = area or (0, 0, drawable.get_width(), drawable.get_height())
    rectangle = Gegl.Rectangle.new(*area)
    return drawable.get_buffer().get(rectangle, 1.0, format, Gegl.AbyssPolicy.NONE)


def raw(channel):
    """A channel's own bytes, not converted."""
    encoding = Babl.format_get_encoding(channel.get_format())
    return values(channel, "Y' u8" if encoding.startswith("Y'") else "Y u8")


def selected(image):
    return values(image.get_selection(), "Y u8")


def overlap(one, other):
    both = sum(a >= 128 and b >= 128 for a, b in zip(one, other))
    return both / max(1, sum(a >= 128 or b >= 128 for a, b in zip(one, other)))


def value_at(data, x, y, width=WIDTH):
    return data[y * width + x]


class Calls(unittest.TestCase):
    def setUp(self):
        self.image = load()
        self.addCleanup(self.image.delete)
        (self.layer,) = self.image.get_layers()

    def call(self, name="select", image=None, drawables=None, **arguments):
        """Runs a procedure. Returns its status, and its results or its error."""
        image = image or self.image
        procedure = Gimp.get_pdb().lookup_procedure(f"deepcrop-{name}")
        config = procedure.create_config()
        config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
        config.set_property("image", image)
        if drawables is None:
            drawables = image.get_selected_drawables()
        config.set_core_object_array("drawables", drawables)
        for key, value in arguments.items():
            config.set_property(key, value)
        result = procedure.run(config)
        status = result.index(0)
        if status != Gimp.PDBStatusType.SUCCESS:
            return status, Gimp.get_pdb().get_last_error()
        return status, [result.index(i) for i in range(1, result.length())]

    def done(self, *arguments, **named):
        status, result = self.call(*arguments, **named)
        self.assertEqual(status, Gimp.PDBStatusType.SUCCESS, result)
        return result

    def refused(self, *words, **named):
        before = selected(self.image)
        self.image.clean_all()
        status, error = self.call(**named)
        self.assertNotEqual(status, Gimp.PDBStatusType.SUCCESS)
        for word in words:
            self.assertIn(word, error)
        self.assertNotIn("Traceback", error)
        self.assertEqual(selected(self.image), before, "nothing may change")
        self.assertFalse(self.image.is_dirty(), "not even an empty step of undo")
        return error

    def duck(self, **named):
        self.done(points="511,231", **named)
        return selected(self.image)


class Procedures(Calls):
    # --- what is selected ---

    def test_a_click_selects_the_object(self):
        score, area = self.done(points="511,231")
        data = selected(self.image)
        self.assertEqual(area, sum(value >= 128 for value in data))
        self.assertTrue(0.5 < score <= 1, score)
        self.assertEqual(value_at(data, *DUCK), 255)
        self.assertEqual(value_at(data, *MUG), 0)
        self.assertTrue(15_000 < area < 30_000, area)
        soft = {value for value in data if 0 < value < 255}
        self.assertGreater(len(soft), 100, "edges must be soft")

    def test_corrections_and_boxes(self):
        both = self.done(points="511,231; 300,200")[1]
        duck = self.done(points="511,231")[1]
        self.assertGreater(both, duck * 1.3)
        self.done(points="511,231; 300,200; 300,201,0")
        self.assertEqual(value_at(selected(self.image), 300, 201), 0)
        self.done(box="420,110,615,310")
        self.assertEqual(value_at(selected(self.image), *DUCK), 255)

    def test_operations_are_gimps_own(self):
        duck = self.duck()
        mug_points = {"points": "300,200"}
        self.done(**mug_points)
        mug = selected(self.image)
        for operation, rule in (
            ("add", lambda a, b: min(a + b, 255)),
            ("subtract", lambda a, b: max(a - b, 0)),
            ("intersect", min),
            ("replace", lambda a, b: b),
        ):
            self.assertEqual(self.duck(), duck)
            self.done(operation=operation, **mug_points)
            wanted = bytes(map(rule, duck, mug))
            self.assertEqual(selected(self.image), wanted, operation)

    def test_the_example_of_the_readme_runs(self):
        before = len(self.image.get_layers())
        exec(os.environ["EXAMPLE"].replace("Gimp.get_images()[0]", "self.image"))  # noqa: S102 (it is ours)
        self.assertEqual(len(self.image.get_layers()), before + 1)

    def test_refine_takes_the_selection_as_a_box(self):
        duck = self.duck()
        self.image.select_rectangle(Gimp.ChannelOps.REPLACE, 422, 113, 190, 193)
        self.done("refine")
        self.assertGreater(overlap(selected(self.image), duck), 0.9)

    def test_the_subject_needs_nothing(self):
        _, area = self.done("subject")
        self.assertTrue(3_000 < area < 200_000, area)
        self.assertGreater(sum(selected(self.image)), 0)

    def test_the_classical_engine(self):
        duck = self.duck()
        self.done(points="511,231", model="classical")
        self.assertGreater(overlap(selected(self.image), duck), 0.6)

    def test_what_computes(self):
        duck = self.duck()
        self.assertEqual(self.duck(provider="cpu"), duck)
        self.refused("cuda does not work", points="511,231", provider="cuda")

    def test_edges(self):
        def soft(edges):
            data = self.duck(edges=edges)
            return sum(0 < value < 255 for value in data)

        hard = soft("hard")
        self.assertGreater(soft("hair"), hard * 1.2)
        self.assertGreater(soft("smooth"), hard * 1.2)

    # --- all kinds of images ---

    def test_all_precisions_get_the_same_selection(self):
        duck = self.duck()
        for precision in (
            Gimp.Precision.U8_LINEAR,
            Gimp.Precision.U16_NON_LINEAR,
            Gimp.Precision.U16_LINEAR,
            Gimp.Precision.U32_NON_LINEAR,
            Gimp.Precision.HALF_LINEAR,
            Gimp.Precision.FLOAT_LINEAR,
            Gimp.Precision.FLOAT_NON_LINEAR,
        ):
            with self.subTest(precision.value_nick):
                image = load()
                self.addCleanup(image.delete)
                image.convert_precision(precision)
                self.done(image=image, points="511,231")
                self.assertGreater(overlap(selected(image), duck), 0.985)
                if "non-linear" in precision.value_nick:
                    # Bytes survive both ways: all 256 levels are the same.
                    self.assertEqual(selected(image), duck)

    def test_soft_values_are_exact_in_every_output(self):
        for precision in (
            Gimp.Precision.U8_NON_LINEAR,
            Gimp.Precision.U8_LINEAR,
            Gimp.Precision.U16_NON_LINEAR,
            Gimp.Precision.FLOAT_LINEAR,
        ):
            with self.subTest(precision.value_nick):
                image = load()
                self.addCleanup(image.delete)
                if precision != Gimp.Precision.U8_NON_LINEAR:
                    image.convert_precision(precision)
                self.done(image=image, points="511,231")
                mask = selected(image)
                Gimp.Selection.none(image)
                self.done(image=image, points="511,231", output="channel")
                self.assertEqual(raw(image.get_channels()[0]), mask)
                self.assertEqual(sum(selected(image)), 0)
                self.done(image=image, points="511,231", output="layer-mask")
                (layer,) = image.get_layers()
                self.assertEqual(raw(layer.get_mask()), mask)

    def test_grey_indexed_and_alpha(self):
        duck = self.duck()
        for change, least in (
            (lambda image: image.convert_grayscale(), 0.5),
            (
                lambda image: image.convert_indexed(
                    Gimp.ConvertDitherType.NONE,
                    Gimp.ConvertPaletteType.GENERATE,
                    *(64, False, False, ""),
                ),
                0.9,
            ),
            (lambda image: image.get_layers()[0].add_alpha(), 0.999),
        ):
            image = load()
            self.addCleanup(image.delete)
            change(image)
            self.done(image=image, points="511,231")
            self.assertGreater(overlap(selected(image), duck), least)
            self.assertEqual(value_at(selected(image), *DUCK), 255)

    def test_transparent_pictures(self):
        """The pixels beside an object may be fully transparent."""
        duck = self.duck()
        self.layer.add_alpha()
        self.image.select_rectangle(Gimp.ChannelOps.REPLACE, 400, 90, 240, 240)
        Gimp.Selection.invert(self.image)
        self.layer.edit_clear()
        Gimp.Selection.none(self.image)
        self.done(points="511,231")
        data = selected(self.image)
        self.assertEqual(value_at(data, 100, 100), 0)
        self.assertGreater(overlap(data, duck), 0.7)

    def test_layers_with_offsets_and_other_sizes(self):
        duck = self.duck()
        for x, y in ((50, 30), (-120, -40)):
            image = load()
            self.addCleanup(image.delete)
            image.get_layers()[0].set_offsets(x, y)
            self.done(image=image, points=f"{511 + x},{231 + y}")
            data = selected(image)
            for from_x, from_y in ((511, 231), (300, 200), (460, 290), (600, 240)):
                to_x, to_y = from_x + x, from_y + y
                if 0 <= to_x < WIDTH and 0 <= to_y < HEIGHT:
                    self.assertEqual(
                        value_at(data, to_x, to_y), value_at(duck, from_x, from_y)
                    )
            row = 231 * WIDTH
            there = data[(231 + y) * WIDTH :][:WIDTH]
            here = duck[row : row + WIDTH]
            if x > 0:
                self.assertEqual(there[x:], here[:-x])
                self.assertEqual(sum(there[:x]), 0)
            else:
                self.assertEqual(there[:x], here[-x:])
                self.assertEqual(sum(there[x:]), 0)

    def test_a_layer_larger_than_the_canvas(self):
        duck = self.duck()
        image = load()
        self.addCleanup(image.delete)
        image.resize(300, 250, -320, -90)  # layers stay as they are
        (layer,) = image.get_layers()
        self.assertEqual((layer.get_width(), layer.get_height()), (WIDTH, HEIGHT))
        self.done(image=image, points="191,141")
        data = selected(image)
        for y in range(250):
            wanted = duck[(y + 90) * WIDTH + 320 :][:300]
            self.assertEqual(data[y * 300 : y * 300 + 300], wanted, y)
        # The layer's mask covers all of the layer, also beyond the canvas.
        self.done(image=image, points="191,141", output="layer-mask")
        self.assertEqual(raw(layer.get_mask()), duck)

    def test_groups_and_visible_layers(self):
        duck = self.duck()
        group = Gimp.GroupLayer.new(self.image, "group")
        self.image.insert_layer(group, None, 0)
        self.image.reorder_item(self.layer, group, 0)
        Gimp.Selection.none(self.image)
        self.done(points="511,231", drawables=[group])
        self.assertEqual(selected(self.image), duck)
        Gimp.Selection.none(self.image)
        self.done(points="511,231", source="visible")
        self.assertEqual(selected(self.image), duck)
        # With several layers chosen, or none, the visible layers can be clicked.
        Gimp.Selection.none(self.image)
        self.done(points="511,231", source="visible", drawables=[])
        self.assertEqual(selected(self.image), duck)
        self.assertEqual(len(self.image.get_layers()), 1)

    def test_a_colour_profile_changes_no_layer(self):
        profile = Gimp.ColorProfile.new_rgb_adobe()
        self.image.convert_color_profile(
            profile, Gimp.ColorRenderingIntent.RELATIVE_COLORIMETRIC, True
        )
        before = values(self.layer, "R'G'B'A float")
        self.done(points="511,231", output="layer")
        cut = self.image.get_layers()[0]
        _, x, y = cut.get_offsets()
        area = (x, y, cut.get_width(), cut.get_height())
        self.same_where_opaque(cut, values(self.layer, "R'G'B'A float", area), 1e-3)
        self.assertEqual(values(self.layer, "R'G'B'A float"), before)

    # --- outputs ---

    def same_where_opaque(self, cut, under, error):
        own = struct.unpack(f"{len(under) // 4}f", values(cut, "R'G'B'A float"))
        under = struct.unpack(f"{len(under) // 4}f", under)
        opaque = 0
        for at in range(0, len(own), 4):
            if own[at + 3] > 0.999:
                opaque += 1
                for channel in range(3):
                    self.assertAlmostEqual(
                        own[at + channel], under[at + channel], delta=error
                    )
        self.assertGreater(opaque, 10_000)

    def test_the_cut_out_has_the_mask_as_alpha_and_keeps_its_colours(self):
        mask = self.duck()
        for precision in (
            None,
            Gimp.Precision.U16_NON_LINEAR,
            Gimp.Precision.FLOAT_LINEAR,
        ):
            with self.subTest(precision):
                image = load()
                self.addCleanup(image.delete)
                if precision is not None:
                    image.convert_precision(precision)
                self.done(image=image, points="511,231", output="layer")
                cut, layer = image.get_layers()
                _, x, y = cut.get_offsets()
                area = (x, y, cut.get_width(), cut.get_height())
                self.assertLess(area[2], 220)
                under = values(layer, "R'G'B'A float", area)
                self.same_where_opaque(cut, under, 1e-5)
                alpha = values(cut, "R'G'B'A u8")[3::4]
                if precision is None:
                    rows = [
                        mask[(y + row) * WIDTH + x :][: area[2]]
                        for row in range(area[3])
                    ]
                    self.assertEqual(alpha, b"".join(rows))
                self.assertTrue(Gimp.Selection.is_empty(image))

    def test_paths_are_curves_round_the_object(self):
        mask = self.duck()
        Gimp.Selection.none(self.image)
        self.done(points="511,231", output="path")
        (path,) = self.image.get_paths()
        numbers = sum(
            len(path.stroke_get_points(stroke)[1]) for stroke in path.get_strokes()
        )
        self.assertLess(numbers / 6, 200)
        self.image.select_item(Gimp.ChannelOps.REPLACE, path)
        self.assertGreater(overlap(selected(self.image), mask), 0.99)

    def test_holes_stay_holes_in_paths(self):
        self.image.select_rectangle(Gimp.ChannelOps.REPLACE, 20, 20, 600, 440)
        self.done(points="511,231", operation="subtract", output="path")
        (path,) = self.image.get_paths()
        self.assertEqual(len(path.get_strokes()), 2)
        self.image.select_item(Gimp.ChannelOps.REPLACE, path)
        data = selected(self.image)
        self.assertEqual((value_at(data, *DUCK), value_at(data, *MUG)), (0, 255))

    def test_every_output_joins_the_selection(self):
        mask = self.duck()
        self.image.select_rectangle(Gimp.ChannelOps.REPLACE, 420, 100, 91, 220)
        self.done(points="511,231", operation="intersect", output="channel")
        half = raw(self.image.get_channels()[0])
        self.assertEqual(
            half[: 231 * WIDTH + 511],
            bytes(
                value if 420 <= at % WIDTH < 511 and 100 <= at // WIDTH < 320 else 0
                for at, value in enumerate(mask[: 231 * WIDTH + 511])
            ),
        )
        self.assertEqual(
            [layer.get_name() for layer in self.image.get_selected_layers()],
            [self.layer.get_name()],
        )

    def test_a_layer_mask_that_is_there_is_written_anew(self):
        self.done(points="511,231", output="layer-mask")
        first = raw(self.layer.get_mask())
        self.done(points="300,200", output="layer-mask")
        self.assertNotEqual(raw(self.layer.get_mask()), first)
        # If the chosen drawable is the mask itself, its layer counts.
        self.done(
            points="511,231", drawables=[self.layer.get_mask()], output="layer-mask"
        )
        self.assertEqual(raw(self.layer.get_mask()), first)

    # --- what goes wrong ---

    def test_bad_arguments_are_sentences(self):
        self.duck()
        self.refused("`points` or `box`", points="")
        self.refused("`points` says `a,b`", points="a,b")
        self.refused("third number", points="1,2,3")
        self.refused("`box` says `1,2,3`", box="1,2,3")
        self.refused("outside", points="900,20")
        self.refused("layer", points="511,231", drawables=[])

    def test_bad_networks_are_sentences(self):
        self.refused("/nothing/here.onnx", points="511,231", model="/nothing/here.onnx")
        broken = os.path.join(os.environ["HOME"], "broken.onnx")
        with open(broken, "w") as file:
            file.write("This is no network.")
        self.refused("broken.onnx", points="511,231", model=broken)
        hostile = str(Path(PICTURE).parent / "networks/writes_outside.onnx")
        self.refused("crashes ONNX Runtime", points="511,231", model=hostile)

    def test_a_network_of_the_users_by_its_name(self):
        networks = PLUGIN / "plugin/models"
        networks.mkdir(exist_ok=True)
        self.addCleanup(shutil.rmtree, networks)
        shutil.copy(Path(PICTURE).parents[2] / "models/click.onnx", networks)
        self.done(points="511,231", model="click")

    def test_images_without_layers(self):
        self.image.remove_layer(self.layer)
        self.refused("no layer", points="511,231", drawables=[])
        self.refused("no layer", points="511,231", drawables=[], source="visible")

    def test_nothing_left_is_nothing_to_cut_out(self):
        self.image.select_rectangle(Gimp.ChannelOps.REPLACE, 5, 5, 40, 40)
        for output in ("layer", "path"):
            named = {"operation": "intersect", "output": output}
            self.refused("Nothing is selected", points="511,231", **named)

    def test_refine_needs_a_selection(self):
        self.refused("draw a rough selection", name="refine")

    def test_outputs_that_need_a_layer(self):
        red = Gegl.Color.new("red")
        channel = Gimp.Channel.new(self.image, "channel", WIDTH, HEIGHT, 50, red)
        self.image.insert_channel(channel, None, 0)
        channel.fill(Gimp.FillType.WHITE)
        self.image.set_selected_layers([])
        for output in ("layer", "layer-mask"):
            named = {"drawables": [channel], "output": output, "source": "visible"}
            self.refused("Choose one layer", points="511,231", **named)
        self.assertEqual(len(self.image.get_layers()), 1)


class Anchors(unittest.TestCase):
    def test_what_anchors_mean(self):
        sys.path.insert(0, str(PLUGIN))
        from plugin.on_canvas import signed

        signs = {}
        one = signed([], signs, [(1, 1)], True)
        two = signed(one, signs, [(1, 1), (5, 5)], False)
        self.assertEqual(two, [(1, 1, True), (5, 5, False)])
        # A moved anchor keeps its meaning, whatever new ones mean.
        moved = signed(two, signs, [(1, 1), (6, 5)], True)
        self.assertEqual(moved, [(1, 1, True), (6, 5, False)])
        # An anchor is undone and redone.
        back = signed(moved, signs, [(1, 1)], True)
        self.assertEqual(back, [(1, 1, True)])
        again = signed(back, signs, [(1, 1), (6, 5)], True)
        self.assertEqual(again, moved)
        three = signed(again, signs, [(0, 9), (1, 1), (6, 5)], True)
        self.assertEqual(three, [(0, 9, True), *moved])


class Broken(Calls):
    """Installations with missing or wrong files. Each call is a new process."""

    LIB = PLUGIN / "plugin/python/lib"

    def without(self, pattern, instead=None):
        """Removes a library, or puts another file in its place, until the test ends."""
        (there,) = self.LIB.glob(pattern)
        away = there.with_name("away")
        there.rename(away)
        self.addCleanup(away.rename, there)
        if instead is not None:
            there.write_bytes(instead)

    def test_without_the_library(self):
        self.without("libdeepcrop*")
        words = "unpack its zip again", "cannot be loaded", "libdeepcrop"
        self.refused(*words, points="511,231")

    def test_with_a_library_that_is_none(self):
        self.without("libdeepcrop*", b"This is a text.")
        self.refused("libdeepcrop", "put", points="511,231")

    def test_with_a_library_of_another_kind(self):
        (runtime,) = self.LIB.glob("libonnxruntime.so*")
        self.without("libdeepcrop*", runtime.read_bytes())
        self.refused("is not DeepCrop's library", points="511,231")

    def test_without_onnx_runtime_the_classical_engine_stands_in(self):
        duck = self.duck()
        self.without("libonnxruntime.so*")
        again = self.duck()
        self.assertGreater(overlap(again, duck), 0.6)
        self.assertNotEqual(again, duck)
        # Nothing stands in for a network that the caller asked for.
        folder = os.environ["HOME"]
        network = os.path.join(folder, "some.onnx")
        Path(network).write_bytes(b"")
        self.refused("ONNX Runtime", points="511,231", model=network)


def main():
    """Runs the tests, and writes each test's name and, if it failed, the reason."""

    outcomes = {}

    class Result(unittest.TestResult):
        def startTest(self, test):
            super().startTest(test)
            outcomes[test.id()] = None

        def addFailure(self, test, error):
            outcomes[test.id()] = self._exc_info_to_string(error, test)

        addError = addFailure

        def addSubTest(self, test, subtest, error):
            if error is not None:
                text = self._exc_info_to_string(error, test)
                outcomes[test.id()] = f"{subtest}\n{text}"

    module = type(sys)("inside")
    for tests in (Procedures, Anchors, Broken):
        setattr(module, tests.__name__, tests)
    unittest.defaultTestLoader.loadTestsFromModule(module).run(Result())
    with open(os.environ["RESULTS"], "w") as file:
        json.dump(outcomes, file)


main()
