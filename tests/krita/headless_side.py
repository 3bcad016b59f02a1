"""Tests that run inside Krita, without a window: kritarunner calls `main`.

test_headless.py reads what they print.
"""

import math
import shutil
import sys
import unittest
from pathlib import Path

import picture
from deepcrop import output, pixels, select_at, selecting, settings
from deepcrop.python.deepcrop import Mask
from krita import Document, Krita, Selection

WIDTH, HEIGHT = picture.WIDTH, picture.HEIGHT
WHOLE = (0, 0, WIDTH, HEIGHT)
DISC = picture.disc()
RUBBISH = bytes(range(256)) * (WIDTH * HEIGHT // 256 + 1)

# Before Krita 5.2 this needs a window; test_window.py tests it there.
without_window = unittest.skipUnless(
    hasattr(Document, "createTransparencyMask"), "Krita before 5.2 needs a window"
)


def document(model="RGBA", depth="U8", profile="", ppi=72.0):
    """A document with a disc on a ground, converted by Krita."""
    made = Krita.instance().createDocument(
        *(WIDTH, HEIGHT, "disc", "RGBA", "U8", "", ppi)
    )
    made.setBatchmode(True)
    layer = layers(made)[0]
    layer.setPixelData(picture.bgra(), *WHOLE)
    if (model, depth) != ("RGBA", "U8"):
        profile = profile or Krita.instance().profiles(model, depth)[0]
        made.setColorSpace(model, depth, profile)
    made.refreshProjection()
    made.waitForDone()
    return made


def layers(document):
    """The layers, from the lowest up. Krita also counts the selection as a node."""
    nodes = document.topLevelNodes()
    return [node for node in nodes if node.type() != "selectionmask"]


def selected(document, rectangle=WHOLE):
    return selecting.pixels_of(document.selection(), rectangle)


def overlap(one, other):
    """The IoU of the pixels that are selected by half or more."""
    pairs = [(a >= 128, b >= 128) for a, b in zip(one, other)]
    return sum(a and b for a, b in pairs) / sum(a or b for a, b in pairs)


class Case(unittest.TestCase):
    def setUp(self):
        self.documents = []

    def tearDown(self):
        for one in self.documents:
            one.close()

    def document(self, *arguments, **named):
        self.documents.append(document(*arguments, **named))
        return self.documents[-1]

    def assertFinds(self, document, wanted=DISC, least=0.9, rectangle=WHOLE):
        self.assertGreater(overlap(selected(document, rectangle), wanted), least)


class Pixels(Case):
    def test_every_colour_model(self):
        for model, depth in (
            ("RGBA", "U8"),
            ("RGBA", "U16"),
            ("RGBA", "F16"),
            ("RGBA", "F32"),
            ("GRAYA", "U8"),
            ("GRAYA", "U16"),
            ("CMYKA", "U8"),
            ("LABA", "U16"),
        ):
            for visible in (True, False):
                with self.subTest(model=model, depth=depth, visible=visible):
                    made = self.document(model, depth)
                    source = "visible" if visible else layers(made)[0]
                    found = pixels.read(made, source)
                    self.assertEqual(found.rectangle, WHOLE)
                    for x, y in ((100, 80), (10, 10)):
                        at = 4 * (y * WIDTH + x)
                        wanted = picture.bgra()[at : at + 4]
                        if model == "GRAYA":
                            self.assertEqual(len(set(found.data[at : at + 3])), 1)
                            continue
                        for one, other in zip(found.data[at : at + 4], wanted):
                            self.assertLess(abs(one - other), 12)
                    select_at(made, 100, 80, source=source)
                    self.assertFinds(made)

    def test_a_layer_with_an_offset(self):
        made = self.document()
        layer = made.createNode("moved", "paintlayer")  # the first layer has no end
        layer.setPixelData(picture.bgra(), *WHOLE)
        made.rootNode().addChildNode(layer, None)
        layer.move(37, -21)
        made.waitForDone()
        found = pixels.read(made, layer)
        self.assertEqual(found.rectangle, (37, 0, WIDTH - 37, HEIGHT - 21))
        select_at(made, 137, 59, source=layer)
        wanted = picture.disc(137, 59)
        self.assertFinds(made, wanted)

    def test_a_small_layer_amid_nothing(self):
        made = self.document()
        layer = made.createNode("small", "paintlayer")
        layer.setPixelData(picture.bgra(), 150, 100, WIDTH, HEIGHT)
        made.rootNode().addChildNode(layer, None)
        made.waitForDone()
        wanted = (150, 100, WIDTH - 150, HEIGHT - 100)
        self.assertEqual(pixels.read(made, layer).rectangle, wanted)

    def test_a_group(self):
        made = self.document()
        group = made.createGroupLayer("group")
        made.rootNode().addChildNode(group, None)
        layer = layers(made)[0]
        group.addChildNode(layer.duplicate(), None)
        layer.setVisible(False)
        made.refreshProjection()
        made.waitForDone()
        for source in (group, "visible"):
            select_at(made, 100, 80, source=source)
            self.assertFinds(made)

    def test_layers_with_a_colour_label(self):
        made = self.document()
        below = layers(made)[0]
        hidden = made.createNode("over all", "paintlayer")
        hidden.setPixelData(bytes([9, 9, 9, 255]) * (WIDTH * HEIGHT), *WHOLE)
        made.rootNode().addChildNode(hidden, None)
        group = made.createGroupLayer("group")
        made.rootNode().addChildNode(group, None)
        dot = made.createNode("dot", "paintlayer")
        dot.setPixelData(bytes([1, 2, 3, 255]) * 100, 20, 30, 10, 10)
        group.addChildNode(dot, None)
        made.refreshProjection()
        made.waitForDone()
        with self.assertRaisesRegex(pixels.Refusal, "No visible layer has a colour"):
            pixels.read(made, "labelled")
        below.setColorLabel(1)
        dot.setColorLabel(3)
        made.refreshProjection()
        made.waitForDone()
        found = pixels.read(made, "labelled")
        self.assertEqual(found.rectangle, WHOLE)
        wanted = bytearray(picture.bgra())
        for y in range(30, 40):
            at = 4 * (y * WIDTH + 20)
            wanted[at : at + 40] = bytes([1, 2, 3, 255]) * 10
        self.assertEqual(found.data, bytes(wanted))
        select_at(made, 100, 80, source="labelled")
        self.assertFinds(made)
        dot.setVisible(False)
        made.waitForDone()
        self.assertEqual(pixels.read(made, "labelled").data, picture.bgra())

    def test_what_cannot_be_read_is_a_sentence(self):
        made = self.document()
        empty = made.createNode("empty", "paintlayer")
        made.rootNode().addChildNode(empty, None)
        made.waitForDone()
        with self.assertRaisesRegex(pixels.Refusal, "layer is empty"):
            pixels.read(made, empty)
        with self.assertRaisesRegex(pixels.Refusal, "No layer is active"):
            pixels.read(made, "layer")  # without a window there is no active layer
        with self.assertRaisesRegex(pixels.Refusal, "No picture is open"):
            pixels.read(None, "visible")


class Selections(Case):
    def setUp(self):
        super().setUp()
        self.made = self.document()
        self.mask = Mask(RUBBISH[: WIDTH * HEIGHT], WIDTH, HEIGHT)

    def test_all_levels_arrive(self):
        found = selecting.combined(None, self.mask, WHOLE, "replace")
        self.assertFalse(selecting.set_selection(self.made, found))  # no window here
        self.assertEqual(selected(self.made), bytes(self.mask.pixels))
        self.assertEqual(len(set(selected(self.made))), 256)

    def test_operations(self):
        base = Selection()
        base.setPixelData(bytes([100]) * (WIDTH * HEIGHT), *WHOLE)
        part = (40, 30, 90, 70)
        mask = Mask(RUBBISH[: 90 * 70], 90, 70)
        for name, inside, outside in (
            ("replace", lambda old, new: new, 0),
            ("add", max, 100),
            ("subtract", lambda old, new: min(old, 255 - new), 100),
            ("intersect", min, 0),
        ):
            made = selecting.combined(base, mask, part, name)
            wanted = bytes(inside(100, level) for level in mask.pixels)
            self.assertEqual(selecting.pixels_of(made, part), wanted, name)
            self.assertEqual(bytes(made.pixelData(0, 0, 1, 1)), bytes([outside]))
        for name in ("subtract", "intersect"):
            self.assertIsNone(selecting.combined(None, mask, part, name))
        self.assertIsNotNone(selecting.combined(None, mask, part, "add"))

    def test_an_empty_mask_selects_nothing(self):
        mask = Mask(bytes(WIDTH * HEIGHT), WIDTH, HEIGHT)
        found = selecting.combined(None, mask, WHOLE, "replace")
        self.assertIsNone(found)
        selecting.set_selection(self.made, found)
        self.assertIsNone(self.made.selection())

    def test_marks_tell_selections_apart(self):
        one = selecting.combined(None, self.mask, WHOLE, "replace")
        other = one.duplicate()
        self.assertEqual(selecting.mark(one), selecting.mark(other))
        other.setPixelData(b"\x07", 50, 50, 1, 1)
        self.assertNotEqual(selecting.mark(one), selecting.mark(other))
        self.assertEqual(selecting.mark(None), selecting.NOTHING)
        self.assertEqual(selecting.mark(Selection()), selecting.NOTHING)


class Outputs(Case):
    def make(self, name, **named):
        made = self.document(**named)
        select_at(made, 100, 80)
        kept = made.selection().duplicate()
        found = pixels.read(made, "visible")
        output.prepared(made, name, found, kept, layers(made)[0])()
        made.waitForDone()
        return made, selecting.pixels_of(kept, WHOLE)

    def make_mask(self, name, kind):
        made, wanted = self.make(name)
        (mask,) = layers(made)[0].childNodes()
        self.assertEqual(mask.type(), kind)
        self.assertEqual(selecting.pixels_of(mask.selection(), WHOLE), wanted)
        return made

    def test_a_selection_mask(self):
        self.make_mask("selection mask", "selectionmask")

    @without_window
    def test_a_transparency_mask(self):
        made = self.make_mask("transparency mask", "transparencymask")
        # Only the disc is still visible.
        self.assertEqual(made.pixelData(0, 0, 1, 1).data()[3], b"\0"[0])
        self.assertEqual(made.pixelData(100, 80, 1, 1).data()[3], 255)

    def test_a_layer_without_halo(self):
        for model, depth in (("RGBA", "U8"), ("RGBA", "U16"), ("CMYKA", "U8")):
            made, wanted = self.make("layer", model=model, depth=depth)
            layer = layers(made)[1]
            self.assertEqual((layer.colorModel(), layer.colorDepth()), (model, depth))
            layers(made)[0].setVisible(False)
            made.refreshProjection()
            made.waitForDone()
            found = pixels.read(made, "visible").data
            for one, other in zip(found[3::4], wanted):
                self.assertLessEqual(abs(one - other), 1)
            # The soft edge has the disc's own colour, without the ground's.
            mixed, alone, count = 0, 0, 0
            for at, level in enumerate(wanted):
                if 40 < level < 215:
                    shade = picture.shade(at % WIDTH, at // WIDTH)
                    disc = [part + shade for part in picture.OBJECT]
                    here = slice(4 * at, 4 * at + 3)
                    mixed += math.dist(picture.bgra()[here], disc)
                    alone += math.dist(found[here], disc)
                    count += 1
            self.assertGreater(count, 100)
            self.assertLess(alone, mixed / 3, (model, depth, count))

    def test_a_layer_of_another_colour_model_keeps_its_colours(self):
        made, _ = self.make("layer", model="CMYKA", depth="U8")
        found = pixels.read(made, layers(made)[1])
        left, top, width, _ = found.rectangle
        at = 4 * ((80 - top) * width + 100 - left)
        wanted = picture.bgra()[4 * (80 * WIDTH + 100) :]
        for one, other in zip(found.data[at : at + 4], wanted):
            self.assertLess(abs(one - other), 12)

    @without_window
    def test_an_outline(self):
        for ppi in (72.0, 300.0):
            made, selection = self.make("vector layer", ppi=ppi)
            layer = layers(made)[1]
            self.assertEqual(layer.type(), "vectorlayer")
            (shape,) = layer.shapes()
            box = shape.boundingBox()  # in points
            x0, y0, x1, y1 = Mask(selection, WIDTH, HEIGHT).box
            for length, wanted in ((box.width(), x1 - x0), (box.height(), y1 - y0)):
                more = length - wanted * 72 / ppi  # Krita adds some room for the line
                self.assertTrue(-0.5 < more < 6, (length, wanted, ppi))
            self.assertIn("C", shape.toSvg())

    def test_bad_ones(self):
        made = self.document()
        found = pixels.read(made, "visible")
        with self.assertRaisesRegex(pixels.Refusal, "Nothing is selected"):
            output.prepared(made, "layer", found, None)
        select_at(made, 100, 80)
        layers(made)[0].setLocked(True)
        with self.assertRaisesRegex(pixels.Refusal, "is locked"):
            output.prepared(
                made, "transparency mask", found, made.selection(), layers(made)[0]
            )


class Scripting(Case):
    def test_clicks(self):
        made = self.document()
        chosen = select_at(made, 100, 80, more=[(20, 20, False)], edges="hard")
        self.assertEqual(selecting.pixels_of(chosen, WHOLE), selected(made))
        self.assertFinds(made)
        select_at(made, 20, 20, operation="subtract")
        select_at(made, 100, 80, network="classical")
        self.assertFinds(made, least=0.8)

    def test_a_network_of_the_users_by_its_name(self):
        folder = Path(settings.networks())
        folder.mkdir(parents=True, exist_ok=True)
        own = Path(__file__).parents[2] / "models/click.onnx"
        shutil.copy(own, folder / "mine.onnx")
        for name in ("mine", "mine.onnx", folder / "mine.onnx"):
            made = self.document()
            select_at(made, 100, 80, network=name)
            self.assertFinds(made)
        made = self.document()
        (folder / "broken.onnx").write_text("This is a text.")
        with self.assertRaisesRegex(ValueError, "broken.onnx"):
            select_at(made, 100, 80, network="broken")

    def test_a_network_that_crashes_does_not_take_krita_with_it(self):
        hostile = Path(__file__).parents[1] / "data/networks/writes_outside.onnx"
        with self.assertRaisesRegex(ValueError, "crashes ONNX Runtime"):
            select_at(self.document(), 100, 80, network=hostile)

    def test_bad_arguments_are_sentences(self):
        made = self.document()
        for words, named in (
            ("help", {"operation": "multiply"}),
            ("help", {"edges": "blue"}),
            ("help", {"source": "elsewhere"}),
            ("outside", {"more": [(-5, 5, True)]}),
            ("nowhere.onnx", {"network": "/nowhere.onnx"}),
        ):
            with self.assertRaisesRegex(ValueError, words):
                select_at(made, 100, 80, **named)
        with self.assertRaisesRegex(ValueError, "No picture is open"):
            select_at(None, 1, 1)


def main(args):
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    done = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    if done.wasSuccessful():
        print("\nDONE", flush=True)
