//! Making the mask of an object.

use ndarray::Axis;

use crate::base::error::Result;
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::geometry::rect::Rect;
use crate::network::families::faults::foreign_analysis;
use crate::network::families::instances::detections::Detection;
use crate::network::families::instances::manifest::MaskPlace;
use crate::network::families::picture_input::numbers;
use crate::network::families::segmenter::{Analysis, Candidate, FINEST};
use crate::pixels::plane::Plane;
use crate::pixels::resample::axis::Filter;
use crate::pixels::resample::resize;
use crate::pixels::tensor::sigmoid;

/// The factors by which prototypes are enlarged before their padding is cut off: the first that suffices, at most 4,
/// for the grid of the input.
const FINER: [usize; 2] = [1, 2];
const FINEST_PROTOTYPES: usize = 4;

/// The mask of a detected object, on the grid of the picture's pixels. `shown` is the frame of the network's input.
/// None if the object's box is empty.
pub fn mask(analysis: &Analysis, shown: &Frame, object: &Detection, place: MaskPlace) -> Result<Option<Candidate>> {
    let [_, masks] = analysis.tensors.as_slice() else { return Err(foreign_analysis()) };
    let Frame { window, width, height } = analysis.frame;
    let grid = shown.resized(width, height);
    Ok(match place {
        MaskPlace::Prototypes => {
            let mut logits = Plane::zeros(width, height);
            for (share, prototype) in object.coefficients.iter().zip(masks.outer_iter()) {
                logits.data.iter_mut().zip(numbers(&prototype)?).for_each(|(sum, value)| *sum += share * value);
            }
            let (logits, frame) = without_padding(logits, &grid, window)?;
            // The mask ends at the box.
            let Some(target) = target(object.bounds, grid.cell(), window) else { return Ok(None) };
            let mut plane = resize(&logits, &frame, &target, Filter::Linear)?;
            for (cell, value) in plane.data.iter_mut().enumerate() {
                let corner = Point::new((cell % target.width) as f64, (cell / target.width) as f64);
                *value = if within(object.bounds, target.to_picture(corner)) { sigmoid(*value) } else { 0.0 };
            }
            Some(Candidate { cell: grid.cell(), ..Candidate::new(plane, target, object.score) })
        }
        MaskPlace::Input => {
            let Some(target) = target(object.bounds, grid.cell().max(widening(object.bounds)), window) else {
                return Ok(None);
            };
            let view = masks.index_axis(Axis(0), object.number);
            let plane = Plane { width, height, data: numbers(&view)?.to_vec() };
            let plane = probable(resize(&plane, &grid, &target, Filter::Linear)?);
            // torchvision's masks have 28 cells along their box, though they are pasted into the input.
            let cell = (object.bounds.width().max(object.bounds.height()) / 28.0).max(grid.cell());
            Some(Candidate { cell, ..Candidate::new(plane, target, object.score) })
        }
        MaskPlace::Boxes => {
            // As maskrcnn-benchmark and torchvision paste masks: with a border of one cell, on whole pixels.
            let (across, down) = (width as f64 + 2.0, height as f64 + 2.0);
            let Rect { x0, y0, x1, y1 } = about(object.bounds, across / width as f64, down / height as f64);
            let pixels = Rect { x0: x0.trunc(), y0: y0.trunc(), x1: x1.trunc() + 1.0, y1: y1.trunc() + 1.0 };
            let frame = Frame::stretch(pixels, width + 2, height + 2);
            let Some(target) = target(pixels, 0.0, window) else { return Ok(None) };
            let view = masks.index_axis(Axis(0), object.number);
            let mut plane = Plane::zeros(frame.width, frame.height);
            for (row, cells) in numbers(&view)?.chunks_exact(width).enumerate() {
                plane.data[(row + 1) * frame.width + 1..][..width].copy_from_slice(cells);
            }
            let plane = probable(resize(&plane, &frame, &target, Filter::Linear)?);
            Some(Candidate { cell: frame.cell(), ..Candidate::new(plane, target, object.score) })
        }
    })
}

fn probable(mut plane: Plane) -> Plane {
    plane.data.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
    plane
}

/// A box, scaled about its middle.
fn about(bounds: Rect, across: f64, down: f64) -> Rect {
    let (middle, w, h) = (bounds.centre(), bounds.width() * across / 2.0, bounds.height() * down / 2.0);
    Rect { x0: middle.x - w, y0: middle.y - h, x1: middle.x + w, y1: middle.y + h }
}

/// How far torchvision's masks may reach beyond their boxes: one cell of 28, and what rounding adds.
fn widening(bounds: Rect) -> f64 {
    bounds.width().max(bounds.height()) / 28.0 + 2.0
}

/// Whether the pixel with this upper left corner belongs to a box.
fn within(bounds: Rect, corner: Point) -> bool {
    // Without the last digits, which rounding may change.
    let (x, y) = ((corner.x * 1e6).round() / 1e6, (corner.y * 1e6).round() / 1e6);
    x >= bounds.x0 && x < bounds.x1 && y >= bounds.y0 && y < bounds.y1
}

/// The pixels of a box and some room round it, within a window.
fn target(bounds: Rect, room: f64, window: Rect) -> Option<Frame> {
    let room = room.ceil();
    let Rect { x0, y0, x1, y1 } = bounds;
    let around = Rect {
        x0: (x0.floor() - room).max(window.x0),
        y0: (y0.floor() - room).max(window.y0),
        x1: (x1.ceil() + room).min(window.x1),
        y1: (y1.ceil() + room).min(window.y1),
    };
    (bounds.width() > 0.0 && bounds.height() > 0.0 && around.width() > 0.0 && around.height() > 0.0)
        .then(|| Frame::pixels(around, FINEST))
}

/// A plane on `grid`, cut to the window. The grid is first refined until the window's border lies between cells, as
/// Ultralytics does it: otherwise the padding would mix in.
fn without_padding(plane: Plane, grid: &Frame, window: Rect) -> Result<(Plane, Frame)> {
    let corners = |finer: usize| {
        let fine = grid.resized(grid.width * finer, grid.height * finer);
        let (low, high) =
            (fine.to_grid(Point::new(window.x0, window.y0)), fine.to_grid(Point::new(window.x1, window.y1)));
        [low.x, low.y, high.x, high.y]
    };
    let between = |finer: &usize| corners(*finer).iter().all(|at| (at - at.round()).abs() < 1e-6);
    let finer = FINER.into_iter().find(between).unwrap_or(FINEST_PROTOTYPES);
    let fine = grid.resized(grid.width * finer, grid.height * finer);
    let enlarged = if finer > 1 { resize(&plane, grid, &fine, Filter::Linear)? } else { plane };
    let [x0, y0, x1, y1] = corners(finer).map(|at| at.round().max(0.0) as usize);
    let (x0, y0) = (x0.min(fine.width - 1), y0.min(fine.height - 1));
    let (x1, y1) = (x1.clamp(x0 + 1, fine.width), y1.clamp(y0 + 1, fine.height));
    let rows = enlarged.data.chunks_exact(fine.width).skip(y0).take(y1 - y0);
    let data = rows.flat_map(|row| &row[x0..x1]).copied().collect();
    Ok((Plane { width: x1 - x0, height: y1 - y0, data }, Frame::stretch(window, x1 - x0, y1 - y0)))
}
