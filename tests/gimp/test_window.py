"""Object by Click in a real window, with keys and buttons pressed as by a user."""

import unittest

from desktop import PICTURE, wait_for
from editor import Gimp

WIDTH, HEIGHT = 640, 480
MUG, DUCK, APPLE, BANANA = (300, 200), (511, 231), (140, 240), (300, 330)
BEAK = (455, 187)  # a part of a part, so there are several answers
TITLE, MAIN = "Select Object by Click", "still_life.*GIMP$"
BESIDE = bytes((0x40, 0x40, 0x40))  # the preview's own colour beside the picture

gimp = None


def setUpModule():
    global gimp
    gimp = Gimp(PICTURE)
    window = gimp.window(MAIN)
    gimp.run("xdotool", "windowsize", "--sync", window, "1390", "860")
    gimp.run("xdotool", "windowmove", window, "0", "0")


def tearDownModule():
    if gimp is not None:
        gimp.close()


def selected(*points):
    """How far these points of the image are selected, 0 to 255."""
    values = ", ".join(f"Gimp.Selection.value(image, {x}, {y})" for x, y in points)
    return gimp.eval(f"[{values}]")


class Dialog:
    """The plug-in's window, opened by its shortcut."""

    def __init__(self):
        gimp.key("ctrl+shift+k")
        self.window = gimp.window(TITLE)
        self.base = self.place = None
        wait_for("the picture in the preview", self.look)

    def look(self):
        """Finds the picture on the screen. Returns whether it is there."""
        x, y, width, height = gimp.geometry(self.window)
        x, y = x + 8, y + 8  # the border of the window's content
        screen = self.base = gimp.screen()
        columns = range(x, x + width - 16)
        inside = [c for c in columns if pixel(screen, c, y + 100) != BESIDE]
        if not inside or len(inside) == len(columns):
            return False
        left, right = inside[0], inside[-1] + 1
        column = (left + right) // 2
        top = next(
            r for r in range(y, y + height) if pixel(screen, column, r) != BESIDE
        )
        self.place = (left, top, (right - left) / WIDTH)
        duck, mug = (pixel(screen, *map(round, self.at(p))) for p in (DUCK, MUG))
        return duck[0] > duck[2] + 80 and mug[2] > mug[0] + 40  # yellow, blue

    def at(self, point):
        left, top, scale = self.place
        return left + point[0] * scale, top + point[1] * scale

    def click(self, point, **how):
        gimp.click(*self.at(point), **how)

    def drag(self, *points, **how):
        gimp.drag(*map(self.at, points), **how)

    def colours(self, point):
        """The colours of the screen at a point, before and now."""
        x, y = map(round, self.at(point))
        return pixel(self.base, x, y), pixel(gimp.screen(), x, y)

    def shown(self, point):
        """Whether the blue tint of a selection lies over a point."""
        before, now = self.colours(point)
        return now != before and now[2] - before[2] > 10 + now[0] - before[0]

    def until(self, point, wanted=True):
        # Beside the mark of a click, which covers the point itself.
        beside = (point[0] + 12, point[1] + 12)
        what = f"{'' if wanted else 'no '}selection at {point}"
        wait_for(what, lambda: self.shown(beside) == wanted)

    def apply(self):
        gimp.key("Return")
        gimp.gone(TITLE)

    def cancel(self):
        gimp.key("Escape")
        gimp.gone(TITLE)


def pixel(screen, x, y):
    start = (y * gimp.size[0] + x) * 3
    return screen[start : start + 3]


class ClicksInTheWindow(unittest.TestCase):
    def setUp(self):
        gimp.eval(
            "0",
            "Gimp.Selection.none(image)\n"
            "for path in image.get_paths(): image.remove_path(path)\n"
            "image.clean_all()\n"
            "Gimp.displays_flush()",
        )

    def tearDown(self):
        if gimp.windows(TITLE):
            gimp.shot(f"failed-{self._testMethodName}")
            gimp.activate(gimp.window(TITLE))
            gimp.key("Escape")
            gimp.gone(TITLE)

    def test_a_click_enter_and_one_undo_step(self):
        dialog = Dialog()
        gimp.move_to(*dialog.at((505, 250)))
        wait_for("a preview", lambda: len(set(dialog.colours((500, 265)))) == 2)
        gimp.shot("hover")
        dialog.click(DUCK)
        dialog.until(DUCK)
        gimp.move_to(5, 5)
        gimp.shot("click")
        dialog.apply()
        self.assertEqual(selected(DUCK, MUG), [255, 0])
        soft = gimp.eval(
            "len(set(image.get_selection().get_buffer().get("
            "Gegl.Rectangle.new(0, 0, 640, 480), 1.0, 'Y u8', 0)))",
            "from gi.repository import Gegl; Gegl.init(None)",
        )
        self.assertGreater(soft, 50)
        gimp.shot("applied")
        gimp.key("ctrl+z")
        wait_for("undo", lambda: selected(DUCK) == [0])
        gimp.key("ctrl+y")
        wait_for("redo", lambda: selected(DUCK) == [255])

    def test_escape_leaves_no_trace(self):
        gimp.eval("0", "image.select_rectangle(2, 10, 10, 50, 50)\nimage.clean_all()")
        dialog = Dialog()
        dialog.click(DUCK)
        dialog.until(DUCK)
        dialog.cancel()
        self.assertEqual(selected((20, 20), DUCK), [255, 0])
        self.assertFalse(gimp.eval("image.is_dirty()"))

    def test_prompts_and_their_undo(self):
        dialog = Dialog()
        dialog.click(DUCK)
        dialog.until(DUCK)
        dialog.click(MUG)
        dialog.until(MUG)
        gimp.key("BackSpace")
        dialog.until(MUG, False)
        gimp.key("ctrl+y")
        dialog.until(MUG)
        dialog.click(MUG, button=3)
        dialog.until(MUG, False)
        gimp.key("ctrl+z")
        dialog.until(MUG)
        dialog.click(MUG, key="ctrl")
        dialog.until(MUG, False)
        dialog.until(DUCK)
        gimp.shot("corrected")
        dialog.apply()
        self.assertEqual(selected(DUCK, MUG), [255, 0])

    def test_boxes_and_lassos(self):
        dialog = Dialog()
        dialog.drag((420, 108), (500, 200), (612, 308))
        dialog.until(DUCK)
        gimp.shot("box")
        gimp.key("BackSpace")
        dialog.until(DUCK, False)
        around = [(150, 160), (290, 150), (300, 160), (290, 330), (160, 330), (90, 250)]
        dialog.drag((60, 180), *around, (60, 180), key="shift")
        dialog.until(APPLE)
        gimp.shot("lasso")
        dialog.apply()
        self.assertEqual(selected(APPLE, DUCK), [255, 0])

    def test_filters_repeat_does_it_again(self):
        dialog = Dialog()
        dialog.drag((420, 108), (500, 200), (612, 308))
        dialog.until(DUCK)
        dialog.click(MUG)
        dialog.until(MUG)
        dialog.apply()
        gimp.key("ctrl+z")
        wait_for("undo", lambda: selected(DUCK, MUG) == [0, 0])
        gimp.key("ctrl+f")  # Filters > Repeat
        wait_for("the same again", lambda: selected(DUCK, MUG) == [255, 255])

    def test_tab_goes_through_the_answers(self):
        dialog = Dialog()
        dialog.click(BEAK)
        dialog.until(BEAK)
        gimp.move_to(5, 5)
        pictures = [gimp.screen()]
        for _ in range(2):
            gimp.key("Tab")
            wait_for("another answer", lambda: gimp.screen() != pictures[-1])
            pictures.append(gimp.screen())
        gimp.shot("answer")
        self.assertEqual(len(set(pictures)), 3)
        dialog.apply()

    def test_clicks_are_right_when_zoomed_moved_and_resized(self):
        dialog = Dialog()
        gimp.run("xdotool", "windowsize", "--sync", dialog.window, "1000", "640")
        before = dialog.place
        wait_for("the new size", lambda: dialog.look() and dialog.place != before)
        x, y = dialog.at(DUCK)
        gimp.move_to(x, y)
        for _ in range(4):
            gimp.run("xdotool", "click", "4")  # the wheel: the duck stays where it is
        gimp.drag((x, y), (x - 40, y - 20), (x - 90, y - 50), button=2)
        gimp.click(x - 90, y - 50)
        wait_for("a mark", lambda: gimp.screen() != dialog.base)
        gimp.shot("zoomed")
        gimp.key("f")
        dialog.until(DUCK)
        dialog.apply()
        self.assertEqual(selected(DUCK, MUG), [255, 0])

    def test_enter_right_after_the_click_waits_for_it(self):
        dialog = Dialog()
        dialog.click(DUCK)
        gimp.key("Return")
        gimp.gone(TITLE)
        self.assertEqual(selected(DUCK, MUG), [255, 0])

    def test_choices_are_kept_for_the_next_time(self):
        dialog = Dialog()
        gimp.key("alt+p", "Down")  # operation: add
        dialog.click(DUCK)
        dialog.until(DUCK)
        dialog.apply()
        dialog = Dialog()
        dialog.click(MUG)
        dialog.until(MUG)
        dialog.apply()
        self.assertEqual(selected(DUCK, MUG), [255, 255])
        dialog = Dialog()
        gimp.key("alt+p", "Up")
        dialog.click(MUG)
        dialog.until(MUG)
        dialog.apply()
        self.assertEqual(selected(DUCK, MUG), [0, 255])

    def test_subject_start_over_and_apply_with_nothing(self):
        dialog = Dialog()
        gimp.key("alt+b")
        points = (MUG, DUCK, APPLE, BANANA)
        wait_for("a subject", lambda: any(map(dialog.shown, points)))
        gimp.shot("subject")
        gimp.key("alt+o")
        wait_for("nothing", lambda: not any(map(dialog.shown, points)))
        before = gimp.screen()
        gimp.key("Return")  # nothing is selected: the window stays and says so
        wait_for("a sentence", lambda: gimp.screen() != before)
        gimp.shot("nothing")
        dialog.click(DUCK)
        dialog.until(DUCK)
        dialog.apply()
        self.assertEqual(selected(DUCK), [255])

    def test_errors_are_told_and_reported(self):
        self.addCleanup(self.without_library())
        dialog = Dialog()
        dialog.click(DUCK)
        gimp.shot("error")
        gimp.key("alt+y")
        report = wait_for("a report", lambda: self.clipboard("does not work"))
        self.assertIn("libdeepcrop", report)
        self.assertIn("Python 3", report)
        dialog.cancel()
        # Without the plug-in's window, the error is in a message with the same button.
        gimp.eval("0", "image.select_rectangle(2, 422, 113, 190, 193)")
        gimp.key("ctrl+shift+j")
        message = wait_for("a message", lambda: self.message())
        gimp.activate(message)
        gimp.shot("message")
        gimp.key("Escape")
        wait_for("its end", lambda: not self.message())
        self.assertEqual(selected((425, 120)), [255])

    @staticmethod
    def message():
        return next(iter(gimp.windows("DeepCrop")), None)

    @staticmethod
    def clipboard(wanted):
        text = gimp.eval(
            "Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_for_text()",
            "gi.require_version('Gtk', '3.0')\nfrom gi.repository import Gdk, Gtk\n"
            "Gtk.init([])",
        )
        return text if wanted in (text or "") else None

    def test_another_network_after_none_would_work(self):
        away = self.without_library()
        dialog = Dialog()
        dialog.click(DUCK)
        away()
        gimp.key("alt+w", "Down")  # no network: colours and edges
        dialog.until(DUCK)
        gimp.shot("classical")
        gimp.key("alt+w", "Up")
        dialog.cancel()

    def test_a_provider_that_is_not_there(self):
        dialog = Dialog()
        # Its box comes before that of the network; CUDA is two below the default.
        gimp.key("alt+w", "shift+Tab", "Down", "Down")
        wait_for("a report", self.report)
        gimp.shot("provider")
        dialog.click(DUCK)  # the earlier provider stays in use
        dialog.until(DUCK)
        dialog.apply()
        self.assertEqual(selected(DUCK, MUG), [255, 0])

    def report(self):
        """The report, copied by the button that an error shows; None without a
        button."""
        gimp.key("alt+y")
        return self.clipboard("classical engine: loaded")

    @staticmethod
    def without_library():
        """Removes the library. Returns a function that brings it back."""
        (there,) = gimp.folder.glob(
            ".config/GIMP/*/plug-ins/*/plugin/python/lib/libdeepcrop*"
        )
        away = there.with_name("away")
        there.rename(away)
        return lambda: away.exists() and away.rename(there)

    def test_source_edges_and_output_from_the_window(self):
        dialog = Dialog()
        gimp.key("alt+s", "Down")  # all visible layers
        gimp.key("alt+e", "Down")  # hard edges
        gimp.key("alt+t", "Down")  # a new channel
        dialog.click(DUCK)
        dialog.until(DUCK)
        gimp.shot("choices")
        dialog.apply()
        self.assertEqual(gimp.eval("len(image.get_channels())"), 1)
        self.assertFalse(gimp.eval("image.get_channels()[0].get_visible()"))
        self.assertEqual(selected(DUCK), [0])
        gimp.key("ctrl+z")
        wait_for("no channel", lambda: gimp.eval("len(image.get_channels())") == 0)
        dialog = Dialog()
        for key in ("s", "e", "t"):
            gimp.key(f"alt+{key}", "Up")
        dialog.click(DUCK)
        dialog.until(DUCK)
        dialog.apply()
        self.assertEqual(selected(DUCK), [255])

    def test_every_output_is_one_step(self):
        state = (
            "[len(image.get_layers()), len(image.get_channels()), len(image.get_paths()),"
            " image.get_layers()[-1].get_mask() is not None,"
            " image.get_layers()[-1].has_alpha(), Gimp.Selection.value(image, 511, 231)]"
        )
        before = gimp.eval(state)
        for output in ("selection", "channel", "layer-mask", "layer", "path"):
            call = (
                "procedure = Gimp.get_pdb().lookup_procedure('deepcrop-select')\n"
                "config = procedure.create_config()\n"
                "config.set_property('run-mode', Gimp.RunMode.NONINTERACTIVE)\n"
                "config.set_property('image', image)\n"
                "layers = image.get_layers()\n"
                "config.set_core_object_array('drawables', layers)\n"
                f"config.set_property('output', '{output}')\n"
                "config.set_property('points', '511,231')\n"
                "assert procedure.run(config).index(0) == Gimp.PDBStatusType.SUCCESS"
            )
            self.assertNotEqual(gimp.eval(state, call), before, output)
            gimp.key("ctrl+z")
            wait_for(f"undo of {output}", lambda: gimp.eval(state) == before)

    def test_a_closed_image_closes_the_window(self):
        shown = gimp.eval("Gimp.Display.new(image.duplicate()).get_id()")
        gimp.activate(gimp.window("Untitled.*GIMP$"))
        dialog = Dialog()
        dialog.click(DUCK)
        dialog.until(DUCK)
        gimp.eval(f"Gimp.Display.get_by_id({shown}).delete()")
        gimp.gone(TITLE)
        self.assertEqual(gimp.eval("len(Gimp.get_images())"), 1)
        gimp.window(MAIN)

    def test_an_image_that_was_cropped_under_the_canvas_mode(self):
        Dialog()
        gimp.key("alt+v")
        wait_for("a small window", lambda: height(gimp.window(TITLE)) < 400)
        gimp.eval("0", "image.crop(600, 460, 10, 10)\nGimp.displays_flush()")
        gimp.activate(gimp.window(TITLE))
        gimp.key("Escape")
        gimp.gone(TITLE)
        gimp.activate(gimp.window(MAIN))
        gimp.key("ctrl+z")
        wait_for("undo", lambda: gimp.eval("image.get_width()") == WIDTH)

    def test_refine_is_one_step(self):
        gimp.eval("0", "image.select_rectangle(2, 422, 113, 190, 193)")
        self.assertEqual(selected((425, 120)), [255])
        gimp.key("ctrl+shift+j")
        wait_for("the object", lambda: selected((425, 120), DUCK) == [0, 255])
        gimp.key("ctrl+z")
        wait_for("the box again", lambda: selected((425, 120)) == [255])

    def test_clicks_on_the_canvas(self):
        dialog = Dialog()
        gimp.key("alt+v")
        wait_for("a small window", lambda: not dialog.look())
        # The canvas may be zoomed: Canvas finds out where the image lies.
        gimp.run("xdotool", "windowmove", dialog.window, "150", "560")
        gimp.run("xdotool", "windowactivate", "--sync", gimp.window(MAIN))
        canvas = Canvas()
        gimp.key("b")
        canvas.click(DUCK)
        wait_for("the duck", lambda: selected(DUCK, MUG) == [255, 0])
        canvas.click(MUG)
        wait_for("the mug too", lambda: selected(DUCK, MUG) == [255, 255])
        gimp.shot("canvas")
        gimp.activate(dialog.window)
        gimp.key("alt+x")  # the next clicks exclude
        gimp.run("xdotool", "windowactivate", "--sync", gimp.window(MAIN))
        there = (MUG[0] + 20, MUG[1] + 20)
        canvas.click(there)
        wait_for("less of the mug", lambda: selected(DUCK, there) == [255, 0])
        gimp.key("ctrl+z")  # undoes the anchor
        wait_for("the mug again", lambda: selected(DUCK, there) == [255, 255])
        gimp.activate(dialog.window)
        gimp.key("alt+a")
        gimp.gone(TITLE)
        self.assertEqual(selected(DUCK, MUG), [255, 255])
        self.assertEqual(gimp.eval("len(image.get_paths())"), 0)
        gimp.run("xdotool", "windowactivate", "--sync", gimp.window(MAIN))
        gimp.key("ctrl+z")
        wait_for("undo", lambda: selected(DUCK) == [0])
        # The next window opens in this mode, too. Then the mode is turned off.
        gimp.key("ctrl+shift+k")
        again = gimp.window(TITLE)
        gimp.activate(again)
        wait_for("a small window", lambda: height(again) < 400)
        gimp.key("alt+v")
        wait_for("a large window", lambda: height(again) > 400)
        wait_for("the picture", lambda: Dialog.look(dialog_of(dialog, again)))
        dialog.click(DUCK)
        dialog.until(DUCK)
        dialog.apply()


def height(window):
    return gimp.geometry(window)[3]


def dialog_of(dialog, window):
    dialog.window = window
    return dialog


class Canvas:
    """Where GIMP shows the image, found by a white square that is drawn and undone."""

    def __init__(self):
        square = (
            "layer = image.get_layers()[0]\n"
            "image.select_rectangle(2, {0}, {1}, 12, 12)\n"
            "layer.edit_fill(Gimp.FillType.WHITE)\n"
            "Gimp.Selection.none(image)\n"
            "Gimp.displays_flush()"
        )
        (x0, y0), (x1, _) = (
            self.find(square, point) for point in ((20, 20), (600, 20))
        )
        self.scale = (x1 - x0) / 580
        self.left, self.top = x0 - 20 * self.scale, y0 - 20 * self.scale

    @staticmethod
    def find(square, point):
        before = gimp.screen()
        group = (
            f"image.undo_group_start()\n{square.format(*point)}\nimage.undo_group_end()"
        )
        gimp.eval("0", group)
        place = wait_for("a white square", lambda: changed(before))
        gimp.key("ctrl+z")
        wait_for("no square", lambda: not changed(before))
        return place

    def click(self, point):
        x, y = self.left + point[0] * self.scale, self.top + point[1] * self.scale
        gimp.click(x, y)


def changed(before):
    """The first pixel that became white in the canvas' part of the screen."""
    now = gimp.screen()
    wide = gimp.size[0]
    for row in range(90, gimp.size[1] - 60):
        start = (row * wide + 200) * 3
        end = (row * wide + 1050) * 3
        if now[start:end] != before[start:end]:
            for at in range(start, end, 3):
                if now[at : at + 3] == b"\xff\xff\xff" != before[at : at + 3]:
                    return (at // 3) % wide, row
    return None


if __name__ == "__main__":
    unittest.main()
