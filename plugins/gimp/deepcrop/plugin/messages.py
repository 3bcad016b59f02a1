"""Errors shown outside the window, and the report for bug reports."""

from gi.repository import Gdk, GimpUi, GLib, Gtk

from .shared.clicking import Clicker
from .shared.sentences import sentence

COPY = 1  # the response of Copy Report
WAIT = 5  # seconds for cancelled work to end: no thread may outlive its process


def post(function):
    """Calls a function soon, on the main thread. Any thread may use this."""

    def call():
        function()
        return GLib.SOURCE_REMOVE

    GLib.idle_add(call)


def copy_report(clicker, button):
    """Copies a report to the clipboard, and says so on the button. It takes a while."""

    def copy(text):
        clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
        clipboard.set_text(text, -1)
        clipboard.store()  # the text outlives this process
        button.set_label("Copied")

    button.set_sensitive(False)
    clicker.report(copy)


def show_error(error):
    """Shows an error as a sentence, with a button that copies the report."""
    GimpUi.init("deepcrop")
    message = Gtk.MessageDialog(
        title="DeepCrop",
        message_type=Gtk.MessageType.ERROR,
        text="DeepCrop could not do this",
        secondary_text=sentence(error),
    )
    message.add_button("Copy _Report", COPY)
    message.add_button("_Close", Gtk.ResponseType.CLOSE)
    message.set_default_response(Gtk.ResponseType.CLOSE)
    button = message.get_widget_for_response(COPY)
    clicker = Clicker(post, lambda: None)
    while message.run() == COPY:
        copy_report(clicker, button)
    message.destroy()
    clicker.close(WAIT)
