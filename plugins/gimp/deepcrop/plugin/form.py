"""The widgets of the window of Object by Click; dialog.py makes them work."""

from gi.repository import GimpUi, Gtk

from .arguments import CHOICES, NETWORKS
from .shared.choices import networks

APPLY, CANCEL = Gtk.ResponseType.OK, Gtk.ResponseType.CANCEL
SIZE = (860, 720)
COPY_REPORT = "Cop_y Report"


class Form:
    """The widgets. A class that inherits this handles their events, in the methods key,
    choose, popup, press, switch_canvas and copy_report."""

    def build(self):
        self.dialog = GimpUi.Dialog(
            use_header_bar=False, title="Select Object by Click", role="deepcrop"
        )
        GimpUi.window_set_transient(self.dialog)
        self.dialog.add_button("_Cancel", CANCEL)
        self.dialog.add_button("_Apply", APPLY)
        self.dialog.set_default_response(APPLY)
        self.dialog.connect("key-press-event", self.key)
        content = self.dialog.get_content_area()
        content.set_border_width(8)
        content.set_spacing(6)
        content.pack_start(self.preview.widget, True, True, 0)
        content.pack_start(self.status_row(), False, False, 0)
        content.pack_start(self.choices_grid(), False, False, 0)
        content.pack_start(self.buttons_row(), False, False, 0)
        content.show_all()
        self.removing.hide()
        self.report.hide()
        self.dialog.set_default_size(*SIZE)

    def status_row(self):
        self.status = Gtk.Label(xalign=0, wrap=True, selectable=True, can_focus=False)
        self.status.set_size_request(-1, 36)
        self.report = Gtk.Button.new_with_mnemonic(COPY_REPORT)
        self.report.set_valign(Gtk.Align.CENTER)
        self.report.set_tooltip_text(
            "Copies what was found and what works, for a bug report"
        )
        self.report.connect("clicked", self.copy_report)
        self.running = Gtk.Label(xalign=1)
        self.running.get_style_context().add_class("dim-label")
        row = Gtk.Box(spacing=6)
        row.pack_start(self.status, True, True, 0)
        row.pack_start(self.report, False, False, 0)
        row.pack_start(self.running, False, False, 0)
        return row

    def choices_grid(self):
        grid = Gtk.Grid(column_spacing=6, row_spacing=4)
        self.boxes = {}
        offered = {**CHOICES, "network": networks(self.choices.network, NETWORKS)}
        for at, (name, (texts, label, about)) in enumerate(offered.items()):
            box = self.combo(texts, getattr(self.choices, name), about, name)
            self.lay(grid, at, label, box)
            self.boxes[name] = box
        return grid

    @staticmethod
    def lay(grid, at, label, box):
        label = Gtk.Label.new_with_mnemonic(label)
        label.set_mnemonic_widget(box)
        label.set_xalign(1)
        grid.attach(label, 2 * (at % 3), at // 3, 1, 1)
        grid.attach(box, 2 * (at % 3) + 1, at // 3, 1, 1)

    def combo(self, texts, active, about, name):
        box = Gtk.ComboBoxText(tooltip_text=about, hexpand=True)
        for nick, text in texts.items():
            box.append(nick, text)
        box.set_active_id(active)
        box.connect("changed", self.choose, name)
        box.connect("notify::popup-shown", self.popup)
        return box

    def buttons_row(self):
        row = Gtk.Box(spacing=6)
        self.not_on_canvas = []
        for label, about, action in (
            ("_Undo", "Undoes the last click (Backspace, Ctrl+Z)", "undo"),
            ("_Redo", "Ctrl+Y", "redo"),
            ("Start _Over", "Removes all clicks", "clear"),
            (
                "_Next Answer",
                "Shows the next larger answer: part, object, whole (Tab)",
                "next_answer",
            ),
            ("Su_bject", "Selects the main subject of the picture", "subject"),
        ):
            button = Gtk.Button.new_with_mnemonic(label)
            button.set_tooltip_text(about)
            button.connect("clicked", self.press, action)
            row.pack_start(button, False, False, 0)
            if action != "next_answer":  # on the canvas GIMP's own undo replaces them
                self.not_on_canvas.append(button)
        self.on_canvas = Gtk.CheckButton.new_with_mnemonic("Click on the can_vas")
        about = (
            "Click in GIMP's own window, with the Paths tool, instead of in this one"
        )
        self.on_canvas.set_tooltip_text(about)
        self.on_canvas.connect("toggled", self.switch_canvas)
        self.removing = Gtk.CheckButton.new_with_mnemonic("Next clicks e_xclude")
        row.pack_end(self.on_canvas, False, False, 0)
        row.pack_end(self.removing, False, False, 0)
        return row

    def ask_for_network(self):
        chooser = Gtk.FileChooserDialog(
            title="Choose a Network", transient_for=self.dialog
        )
        chooser.add_button("_Cancel", CANCEL)
        chooser.add_button("_Open", APPLY)
        path = chooser.get_filename() if chooser.run() == APPLY else None
        chooser.destroy()
        return path
