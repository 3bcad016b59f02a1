//! Pixels and masks onto a frame's grid, and a grid back onto the picture: separable filters, one pass over the rows.

mod axis;

use std::collections::VecDeque;
use std::ops::Range;

use crate::bands::for_each_band;
use crate::error::{Result, buffer};
use crate::frame::{Frame, Rect};
use crate::image::ImageView;
use crate::mask::Mask;
use axis::Axis;

/// Cells below this leave no trace in 8 bits: half a step, less what a cubic filter may overshoot.
const FAINT: f32 = 0.0015;
/// Pixels looked at side by side.
const STRIDE: usize = 512;

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

    /// The columns and the rows of all cells of at least `least`.
    fn extent(&self, least: f32) -> Option<(Range<usize>, Range<usize>)> {
        let loud = |value: &f32| *value >= least;
        let (mut across, mut down) = (self.width..0, self.height..0);
        for (y, row) in self.data.chunks_exact(self.width).enumerate() {
            let (Some(first), Some(last)) = (row.iter().position(loud), row.iter().rposition(loud)) else { continue };
            across = across.start.min(first)..across.end.max(last + 1);
            down = down.start.min(y)..y + 1;
        }
        (!down.is_empty()).then_some((across, down))
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
    let (step_x, step_y) = (plane.width as f64 / window.width(), plane.height as f64 / window.height());
    // Pixels that are nought stay untouched, so that a small object in a large picture costs little time and memory.
    let Some((across, down)) = plane.extent(FAINT) else { return Ok(mask) };
    let pixels = |cells: Range<usize>, start: f64, step: f64, side: f64, length: u32| {
        let reach = Axis::CUBIC_RADIUS * step.max(1.0);
        let pixel = |position: f64| position.clamp(0.0, f64::from(length)) as usize;
        let (first, last) = ((cells.start as f64 - reach) / step, (cells.end as f64 + reach) / step);
        pixel((start + first.max(0.0)).floor())..pixel((start + last.min(side)).ceil())
    };
    let span = pixels(across, window.x0, step_x, window.width(), width);
    let lines = pixels(down, window.y0, step_y, window.height(), height);
    if span.is_empty() || lines.is_empty() {
        return Ok(mask);
    }
    let columns = Axis::cubic(plane.width, (span.start as f64 - window.x0) * step_x, step_x, span.len());
    let rows = Axis::cubic(plane.height, (lines.start as f64 - window.y0) * step_y, step_y, lines.len());

    // Along x first: the plane has few rows.
    let mut wide = buffer(plane.height * span.len(), 0f32)?;
    let min_rows = 200_000 / span.len().max(1) + 1;
    for_each_band(&mut wide, span.len(), min_rows, |first_row, band| {
        for (i, out) in band.chunks_exact_mut(span.len()).enumerate() {
            let source = &plane.data[(first_row + i) * plane.width..][..plane.width];
            for (x, value) in out.iter_mut().enumerate() {
                let (first, weights) = columns.of(x);
                *value = weights.iter().zip(&source[first..]).map(|(weight, cell)| weight * cell).sum();
            }
        }
    });
    let stride = width as usize;
    let inside = &mut mask.data_mut()[lines.start * stride..lines.end * stride];
    for_each_band(inside, stride, min_rows, |first_row, band| {
        let mut sums = vec![0f32; span.len()];
        for (i, out) in band.chunks_exact_mut(stride).enumerate() {
            let (first, weights) = rows.of(first_row + i);
            sums.fill(0.0);
            for (tap, weight) in weights.iter().enumerate() {
                let source = &wide[(first + tap) * span.len()..][..span.len()];
                sums.iter_mut().zip(source).for_each(|(sum, value)| *sum += weight * value);
            }
            for (pixels, sums) in out[span.clone()].chunks_mut(STRIDE).zip(sums.chunks(STRIDE)) {
                if sums.iter().fold(false, |loud, &sum| loud | (sum >= FAINT)) {
                    // A cast saturates.
                    pixels.iter_mut().zip(sums).for_each(|(pixel, sum)| *pixel = (sum * 255.0 + 0.5) as u8);
                }
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
        assert_eq!(image.view().rgb_row(700, &mut Vec::new())[0..3], [0, (700 % 256) as u8, 7]);
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
    fn what_is_faint_leaves_no_trace() {
        let frame = Frame::stretch(Rect::new(-10.0, 0.0, 230.0, 160.0), 24, 16);
        let mut plane = Plane::zeros(24, 16);
        plane.data[5 * 24 + 7] = 1.0;
        let alone = render(&plane, &frame, 200, 170).unwrap();
        plane.data.iter_mut().for_each(|value| *value = value.max(1e-4));
        assert_eq!(render(&plane, &frame, 200, 170).unwrap().bounds(1), alone.bounds(1));
        let beside = Frame::stretch(Rect::new(300.0, 0.0, 540.0, 160.0), 24, 16);
        assert!(!render(&plane, &beside, 200, 170).unwrap().reaches(1));
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
