"""clicking.py, steps.py and worker.py: what the plug-ins share, as a window would use it."""

import queue
import threading
import time
import unittest

from common import DISC, HEIGHT, PIXELS, WIDTH, overlap

from plugins.python import deepcrop
from plugins.shared import clicking, sentences, worker


class Host(unittest.TestCase):
    """A window's loop: what is posted runs here, on this thread."""

    def setUp(self):
        self.posted = queue.Queue()
        self.changes = 0

    def run_until(self, ready):
        limit = time.monotonic() + 60
        while not ready():
            self.assertLess(time.monotonic(), limit, "it never happens")
            try:
                self.posted.get(timeout=0.05)()
            except queue.Empty:
                pass


class Working(Host):
    def setUp(self):
        super().setUp()
        self.worker = worker.Worker(self.posted.put)
        self.addCleanup(self.worker.close, 10)
        self.told = []

    def ask(self, kind, run, progress=None):
        def failed(error):
            self.told.append((kind, error))

        def done(result):
            self.assertIs(threading.current_thread(), threading.main_thread())
            self.told.append((kind, result))

        self.worker.ask(kind, run, done, failed, progress)

    def finish(self):
        self.run_until(lambda: not self.worker.busy())
        return self.told

    def test_results_come_in_order_and_errors_too(self):
        def fails(cancel):
            raise deepcrop.Error(3, "so it is")

        self.ask("one", lambda cancel: 1)
        self.ask("two", fails)
        self.ask("three", lambda cancel: threading.current_thread().daemon)
        (one, two, three) = self.finish()
        self.assertEqual((one, three), (("one", 1), ("three", True)))
        self.assertEqual(sentences.sentence(two[1]), "So it is.")

    def test_the_newest_wins(self):
        started, cancelled = threading.Event(), threading.Event()

        def long(cancel):
            started.set()
            # As long as nobody raises the flag.
            picture = deepcrop.Picture(
                deepcrop.Model.classical(), deepcrop.Image(PIXELS, WIDTH, HEIGHT)
            )
            clicks = [deepcrop.include(60 + at % 20, 60) for at in range(40)]
            try:
                while True:
                    picture.segment(clicks[: 1 + len(clicks) % 40], cancel=cancel)
            except deepcrop.Error as error:
                if error.status == deepcrop.Status.CANCELLED:
                    cancelled.set()
                raise

        self.ask("select", long)
        self.assertTrue(started.wait(30))
        for number in range(5):
            self.ask("select", lambda cancel, number=number: number)
        self.assertTrue(cancelled.wait(30))
        self.assertEqual(self.finish(), [("select", 4)])

    def test_idle_work_waits_and_is_dropped(self):
        gate = threading.Event()
        self.ask("open", lambda cancel: gate.wait(30))
        self.ask(worker.Worker.IDLE, lambda cancel: "preview")
        gate.set()
        self.assertEqual([kind for kind, _ in self.finish()], ["open", "idle"])
        gate.clear()
        self.ask("open", lambda cancel: gate.wait(30))
        self.ask(worker.Worker.IDLE, lambda cancel: "preview")
        self.ask("select", lambda cancel: "mask")  # drops the preview
        gate.set()
        self.assertEqual([kind for kind, _ in self.finish()[2:]], ["open", "select"])

    def test_progress_is_told_on_the_hosts_thread(self):
        heard = []
        self.ask(
            "open",
            lambda cancel: deepcrop.Model(None, deepcrop.ModelOptions(cancel=cancel)),
            lambda *told: heard.append((threading.current_thread(), *told)),
        )
        self.finish()
        self.assertTrue(heard)
        for thread, fraction, doing in heard:
            self.assertIs(thread, threading.main_thread())
            self.assertTrue(0 <= fraction <= 1 and doing)

    def test_closing_ends_the_thread_and_tells_nothing_more(self):
        self.ask("open", lambda cancel: 1)
        self.ask("select", lambda cancel: 2)
        self.assertTrue(self.worker.close(10))
        while not self.posted.empty():
            self.posted.get()()
        self.assertEqual(self.told, [])
        self.assertTrue(self.worker.close(0))


class Clicking(Host):
    def setUp(self):
        super().setUp()
        self.clicker = clicking.Clicker(self.posted.put, self.changed)
        self.addCleanup(self.clicker.close, 10)
        self.image = deepcrop.Image(PIXELS, WIDTH, HEIGHT)

    def changed(self):
        self.changes += 1

    def settle(self):
        self.run_until(lambda: not self.clicker.worker.busy())

    def open(self, origin=(0, 0), network="classical"):
        self.clicker.open(self.image, network, origin)
        self.settle()

    def click(self, x, y):
        self.clicker.add(deepcrop.include(x, y))
        self.settle()
        return self.clicker.mask

    def test_clicks_undo_and_redo(self):
        self.open()
        disc = self.click(60, 60)
        self.assertGreater(overlap(disc, DISC), 0.9)
        both = self.click(125, 50)
        self.assertGreater(both.area, disc.area)
        self.clicker.undo()
        self.settle()
        self.assertEqual(self.clicker.mask.pixels, disc.pixels)
        self.clicker.redo()
        # Until the answer is there, the mask is that of the steps before.
        self.assertEqual(self.clicker.answered, self.clicker.steps.done[:1])
        self.settle()
        self.assertEqual(self.clicker.answered, self.clicker.steps.done)
        self.assertEqual(self.clicker.mask.pixels, both.pixels)
        self.clicker.undo()
        self.clicker.undo()
        self.clicker.undo()  # nothing to undo is no error
        self.settle()
        self.assertIsNone(self.clicker.mask)
        self.click(60, 60)
        self.clicker.redo()  # a new step ends what could be redone
        self.settle()
        self.assertEqual(self.clicker.mask.pixels, disc.pixels)

    def test_clicks_before_the_picture_is_there_count(self):
        self.clicker.open(self.image, "classical")
        self.clicker.add(deepcrop.include(60, 60))
        self.assertIsNone(self.clicker.mask)
        self.assertTrue(self.clicker.doing)
        self.settle()
        self.assertGreater(overlap(self.clicker.mask, DISC), 0.9)
        self.assertEqual(self.clicker.doing, "")

    def test_another_picture_keeps_only_what_lies_in_it(self):
        self.open()
        self.click(60, 70)
        self.click(125, 50)
        whole = self.clicker.image
        half = deepcrop.Image(PIXELS, 100, 60, stride=3 * WIDTH)
        self.clicker.open(half, "classical", (0, 0))
        self.settle()
        self.assertIsNone(self.clicker.error)
        self.assertEqual(len(self.clicker.steps.done), 0)
        self.assertIsNone(self.clicker.mask)
        self.assertFalse(self.clicker.selects(60, 59))
        self.assertFalse(self.clicker.selects(150, 100))
        self.click(60, 50)
        self.assertEqual(self.clicker.mask.width, 100)
        self.clicker.open(whole, "classical", (0, 0))
        self.clicker.add(deepcrop.box(30, 30, 90, 90))
        self.settle()
        self.assertEqual(len(self.clicker.steps.done), 2)
        self.assertEqual(self.clicker.mask.width, WIDTH)

    def test_the_canvas_may_begin_elsewhere(self):
        self.open()
        there = self.click(60, 60).pixels
        self.open(origin=(100, -20))
        self.assertFalse(self.clicker.holds(99.5, 0))
        self.assertTrue(self.clicker.holds(100, -20))
        self.clicker.clear()
        self.click(160, 40)
        self.assertEqual(self.clicker.mask.pixels, there)
        self.assertTrue(self.clicker.selects(160, 40))
        self.assertFalse(self.clicker.selects(60, 60))

    def test_tab_goes_round_the_answers_by_size(self):
        self.open(network=None)
        first = self.click(60, 60)
        areas, seen = [], []
        for _ in range(10):
            self.clicker.next_answer()
            self.settle()
            areas.append(self.clicker.mask.area)
            seen.append(self.clicker.answer)
        at, count = seen[0]
        self.assertGreater(count, 1)
        self.assertEqual(
            [(at + i - 1) % count + 1 for i in range(10)], [s[0] for s in seen]
        )
        by_number = {seen[i][0]: areas[i] for i in range(10)}
        self.assertEqual(
            sorted(by_number.values()), [by_number[i + 1] for i in range(count)]
        )
        self.assertIn(first.area, areas)
        # What was chosen is what the next click starts from.
        chosen = self.clicker.mask
        after = self.click(60, 61)
        self.assertGreaterEqual(after.area, chosen.area * 0.98)

    def test_masks_of_any_size_cover_what_they_cover(self):
        self.open(origin=(10, -5))
        covers = self.clicker.covers
        self.assertFalse(covers(None, 20, 20))
        for width, height in ((2, 1), (WIDTH + 40, HEIGHT + 40)):
            mask = deepcrop.Mask(
                bytes([255, 127] * (width * height // 2)), width, height
            )
            self.assertTrue(covers(mask, 10.9, -4.1))
            self.assertFalse(covers(mask, 11.1, -5))
            for x, y in ((9.9, -5), (10, -5.1), (10 + width, -5), (10, height - 5)):
                self.assertFalse(covers(mask, x, y), (width, x, y))

    def test_a_report_is_a_job_like_others(self):
        reports = []
        self.clicker.report(reports.append)
        self.assertEqual((self.changes, reports), (1, []))
        self.settle()
        self.assertEqual((self.changes, len(reports)), (2, 1))
        self.assertIn("result: the built-in network runs", reports[0])
        self.clicker.report(reports.append)
        self.run_until(lambda: not self.clicker.worker._waiting)  # it is being made
        self.assertTrue(self.clicker.close(10))
        while not self.posted.empty():
            self.posted.get()()
        self.assertEqual(len(reports), 1)

    def test_hovering_shows_and_leaves_no_trace(self):
        self.open()
        self.clicker.hover(60, 60)
        self.run_until(lambda: self.clicker.hovered is not None)
        self.assertGreater(overlap(self.clicker.hovered, DISC), 0.8)
        self.assertIsNone(self.clicker.mask)
        self.assertEqual(self.clicker.steps.done, [])
        self.click(60, 60)
        self.assertIsNone(self.clicker.hovered)
        self.clicker.hover(60, 60)  # selected already: nothing to show
        self.clicker.hover(-5, 60)
        self.settle()
        self.assertIsNone(self.clicker.hovered)

    def test_hovering_waits_for_the_picture(self):
        self.clicker.open(self.image, "classical")
        self.clicker.hover(60, 60)
        self.settle()
        self.assertGreater(overlap(self.clicker.hovered, DISC), 0.8)

    def test_the_subject_is_a_step(self):
        self.open(network=None)
        self.clicker.subject()
        self.settle()
        subject = self.clicker.mask
        self.assertGreater(subject.area, 0)
        self.clicker.undo()
        self.settle()
        self.assertIsNone(self.clicker.mask)
        self.clicker.redo()
        self.settle()
        self.assertEqual(self.clicker.mask.pixels, subject.pixels)

    def test_the_subject_waits_for_the_picture(self):
        self.clicker.open(self.image, "classical")
        self.clicker.subject()
        self.settle()
        self.assertGreater(self.clicker.mask.area, 0)

    def test_errors_leave_things_as_they_were(self):
        self.open()
        before = self.click(60, 60)
        self.clicker.add(deepcrop.include(900, 60))
        self.settle()
        self.assertIn("900", sentences.sentence(self.clicker.error))
        self.assertIs(self.clicker.mask, before)
        self.assertEqual(len(self.clicker.steps.done), 1)
        self.clicker.open(self.image, "/nothing/here.onnx")
        self.settle()
        self.assertIn("/nothing/here.onnx", sentences.sentence(self.clicker.error))
        self.assertEqual(self.clicker.network, "classical")
        self.click(61, 61)
        self.assertIsNone(self.clicker.error)
        self.assertTrue(self.clicker.mask.area)

    def test_clicks_do_not_hide_why_there_is_no_picture(self):
        self.clicker.open(self.image, "/nothing/here.onnx")
        self.settle()
        self.clicker.add(deepcrop.include(60, 60))
        self.settle()
        self.assertIn("/nothing/here.onnx", sentences.sentence(self.clicker.error))
        self.open()  # and count as soon as there is one
        self.assertGreater(overlap(self.clicker.mask, DISC), 0.9)

    def test_another_network_and_other_edges_answer_the_same_steps(self):
        self.open()
        self.click(60, 60)
        classical = self.clicker.mask
        self.open(network=None)
        self.assertIsNot(self.clicker.mask, classical)
        self.assertGreater(overlap(self.clicker.mask, DISC), 0.8)
        soft = sum(0 < value < 255 for value in self.clicker.mask.pixels)
        self.clicker.use_edges(deepcrop.Edges.NONE)
        self.settle()
        softer = sum(0 < value < 255 for value in self.clicker.mask.pixels)
        self.assertGreater(softer, soft)

    def test_edges_of_a_chosen_answer(self):
        self.open(network=None)
        self.click(60, 60)
        self.clicker.next_answer()
        self.settle()
        chosen, answer = self.clicker.mask, self.clicker.answer
        self.clicker.use_edges(deepcrop.Edges.NONE)
        self.settle()
        self.assertEqual(self.clicker.answer, answer)
        self.assertNotEqual(self.clicker.mask.pixels, chosen.pixels)
        self.assertGreater(overlap(self.clicker.mask, chosen.pixels), 0.7)
        # Undo to a chosen answer tells which one it is.
        self.click(125, 50)
        self.clicker.undo()
        self.settle()
        self.assertEqual(self.clicker.answer, answer)

    def test_a_click_ends_the_search_for_the_subject(self):
        self.open(network=None)
        self.clicker.subject()
        self.assertTrue(self.clicker.doing)
        self.click(60, 60)
        self.assertEqual(self.clicker.doing, "")

    def test_closing_gives_everything_back(self):
        self.open()
        self.click(60, 60)
        self.clicker.add(deepcrop.exclude(80, 60))
        self.assertTrue(self.clicker.close(10))
        self.assertIsNone(self.clicker.picture)
        self.assertFalse(self.clicker.holds(60, 60))


if __name__ == "__main__":
    unittest.main()
