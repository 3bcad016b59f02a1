//! Frames: where a window of a picture lies on a grid. Coordinates are mapped only here.
//!
//! Coordinates are continuous: pixel (i, j) covers `i..i + 1` by `j..j + 1`, its centre is at +0.5.

use crate::geometry::point::Point;
use crate::geometry::rect::Rect;

/// A frame: a window of the picture on a grid of `width` x `height` cells. The part of the window beyond the picture is
/// padding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// The window, in picture coordinates.
    pub window: Rect,
    /// The number of columns of the grid.
    pub width: usize,
    /// The number of rows of the grid.
    pub height: usize,
}

impl Frame {
    /// The window is stretched to the grid, without regard to its proportions.
    pub fn stretch(window: Rect, width: usize, height: usize) -> Self {
        Self { window, width, height }
    }

    /// The window keeps its proportions and lies in the middle of the grid, with padding on two sides.
    pub fn letterbox(window: Rect, width: usize, height: usize) -> Self {
        let scale = (width as f64 / window.width()).min(height as f64 / window.height());
        let (w, h) = (width as f64 / scale, height as f64 / scale);
        let Point { x, y } = window.centre();
        Self::stretch(Rect::new(x - w / 2.0, y - h / 2.0, x + w / 2.0, y + h / 2.0), width, height)
    }

    /// The window keeps its proportions, to whole cells, and lies in the top left corner of the grid, with padding on
    /// the right or below.
    pub fn corner(window: Rect, width: usize, height: usize) -> Self {
        let (across, down) = Self::fitting(window, width, height);
        let (w, h) = (width as f64 / across as f64, height as f64 / down as f64);
        let (x1, y1) = (window.x0 + window.width() * w, window.y0 + window.height() * h);
        Self::stretch(Rect { x1, y1, ..window }, width, height)
    }

    /// The window keeps its proportions, to whole cells, and lies in the middle of the grid, with padding on two sides.
    /// If the number of padding cells is odd, one more lies on the right or below.
    pub fn centred(window: Rect, width: usize, height: usize) -> Self {
        let (across, down) = Self::fitting(window, width, height);
        let place = |start: f64, length: f64, cells: usize, most: usize| {
            let cell = length / cells as f64;
            let low = start - ((most - cells) / 2) as f64 * cell;
            (low, low + most as f64 * cell)
        };
        let (x0, x1) = place(window.x0, window.width(), across, width);
        let (y0, y1) = place(window.y0, window.height(), down, height);
        Self::stretch(Rect { x0, y0, x1, y1 }, width, height)
    }

    /// A cell for each pixel that the window touches; larger cells if a side had more than `most`.
    pub fn pixels(window: Rect, most: usize) -> Self {
        let Rect { x0, y0, x1, y1 } = window;
        let window = Rect { x0: x0.floor(), y0: y0.floor(), x1: x1.ceil(), y1: y1.ceil() };
        let scale = (most as f64 / window.width().max(window.height())).min(1.0);
        let cells = |length: f64| ((length * scale).round() as usize).max(1);
        Self::stretch(window, cells(window.width()), cells(window.height()))
    }

    /// The number of columns and rows of a window that is scaled into a grid. It keeps its proportions, to whole cells.
    pub fn fitting(window: Rect, width: usize, height: usize) -> (usize, usize) {
        let scale = (width as f64 / window.width()).min(height as f64 / window.height());
        let cells = |length: f64, most: usize| ((length * scale + 0.5) as usize).clamp(1, most);
        (cells(window.width(), width), cells(window.height(), height))
    }

    /// The same window on a grid of another size, such as that of a network's output.
    pub fn resized(&self, width: usize, height: usize) -> Self {
        Self { width, height, ..*self }
    }

    /// From picture coordinates to grid coordinates.
    pub fn to_grid(&self, point: Point) -> Point {
        Point {
            x: (point.x - self.window.x0) * self.width as f64 / self.window.width(),
            y: (point.y - self.window.y0) * self.height as f64 / self.window.height(),
        }
    }

    /// The grid cell that a picture point lies in, as (x, y); the nearest one for a point on the grid's far border or beyond.
    pub fn cell_of(&self, point: Point) -> (usize, usize) {
        let Point { x, y } = self.to_grid(point);
        // The casts turn negative numbers into 0.
        ((x as usize).min(self.width - 1), (y as usize).min(self.height - 1))
    }

    /// The same frame, measured in the cells of another frame instead of pixels.
    pub fn over(&self, cells: &Frame) -> Self {
        let corner = |x, y| cells.to_grid(Point::new(x, y));
        let (low, high) = (corner(self.window.x0, self.window.y0), corner(self.window.x1, self.window.y1));
        Self::stretch(Rect::new(low.x, low.y, high.x, high.y), self.width, self.height)
    }

    /// From grid coordinates to picture coordinates.
    pub fn to_picture(&self, point: Point) -> Point {
        Point {
            x: self.window.x0 + point.x * self.window.width() / self.width as f64,
            y: self.window.y0 + point.y * self.window.height() / self.height as f64,
        }
    }

    /// The rectangle of a cell, in picture coordinates. Cells are counted row by row.
    pub fn area_of(&self, cell: usize) -> Rect {
        let (x, y) = ((cell % self.width) as f64, (cell / self.width) as f64);
        let (low, high) = (self.to_picture(Point::new(x, y)), self.to_picture(Point::new(x + 1.0, y + 1.0)));
        Rect::new(low.x, low.y, high.x, high.y)
    }

    /// The centre of a cell, in picture coordinates. Cells are counted row by row.
    pub fn centre_of(&self, cell: usize) -> Point {
        self.to_picture(Point::new((cell % self.width) as f64 + 0.5, (cell / self.width) as f64 + 0.5))
    }

    /// The length of the longer edge of a cell, in picture pixels.
    pub fn cell(&self) -> f64 {
        (self.window.width() / self.width as f64).max(self.window.height() / self.height as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn windows() -> impl Strategy<Value = Rect> {
        (-3e4..3e4, -3e4..3e4, 1e-3..6e4, 1e-3..6e4).prop_map(|(x, y, w, h)| Rect::new(x, y, x + w, y + h))
    }

    fn close(a: f64, b: f64, scale: f64) -> bool {
        (a - b).abs() <= 1e-9 * scale
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_point(
            window in windows(), width in 1usize..2000, height in 1usize..2000,
            x in -1e5..1e5, y in -1e5..1e5, letterbox: bool,
        ) {
            let make = if letterbox { Frame::letterbox } else { Frame::stretch };
            let frame = make(window, width, height);
            let back = frame.to_picture(frame.to_grid(Point::new(x, y)));
            // What is lost is in the subtraction of the window's corner.
            prop_assert!(close(back.x, x, 1e6) && close(back.y, y, 1e6), "{back:?}");
            prop_assert!(frame.cell() > 0.0);
        }

        #[test]
        fn a_letterbox_keeps_proportions_and_holds_the_window(
            window in windows(), width in 1usize..2000, height in 1usize..2000,
        ) {
            let frame = Frame::letterbox(window, width, height);
            let (cell_x, cell_y) = (frame.window.width() / width as f64, frame.window.height() / height as f64);
            prop_assert!(close(cell_x, cell_y, 1e3 * cell_x.max(1e-3)), "{cell_x} {cell_y}");
            let (a, b) = (frame.window.centre(), window.centre());
            prop_assert!(close(a.x, b.x, 1e5) && close(a.y, b.y, 1e5));
            let spare = [frame.window.width() - window.width(), frame.window.height() - window.height()];
            // Along one axis it fits exactly, along the other there is room.
            let scale = 1e5 + spare[0].abs() + spare[1].abs();
            prop_assert!(spare.iter().all(|gap| *gap > -1e-9 * scale) && spare[0].min(spare[1]) < 1e-9 * scale, "{spare:?}");
        }

        #[test]
        fn a_centred_window_fills_whole_cells(
            (w, h) in (1u32..3000, 1u32..3000), width in 1usize..2000, height in 1usize..2000,
        ) {
            let window = Rect::whole(w, h);
            let frame = Frame::centred(window, width, height);
            let (across, down) = Frame::fitting(window, width, height);
            let (low, high) = (frame.to_grid(Point::new(0.0, 0.0)), frame.to_grid(Point::new(w.into(), h.into())));
            let (left, top) = ((width - across) / 2, (height - down) / 2);
            prop_assert!(close(low.x, left as f64, 1e3) && close(low.y, top as f64, 1e3), "{low:?}");
            prop_assert!(close(high.x, (left + across) as f64, 1e3) && close(high.y, (top + down) as f64, 1e3));
        }

        #[test]
        fn pixels_are_cells_while_they_are_few(window in windows(), most in 1usize..500) {
            let frame = Frame::pixels(window, most);
            prop_assert!(frame.width.max(frame.height) <= most && frame.width.min(frame.height) >= 1);
            prop_assert!(frame.window.joined(window) == frame.window);
            let side = frame.window.width().max(frame.window.height());
            prop_assert!(side > most as f64 || frame.cell() == 1.0);
        }

        #[test]
        fn a_square_inside_lies_inside_if_it_can(
            rect in windows(), side in 0.1..6e4, width in 1u32..40000, height in 1u32..40000,
        ) {
            let square = rect.square_inside(side, width, height);
            prop_assert!(close(square.width(), side, 1e5) && close(square.height(), side, 1e5));
            for (low, high, length) in [(square.x0, square.x1, width), (square.y0, square.y1, height)] {
                let length = f64::from(length);
                if side <= length {
                    prop_assert!(low >= -1e-6 && high <= length + 1e-6);
                } else {
                    prop_assert!(close(low + high, length, 1e5));
                }
            }
        }
    }
}
