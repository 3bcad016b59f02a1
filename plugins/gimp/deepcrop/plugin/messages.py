"""Errors outside of the window, and the report for whom they are reported to."""

from gi.repository import Gdk, GimpUi, GLib, Gtk

from .shared.clicking import Clicker
from .shared.sentences import sentence

COPY = 1  # the response of the button
WAIT = 5  # seconds that what is cancelled has to end: nothing may outlive its process


def post(function):
    """Calls it soon on the main thread; from any thread."""

    def call():
        function()
        return GLib.SOURCE_REMOVE

    GLib.idle_add(call)


def copy_report(clicker, button):
    """Puts a report into the clipboard, which the button tells; it takes a while."""

    def copy(text):
        clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
        clipboard.set_text(text, -1)
        clipboard.store()  # it outlives this process
        button.set_label("Copied")

    button.set_sensitive(False)
    clicker.report(copy)


def show_error(error):
    """A sentence, and a button for the report."""
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
