"""The window of Object by Click."""

import os

from gi.repository import Gdk, GimpUi, GLib

from . import arguments, output
from .form import APPLY, CANCEL, COPY_REPORT, SIZE, Form
from .messages import WAIT, copy_report, post
from .on_canvas import POLL, OnCanvas
from .points import as_text
from .preview import CONTROL, SHIFT, STEP, Preview
from .python import deepcrop
from .reading import Reading
from .shared.choices import OTHER
from .shared.clicking import BUSY, Clicker
from .shared.sentences import (
    BESIDE,
    EXPECTED,
    NOTHING_THERE,
    Refusal,
    sentence,
    what_runs,
)
from .shared.steps import Step
from .source import Source

HINT = (
    "Click an object to select it. Right-click: exclude. Drag: box. Shift-drag: lasso. "
    "Wheel: zoom. Middle button: move the picture."
)
CANVAS_HINT = "Press B in GIMP (the Paths tool) and click the object."


def click_in_window(image, drawable, config):
    """Opens the window. Returns the applied mask, or None if the user cancelled."""
    GimpUi.init("deepcrop")
    window = Window(image, drawable, config)
    try:
        return window.run()
    finally:
        window.close()


class Window(Form):
    def __init__(self, image, drawable, config):
        self.image, self.drawable, self.config = image, drawable, config
        self.choices = arguments.chosen(config)
        self.wanted_source = self.choices.source
        if drawable is None:  # several layers are chosen, or none
            self.choices = self.choices._replace(source="visible")
        self.source = self.pixels = self.reading = None
        self.canvas = self.earlier = None
        self.ticking = 0
        self.refused = ""  # why an action was refused, for the user
        self.applying = False  # whether to apply once the last click is answered
        self.clicker = Clicker(post, self.changed, arguments.NETWORKS)
        self.clicker.edges = self.choices.edges_number
        self.preview = Preview(self.clicked, self.hovered)
        self.build()

    # --- from opening to closing ---

    def run(self):
        self.dialog.show()
        self.preview.widget.grab_focus()
        GLib.idle_add(self.begin)
        while self.dialog.run() == APPLY:
            mask = self.apply()
            if mask is not None:
                return mask
        return None

    def begin(self):
        if self.config.get_property("canvas"):
            self.on_canvas.set_active(True)
        self.ticking = GLib.timeout_add(POLL, self.tick)
        self.open()
        return GLib.SOURCE_REMOVE

    def tick(self):
        if not self.image.is_valid():  # the user closed it in GIMP
            self.dialog.response(CANCEL)
        elif self.canvas is not None:
            self.poll()
        return GLib.SOURCE_CONTINUE

    def close(self):
        """Closes the window at once, and cancels what still runs."""
        self.dialog.hide()
        self.dialog.get_display().flush()
        self.clicker.worker.close(WAIT)
        if self.ticking:
            GLib.source_remove(self.ticking)
        if self.reading is not None:
            self.reading.stop()
        self.preview.close()
        self.leave_canvas()
        if self.source is not None:
            self.source.close()
        self.dialog.destroy()

    def apply(self):
        """Makes the output. Returns the mask, or None if this is not possible, or not
        yet; the window then says why."""
        clicker = self.clicker
        self.applying = clicker.worker.busy(*BUSY)
        if self.applying or self.reading is not None:
            self.applying = True
            self.changed()
            return None
        mask = clicker.mask
        if mask is None or not mask.area:
            if clicker.error is None:
                self.refuse("Nothing is selected yet: click on an object first.")
            return None
        if not self.image.is_valid():
            return None  # tick() closes the window
        try:
            after = []
            if self.canvas is not None:
                self.canvas.restore()
                after = [self.canvas.remove_paths]
            here = (self.image, self.drawable, self.choices)
            output.apply(*here, mask, clicker.origin, *after)
        except EXPECTED as error:
            self.refuse(sentence(error))
            return None
        self.canvas = None
        self.remember()
        return mask

    def remember(self):
        """Keeps the choices for the next time, and the prompts for GIMP's Repeat."""
        kept = self.choices
        if self.drawable is None and kept.visible:  # the user had no choice
            kept = kept._replace(source=self.wanted_source)
        arguments.remember(self.config, kept)
        points, box = as_text(self.clicker.steps.done)
        self.config.set_property("points", points)
        self.config.set_property("box", box)
        self.config.set_property("canvas", self.on_canvas.get_active())

    # --- the picture ---

    def open(self):
        """Reads the source, then analyses it. The window goes on working meanwhile."""
        self.refused = ""
        if self.reading is not None:
            self.reading.stop()
            self.reading = None
        try:
            source = Source(self.image, self.drawable, self.choices.visible)
        except Refusal as refusal:
            self.refuse(str(refusal))
            return
        steps = (self.changed, self.was_read, self.could_not_be_read)
        self.reading = Reading(source, *steps)
        self.changed()

    def was_read(self, source, pixels):
        self.reading = None
        if self.source is not None:
            self.source.close()
        self.source, self.pixels = source, pixels
        self.analyse()
        self.preview.show_source(source)

    def could_not_be_read(self, error):
        self.reading = None
        self.applying = False
        self.refuse(sentence(error))

    def analyse(self):
        """Analyses the picture with the chosen network, once the picture is read."""
        if self.pixels is not None:
            self.report.set_sensitive(True)
            self.report.set_label(COPY_REPORT)
            network, provider = self.choices.model
            self.clicker.open(self.pixels, network, self.source.origin, provider)

    def choose(self, box, name):
        """Handles a choice that the user changed."""
        value = box.get_active_id()
        if name == "network" and value == OTHER:
            value = self.ask_for_network()
            if value is None:
                box.set_active_id(self.choices.network)
                return
            box.insert(0, value, os.path.basename(value))
            box.set_active_id(value)
            return
        if value == getattr(self.choices, name):
            return
        self.choices = self.choices._replace(**{name: value})
        self.refused = ""
        if name == "source":
            self.open()
        elif name in ("network", "provider"):
            self.analyse()
        elif name == "edges":
            self.clicker.use_edges(self.choices.edges_number)
        self.changed()

    def popup(self, box, _):
        """Gives the keys back to the picture when the list of a box closes."""
        if not box.get_property("popup-shown"):
            self.preview.widget.grab_focus()

    # --- what the user does ---

    def clicked(self, prompt):
        self.refused = ""
        clicks = (deepcrop.Kind.INCLUDE, deepcrop.Kind.EXCLUDE)
        if prompt.kind in clicks and self.outside(prompt.x, prompt.y):
            self.refuse(BESIDE)
            return
        self.clicker.add(prompt)

    def outside(self, x, y):
        left, top = self.source.origin
        inside = 0 <= x - left < self.source.width and 0 <= y - top < self.source.height
        return not inside

    def hovered(self, point):
        if point is None:
            self.clicker.hover_off()
        else:
            self.clicker.hover(*point)

    def press(self, _, action):
        """Runs an action of the clicker, and gives the keys back to the picture."""
        self.refused = ""
        getattr(self.clicker, action)()
        self.preview.widget.grab_focus()

    def key(self, _, event):
        """Handles the picture's keys. A focused box or button keeps its own."""
        control, shift = event.state & CONTROL, event.state & SHIFT
        name = Gdk.keyval_name(event.keyval) or ""
        if name == "Escape" and self.preview.drop_gesture():
            return True
        if control and name.lower() in ("z", "y") and self.canvas is None:
            redo = name.lower() == "y" or shift
            self.press(None, "redo" if redo else "undo")
            return True
        if not self.preview.widget.has_focus() or control:
            return False
        actions = {
            "Tab": lambda: self.press(None, "next_answer"),
            "BackSpace": lambda: self.press(None, "undo"),
            "Return": lambda: self.dialog.response(APPLY),
            "KP_Enter": lambda: self.dialog.response(APPLY),
            "plus": lambda: self.preview.zoom(STEP),
            "equal": lambda: self.preview.zoom(STEP),
            "KP_Add": lambda: self.preview.zoom(STEP),
            "minus": lambda: self.preview.zoom(1 / STEP),
            "KP_Subtract": lambda: self.preview.zoom(1 / STEP),
            "f": self.preview.fit,
            "1": self.preview.full_size,
        }
        action = actions.get(name)
        if action is not None:
            action()
        return action is not None

    # --- GIMP's canvas ---

    def switch_canvas(self, button):
        on = button.get_active()
        for widget in (self.preview.widget, *self.not_on_canvas):
            widget.set_visible(not on)
        self.removing.set_visible(on)
        if on:
            self.earlier = list(self.clicker.steps.done)
            self.canvas = OnCanvas(self.image)
            self.dialog.resize(1, 1)
        else:
            self.leave_canvas()
            self.dialog.resize(*SIZE)
        self.changed()

    def leave_canvas(self):
        canvas, self.canvas = self.canvas, None
        if canvas is not None and self.image.is_valid():
            canvas.leave()

    def poll(self):
        """Takes the clicks on the canvas as steps."""
        clicks = self.canvas.clicks(not self.removing.get_active())
        if self.clicker.image is None:
            return
        holds = self.clicker.holds
        inside = [click for click in clicks if holds(click.x, click.y)]
        beside = BESIDE if len(inside) < len(clicks) else ""
        if beside != self.refused and BESIDE in (beside, self.refused):
            self.refuse(beside)
        self.clicker.take([*self.earlier, *(Step((click,)) for click in inside)])

    # --- what the user sees ---

    def refuse(self, text):
        self.refused = text
        self.changed()

    def copy_report(self, button):
        copy_report(self.clicker, button)

    def changed(self):
        clicker = self.clicker
        failed = clicker.error is not None
        running = clicker.network, clicker.provider
        if failed and running != self.choices.model and not clicker.doing:
            self.back_to(running)
        self.status.set_text(self.line())
        self.report.set_visible(failed)
        info = clicker.model.info if clicker.model is not None else None
        self.running.set_text(what_runs(info) if info else "")
        self.running.set_tooltip_text(info.provider_note or None if info else None)
        prompts = [prompt for step in clicker.steps.done for prompt in step.prompts]
        if self.canvas is None:
            self.preview.show(clicker.mask, clicker.hovered, prompts)
        else:
            self.show_on_canvas()
        if self.applying and not (self.reading or clicker.worker.busy(*BUSY)):
            self.applying = False
            if not failed:
                self.dialog.response(APPLY)

    def back_to(self, running):
        """Returns to the earlier network, because the chosen one cannot be loaded."""
        if self.clicker.model is not None:
            self.choices = self.choices.with_model(*running)
            for name in ("network", "provider"):
                self.boxes[name].set_active_id(getattr(self.choices, name))

    def show_on_canvas(self):
        mask, origin = self.clicker.mask, self.clicker.origin
        try:
            if mask is not None:
                mask = output.moved(mask, origin, self.canvas.area)
                mask = self.canvas.joined(mask, self.choices.operation)
            self.canvas.show(mask)
        except Refusal as refusal:
            self.status.set_text(str(refusal))

    def line(self):
        """The status line: an error, else the work in progress, else the result."""
        clicker = self.clicker
        if self.refused:
            return self.refused
        if clicker.error is not None:
            return sentence(clicker.error)
        if self.reading is not None:
            return f"Reading the picture: {self.reading.read:.0%}"
        if clicker.doing:
            return clicker.doing + "\N{HORIZONTAL ELLIPSIS}"
        if clicker.mask is None:
            why = clicker.stand_in
            hint = CANVAS_HINT if self.canvas else HINT
            return f"{why}\n{hint}" if why else hint
        if not clicker.mask.area:
            return NOTHING_THERE
        return found(clicker.mask, clicker.answer, self.canvas is not None)


def found(mask, answer, on_canvas):
    """One line about an answer, and what to do next."""
    at, count = answer
    size = f"{mask.area:,} pixels selected. "
    size = size.replace(",", "\N{NARROW NO-BREAK SPACE}")
    following = "Next Answer" if on_canvas else "Tab"
    which = f"Answer {at} of {count} ({following}: a larger one). " if count else ""
    after = (
        "Then press Apply. Ctrl+Z in GIMP undoes the last click."
        if on_canvas
        else "Enter applies, Backspace undoes the last click."
    )
    return which + size + after
