//! Tidying a mask that was fitted to its picture: islands that only colours want are grain, not object. Holes stay: gaps
//! between hairs and in lacing are holes that only colours know.

use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::mask::selected_runs::{Run, Runs};
use crate::mask::soft::Mask;
use crate::pixels::plane::Plane;

/// Deselects islands that hold neither a click nor a cell that the network selects. `plane` is the network's answer on the
/// grid of `frame`.
pub fn tidy(mask: &mut Mask, plane: &Plane, frame: &Frame, clicks: &[Point]) {
    let islands = Runs::of_selected(mask);
    let mut stays = vec![false; islands.runs.len()];
    for (run, &part) in islands.runs.iter().zip(&islands.part) {
        stays[part] = stays[part] || wanted(run, plane, frame) || clicks.iter().any(on(run));
    }
    mask.keep(&islands, &stays);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::rect::Rect;
    use crate::mask::soft::drawn;

    /// A plane of four pixels a cell that selects the left half.
    fn answer(of: &Mask) -> (Plane, Frame) {
        let (width, height) = (of.width() as usize / 4, of.height() as usize / 4);
        let data = (0..width * height).map(|i| if i % width < width / 2 { 0.9 } else { 0.1 }).collect();
        let frame = Frame::stretch(Rect::whole(of.width(), of.height()), width, height);
        (Plane { width, height, data }, frame)
    }

    #[test]
    fn islands_go_unless_the_network_or_a_click_wants_them() {
        let before = drawn(&[
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
