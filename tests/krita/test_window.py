"""Krita in a window: real clicks on its canvas, keys, undo, the docker."""

import math
import re
import time
import unittest

import editor
from desktop import PICTURE, ROOT, wait_for

DUCK, MUG, APPLE, BANANA = 4, 3, 1, 2
# A point on each object, with one colour all round it.
AT = {DUCK: (511, 225), MUG: (250, 220), APPLE: (75, 250), BANANA: (300, 350)}
KNOWN = (
    f"import sys; sys.path.insert(0, {str(editor.HERE)!r})\nfrom window_side import *\n"
    "from deepcrop.python.deepcrop import include\n"
)


class Window(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.krita = editor.Editor(PICTURE)
        cls.addClassCleanup(cls.krita.close)
        cls.krita.eval("0", KNOWN + "docker = plugin.dockers[0]; docker.show()")
        cls.krita.until("is_large(1500)")

    def setUp(self):
        self.krita.eval("look(1, 0, False)")
        self.start()
        self.pixels = self.krita.eval("pixels_mark()")

    def tearDown(self):
        # No test may have painted anything.
        self.krita.eval("stop()")
        self.assertEqual(self.krita.eval("pixels_mark()"), self.pixels)
        self.assertEqual(self.krita.eval("session.refused"), "")

    def start(self):
        self.krita.eval("start()")
        self.krita.until("ready()")

    def place(self, x, y):
        return self.krita.eval(f"place({x}, {y})")

    def click(self, where, steps=None, **how):
        """Clicks an object or a pixel. With `steps`, waits for the answer."""
        self.krita.click(*self.place(*AT.get(where, where)), **how)
        if steps is not None:
            self.answered(steps)

    def answered(self, steps):
        self.krita.until(f"steps() == {steps} and shown()")

    def assertSelected(self, *objects, least=0.75):
        self.assertGreater(self.krita.eval(f"overlap{(*objects, -1)}"), least)

    def mark(self):
        return self.krita.eval("mark()")

    # --- clicks ---

    def test_a_click_selects_exactly_what_the_library_says(self):
        self.krita.eval("look(1.6, 0, False)")
        self.click(DUCK, 1)
        self.assertSelected(DUCK)
        self.assertTrue(self.krita.eval("exact()"))
        self.krita.shot("krita-click")

    def test_clicks_add_and_remove(self):
        self.click(DUCK, 1)
        self.click(APPLE, 2)
        self.assertSelected(DUCK, APPLE, least=0.7)
        self.click(APPLE, 3, button=3)
        kinds = [kind for kind, *_ in self.krita.eval("prompts()")]
        self.assertEqual(kinds, [1, 1, 2])
        self.click((40, 250), 4, key="alt")
        self.click((110, 300), 5, key="ctrl")
        kinds = [kind for kind, *_ in self.krita.eval("prompts()")]
        self.assertEqual(kinds, [1, 1, 2, 2, 2])
        self.assertTrue(self.krita.eval("exact()"))
        self.krita.shot("krita-removed")

    def test_a_box_and_a_lasso(self):
        self.krita.drag(self.place(178, 80), self.place(250, 200), self.place(394, 298))
        self.answered(1)
        ((kind, *corners, _),) = self.krita.eval("prompts()")
        self.assertEqual(kind, 3)
        for found, wanted in zip(corners, (178.5, 80.5, 394.5, 298.5)):
            self.assertLess(abs(found - wanted), 1)
        self.assertSelected(MUG)
        # The box stays visible, and nothing is shown inside it.
        self.krita.until("painted(286, 80) and painted(178, 190)")
        self.assertFalse(self.krita.eval("painted(286, 190)"))
        self.krita.key("Return")
        self.krita.until("not painted(286, 80)")
        ring = [
            self.place(
                516 + 100 * math.cos(turn / 8 * math.tau),
                210 + 100 * math.sin(turn / 8 * math.tau),
            )
            for turn in range(9)
        ]
        self.krita.drag(*ring, key="shift")
        self.answered(1)
        ((kind, *_, points),) = self.krita.eval("prompts()")
        self.assertEqual(kind, 4)
        self.assertGreaterEqual(points, 8)
        self.krita.until("painted(516, 110) and painted(416, 210)")
        self.assertSelected(DUCK)

    def test_what_is_drawn_meanwhile(self):
        before = self.krita.screen()
        start, end = self.place(178, 80), self.place(394, 298)
        self.krita.move_to(*start)
        self.krita.run("xdotool", "mousedown", "1")
        self.krita.move_to(*self.place(250, 200))
        self.krita.move_to(*end)
        self.krita.until("len(plugin.mode.gesture.places) > 1")
        self.assertGreater(self.changed(before, start, end), 300)
        self.krita.shot("krita-box")
        self.krita.key("Escape")  # drops the box
        self.krita.run("xdotool", "mouseup", "1")
        self.assertEqual(self.krita.eval("[steps(), plugin.is_on]"), [0, True])

    def changed(self, before, start, end):
        """How many pixels between two corners of the screen have changed."""
        after, width = self.krita.screen(), self.krita.size[0]
        count = 0
        for y in range(start[1], end[1]):
            row = slice(3 * (y * width + start[0]), 3 * (y * width + end[0]))
            one, other = before[row], after[row]
            if one != other:
                count += sum(
                    one[at : at + 3] != other[at : at + 3]
                    for at in range(0, len(one), 3)
                )
        return count

    def test_the_canvas_lies_where_we_think(self):
        for zoom, rotation, mirror in (
            (1, 0, False),
            (0.6, 0, False),
            (2.3, 0, False),
            (1, 37, False),
            (0.7, 0, True),
            (1.2, -120, True),
        ):
            with self.subTest(zoom=zoom, rotation=rotation, mirror=mirror):
                self.krita.eval(f"look({zoom}, {rotation}, {mirror})")
                self.krita.eval("window().qwindow().repaint()")
                self.assertLess(self.krita.eval("computed()"), 2)
                seen = 0
                for number, (x, y) in AT.items():
                    if self.on_canvas(x, y):
                        self.assertColour(x, y)
                        seen, target = seen + 1, number
                self.assertGreater(seen, 0)
                self.click(target, 1)
                ((_, x, y, *_),) = self.krita.eval("prompts()")
                self.assertLess(math.dist((x, y), AT[target]), 1.5 + 1 / zoom)
                self.assertSelected(target, least=0.6)
                self.krita.key("Escape")
                self.krita.until("not plugin.is_on")
                self.start()

    def on_canvas(self, x, y):
        return self.krita.eval(
            f"widget().rect().contains(widget().mapFromGlobal(QPoint(*place({x}, {y}))))"
        )

    def assertColour(self, x, y):
        """The screen shows the picture's colour there."""
        left, top = self.place(x, y)
        screen, width = self.krita.screen(), self.krita.size[0]
        at = 3 * (top * width + left)
        wanted = self.krita.eval(f"colour({x}, {y})")
        for one, other in zip(screen[at : at + 3], wanted):
            self.assertLess(abs(one - other), 24)

    # --- keys ---

    def test_undo_and_redo_are_exact(self):
        marks = [self.mark()]
        for count, where in enumerate((APPLE, DUCK, MUG), 1):
            self.click(where, count)
            marks.append(self.mark())
        self.assertEqual(len(set(marks)), 4)
        for count in (2, 1, 0):
            self.krita.key("ctrl+z")
            self.krita.until(f"steps() == {count}")
            self.assertEqual(self.mark(), marks[count])
        for count in (1, 2, 3):
            self.krita.key("ctrl+shift+z")
            self.krita.until(f"steps() == {count}")
            self.assertEqual(self.mark(), marks[count])
        self.krita.key("BackSpace")
        self.krita.until("steps() == 2")
        self.assertEqual(self.mark(), marks[2])
        self.krita.eval("0", "docker.step_buttons[0].click()")
        self.krita.until("steps() == 1")
        self.assertEqual(self.mark(), marks[1])
        self.krita.eval("0", "docker.step_buttons[1].click()")
        self.krita.until("steps() == 2")
        self.assertEqual(self.mark(), marks[2])
        # After undo and redo, a click adds to the steps that are there.
        self.click(BANANA, 3)
        self.assertTrue(self.krita.eval("exact()"))

    def test_undo_and_redo_go_on_after_enter_and_after_the_end(self):
        states = [(0, self.mark())]
        self.click(DUCK, 1)
        states.append((1, self.mark()))
        self.click(APPLE, 2)
        self.krita.key("Return")
        self.krita.until("steps() == 0")
        states.append((0, self.mark()))  # a kept object has no steps
        self.click(MUG, 1)
        states.append((1, self.mark()))
        self.assertEqual(len({mark for _, mark in states}), 4)
        for at in (2, 1, 0):
            self.krita.key("ctrl+z")
            self.krita.until(f"[steps(), mark()] == {[*states[at]]!r}")
        for at in (1, 2, 3):
            self.krita.key("ctrl+shift+z")
            self.krita.until(f"[steps(), mark()] == {[*states[at]]!r}")
        self.krita.eval("stop()")
        back, forth = "ctrl+z", "ctrl+shift+z"
        for at, keys in zip((2, 1, 0, 1, 2, 3), (*[back] * 3, *[forth] * 3)):
            self.krita.key(keys)
            self.krita.until(f"[steps(), mark()] == {[0, states[at][1]]!r}")

    def select_rectangle(self, *corners):
        """Selects a rectangle with Krita's tool, as a user does."""
        self.krita.eval("stop()")
        self.krita.eval("action('KisToolSelectRectangular')")
        before = self.mark()
        self.krita.drag(*(self.place(*corner) for corner in corners))
        self.krita.until(f"mark() not in ('nothing', {before!r})")

    def follow(self, *keys_and_marks):
        """Presses keys, and checks the selection after each."""
        for keys, mark in keys_and_marks:
            self.krita.key(keys)
            self.krita.until(f"mark() == {mark!r}", limit=10)

    def test_selections_of_the_users_own_come_and_go_with_ours(self):
        back, forth = "ctrl+z", "ctrl+shift+z"
        self.select_rectangle((30, 30), (120, 90), (150, 100))
        first = self.mark()
        self.krita.eval("action('deepcrop_select')")
        self.click(DUCK, 1)
        duck = self.mark()
        self.follow((back, first), (back, "nothing"), (forth, first), (forth, duck))
        self.follow((back, first))
        self.select_rectangle((300, 30), (400, 90), (420, 100))
        other = self.mark()
        self.follow((back, first), (forth, other), (back, first))
        self.krita.eval("action('select_all')")  # looks like redo of a click
        everything = self.mark()
        self.follow((back, first), (forth, everything), (back, first))

    def test_something_else_done_between_clicks_and_undo(self):
        pixels = self.krita.eval("pixels_mark()")
        self.click(DUCK, 1)
        duck = self.mark()
        self.click(APPLE, 2)
        both = self.mark()
        invert = "action('krita_filter_invert'); document().waitForDone()"
        for keys, steps, mark in (("BackSpace", 1, duck), ("Escape", 0, "nothing")):
            self.krita.eval("0", invert)
            self.krita.until(f"pixels_mark() != {pixels!r}")
            self.krita.key(keys)
            self.krita.until(f"[steps(), mark()] == {[steps, mark]!r}")
            self.krita.key("ctrl+z")  # going back has made its own undo step
            self.krita.until(f"mark() == {both!r}")
            self.krita.key("ctrl+z")
            self.krita.until(f"pixels_mark() == {pixels!r}")
            self.assertEqual(self.mark(), both)

    def test_a_click_that_changes_nothing_is_taken_back_alone(self):
        self.krita.eval(
            "0",
            "chosen = Selection(); chosen.select(490, 225, 50, 30, 255)\n"
            "document().setSelection(chosen)",
        )
        self.krita.eval("session.choose(operation='intersect')")
        mark, text = self.mark(), self.krita.eval("undo_text()")
        for count in (1, 2):
            self.click((505 + 10 * count, 240), count)  # in the duck anyway
        for keys, count in (("ctrl+z", 1), ("ctrl+z", 0), ("ctrl+shift+z", 1)):
            self.krita.key(keys)
            self.krita.until(f"steps() == {count}")
            now = self.mark(), self.krita.eval("undo_text()")
            self.assertEqual(now, (mark, text))

    def test_undo_brings_a_selection_of_the_users_back(self):
        self.krita.eval(
            "0",
            "chosen = Selection(); chosen.select(5, 150, 90, 120, 200)\n"
            "document().setSelection(chosen)",
        )
        before = self.mark()
        self.click(DUCK, 1)
        self.krita.key("ctrl+z")
        self.krita.until("steps() == 0")
        self.assertEqual(self.mark(), before)
        for operation in ("add", "subtract", "intersect"):
            self.krita.eval(f"session.choose(operation={operation!r})")
            self.click(APPLE, 1)
            self.assertNotEqual(self.mark(), before, operation)
            self.krita.key("Escape")
            self.krita.until("not plugin.is_on")
            self.assertEqual(self.mark(), before, operation)
            self.krita.eval("action('deepcrop_select')")
            self.krita.until("ready()")

    def test_another_selection_of_the_users_begins_anew(self):
        self.click(DUCK, 1)
        self.krita.eval("action('deselect')")
        self.click(APPLE, 1)
        self.assertSelected(APPLE)

    def test_tab_goes_through_the_answers_of_one_step(self):
        before = self.mark()
        self.click(
            (455, 187), 1
        )  # the beak: a part of a part, so there are several answers
        first = self.mark()
        marks = set()
        for _ in range(4):
            at = self.krita.eval("session.clicker.answer[0]")
            self.krita.key("Tab")
            self.krita.until(f"session.clicker.answer[0] != {at} and shown()")
            marks.add(self.mark())
        self.assertGreater(len(marks), 1)
        self.assertNotEqual(marks, {first})
        self.krita.key("ctrl+z")
        self.krita.until("steps() == 0")
        self.assertEqual(self.mark(), before)

    def test_enter_keeps(self):
        self.click(DUCK, 1)
        kept = self.mark()
        self.krita.key("Return")
        self.krita.until("steps() == 0")
        self.assertEqual(self.mark(), kept)
        self.assertTrue(self.krita.eval("plugin.is_on"))
        self.krita.eval("session.choose(operation='add')")
        self.click(APPLE, 1)
        self.assertSelected(DUCK, APPLE, least=0.7)

    def test_escape_drops_and_leaves(self):
        before, text = self.mark(), self.krita.eval("undo_text()")
        for count, where in enumerate((APPLE, DUCK), 1):
            self.click(where, count)
        self.krita.key("Escape")
        self.krita.until("not plugin.is_on")
        self.assertEqual(self.mark(), before)
        self.assertEqual(self.krita.eval("undo_text()"), text)

    # --- what is visible ---

    def test_the_ants_are_there_at_once(self):
        self.click(DUCK, 1)
        self.krita.eval("stop()")
        corners = self.place(420, 110), self.place(606, 305)
        self.krita.move_to(5, 5)
        with_ants = self.krita.screen()
        self.krita.shot("krita-ants")
        self.krita.eval("document().setSelection(None)")
        self.krita.eval("window().qwindow().repaint()")
        gone = wait_for(
            "the end of the ants",
            lambda: self.changed(with_ants, *corners),
        )
        self.assertGreater(gone, 250)

    def test_the_pointer_stays_to_be_seen(self):
        shape = "int(widget().cursor().shape())"
        self.krita.move_to(*self.place(*AT[DUCK]))
        for key in ("ctrl", "shift", "alt"):
            self.krita.key(key)
            self.krita.until(f"{shape} == 2")  # a cross
        self.krita.key("ctrl+z")
        self.krita.move_to(*self.place(*AT[APPLE]))
        self.krita.until(f"{shape} == 2")

    def test_a_preview_within_a_preview(self):
        self.krita.move_to(5, 5)
        self.krita.move_to(*self.place(*AT[DUCK]))
        self.krita.until("session.clicker.hovered is not None")
        self.krita.eval("0", "earlier = session.clicker.hovered")
        x, y = AT[DUCK]
        self.krita.move_to(*self.place(x, y - 20))
        self.krita.until("session.clicker.hovered not in (None, earlier)")

    def test_hovering_shows_what_a_click_would_select(self):
        self.krita.eval("look(1.6, 0, False)")
        self.krita.move_to(5, 5)
        time.sleep(1.5)  # Krita shows the zoom for a while
        before = self.krita.screen()
        corners = self.place(430, 120), self.place(600, 300)
        self.krita.move_to(*self.place(*AT[DUCK]))
        self.krita.until("session.clicker.hovered is not None")
        self.krita.until("plugin.mode.overlay._tint is not None")
        self.krita.shot("krita-hover")
        self.assertGreater(self.changed(before, *corners), 8000)
        self.assertIsNone(self.krita.eval("document().selection()"))
        self.krita.move_to(5, 5)
        self.krita.until("session.clicker.hovered is None")
        self.assertLess(self.changed(before, *corners), 200)

    # --- the pen ---

    def test_a_pen(self):
        self.assertTrue(self.krita.eval(f"pen('press', *{AT[DUCK]})"))
        self.assertTrue(self.krita.eval(f"pen('release', *{AT[DUCK]}, 0)"))
        self.answered(1)
        self.assertSelected(DUCK)

    def test_undo_of_a_click_that_is_not_answered_yet(self):
        self.click(DUCK, 1)
        mark, text = self.mark(), self.krita.eval("undo_text()")
        # In one go: no answer can come in between.
        self.krita.eval(
            "0",
            "from deepcrop.toolkit import QtCore, QtGui\n"
            f"session.click(include{AT[APPLE]})\n"
            "assert session.steps.is_pending\n"
            "event = QtGui.QKeyEvent(QtCore.QEvent.Type.KeyPress, QtCore.Qt.Key.Key_Z,"
            " QtCore.Qt.KeyboardModifier.ControlModifier)\n"
            "assert plugin.mode.take(event), 'Krita would undo something else'\n"
            "assert not session.steps.is_pending",
        )
        self.answered(1)
        self.krita.until("idle()")
        self.assertEqual((self.mark(), self.krita.eval("undo_text()")), (mark, text))
        self.krita.eval("0", "session.steps.redo()")  # it had not reached the document
        self.answered(2)
        self.assertSelected(DUCK, APPLE, least=0.7)

    # --- speed and order ---

    def test_clicks_faster_than_answers(self):
        places = [AT[one] for one in (APPLE, DUCK, MUG)]
        # In one go: no answer can come in between.
        self.krita.eval(
            "0",
            f"for at in {places}: session.click(include(*at))\n"
            "assert session.steps.is_pending",
        )
        self.answered(3)
        self.assertTrue(self.krita.eval("exact()"))
        entries = "[len(entry.steps) for entry in session.steps.history.done]"
        self.assertEqual(self.krita.eval(entries)[-2:], [0, 3])  # one entry for all
        marks = [self.mark()]
        for count in (2, 1):  # undo goes step by step all the same
            self.krita.key("ctrl+z")
            self.answered(count)
            marks.append(self.mark())
            self.assertTrue(self.krita.eval("exact()"))
        self.krita.key("ctrl+z")
        self.krita.until("steps() == 0")
        self.assertEqual(self.mark(), "nothing")
        for count in (1, 2, 3):
            self.krita.key("ctrl+shift+z")
            self.answered(count)
            self.assertEqual(self.mark(), marks[3 - count])

    def test_it_waits_for_the_analysis(self):
        self.krita.eval("stop()")
        self.krita.eval(
            "0",
            "session.close(5); action('deepcrop_select')\n"
            f"session.click(include(*{AT[DUCK]}))\n"
            "assert session.clicker.picture is None and session.layers.is_reading",
        )
        self.answered(1)
        self.assertSelected(DUCK)

    def test_enter_during_the_analysis_begins_another_object(self):
        self.krita.eval("session.choose(output='layer')")
        before = len(self.krita.eval("layers()"))
        self.krita.eval("stop()")
        self.krita.eval(
            "0",
            "session.close(5); action('deepcrop_select')\n"
            f"session.click(include(*{AT[DUCK]})); session.keep()\n"
            f"session.click(include(*{AT[APPLE]})); session.keep()\n",
        )
        made = f"len(layers()) == {before + 2} and not session.is_making"
        self.krita.until(f"idle() and {made}")
        boxes = "[node.bounds().getRect() for node in document().topLevelNodes()[-2:]]"
        (duck, *_), (apple, *_) = sorted(self.krita.eval(boxes), reverse=True)
        self.assertLess(apple, 100)
        self.assertGreater(duck, 400)
        for _ in range(2):
            self.krita.eval("action('edit_undo')")
        self.krita.until(f"len(layers()) == {before}")

    def test_nothing_works_while_nobody_does(self):
        self.click(DUCK, 1)
        self.krita.move_to(5, 5)
        self.krita.until("session.clicker.hovered is None and idle()")
        worker = "worker_seconds()"
        before = self.krita.eval(worker)
        self.assertGreater(before, 0)  # it has worked until now
        time.sleep(1.5)
        self.assertEqual(self.krita.eval(worker), before)
        self.assertFalse(self.krita.eval("plugin.mode.rest.isActive()"))
        self.assertFalse(self.krita.eval("session.layers.is_reading"))

    # --- other pictures ---

    def test_what_is_painted_meanwhile_is_seen(self):
        self.click(DUCK, 1)
        part = (420, 110, 190, 195)
        self.krita.eval(
            "0",
            "layer = document().topLevelNodes()[0]\n"
            f"kept = bytes(layer.pixelData(*{part}))\n"
            f"layer.setPixelData(bytes([40, 90, 200, 255]) * {190 * 195}, *{part})\n"
            "document().refreshProjection(); document().waitForDone()",
        )
        self.assertFalse(self.krita.eval("is_up_to_date()"))
        self.krita.move_to(5, 5)
        self.krita.move_to(*self.place(*AT[DUCK]))  # the pointer comes back
        self.krita.until("idle() and is_up_to_date()")
        self.krita.until("shown()")
        self.assertTrue(self.krita.eval("exact()"))  # the click's new answer
        self.krita.eval(
            "0",
            f"layer.setPixelData(kept, *{part})\n"
            "document().refreshProjection(); document().waitForDone()",
        )

    def test_another_size_is_seen_at_the_next_click(self):
        undo = "action('edit_undo')"
        self.krita.eval("0", "document().crop(0, 0, 640, 330)")
        self.krita.eval("document().waitForDone()")
        self.krita.eval("0", f"session.click(include{AT[DUCK]})")
        self.answered(1)
        self.assertEqual(self.krita.eval("session.layers.rectangle"), [0, 0, 640, 330])
        self.assertTrue(self.krita.eval("exact()"))
        self.krita.key("Escape")
        self.krita.until("not plugin.is_on")
        self.krita.eval(undo)
        self.krita.until("document().height() == 480")

    # --- scripts ---

    def test_select_at_can_be_undone(self):
        self.krita.eval("stop()")
        self.krita.eval(
            "0",
            f"import deepcrop\ndeepcrop.select_at(document(), *{AT[DUCK]})",
        )
        self.assertSelected(DUCK)
        # Krita takes a moment. In 5.3 the undo step has no name.
        self.krita.until("'Select All' in undo_text() or selecting.sets_undoably()")
        selected = self.mark()
        self.krita.eval("action('edit_undo')")
        self.assertEqual(self.mark(), "nothing")
        self.krita.eval("action('edit_redo')")
        self.assertEqual(self.mark(), selected)

    def test_the_readmes_example(self):
        readme = (ROOT / "plugins/krita/README.md").read_text("utf-8")
        (example,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
        self.krita.eval("stop()")
        self.krita.eval("0", example)
        self.assertSelected(DUCK)
        self.krita.eval("0", "document().setSelection(None)")

    # --- ends ---

    def test_another_tool_turns_it_off(self):
        self.click(DUCK, 1)
        kept = self.mark()
        self.krita.eval("action('KritaShape/KisToolLine')")
        self.krita.until("not plugin.is_on")
        self.assertEqual(self.mark(), kept)
        self.assertFalse(self.krita.eval("docker.select.isChecked()"))
        self.assertFalse(
            self.krita.eval("Krita.instance().action('deepcrop_select').isChecked()")
        )

    def test_another_view_turns_it_off(self):
        self.krita.eval("0", "other = window().addView(document())")
        self.krita.until("not plugin.is_on")
        self.start()
        self.click(DUCK, 1)
        self.assertSelected(DUCK)
        self.krita.key("Escape")
        self.krita.until("not plugin.is_on")
        self.krita.eval("action('file_close')")
        self.krita.until("len(window().views()) == 1")
        self.krita.until("widget() is not None")
        self.krita.eval("look(1, 0, False)")
        self.start()
        self.click(APPLE, 1)
        self.assertSelected(APPLE)

    def test_what_is_told_without_a_docker(self):
        """As after Krita's Tab key, which hides all dockers."""
        self.krita.eval("action('view_show_canvas_only')")
        self.krita.until("docker.isHidden()")
        self.assertTrue(self.krita.eval("plugin.is_on"))
        self.krita.eval("look(0.5, 0, False)")
        for _ in range(2):  # the second message appears, too
            self.krita.until("not floats()")  # Krita shows the zoom first
            self.krita.click(*self.place(-20, 200))
            self.krita.until("floats() and 'outside the picture' in plugin.told")
        self.krita.shot("krita-canvas-only")
        self.click(DUCK, 1)
        self.assertSelected(DUCK)
        self.krita.key("Escape")
        self.krita.until("not plugin.is_on and session.clicker.picture is None")
        self.krita.eval("plugin.subject()")
        self.krita.until("mark() != 'nothing'")
        self.krita.until("session.clicker.picture is None")  # nobody needs it now
        self.krita.eval("action('view_show_canvas_only')")
        self.krita.until("not docker.isHidden()")

    def test_a_closed_docker_gives_the_memory_back(self):
        self.click(DUCK, 1)
        self.krita.eval("docker.close()")
        self.krita.until("not plugin.is_on and session.clicker.picture is None")
        self.assertIsNone(self.krita.eval("session.layers.pixels"))
        self.krita.eval("docker.show()")

    def test_a_closed_docker_that_floats(self):
        self.click(DUCK, 1)
        self.krita.eval("docker.setFloating(True)")
        self.krita.eval("docker.close()")
        self.krita.until("not plugin.is_on and session.clicker.picture is None")
        self.krita.eval("docker.setFloating(False)")
        self.krita.eval("docker.show()")

    # --- the docker ---

    def test_subject_and_refine(self):
        self.krita.eval("stop()")
        self.krita.eval("plugin.subject()")
        self.answered(1)
        self.assertNotEqual(self.mark(), "nothing")
        self.krita.eval("session.drop()")
        self.assertEqual(self.mark(), "nothing")
        self.krita.eval(
            "0",
            "rough = Selection(); rough.select(178, 80, 216, 218, 255)\n"
            "document().setSelection(rough); plugin.refine()",
        )
        self.answered(1)
        self.assertSelected(MUG)
        self.krita.eval("session.keep()")

    def test_settings_change_what_is_being_clicked(self):
        self.click(DUCK, 1)
        text, first = self.krita.eval("undo_text()"), self.mark()
        self.krita.eval("session.choose(edges='hair')")
        self.krita.until(f"shown() and mark() != {first!r}")
        self.krita.eval("session.choose(network='classical')")
        self.krita.until("ready() and session.clicker.network == 'classical'")
        self.krita.until("shown()")
        self.assertEqual(self.krita.eval("docker.running.text()"), "classical")
        self.assertEqual(self.krita.eval("undo_text()"), text)
        self.krita.key("ctrl+z")
        self.krita.until("steps() == 0")
        self.assertEqual(self.mark(), "nothing")

    def test_a_provider_that_is_not_there(self):
        self.krita.eval("session.choose(provider='cpu')")
        self.krita.until("ready() and 'on cpu' in docker.running.text()")
        self.krita.eval("session.choose(provider='cuda')")
        self.krita.until("session.clicker.error is not None")
        self.krita.until("'cuda does not work' in docker.status.text()")
        self.assertEqual(self.krita.eval("session.settings.provider"), "cpu")
        self.click(DUCK, 1)  # the earlier provider stays in use
        self.assertSelected(DUCK)
        self.assertIn("on cpu", self.krita.eval("docker.running.text()"))

    def test_a_network_that_crashes_does_not_take_krita_with_it(self):
        self.click(DUCK, 1)
        hostile = str(ROOT / "tests/data/networks/writes_outside.onnx")
        self.krita.eval(f"session.choose(network={hostile!r})")
        self.krita.until("'crashes ONNX Runtime' in docker.status.text()")
        self.krita.shot("network-that-crashes")
        self.assertEqual(self.krita.eval("session.settings.network"), "")
        self.assertSelected(DUCK)
        self.click(MUG, 2)  # the earlier network stays in use
        self.assertSelected(DUCK, MUG)

    def test_outputs(self):
        for output, wanted in (
            ("transparency mask", ["Background", "paintlayer", ["transparencymask"]]),
            ("layer", ["Object", "paintlayer", []]),
            ("vector layer", ["Object", "vectorlayer", []]),
            ("selection mask", ["Background", "paintlayer", ["selectionmask"]]),
        ):
            with self.subTest(output=output):
                self.krita.eval(f"session.choose(output={output!r})")
                before = self.krita.eval("layers()")
                self.click(DUCK, 1)
                self.krita.eval("0", "kept = document().selection().duplicate()")
                self.krita.key("Return")
                self.krita.until(f"{wanted!r} in layers() and steps() == 0")
                if output.endswith("mask"):
                    self.assertTrue(self.krita.eval("mask_holds(kept)"))
                if output == "vector layer":
                    for more in self.krita.eval("outline_off(kept)"):
                        self.assertTrue(-1 < more < 6, more)  # a line has some width
                self.assertEqual(self.mark(), "nothing")
                self.krita.shot(f"krita-{output.replace(' ', '-')}")
                self.assertTrue(self.krita.eval("plugin.is_on"))
                active = self.krita.eval("document().activeNode().name()")
                self.assertEqual(active, "Background")  # the next click goes there
                self.krita.eval("action('edit_undo')")
                self.krita.until(f"layers() == {before!r}")

    def test_an_output_just_before_the_end(self):
        self.krita.eval("session.choose(output='layer')")
        before = self.krita.eval("layers()")
        self.click(DUCK, 1)
        self.krita.eval("0", "session.keep(); session.once_idle(session.leave)")
        self.krita.until(f"len(layers()) == {len(before) + 1}")
        self.krita.until("session.document is None and not session.is_making")
        active = self.krita.eval("document().activeNode().name()")
        self.assertEqual(active, "Background")
        self.krita.eval("action('edit_undo')")
        self.krita.until(f"layers() == {before!r}")

    def test_an_output_that_cannot_be_leaves_the_selection(self):
        self.krita.eval("session.choose(output='transparency mask')")
        self.click(DUCK, 1)
        selected = self.mark()
        lock = "document().topLevelNodes()[0].setLocked({})"
        self.krita.eval(lock.format(True))
        self.krita.key("Return")
        self.krita.until("'is locked: unlock it first' in docker.status.text()")
        self.krita.eval(lock.format(False))
        self.assertEqual((self.mark(), self.krita.eval("steps()")), (selected, 1))
        self.krita.eval("session.choose(output='selection')")

    def test_another_source_for_what_is_being_clicked(self):
        self.krita.eval("stop()")
        self.krita.eval(
            "0",
            "small = document().createNode('small', 'paintlayer')\n"
            "part = (400, 100, 240, 300)\n"
            "pixels = document().topLevelNodes()[0].pixelData(*part)\n"
            "small.setPixelData(pixels, *part)\n"
            "document().rootNode().addChildNode(small, None)\n"
            "document().waitForDone()\n"
            "document().setActiveNode(small)",
        )
        self.start()
        self.click(DUCK, 1)
        self.krita.eval("session.choose(source='layer')")
        self.krita.until("ready() and session.clicker.origin == (400, 100) and shown()")
        self.assertSelected(DUCK)
        self.assertEqual(self.krita.eval("session.refused"), "")
        self.click((410, 110), 2, button=3)
        self.krita.key("Escape")
        self.krita.until("not plugin.is_on")
        self.assertEqual(self.mark(), "nothing")
        self.krita.eval("0", "small.remove(); document().waitForDone()")


if __name__ == "__main__":
    unittest.main()
