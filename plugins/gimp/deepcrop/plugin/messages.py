"""Errors outside of the window, and the report for whom they are reported to."""

import threading

from gi.repository import Gdk, GimpUi, GLib, Gtk

from . import binding
from .clicking import sentence

COPY = 1  # the response of the button


def post(function):
    """Calls it soon on the main thread; from any thread."""

    def call():
        function()
        return GLib.SOURCE_REMOVE

    GLib.idle_add(call)


def copy_report(done):
    """Puts a report into the clipboard, then calls `done`; trying out takes a while."""

    def put(text):
        clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
        clipboard.set_text(text, -1)
        clipboard.store()  # it outlives this process
        done()

    def make():
        text = binding.report()
        post(lambda: put(text))

    threading.Thread(target=make, daemon=True).start()


def told(error):
    """What a window says of an error: the report has the rest."""
    if isinstance(error, binding.Error) and not binding.is_loaded():
        return (
            "DeepCrop's own files are not complete, or not all of one release: unpack "
            "its zip again into GIMP's folder for plug-ins. Copy Report tells more."
        )
    return sentence(error)


def show_error(error):
    """A sentence, and a button for the report."""
    GimpUi.init("deepcrop")
    message = Gtk.MessageDialog(
        title="DeepCrop",
        message_type=Gtk.MessageType.ERROR,
        text="DeepCrop could not do this",
        secondary_text=told(error),
    )
    message.add_button("Copy _Report", COPY)
    message.add_button("_Close", Gtk.ResponseType.CLOSE)
    message.set_default_response(Gtk.ResponseType.CLOSE)
    button = message.get_widget_for_response(COPY)
    while message.run() == COPY:
        button.set_sensitive(False)
        copy_report(lambda: button.set_label("Copied"))
    message.destroy()
