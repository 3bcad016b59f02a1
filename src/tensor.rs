//! Pictures and clicks as the numbers that a network takes.

use ndarray::Array3;

use crate::error::Result;
use crate::frame::{Frame, Point};
use crate::image::{ImageView, NEUTRAL};
use crate::resample::sample_rgb;

/// The picture on the frame's grid as three planes, `(value - mean) / std` of 0 to 255; neutral beyond the picture.
pub fn normalised(image: &ImageView, frame: &Frame, mean: [f32; 3], std: [f32; 3]) -> Result<Array3<f32>> {
    let grid = sample_rgb(image, frame, NEUTRAL.map(f32::from))?;
    let mut planes = Array3::zeros((3, frame.height, frame.width));
    for (c, mut plane) in planes.outer_iter_mut().enumerate() {
        let scale = 1.0 / std[c];
        plane.iter_mut().zip(grid.iter().skip(c).step_by(3)).for_each(|(out, value)| *out = (value - mean[c]) * scale);
    }
    Ok(planes)
}

/// How far each cell's centre is from the nearest point, in grid widths; infinite where there is no point.
/// The points lie in picture coordinates.
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
    use crate::frame::Rect;

    #[test]
    fn distance_is_measured_between_centres() {
        let frame = Frame::stretch(Rect::whole(40, 20), 4, 2);
        let distances = distance(&[Point::new(5.0, 5.0)], &frame);
        assert_eq!(distances[0], 0.0);
        assert_eq!(distances[3], 0.75);
        assert_eq!(distances[4], 0.25);
        assert_eq!(super::distance(&[], &frame)[0], f32::INFINITY);
    }
}
