//! Pictures and clicks as numbers for a network.

use ndarray::{Array3, ArrayD, Axis, IxDyn};

use crate::base::error::Result;
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::pixels::image::{ImageView, NEUTRAL};
use crate::pixels::resample::sample_rgb;

/// The picture on the frame's grid as three planes: `(value - mean) / std` of values from 0 to 255. [`NEUTRAL`] outside it.
pub fn normalised(image: &ImageView, frame: &Frame, mean: [f32; 3], std: [f32; 3]) -> Result<Array3<f32>> {
    let grid = sample_rgb(image, frame, NEUTRAL.map(f32::from))?;
    Ok(planes(&grid, frame, |c, value| (value - mean[c]) / std[c]))
}

/// Interleaved colours as three planes. `number` makes each number from the index of the colour and the value.
pub fn planes(grid: &[f32], frame: &Frame, number: impl Fn(usize, f32) -> f32) -> Array3<f32> {
    let mut planes = Array3::zeros((3, frame.height, frame.width));
    for (c, mut plane) in planes.outer_iter_mut().enumerate() {
        plane.iter_mut().zip(grid.iter().skip(c).step_by(3)).for_each(|(out, value)| *out = number(c, *value));
    }
    planes
}

/// The order of a picture's numbers in an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Whether the numbers lie colour by colour, not pixel by pixel.
    pub planar: bool,
    /// Whether the first dimension counts pictures.
    pub batched: bool,
}

impl Layout {
    /// The layout of an input with these dimensions (-1 is any length), and its width and height as far as they are fixed.
    /// None if the input does not take a picture of three colours.
    pub fn of(shape: &[i64]) -> Option<(Self, [Option<usize>; 2])> {
        let (batched, [a, b, c]) = match *shape {
            [a, b, c] => (false, [a, b, c]),
            [batch, a, b, c] if batch <= 1 => (true, [a, b, c]),
            _ => return None,
        };
        let (planar, width, height) = match (a, c) {
            (3, _) => (true, c, b),
            (_, 3) => (false, b, a),
            (-1, _) => (true, c, b),
            _ => return None,
        };
        Some((Self { planar, batched }, [width, height].map(|length| usize::try_from(length).ok())))
    }

    /// The planes in this layout.
    pub fn lay(self, planes: Array3<f32>) -> ArrayD<f32> {
        let mut array = planes.into_dyn();
        if !self.planar {
            array = array.permuted_axes(IxDyn(&[1, 2, 0]));
        }
        if self.batched {
            array.insert_axis_inplace(Axis(0));
        }
        array.as_standard_layout().into_owned()
    }
}

/// The distance of each cell's centre from the nearest point, in grid widths; infinite if there is no point. The points have
/// picture coordinates.
pub fn distance(points: &[Point], frame: &Frame) -> Vec<f32> {
    if points.is_empty() {
        return vec![f32::INFINITY; frame.height * frame.width];
    }
    let points: Vec<Point> = points.iter().map(|&point| frame.to_grid(point)).collect();
    let side = frame.width as f64;
    (0..frame.height * frame.width)
        .map(|cell| {
            let centre = Point::new((cell % frame.width) as f64 + 0.5, (cell / frame.width) as f64 + 0.5);
            let squared = |point: &Point| (point.x - centre.x).powi(2) + (point.y - centre.y).powi(2);
            (points.iter().map(squared).fold(f64::INFINITY, f64::min).sqrt() / side) as f32
        })
        .collect()
}

/// `1 / (1 + e^-x)`.
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::rect::Rect;

    #[test]
    fn an_input_tells_its_layout() {
        let layout = |planar, batched| Layout { planar, batched };
        assert_eq!(Layout::of(&[1, 3, 20, 30]), Some((layout(true, true), [Some(30), Some(20)])));
        assert_eq!(Layout::of(&[-1, -1, -1, 3]), Some((layout(false, true), [None, None])));
        assert_eq!(Layout::of(&[3, -1, 30]), Some((layout(true, false), [Some(30), None])));
        assert_eq!(Layout::of(&[20, 30, 3]), Some((layout(false, false), [Some(30), Some(20)])));
        assert_eq!([&[1, 4, 20, 30][..], &[2, 3, 20, 30], &[20, 30]].map(Layout::of), [None; 3]);
        let planes = Array3::from_shape_fn((3, 2, 4), |(c, y, x)| (100 * c + 10 * y + x) as f32);
        let laid = layout(false, true).lay(planes.clone());
        assert_eq!((laid.shape(), laid[[0, 1, 3, 2]]), (&[1, 2, 4, 3][..], 213.0));
        assert_eq!(layout(true, false).lay(planes)[[1, 0, 3]], 103.0);
    }

    #[test]
    fn distance_is_measured_between_centres() {
        let frame = Frame::stretch(Rect::whole(40, 20), 4, 2);
        let distances = distance(&[Point::new(5.0, 5.0)], &frame);
        assert_eq!(distances[0], 0.0);
        assert_eq!(distances[3], 0.75);
        assert_eq!(distances[4], 0.25);
        assert_eq!(crate::pixels::tensor::distance(&[], &frame)[0], f32::INFINITY);
    }
}
