"""What the tests evaluate inside a Krita with a window."""

import hashlib
import os
import threading
import time

import krita
from deepcrop import canvas, pixels, selecting, toolkit
from deepcrop.plugin import Plugin
from deepcrop.python.deepcrop import Picture
from PyQt5 import QtCore, QtGui, QtWidgets

HERE = os.path.dirname(os.path.abspath(__file__))
Krita = krita.Krita
plugin = Plugin.the()
session = plugin.session


def _as_ours(work):
    """Makes a method work as if called from the canvas or the docker: Krita's undo in
    it counts as the plug-in's."""

    def called(*arguments, **named):
        with toolkit.alone():
            return work(*arguments, **named)

    return called


for owner, names in (
    (session, ("choose", "click", "drop", "keep")),
    (session.steps, ("redo", "undo")),
):
    for name in names:
        setattr(owner, name, _as_ours(getattr(owner, name)))


class Patience(QtCore.QObject):
    """Makes the tests' keys wait until Krita is idle: while it makes a thumbnail, it
    ignores undo and redo. Nothing of the plug-in runs meanwhile."""

    def eventFilter(self, watched, event):
        if event.type() == QtCore.QEvent.Shortcut:
            with toolkit.alone():
                for one in Krita.instance().documents():
                    one.waitForDone()
        return False


patience = Patience()
QtWidgets.QApplication.instance().installEventFilter(patience)


def window():
    return Krita.instance().activeWindow()


def is_large(width):
    """Maximises the window. Returns whether it is: the window manager may be late."""
    window().qwindow().showMaximized()
    return window().qwindow().width() > width


def view():
    return window().activeView()


def document():
    return view().document()


def action(name):
    document().waitForDone()  # while Krita is busy, undo undoes another step
    Krita.instance().action(name).trigger()
    document().waitForDone()


def widget():
    return canvas.canvas_widget(window())


def place(x, y):
    """The place on the screen of the middle of a pixel of the picture."""
    point = canvas.image_to_widget(view(), widget()).map(
        QtCore.QPointF(x + 0.5, y + 0.5)
    )
    on_screen = widget().mapToGlobal(point.toPoint())
    scale = widget().devicePixelRatioF()  # xdotool does not know the scale
    return [round(on_screen.x() * scale), round(on_screen.y() * scale)]


def painted(x, y):
    """Whether the overlay shows anything close to a pixel of the picture."""
    overlay, reach = plugin.mode.overlay, 4
    point = overlay.transform().map(QtCore.QPointF(x + 0.5, y + 0.5)).toPoint()
    part = QtCore.QRect(0, 0, 2 * reach + 1, 2 * reach + 1)
    part.moveCenter(point)
    seen = overlay.grab(part).toImage()
    places = [(x, y) for x in range(seen.width()) for y in range(seen.height())]
    return any(QtGui.qAlpha(seen.pixel(*at)) for at in places)


def colour(x, y):
    return list(bytes(document().pixelData(x, y, 1, 1))[2::-1])


def mark():
    """The mark of the selection: equal for equal selections only."""
    document().waitForDone()
    return str(selecting.mark(document().selection()))


def pixels_mark():
    """Such a mark of the visible pixels."""
    pixels = document().pixelData(0, 0, document().width(), document().height())
    return hashlib.sha1(bytes(pixels)).hexdigest()


def overlap(*numbers):
    """The IoU of the selection and objects of the still life."""
    truth = QtGui.QImage(os.path.join(HERE, "../data/still_life_objects.png"))
    truth = truth.convertToFormat(QtGui.QImage.Format.Format_RGB888)
    rows = truth.constBits()
    rows.setsize(truth.bytesPerLine() * truth.height())
    wanted = bytes(255 * (number in numbers) for number in bytes(rows)[::3])
    whole = (0, 0, truth.width(), truth.height())
    got = selecting.pixels_of(document().selection(), whole)
    pairs = [(a >= 128, b >= 128) for a, b in zip(got, wanted)]
    return sum(a and b for a, b in pairs) / sum(a or b for a, b in pairs)


def steps():
    return len(session.clicker.steps.done)


def prompts():
    """Kind, coordinates and number of points of each prompt."""
    done = session.clicker.steps.done
    return [
        [int(one.kind), *one[1:5], len(one.points)]
        for step in done
        for one in step.prompts
    ]


def idle():
    return not session.is_busy


def ready():
    return idle() and session.clicker.picture is not None


def shown():
    """Whether the document shows the answer to all steps."""
    return idle() and session.clicker.mask is session._shown


def start():
    """Turns the mode on anew, with the default choices and without a selection."""
    stop()
    session.end()
    document().setSelection(None)
    session.choose(operation="replace", source="visible", edges="auto")
    session.choose(output="selection", network="", provider="auto")
    action("KritaShape/KisToolBrush")
    action("deepcrop_select")


def stop():
    if plugin.is_on:
        action("deepcrop_select")


def look(zoom, rotation, mirror):
    shown = view().canvas()
    shown.resetRotation()
    shown.setMirror(mirror)
    shown.setZoomLevel(zoom)
    shown.setRotation(rotation)


def answer_now():
    """The library's answer to the prompts so far, in a new picture."""
    found = session.layers.pixels
    picture = Picture(session.clicker.model, found.image)
    done = session.clicker.steps.done
    mask = picture.segment([one for step in done for one in step.prompts])
    return mask


def exact():
    """Whether the selection is the library's answer, byte by byte."""
    whole = session.layers.rectangle
    return selecting.pixels_of(document().selection(), whole) == bytes(
        answer_now().pixels
    )


def computed():
    """The error of the transform that canvas.py computes for older Kritas, in pixels. 0
    for Krita 5.3, which scrolls in another way and does not need it."""
    if selecting.sets_undoably():
        return 0
    ours = canvas._computed(view(), widget())
    krita = canvas.image_to_widget(view(), widget())
    corners = [(0, 0), (document().width(), 0), (300, document().height())]
    far = [
        ours.map(QtCore.QPointF(*at)) - krita.map(QtCore.QPointF(*at)) for at in corners
    ]
    return max(max(abs(way.x()), abs(way.y())) for way in far)


def large(width, height):
    """Opens a large picture in a view of its own."""
    made = Krita.instance().createDocument(
        *(width, height, "large", "RGBA", "U8", "", 300.0)
    )
    layer = made.topLevelNodes()[0]
    row = bytes(range(256)) * (4 * width // 256 + 1)
    layer.setPixelData(row[: 4 * width] * height, 0, 0, width, height)
    made.refreshProjection()
    made.waitForDone()
    window().addView(made)


def forget_changes():
    """Marks all documents as saved, so that Krita asks nothing at its end."""
    for one in Krita.instance().documents():
        one.setModified(False)


def worker_seconds():
    """The CPU time of the worker thread, in seconds."""
    (thread,) = [one for one in threading.enumerate() if "Worker" in str(one._target)]
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))


def is_up_to_date():
    """Whether clicks are answered in the pixels that are visible now."""
    seen = pixels.read(document(), session.settings.source)
    known = session.clicker.image is session.layers.pixels.image
    return known and seen.data == session.layers.pixels.data


def floats():
    """Whether a message floats over the canvas."""
    return any(
        one.metaObject().className() == "KisFloatingMessage" and one.isVisible()
        for one in QtWidgets.QApplication.allWidgets()
    )


def undo_text():
    return Krita.instance().action("edit_undo").text()


def layers():
    nodes = document().topLevelNodes()
    return [
        [node.name(), node.type(), [child.type() for child in node.childNodes()]]
        for node in nodes
        if node.type() != "selectionmask"
    ]


def mask_holds(selection):
    """Whether the layer's mask equals the selection, byte by byte."""
    (mask,) = document().topLevelNodes()[0].childNodes()
    whole = (0, 0, document().width(), document().height())
    return bytes(mask.pixelData(*whole)) == selecting.pixels_of(selection, whole)


def outline_off(selection):
    """How much wider and higher the outline on the top layer is than the pixels that
    are selected by half or more. In pixels."""
    layer = [one for one in document().topLevelNodes() if one.type() == "vectorlayer"]
    box = layer[-1].shapes()[0].boundingBox()  # in points
    scale = document().resolution() / 72
    bounds = selecting.box_of(selection)
    width, pixels = bounds[2], selecting.pixels_of(selection, bounds)
    rows = [pixels[start : start + width] for start in range(0, len(pixels), width)]

    def extent(lines):
        selected = [number for number, line in enumerate(lines) if max(line) >= 128]
        return selected[-1] + 1 - selected[0]

    return [
        box.width() * scale - extent(zip(*rows)),
        box.height() * scale - extent(rows),
    ]


def pen(kind, x, y, buttons=1):
    """Sends a tablet event at a picture's pixel. Returns whether it was accepted."""
    at = QtCore.QPointF(widget().mapFromGlobal(QtCore.QPoint(*place(x, y))))
    kinds = QtCore.QEvent.Type
    pressed = QtCore.Qt.MouseButton.LeftButton
    event = QtGui.QTabletEvent(
        {"press": kinds.TabletPress, "move": kinds.TabletMove}.get(
            kind, kinds.TabletRelease
        ),
        *(at, QtCore.QPointF(*place(x, y)), QtGui.QTabletEvent.Stylus),
        *(QtGui.QTabletEvent.Pen, 0.7, 0, 0, 0.0, 0.0, 0),
        QtCore.Qt.KeyboardModifier.NoModifier,
        *(1, pressed, pressed if buttons else QtCore.Qt.MouseButton.NoButton),
    )
    QtWidgets.QApplication.sendEvent(widget(), event)
    return event.isAccepted()
