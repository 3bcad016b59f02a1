//! Tidying a mask that was fitted to its picture: islands that only colours want are grain, not object. Holes stay: gaps
//! between hairs and in lacing are holes that only colours know.

use std::collections::VecDeque;

use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::mask::selected_runs::{Run, Runs};
use crate::mask::soft::{HALF, Mask};
use crate::pixels::plane::Plane;

/// The width of a soft rim, in cells of the network's grid.
const RIM: f64 = 1.0;

/// Deselects islands that hold neither a click nor a cell that the network selects. `plane` is the network's answer on the
/// grid of `frame`.
pub fn tidy(mask: &mut Mask, plane: &Plane, frame: &Frame, clicks: &[Point]) {
    let rim = (RIM * frame.cell()).ceil() as usize;
    let islands = Runs::of_selected(mask);
    let mut stays = vec![false; islands.runs.len()];
    for (run, &part) in islands.runs.iter().zip(&islands.part) {
        stays[part] = stays[part] || wanted(run, plane, frame) || clicks.iter().any(on(run));
    }
    deselect(mask, &islands, &stays, rim);
}

/// Whether a point lies on a run.
fn on(run: &Run) -> impl Fn(&Point) -> bool {
    |point| point.y.max(0.0) as usize == run.y && (run.x0..run.x1).contains(&(point.x.max(0.0) as usize))
}

/// Whether the network selects a cell that a run crosses.
fn wanted(run: &Run, plane: &Plane, frame: &Frame) -> bool {
    let cell = |x: usize| frame.cell_of(Point::new(x as f64 + 0.5, run.y as f64 + 0.5));
    let ((first, row), (last, _)) = (cell(run.x0), cell(run.x1 - 1));
    plane.data[row * plane.width..][first..=last].iter().any(|&value| value >= 0.5)
}

/// A rectangle of pixels.
#[derive(Clone, Copy)]
struct Window {
    x0: usize,
    y0: usize,
    x1: usize,
    y1: usize,
}

impl Window {
    fn of(&Run { y, x0, x1 }: &Run) -> Self {
        Self { x0, y0: y, x1, y1: y + 1 }
    }

    fn joined(self, run: &Run) -> Self {
        Self { x0: self.x0.min(run.x0), x1: self.x1.max(run.x1), y1: run.y + 1, ..self }
    }

    fn area(&self) -> usize {
        (self.x1 - self.x0) * (self.y1 - self.y0)
    }

    fn grown(self, by: usize, mask: &Mask) -> Self {
        Self {
            x0: self.x0.saturating_sub(by),
            y0: self.y0.saturating_sub(by),
            x1: (self.x1 + by).min(mask.width() as usize),
            y1: (self.y1 + by).min(mask.height() as usize),
        }
    }
}

/// Deselects the parts that do not stay, with their rims: the soft pixels that are at most `rim` pixels away and nearer than
/// to another part.
fn deselect(mask: &mut Mask, parts: &Runs, stays: &[bool], rim: usize) {
    let mut windows: Vec<Option<Window>> = vec![None; parts.runs.len()];
    for (run, &part) in parts.runs.iter().zip(&parts.part).filter(|(_, part)| !stays[**part]) {
        windows[part] = Some(windows[part].map_or_else(|| Window::of(run), |window| window.joined(run)));
    }
    // Nearly all islands are small, so that each is looked at alone; unless there are very many.
    let mut windows: Vec<Window> = windows.into_iter().flatten().map(|window| window.grown(rim, mask)).collect();
    let whole = Window { x0: 0, y0: 0, x1: mask.width() as usize, y1: mask.height() as usize };
    if windows.iter().map(Window::area).sum::<usize>() > whole.area() {
        windows = vec![whole];
    }
    for window in windows {
        let owned = owned(mask, parts, stays, window);
        let (width, columns) = (mask.width() as usize, window.x1 - window.x0);
        let rows = mask.data_mut().chunks_exact_mut(width).skip(window.y0);
        for (row, owned) in rows.zip(owned.chunks_exact(columns)) {
            let pixels = row[window.x0..window.x1].iter_mut().zip(owned);
            pixels.filter(|(_, owned)| **owned).for_each(|(value, _)| *value = 0);
        }
    }
}

/// Which pixels of a window belong to parts that do not stay, or to their rims.
fn owned(mask: &Mask, Runs { runs, part }: &Runs, stays: &[bool], window: Window) -> Vec<bool> {
    let (width, height) = (window.x1 - window.x0, window.y1 - window.y0);
    // Of each pixel, whether its part goes; none if it belongs to no part yet.
    let mut owner = vec![None; width * height];
    let mut queue = VecDeque::new();
    let first = runs.partition_point(|run| run.y < window.y0);
    for (run, &part) in runs[first..].iter().zip(&part[first..]).take_while(|(run, _)| run.y < window.y1) {
        for x in run.x0.max(window.x0)..run.x1.min(window.x1) {
            let pixel = (run.y - window.y0) * width + x - window.x0;
            owner[pixel] = Some(!stays[part]);
            queue.push_back(pixel);
        }
    }
    // All rims grow by a pixel at a time.
    while let Some(pixel) = queue.pop_front() {
        let near = |at: usize, end: usize| at.saturating_sub(1)..(at + 2).min(end);
        for (y, x) in near(pixel / width, height).flat_map(|y| near(pixel % width, width).map(move |x| (y, x))) {
            let value = mask.at((window.x0 + x) as u32, (window.y0 + y) as u32);
            if owner[y * width + x].is_none() && (1..HALF).contains(&value) {
                owner[y * width + x] = owner[pixel];
                queue.push_back(y * width + x);
            }
        }
    }
    owner.into_iter().map(|owner| owner == Some(true)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::rect::Rect;

    fn mask(rows: &[&str]) -> Mask {
        let value = |letter: char| match letter {
            '.' => 0,
            '-' => 60,
            '+' => 200,
            _ => 255,
        };
        let data = rows.iter().flat_map(|row| row.chars().map(value)).collect();
        Mask::new(rows[0].len() as u32, rows.len() as u32, data).unwrap()
    }

    /// A plane of four pixels a cell that selects the left half.
    fn answer(of: &Mask) -> (Plane, Frame) {
        let (width, height) = (of.width() as usize / 4, of.height() as usize / 4);
        let data = (0..width * height).map(|i| if i % width < width / 2 { 0.9 } else { 0.1 }).collect();
        let frame = Frame::stretch(Rect::whole(of.width(), of.height()), width, height);
        (Plane { width, height, data }, frame)
    }

    #[test]
    fn islands_go_unless_the_network_or_a_click_wants_them() {
        let before = mask(&[
            "################",
            "#######-...-#-..",
            "#######-...-#-..",
            "#######..--.....",
            "########-#-.....",
            "#-####...--.....",
            "..####.........#",
            "###.........-#-.",
        ]);
        let tidied = |clicks: &[Point]| {
            let (mut mask, (plane, frame)) = (before.clone(), answer(&before));
            tidy(&mut mask, &plane, &frame, clicks);
            mask
        };
        // The part on the left above is connected with the object, and that below lies where the network selects.
        let wanted = tidied(&[]);
        assert_eq!(wanted.at(9, 4), 0, "an island");
        assert_eq!(wanted.at(10, 4), 0, "its rim");
        assert_eq!(wanted.at(8, 4), 60, "the rim of the object");
        assert_eq!((wanted.at(13, 7), wanted.at(15, 6)), (0, 0), "two islands that touch at no corner");
        assert_eq!((wanted.at(12, 1), wanted.at(0, 7)), (255, 255));
        let clicked = tidied(&[Point::new(13.5, 7.5)]);
        assert_eq!((clicked.at(13, 7), clicked.at(12, 7), clicked.at(15, 6)), (255, 60, 0));
    }

    #[test]
    fn many_islands_go_at_once() {
        let data: Vec<u8> =
            (0..64 * 64).map(|i| if i % 2 == 0 && (i / 64) % 2 == 0 || i % 64 < 8 { 255 } else { 0 }).collect();
        let mut mask = Mask::new(64, 64, data).unwrap();
        let data = (0..16 * 16).map(|i| if i % 16 < 2 { 0.9 } else { 0.1 }).collect();
        let plane = Plane { width: 16, height: 16, data };
        let frame = Frame::stretch(Rect::whole(64, 64), 16, 16);
        tidy(&mut mask, &plane, &frame, &[]);
        // The column beside the object touches it.
        let left = |i: usize| i % 64 < 8 || i % 64 == 8 && (i / 64).is_multiple_of(2);
        assert!(mask.data().iter().enumerate().all(|(i, &value)| (value == 255) == left(i)));
    }
}
