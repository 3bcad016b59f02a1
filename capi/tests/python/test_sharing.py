"""choices.py, gestures.py and sentences.py: what the plug-ins offer, hear and say.
And the page that explains them.
"""

import re
import unittest
from types import SimpleNamespace

from common import ROOT, SCRATCH, python

from plugins.python import deepcrop
from plugins.shared import choices, gestures, sentences


class Gestures(unittest.TestCase):
    """In a window that shows a picture of 80 by 60, at 10, 20 of its canvas, doubled."""

    def prompt(self, *places, **how):
        gesture = gestures.Gesture(places[0], **how)
        for place in places[1:]:
            gesture.move(place)
        self.is_click = gesture.is_click
        return gesture.prompt(lambda x, y: (x / 2, y / 2), (10, 20, 80, 60))

    def test_a_trembling_click_is_one_where_it_began(self):
        click = deepcrop.include(25, 30)
        for how in ({}, {"lasso": True}):
            self.assertEqual(self.prompt((50, 60), **how), click)
            self.assertEqual(self.prompt((50, 60), (54, 57), (47, 64), **how), click)
            self.assertTrue(self.is_click)

    def test_a_click_on_what_is_not_the_object_may_wander(self):
        for lasso in (False, True):
            places = (50, 60), (90, 90), (40, 95)
            prompt = self.prompt(*places, out=True, lasso=lasso)
            self.assertEqual(prompt, deepcrop.exclude(25, 30))
            self.assertTrue(self.is_click)

    def test_a_box_has_its_corners_where_the_hand_was_and_in_the_picture(self):
        box = deepcrop.box(25, 30, 40, 45.5)
        self.assertEqual(self.prompt((50, 60), (90, 70), (79, 91), (80, 91)), box)
        self.assertEqual(self.prompt((80, 60), (50, 91)), box)
        whole = deepcrop.box(10, 20, 90, 80)
        self.assertEqual(self.prompt((0, 900), (900, 0)), whole)
        self.assertFalse(self.is_click)

    def test_a_box_that_became_nothing_is_a_click(self):
        prompt = self.prompt((50, 60), (90, 90), (53, 60))
        self.assertEqual(prompt, deepcrop.include(25, 30))

    def test_a_lasso_goes_where_the_hand_went_and_back(self):
        places = (50, 60), (51, 60), (90, 60), (91, 61), (90, 300), (50, 61)
        lasso = deepcrop.lasso([(25, 30), (45, 30), (45, 80), (25, 30.5)])
        self.assertEqual(self.prompt(*places, lasso=True), lasso)
        self.assertFalse(self.is_click)

    def test_a_lasso_round_nothing_is_a_box(self):
        box = deepcrop.box(25, 30, 45, 50)
        self.assertEqual(self.prompt((50, 60), (90, 100), lasso=True), box)


class Offered(unittest.TestCase):
    def test_the_library_knows_what_is_offered(self):
        offered = {**choices.CHOICES, "provider": choices.RUNS_ON}
        for name, numbers in (
            ("operation", deepcrop.Combine),
            ("edges", deepcrop.Edges),
            ("provider", deepcrop.Provider),
        ):
            for value in offered[name][0]:
                self.assertIn(value.upper(), numbers.__members__)
        usual = choices.Choices()._asdict()
        for name, (texts, *_) in offered.items():
            self.assertEqual(usual[name], next(iter(texts)))

    def test_what_was_chosen_as_the_library_takes_it(self):
        chosen = choices.Choices(edges="hair")
        self.assertEqual(chosen.edges_number, deepcrop.Edges.HAIR)
        self.assertEqual(chosen.model, (None, deepcrop.Provider.AUTO))
        other = "classical", deepcrop.Provider.CPU
        self.assertEqual(chosen.with_model(*other).model, other)
        self.assertEqual(chosen.with_model(*other).edges, "hair")
        self.assertEqual(chosen.with_model(*other).with_model(*chosen.model), chosen)

    def test_the_users_networks_are_offered(self):
        folder = SCRATCH / "networks"
        none = ["", "classical", choices.OTHER]
        self.assertEqual([*choices.networks("", str(folder))[0]], none)
        folder.mkdir()
        for name in ("b.onnx", "a.onnx", "notes.txt"):
            (folder / name).touch()
        texts, *_ = choices.networks("/elsewhere/own.onnx", str(folder))
        self.assertEqual(
            [*texts.values()][2:], ["a.onnx", "b.onnx", "own.onnx", "Choose a file…"]
        )
        self.assertIn(str(folder / "a.onnx"), texts)
        texts, *_ = choices.networks(str(folder / "a.onnx"), str(folder))
        self.assertEqual(len(texts), 5)
        for name in ("a", "a.onnx", str(folder / "a.onnx")):
            self.assertEqual(choices.own(name, str(folder)), str(folder / "a.onnx"))
        for name in ("", None, "classical", "/elsewhere/own.onnx"):
            self.assertEqual(choices.own(name, str(folder)), name)


class Sentences(unittest.TestCase):
    def test_every_error_is_one(self):
        deepcrop.load()
        for error, said in (
            (sentences.Refusal("Choose one layer."), "Choose one layer."),
            (deepcrop.Error(deepcrop.Status.FILE, "it is gone"), "It is gone."),
            (KeyError("x"), "(KeyError: 'x')"),
            (MemoryError(), "There is not enough memory"),
        ):
            self.assertIn(said, sentences.sentence(error))

    def test_an_incomplete_installation(self):
        script = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from plugins.python import deepcrop
from plugins.shared import clicking, sentences
def failed(work):
    try:
        work()
    except deepcrop.Error as error:
        print(sentences.sentence(error))
        print(sentences.sentence(error, details=True))
posted = []
failed(deepcrop.load)
failed(lambda: deepcrop.Image(b"", 0, 0, 99))
clicker = clicking.Clicker(posted.append, lambda: None)
clicker.open(None, None)
clicker.report(print)
while clicker.worker.busy():
    if posted:
        posted.pop(0)()
print(sentences.sentence(clicker.error))
"""
        said = python(script, DEEPCROP_LIBRARY="/nowhere").splitlines()
        loading, details, other, same, system, report, opening = said
        self.assertIn("Files of DeepCrop are missing", loading)
        self.assertEqual(opening, loading)
        self.assertTrue(details.startswith(loading + " DeepCrop's library cannot be"))
        self.assertNotIn("complete", other)
        self.assertEqual(other, same)
        self.assertTrue(system.startswith("Python 3"))
        self.assertIn("does not work: DeepCrop's library cannot be loaded", report)

    def test_what_stands_in_and_what_runs(self):
        def model(family, provider, note):
            info = SimpleNamespace(
                name="it", family=family, provider=provider, provider_note=note
            )
            return SimpleNamespace(info=info)

        without = model("classical", "none", "there is no runtime")
        said = "Only colours and edges are used, because there is no runtime."
        self.assertEqual(sentences.stand_in(without, None), said)
        self.assertEqual(sentences.stand_in(without, ""), said)
        for fine, network in ((None, None), (without, "classical")):
            self.assertEqual(sentences.stand_in(fine, network), "")
        network = model("click_map", "CPU", "no GPU")
        self.assertEqual(sentences.stand_in(network, None), "")
        self.assertEqual(sentences.what_runs(network.info), "it on CPU")
        self.assertEqual(sentences.what_runs(without.info), "it")


class Page(unittest.TestCase):
    def test_its_examples_run(self):
        page = (ROOT / "docs/adding-a-plugin.md").read_text("utf-8")
        blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
        _imports, session, without_window = blocks
        said = python(
            "from common import HEIGHT as height, PIXELS as pixels, WIDTH as width\n"
            "from common import overlap\n"
            f"{session}print(overlap(mask))\n"
            f"{without_window}print(overlap(mask))\nprint(path)\n"
        )
        *_, state, clicked, segmented, path = said.splitlines()
        self.assertEqual(state, "ready")
        self.assertGreater(min(float(clicked), float(segmented)), 0.8)
        self.assertTrue(path.startswith("M"))


if __name__ == "__main__":
    unittest.main()
