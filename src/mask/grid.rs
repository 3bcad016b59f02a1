//! Sampling a mask on a frame's grid, and drawing a plane as a mask.

use crate::base::error::Result;
use crate::geometry::frame::Frame;
use crate::mask::soft::Mask;
use crate::pixels::plane::Plane;
use crate::pixels::resample::axis::Filter;
use crate::pixels::resample::bytes::resize_grey;
use crate::pixels::resample::{lay_smooth, sample_grey};

/// A mask on the frame's grid, 0 to 1; 0 outside the picture.
pub fn sample_mask(mask: &Mask, frame: &Frame) -> Result<Plane> {
    sample_grey(&mask.grey(), frame)
}

/// A mask on the frame's grid, as the tools of networks' authors do it: whole numbers from 0 to 255, divided by 255.
pub fn resize_mask(mask: &Mask, frame: &Frame, filter: Filter) -> Result<Plane> {
    resize_grey(&mask.grey(), frame, filter)
}

/// Draws a plane on the frame's grid as a mask of a picture: smooth, 0 outside the frame's window. A plane whose cells
/// are the picture's pixels does not change.
pub fn render(plane: &Plane, frame: &Frame, width: u32, height: u32) -> Result<Mask> {
    let mut mask = Mask::empty(width, height)?;
    lay_smooth(plane, frame, mask.data_mut(), (width, height))?;
    Ok(mask)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::rect::Rect;
    use proptest::prelude::*;

    #[test]
    fn a_plane_rendered_and_sampled_again_is_nearly_itself() {
        let mut plane = Plane::zeros(24, 16);
        for (i, value) in plane.data.iter_mut().enumerate() {
            let (x, y) = ((i % 24) as f32 - 11.5, (i / 24) as f32 - 7.5);
            *value = (1.0 - (x * x + y * y).sqrt() / 8.0).clamp(0.0, 1.0);
        }
        let frame = Frame::stretch(Rect::new(10.0, 20.0, 250.0, 180.0), 24, 16);
        let mask = render(&plane, &frame, 300, 200).unwrap();
        assert!(mask.row(19).iter().all(|&v| v == 0), "nothing outside the window");
        let again = sample_mask(&mask, &frame).unwrap();
        for (a, b) in plane.data.iter().zip(&again.data) {
            assert!((a - b).abs() < 0.06, "{a} {b}");
        }
    }

    #[test]
    fn what_is_faint_leaves_no_trace() {
        let frame = Frame::stretch(Rect::new(-10.0, 0.0, 230.0, 160.0), 24, 16);
        let mut plane = Plane::zeros(24, 16);
        plane.data[5 * 24 + 7] = 1.0;
        let alone = render(&plane, &frame, 200, 170).unwrap();
        plane.data.iter_mut().for_each(|value| *value = value.max(1e-4));
        assert_eq!(render(&plane, &frame, 200, 170).unwrap().bounds(1), alone.bounds(1));
        let beside = Frame::stretch(Rect::new(300.0, 0.0, 540.0, 160.0), 24, 16);
        assert_eq!(render(&plane, &beside, 200, 170).unwrap().bounds(1), None);
    }

    proptest! {
    #[test]
        fn a_full_plane_fills_its_window_and_nothing_else(
            size in (1u32..60, 1u32..60),
            corner in (-40f64..50.0, -40f64..50.0),
            side in (0.5f64..200.0, 0.5f64..200.0),
            cells in (1usize..40, 1usize..40),
        ) {
            let window = Rect::new(corner.0, corner.1, corner.0 + side.0, corner.1 + side.1);
            let plane = Plane { data: vec![1.0; cells.0 * cells.1], width: cells.0, height: cells.1 };
            let mask = render(&plane, &Frame::stretch(window, cells.0, cells.1), size.0, size.1).unwrap();
            for (y, x) in (0..size.1).flat_map(|y| (0..size.0).map(move |x| (y, x))) {
                let (left, top) = (f64::from(x), f64::from(y));
                let [across, down] = [(left, window.x0, window.x1), (top, window.y0, window.y1)]
                    .map(|(pixel, low, high)| (pixel + 1.0 - low).min(high - pixel));
                let inside = across.min(down);
                prop_assert!(inside.abs() < 1e-4 || (inside > 0.0) == (mask.at(x, y) == 255), "{} {} {}", x, y, inside);
            }
        }
    }
}
