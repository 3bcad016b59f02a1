"""Krita's canvas: its widget, and the place of the picture's pixels on it."""

from .toolkit import QtGui, QtWidgets

CANVASES = ("KisOpenGLCanvas2", "KisQPainterCanvas")


def canvas_widget(window):
    """The widget that shows the window's active view; None without a view."""
    root = window.qwindow()
    if root is None:  # the window was closed
        return None
    area = root.findChild(QtWidgets.QMdiArea)
    view = area.activeSubWindow() if area is not None else None
    for widget in (view or root).findChildren(QtWidgets.QWidget):
        if widget.metaObject().className() in CANVASES and widget.isVisible():
            return widget
    return None


def image_to_widget(view, widget):
    """A QTransform from the picture's pixels to places on the widget."""
    if hasattr(view, "flakeToCanvasTransform"):
        to_flake, _ = view.flakeToImageTransform().inverted()
        return to_flake * view.flakeToCanvasTransform()
    return _computed(view, widget)


def _computed(view, widget):
    """The same for Krita before 5.2: from zoom, rotation, mirror and scroll bars."""
    document, canvas = view.document(), view.canvas()
    scroller = widget
    while not isinstance(scroller, QtWidgets.QAbstractScrollArea):
        scroller = scroller.parentWidget()

    def middle(length, bar):
        # With the bar half way, the picture's centre is in the middle of the widget.
        return length / 2 - bar.value() + (bar.minimum() + bar.maximum()) / 2

    zoom = canvas.zoomLevel() * 72 / document.resolution()  # zoomLevel is per point
    transform = QtGui.QTransform()
    transform.translate(
        middle(widget.width(), scroller.horizontalScrollBar()),
        middle(widget.height(), scroller.verticalScrollBar()),
    )
    transform.rotate(canvas.rotation())
    transform.scale(-zoom if canvas.mirror() else zoom, zoom)
    transform.translate(-document.width() / 2, -document.height() / 2)
    return transform
