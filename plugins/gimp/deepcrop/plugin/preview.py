"""The picture in the window, with the masks over it; zoom and gestures."""

from gi.repository import Gdk, GLib, Gtk

from . import view as draw
from .python import deepcrop
from .shared.gestures import Gesture

HOVER = 40  # milliseconds that the pointer rests before it asks for a preview
STEP = 1.25  # factor of one step of the zoom
SHIFT, CONTROL = Gdk.ModifierType.SHIFT_MASK, Gdk.ModifierType.CONTROL_MASK


class Preview:
    """Shows a source, and turns gestures into prompts in coordinates of the image.

    Calls `prompted` with each prompt, and `hovered` with the point under the pointer or
    None.
    """

    def __init__(self, prompted, hovered):
        self._prompted, self._hovered = prompted, hovered
        self._source = self._view = self._ground = None
        self._masks = {}  # the masks over the picture: name to mask and buffer
        self._prompts = []
        self._gesture = self._pan = None  # in progress while a button is pressed
        self._drawing = self._resting = 0
        # A Layout requests no size of its own: the window can become small again.
        self.widget = Gtk.Layout(can_focus=True, expand=True)
        self.widget.set_size_request(240, 160)
        self.picture = Gtk.Image()
        self.widget.put(self.picture, 0, 0)
        mask = Gdk.EventMask
        self.widget.add_events(
            mask.BUTTON_PRESS_MASK
            | mask.BUTTON_RELEASE_MASK
            | mask.POINTER_MOTION_MASK
            | mask.LEAVE_NOTIFY_MASK
            | mask.SCROLL_MASK
            | mask.SMOOTH_SCROLL_MASK
        )
        for signal, handler in (
            ("button-press-event", self._press),
            ("button-release-event", self._release),
            ("motion-notify-event", self._motion),
            ("leave-notify-event", self._leave),
            ("scroll-event", self._scroll),
            ("size-allocate", self._resize),
        ):
            self.widget.connect(signal, handler)

    def show_source(self, source):
        """Shows another picture."""
        size = (source.width, source.height)
        if self._view is None or self._view.picture != size:
            self._view = draw.View(*size)
            self._view.resize(*self._room())
        self._source, self._ground = source, None
        self._draw()

    def show(self, mask, hovered, prompts):
        """Shows the selection, the mask that a click would select, and the prompts."""
        for name, wanted in (("mask", mask), ("hovered", hovered)):
            shown = self._masks.get(name)
            if wanted is None:
                self._masks.pop(name, None)
            elif shown is None or shown[0] is not wanted:
                self._masks[name] = (wanted, draw.mask_buffer(wanted))
        self._prompts = prompts
        self._draw()

    def close(self):
        """Forgets the picture and stops drawing."""
        for source in (self._drawing, self._resting):
            if source:
                GLib.source_remove(source)
        self._source = self._drawing = self._resting = None
        self._masks.clear()

    def zoom(self, factor, x=None, y=None):
        if self._view is not None:
            self._view.zoom(factor, x, y)
            self._moved()

    def fit(self):
        if self._view is not None:
            self._view.fit()
            self._moved()

    def full_size(self):
        """Shows each pixel of the picture as one pixel of the screen."""
        if self._view is not None:
            self._view.zoom(1 / self._view.scale)
            self._moved()

    # --- drawing ---

    def _room(self):
        room = self.widget.get_allocation()
        return room.width, room.height

    def _moved(self):
        self._ground = None
        self._draw()

    def _resize(self, _, room):
        if self._view is not None and self._view.window != (room.width, room.height):
            self._view.resize(room.width, room.height)
            self._moved()

    def _draw(self):
        """Draws soon, and once for many changes."""
        if not self._drawing and self._source is not None:
            self._drawing = GLib.idle_add(self._draw_now)

    def _draw_now(self):
        self._drawing = 0
        if self._ground is None:
            self._ground = draw.ground(self._view, self._source)
        shown = self._ground.copy()
        for name, colour, tint in (
            ("hovered", draw.PREVIEW, draw.FAINT),
            ("mask", draw.OBJECT, draw.TINT),
        ):
            if name in self._masks:
                buffer = self._masks[name][1]
                draw.lay_mask(shown, self._view, buffer, colour, tint)
        for prompt in self._prompts:
            self._draw_prompt(shown, prompt)
        if self._gesture is not None and not self._gesture.is_click:
            self._draw_gesture(shown)
        self.picture.set_from_pixbuf(shown)
        return GLib.SOURCE_REMOVE

    def _draw_gesture(self, shown):
        places = self._gesture.places
        if self._gesture.lasso:
            draw.line(shown, places)
        else:
            draw.frame(shown, *places[0], *places[-1])

    def _draw_prompt(self, shown, prompt):
        if prompt.kind == deepcrop.Kind.BOX:
            corners = self._place(prompt.x, prompt.y), self._place(prompt.x1, prompt.y1)
            draw.frame(shown, *corners[0], *corners[1])
        elif prompt.kind == deepcrop.Kind.LASSO:
            points = [self._place(*point) for point in prompt.points]
            draw.line(shown, [*points, points[0]])
        elif prompt.kind in (deepcrop.Kind.INCLUDE, deepcrop.Kind.EXCLUDE):
            included = prompt.kind == deepcrop.Kind.INCLUDE
            draw.mark(shown, *self._place(prompt.x, prompt.y), included)

    def _place(self, x, y):
        """The place in the window of a point of the image."""
        left, top = self._source.origin
        return self._view.to_window(x - left, y - top)

    def _point(self, x, y):
        """The point of the image at a place in the window."""
        left, top = self._source.origin
        x, y = self._view.to_picture(x, y)
        return x + left, y + top

    # --- gestures ---

    def _press(self, widget, event):
        widget.grab_focus()
        if event.type != Gdk.EventType.BUTTON_PRESS or self._source is None:
            return True
        self._gesture = self._pan = None
        place = event.x, event.y
        if event.button in (1, 3):
            out = event.button == 3 or bool(event.state & CONTROL)
            self._gesture = Gesture(place, out, bool(event.state & SHIFT))
        elif event.button == 2:
            self._pan = place
        self._hover_off()
        return True

    def _motion(self, _, event):
        place = event.x, event.y
        if self._gesture is not None:
            self._gesture.move(place)
            self._draw()
        elif self._pan is not None:
            self._view.pan(event.x - self._pan[0], event.y - self._pan[1])
            self._pan = place
            self._moved()
        else:
            self._rest(*place)
        return True

    def _release(self, _, event):
        gesture, self._gesture, self._pan = self._gesture, None, None
        source = self._source
        if gesture is not None and source is not None:
            gesture.move((event.x, event.y))
            rectangle = (*source.origin, source.width, source.height)
            self._prompted(gesture.prompt(self._point, rectangle))
            self._draw()
        return True

    def drop_gesture(self):
        """Drops the gesture. Returns whether there was one."""
        dropped = self._gesture is not None or self._pan is not None
        self._gesture = self._pan = None
        self._draw()
        return dropped

    def _scroll(self, _, event):
        moved, _, dy = event.get_scroll_deltas()
        if not moved:
            up = event.direction == Gdk.ScrollDirection.UP
            dy = -1 if up else 1 if event.direction == Gdk.ScrollDirection.DOWN else 0
        if dy:
            self.zoom(STEP**-dy, event.x, event.y)
        return True

    def _rest(self, x, y):
        """The pointer moved. Once it rests, asks for a preview."""
        if self._resting:
            GLib.source_remove(self._resting)
        self._resting = GLib.timeout_add(HOVER, self._rested, x, y)

    def _rested(self, x, y):
        self._resting = 0
        if self._source is not None and self._gesture is None and self._pan is None:
            self._hovered(self._point(x, y))
        return GLib.SOURCE_REMOVE

    def _leave(self, _, event):
        self._hover_off()
        return False

    def _hover_off(self):
        if self._resting:
            GLib.source_remove(self._resting)
            self._resting = 0
        self._hovered(None)
