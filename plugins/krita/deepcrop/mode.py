"""The mode: while it is on, clicks on the canvas of one view select objects."""

from krita import Krita

from .canvas import canvas_widget, image_to_widget
from .overlay import Overlay
from .session import guarded
from .shared.gestures import Gesture
from .shared.sentences import Refusal
from .toolkit import QtCore, QtGui, QtWidgets, later, safely

Event = QtCore.QEvent.Type
Key = QtCore.Qt.Key
Button = QtCore.Qt.MouseButton
Modifier = QtCore.Qt.KeyboardModifier

PRESSES = (Event.MouseButtonPress, Event.MouseButtonDblClick, Event.TabletPress)
MOVES = (Event.MouseMove, Event.TabletMove)
RELEASES = (Event.MouseButtonRelease, Event.TabletRelease)
BUTTONS = (Button.LeftButton, Button.RightButton)
HELD = (Key.Key_Control, Key.Key_Shift, Key.Key_Alt, Key.Key_Meta, Key.Key_Space)
CROSS = QtCore.Qt.CursorShape.CrossCursor
REST = 60  # milliseconds that the pointer rests before it asks for a preview


class Mode(QtCore.QObject):
    """Takes events of the canvas before Krita: clicks, drags and a few keys. Krita gets
    all others, to zoom, pan and rotate, and for its shortcuts."""

    def __init__(self, window, session, ended):
        super().__init__()
        self.window, self.session, self.ended = window, session, ended
        self.view = window.activeView()
        self.widget = canvas_widget(window)
        if self.widget is None:
            raise Refusal("The canvas is hidden: click into its window first.")
        self.gesture = None
        self.hovering = None  # the last place of the pointer
        self.space = False
        self.stale = False  # whether the picture may have changed
        self.cursor = self.widget.cursor()
        self.overlay = Overlay(self.widget, self.transform)
        self.rest = QtCore.QTimer(self)
        self.rest.setSingleShot(True)
        self.rest.setInterval(REST)
        self.rest.timeout.connect(self.rested)
        self.keys = {
            Key.Key_Tab: session.clicker.next_answer,
            Key.Key_Return: session.keep,
            Key.Key_Enter: session.keep,
            Key.Key_Escape: self.escape,
            Key.Key_Backspace: session.steps.undo,
        }
        self.watch()
        self.hide_brush()
        # Not on the canvas: Krita handles shortcuts before the canvas gets an event.
        QtWidgets.QApplication.instance().installEventFilter(self)
        self.widget.setCursor(CROSS)
        self.widget.setFocus()

    def watch(self):
        """Ends the mode when the user chooses another tool. Qt drops these connections
        when either end is deleted."""
        for tool in tools(self.window):
            tool.toggled.connect(self.tool_toggled)
            tool.clicked.connect(self.end)
            action = Krita.instance().action(tool.objectName())
            if action is not None:
                action.triggered.connect(self.end)

    @QtCore.pyqtSlot(bool)
    def tool_toggled(self, on):
        if on and not self.session.is_making:
            self.end()

    def hide_brush(self):
        """Hides the brush's outline. Krita draws it where the pointer was last, so this
        sends the pointer far away."""
        away = QtCore.QPointF(-1e5, -1e5)
        nothing = Button.NoButton, Button.NoButton, Modifier.NoModifier
        move = QtGui.QMouseEvent(Event.MouseMove, away, *nothing)
        QtCore.QCoreApplication.sendEvent(self.widget, move)

    @QtCore.pyqtSlot()
    def end(self):
        """Ends the mode and restores the canvas. The selection stays."""
        if self.widget is None:
            return
        widget, self.widget = self.widget, None
        QtWidgets.QApplication.instance().removeEventFilter(self)
        self.rest.stop()
        for undo in (
            lambda: widget.setCursor(self.cursor),
            self.overlay.hide,
            self.overlay.deleteLater,
        ):
            safely(undo)
        safely(self.session.clicker.hover_off)
        self.ended()
        later(self.deleteLater)

    def is_there(self):
        """Whether the user still looks at the view in which the mode was turned on."""
        return canvas_widget(self.window) is self.widget

    def transform(self):
        return image_to_widget(self.view, self.widget)

    def point(self, x, y):
        """The point of the picture at a place on the widget."""
        back, _ = self.transform().inverted()
        point = back.map(QtCore.QPointF(x, y))
        return point.x(), point.y()

    # --- events of the canvas ---

    def eventFilter(self, watched, event):
        if watched is not self.widget:
            return False
        taken = []
        guarded(self.session, lambda: taken.append(self.take(event)))
        return bool(taken and taken[0])

    def take(self, event):
        """Handles an event. Returns whether to keep it from Krita."""
        kind = event.type()
        if kind in PRESSES:
            return self.press(event)
        if kind in MOVES:
            return self.move(event)
        if kind in RELEASES:
            return self.release(event)
        if kind in (Event.ShortcutOverride, Event.KeyPress):
            action = self.action_of(event)
            if action is not None and kind == Event.ShortcutOverride:
                event.accept()  # else Krita would run its shortcut
                return True
            if action is not None:
                if not event.isAutoRepeat():
                    guarded(self.session, action)
                return True
            if event.key() not in HELD:
                self.stale = True  # Krita's shortcut may change the picture
        if kind in (Event.KeyPress, Event.KeyRelease) and event.key() == Key.Key_Space:
            self.space = kind == Event.KeyPress or event.isAutoRepeat()
        elif kind == Event.Enter:
            self.stale = True  # the pointer may come from a menu or a docker
            self.hover(place_of(event))
        elif kind == Event.FocusOut:
            self.space = False
        elif kind == Event.Leave:
            self.rest.stop()
            self.session.clicker.hover_off()
        elif kind in (Event.Paint, Event.Resize):
            self.overlay.follow()
        elif kind == Event.CursorChange:
            self.show_pointer()
        return kind == Event.ContextMenu

    def show_pointer(self):
        """Sets the pointer to a cross again. When a key such as Ctrl is released, Krita
        sets the pointer of its tool, and a brush's is invisible. While the user pans,
        Krita's pointer stays."""
        moved = QtWidgets.QApplication.mouseButtons() & Button.MiddleButton
        if not self.space and not moved and self.widget.cursor().shape() != CROSS:
            self.widget.setCursor(CROSS)

    def action_of(self, event):
        """The action for a key; None if the key is for Krita."""
        keys, steps = QtGui.QKeySequence.StandardKey, self.session.steps
        # Some steps are unknown to Krita: its undo would undo something else.
        if event.matches(keys.Undo):
            return steps.undo if steps.undoes_alone else None
        if event.matches(keys.Redo):
            return steps.redo if steps.redoes_alone else None
        plain = event.modifiers() & ~Modifier.KeypadModifier
        return self.keys.get(event.key()) if plain == Modifier.NoModifier else None

    def press(self, event):
        button = event.button()
        if self.space or button not in BUTTONS:
            return False
        if self.gesture is None:
            self.widget.setFocus()
            held = event.modifiers()
            away = held & (Modifier.AltModifier | Modifier.ControlModifier)
            out = button == Button.RightButton or bool(away)
            lasso = bool(held & Modifier.ShiftModifier)
            self.gesture, self.button = Gesture(place_of(event), out, lasso), button
            self.rest.stop()
            self.look_again()
        event.accept()
        return True

    def move(self, event):
        place, idle = place_of(event), event.buttons() == Button.NoButton
        if self.gesture is not None and idle:
            self.drop_gesture()  # the release was not reported to the mode
        elif self.gesture is not None:
            self.gesture.move(place)
            self.overlay.show_gesture(self.gesture)
        elif not idle:
            return False
        else:
            self.hover(place)
        event.accept()
        return True

    def look_again(self):
        """Reads the picture again if it may have changed."""
        if self.stale:
            self.stale = False
            guarded(self.session, self.session.look)

    def hover(self, place):
        self.hovering, clicker = place, self.session.clicker
        hovered = clicker.hovered
        if hovered is not None and not clicker.covers(hovered, *self.point(*place)):
            clicker.hover_off()
        self.rest.start()

    def rested(self):
        if self.widget is not None and self.hovering is not None:
            self.look_again()
            guarded(
                self.session,
                lambda: self.session.clicker.hover(*self.point(*self.hovering)),
            )

    def release(self, event):
        if self.gesture is None or event.button() not in BUTTONS:
            return False
        if event.button() == self.button:
            gesture = self.gesture
            gesture.move(place_of(event))
            self.drop_gesture()
            self.session.click(
                gesture.prompt(self.point, self.session.layers.rectangle)
            )
        event.accept()
        return True

    def escape(self):
        """Drops the gesture. Without one, drops the unkept steps and ends the mode."""
        if self.gesture is not None:
            self.drop_gesture()
        else:
            guarded(self.session, self.session.drop)
            self.end()

    def drop_gesture(self):
        self.gesture = None
        self.overlay.show_gesture(None)

    # --- the overlay ---

    def show(self):
        """Shows the preview and the prompts. Called after every change."""
        if self.widget is None:
            return
        clicker = self.session.clicker
        self.overlay.show_hovered(clicker.hovered, clicker.origin)
        done = clicker.steps.done
        self.overlay.show_prompts([one for step in done for one in step.prompts])


def place_of(event):
    """The place of an event on the widget. The name differs between Qt 6, a tablet in
    Qt 5 and a mouse in Qt 5."""
    for name in ("position", "posF", "localPos"):
        if hasattr(event, name):
            place = getattr(event, name)()
            return place.x(), place.y()
    return event.pos().x(), event.pos().y()


def tools(window):
    """The buttons of the toolbox."""
    box = window.qwindow().findChild(QtWidgets.QDockWidget, "ToolBox")
    buttons = box.findChildren(QtWidgets.QToolButton) if box is not None else []
    return [
        button for button in buttons if button.objectName() and button.isCheckable()
    ]
