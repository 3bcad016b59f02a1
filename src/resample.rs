//! Pixels and masks onto a frame's grid, and a grid back onto the picture: separable filters, one pass over the rows.

use std::collections::VecDeque;

use crate::bands::for_each_band;
use crate::error::{Result, buffer};
use crate::frame::{Frame, Rect};
use crate::image::ImageView;
use crate::mask::Mask;

/// One number a cell, 0 to 1: a probability on a frame's grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Cells in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row.
    pub data: Vec<f32>,
}

impl Plane {
    /// A plane of zeros.
    pub fn zeros(width: usize, height: usize) -> Self {
        Self { width, height, data: vec![0.0; width * height] }
    }

    /// The value of a cell.
    pub fn at(&self, x: usize, y: usize) -> f32 {
        self.data[y * self.width + x]
    }
}

/// The weights with which source cells enter target cells, along one axis.
struct Axis {
    /// The first source cell of each target cell, and where its weights begin and end.
    taps: Vec<(usize, usize, usize)>,
    weights: Vec<f32>,
}

impl Axis {
    /// Target cell `i` looks at source position `start + (i + 0.5) * step`. `kernel` is nought beyond `radius`;
    /// it is widened when the target is coarser than the source, so that nothing is skipped (no aliasing).
    /// A target cell that lies wholly outside the source has no weights; one that reaches over its edge shows what it
    /// covers, or the edge of an object at the picture's border, and a picture thinner than a cell, would be lost.
    fn new(source: usize, start: f64, step: f64, target: usize, radius: f64, kernel: impl Fn(f64) -> f64) -> Self {
        let widen = step.max(1.0);
        let mut axis = Axis { taps: Vec::with_capacity(target), weights: Vec::new() };
        for i in 0..target {
            let centre = start + (i as f64 + 0.5) * step;
            let begin = axis.weights.len();
            // A hair less, so that rounding makes no neighbour reach over.
            let half = step * (0.5 - 1e-6);
            if centre + half <= 0.0 || centre - half >= source as f64 {
                axis.taps.push((0, begin, begin));
                continue;
            }
            let centre = centre.clamp(0.0, source as f64);
            let first = (centre - radius * widen - 0.5).ceil().max(0.0) as usize;
            let last = ((centre + radius * widen - 0.5).floor() as usize).min(source - 1);
            axis.weights.extend((first..=last).map(|cell| kernel((cell as f64 + 0.5 - centre) / widen) as f32));
            let sum: f32 = axis.weights[begin..].iter().sum();
            axis.weights[begin..].iter_mut().for_each(|weight| *weight /= sum);
            axis.taps.push((first, begin, axis.weights.len()));
        }
        axis
    }

    fn linear(source: usize, start: f64, step: f64, target: usize) -> Self {
        Self::new(source, start, step, target, 1.0, |t| (1.0 - t.abs()).max(0.0))
    }

    /// Cubic B-spline mixed with Catmull-Rom (Mitchell and Netravali 1988, B = C = 1/3): smooth, hardly overshoots.
    fn cubic(source: usize, start: f64, step: f64, target: usize) -> Self {
        Self::new(source, start, step, target, 2.0, |t| {
            let t = t.abs();
            if t < 1.0 {
                (7.0 * t * t * t - 12.0 * t * t + 16.0 / 3.0) / 6.0
            } else if t < 2.0 {
                (-7.0 / 3.0 * t * t * t + 12.0 * t * t - 20.0 * t + 32.0 / 3.0) / 6.0
            } else {
                0.0
            }
        })
    }

    fn of(&self, i: usize) -> (usize, &[f32]) {
        let (first, begin, end) = self.taps[i];
        (first, &self.weights[begin..end])
    }

    /// The source cells that are looked at all in all.
    fn span(&self) -> (usize, usize) {
        let used = self.taps.iter().filter(|(_, begin, end)| end > begin);
        let first = used.clone().map(|tap| tap.0).min().unwrap_or(0);
        (first, used.map(|tap| tap.0 + tap.2 - tap.1).max().unwrap_or(0))
    }
}

/// The picture on the frame's grid: red, green, blue interleaved, 0 to 255, `padding` where there is no picture.
pub fn sample_rgb(image: &ImageView, frame: &Frame, padding: [f32; 3]) -> Result<Vec<f32>> {
    sample::<3>(image, frame, padding)
}

/// A mask on the frame's grid, 0 to 1, nought outside the picture.
pub fn sample_mask(mask: &Mask, frame: &Frame) -> Result<Plane> {
    let mut data = sample::<1>(mask, frame, [0.0])?;
    data.iter_mut().for_each(|value| *value /= 255.0);
    Ok(Plane { width: frame.width, height: frame.height, data })
}

/// Something that has rows of `C` bytes a pixel.
trait Rows<const C: usize>: Sync {
    fn size(&self) -> (u32, u32);
    fn row<'a>(&'a self, y: u32, scratch: &'a mut Vec<u8>) -> &'a [u8];
}

impl Rows<3> for ImageView<'_> {
    fn size(&self) -> (u32, u32) {
        (self.width(), self.height())
    }

    fn row<'a>(&'a self, y: u32, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        self.rgb_row(y, scratch)
    }
}

impl Rows<1> for Mask {
    fn size(&self) -> (u32, u32) {
        (self.width(), self.height())
    }

    fn row<'a>(&'a self, y: u32, _: &'a mut Vec<u8>) -> &'a [u8] {
        Mask::row(self, y)
    }
}

/// Rows stream through once: each is added to the grid rows it belongs to, and a grid row that is complete is then
/// reduced along x.
fn sample<const C: usize>(source: &impl Rows<C>, frame: &Frame, padding: [f32; C]) -> Result<Vec<f32>> {
    let (width, height) = source.size();
    let Rect { x0, y0, .. } = frame.window;
    let (step_x, step_y) = (frame.window.width() / frame.width as f64, frame.window.height() / frame.height as f64);
    let columns = Axis::linear(width as usize, x0, step_x, frame.width);
    let rows = Axis::linear(height as usize, y0, step_y, frame.height);
    let (left, right) = columns.span();

    let mut grid = buffer(frame.width * frame.height * C, 0f32)?;
    let work_per_row = (right - left).max(frame.width) as f64 * step_y.max(1.0);
    let min_rows = (300_000.0 / work_per_row).ceil() as usize;
    for_each_band(&mut grid, frame.width * C, min_rows, |first_row, band| {
        let mut scratch = Vec::new();
        let mut spare: Vec<Vec<f32>> = Vec::new();
        // Grid rows that have begun and are not complete: their sums so far.
        let mut open: VecDeque<(usize, Vec<f32>)> = VecDeque::new();
        let mut next = 0;
        let band_rows = band.len() / (frame.width * C);
        let in_picture = |i: usize| !rows.of(first_row + i).1.is_empty();
        let finish = |i: usize, sums: &[f32], band: &mut [f32]| {
            let out = band[i * frame.width * C..][..frame.width * C].as_chunks_mut::<C>().0;
            for (x, cell) in out.iter_mut().enumerate() {
                let (first, weights) = columns.of(x);
                if weights.is_empty() {
                    *cell = padding;
                    continue;
                }
                let taps = sums[(first - left) * C..].as_chunks::<C>().0;
                for (weight, tap) in weights.iter().zip(taps) {
                    for c in 0..C {
                        cell[c] += weight * tap[c];
                    }
                }
            }
        };
        for i in (0..band_rows).filter(|&i| !in_picture(i)) {
            band[i * frame.width * C..][..frame.width * C].as_chunks_mut::<C>().0.fill(padding);
        }
        let first_source =
            (0..band_rows).find(|&i| in_picture(i)).map_or(height as usize, |i| rows.of(first_row + i).0);
        for y in first_source..height as usize {
            while next < band_rows && (!in_picture(next) || rows.of(first_row + next).0 <= y) {
                if in_picture(next) {
                    let mut sums = spare.pop().unwrap_or_default();
                    sums.clear();
                    sums.resize((right - left) * C, 0.0);
                    open.push_back((next, sums));
                }
                next += 1;
            }
            if open.is_empty() {
                break;
            }
            let row = &source.row(y as u32, &mut scratch)[left * C..right * C];
            for (i, sums) in &mut open {
                let (first, weights) = rows.of(first_row + *i);
                if let Some(&weight) = y.checked_sub(first).and_then(|tap| weights.get(tap)) {
                    sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += weight * f32::from(value));
                }
            }
            while let Some((i, _)) = open.front() {
                let (first, weights) = rows.of(first_row + *i);
                if first + weights.len() > y + 1 {
                    break;
                }
                let (i, sums) = open.pop_front().expect("just seen");
                finish(i, &sums, band);
                spare.push(sums);
            }
        }
    });
    Ok(grid)
}

/// A plane on the frame's grid, laid over a picture: smooth, 8 bit, nought outside the frame's window.
pub fn render(plane: &Plane, frame: &Frame, width: u32, height: u32) -> Result<Mask> {
    let mut mask = Mask::empty(width, height)?;
    let window = frame.window;
    let begin = |edge: f64, length: u32| (edge.floor().max(0.0) as usize).min(length as usize);
    let end = |edge: f64, length: u32| (edge.ceil().max(0.0) as usize).min(length as usize);
    let (left, right) = (begin(window.x0, width), end(window.x1, width));
    let (top, bottom) = (begin(window.y0, height), end(window.y1, height));
    let (step_x, step_y) = (plane.width as f64 / window.width(), plane.height as f64 / window.height());
    let columns = Axis::cubic(plane.width, (left as f64 - window.x0) * step_x, step_x, right - left);
    let rows = Axis::cubic(plane.height, (top as f64 - window.y0) * step_y, step_y, bottom - top);

    // Along x first: the plane has few rows.
    let span = right - left;
    let mut wide = buffer(plane.height * span, 0f32)?;
    for_each_band(&mut wide, span, 200_000 / span.max(1) + 1, |first_row, band| {
        for (i, out) in band.chunks_exact_mut(span).enumerate() {
            let source = &plane.data[(first_row + i) * plane.width..][..plane.width];
            for (x, value) in out.iter_mut().enumerate() {
                let (first, weights) = columns.of(x);
                *value = weights.iter().zip(&source[first..]).map(|(weight, cell)| weight * cell).sum();
            }
        }
    });
    let stride = width as usize;
    let inside = &mut mask.data_mut()[top * stride..bottom * stride];
    for_each_band(inside, stride, 200_000 / span.max(1) + 1, |first_row, band| {
        let mut sums = vec![0f32; span];
        for (i, out) in band.chunks_exact_mut(stride).enumerate() {
            let (first, weights) = rows.of(first_row + i);
            sums.fill(0.0);
            for (tap, weight) in weights.iter().enumerate() {
                let source = &wide[(first + tap) * span..][..span];
                sums.iter_mut().zip(source).for_each(|(sum, value)| *sum += weight * value);
            }
            for (pixel, sum) in out[left..right].iter_mut().zip(&sums) {
                *pixel = (sum * 255.0 + 0.5) as u8; // saturates
            }
        }
    });
    Ok(mask)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{PixelFormat, RgbImage};

    fn ramp(width: u32, height: u32) -> RgbImage {
        let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, 7])).collect();
        RgbImage::new(pixels, width, height).unwrap()
    }

    #[test]
    fn a_grid_of_the_pictures_own_size_is_the_picture() {
        let image = ramp(9, 5);
        let grid = sample_rgb(&image.view(), &Frame::stretch(Rect::whole(9, 5), 9, 5), [0.0; 3]).unwrap();
        let expected: Vec<f32> = (0..5).flat_map(|y| (0..9).flat_map(move |x| [x as f32, y as f32, 7.0])).collect();
        assert_eq!(grid, expected);
    }

    #[test]
    fn reducing_keeps_the_mean_and_padding_lies_outside() {
        let image = ramp(200, 100);
        let frame = Frame::letterbox(Rect::whole(200, 100), 20, 20);
        let grid = sample_rgb(&image.view(), &frame, [-1.0; 3]).unwrap();
        let cell = |x: usize, y: usize| &grid[(y * 20 + x) * 3..][..3];
        assert_eq!(cell(3, 4), [-1.0; 3]);
        assert_eq!(cell(3, 15), [-1.0; 3]);
        // The middle of grid cell (10, 10) is picture point (105, 55); pixel values count from the pixel's left edge.
        assert!((cell(10, 10)[0] - 104.5).abs() < 1e-3 && (cell(10, 10)[1] - 54.5).abs() < 1e-3);
    }

    #[test]
    fn bands_agree_with_one_band() {
        let image = ramp(2000, 1500); // large enough for several bands
        let frame = Frame::stretch(Rect::new(-100.0, 20.5, 1900.0, 1600.0), 64, 64);
        let grid = sample_rgb(&image.view(), &frame, [9.0; 3]).unwrap();
        let one_pixel = image.view().rgb_row(700, &mut Vec::new())[0..3].to_vec();
        assert_eq!(one_pixel, [0, (700 % 256) as u8, 7]);
        assert!(grid.as_chunks::<3>().0.iter().all(|cell| cell[2] == 9.0 || (cell[2] - 7.0).abs() < 1e-3));
        assert_eq!(grid.as_chunks::<3>().0[64 * 63 + 32], [9.0; 3], "below the picture");
    }

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
    fn one_pixel_and_huge_windows_work() {
        let pixels = [10u8, 20, 30];
        let image = ImageView::new(&pixels, 1, 1, 3, PixelFormat::Rgb8).unwrap();
        let grid = sample_rgb(&image, &Frame::letterbox(Rect::whole(1, 1), 8, 8), [0.0; 3]).unwrap();
        assert!(grid.as_chunks::<3>().0.iter().all(|cell| *cell == [10.0, 20.0, 30.0]));
        let far = Frame::stretch(Rect::new(50.0, 50.0, 60.0, 60.0), 4, 4);
        assert!(sample_rgb(&image, &far, [5.0; 3]).unwrap().iter().all(|&v| v == 5.0));
    }
}
