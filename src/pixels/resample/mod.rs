//! Resampling: pixels and masks onto a frame's grid, and a grid back onto the picture. Separable filters, one pass over the
//! rows.

pub mod axis;
pub mod bytes;
#[cfg(test)]
mod tests;

use crate::pixels::plane::Plane;
use crate::pixels::resample::axis::Filter;
use std::collections::VecDeque;
use std::ops::Range;

use crate::base::error::Result;
use crate::base::memory::buffer;
use crate::base::threads::for_each_band;
use crate::geometry::frame::Frame;
use crate::geometry::rect::Rect;
use crate::pixels::image::{ImageView, REDUCTION};
use crate::pixels::resample::axis::Axis;

/// The least value of a cell that matters in 8 bits: half a step, less the overshoot of a cubic filter.
const FAINT: f32 = 0.0015;
/// The pixels along a cell from which on the reduced picture is fine enough.
const COARSE: f64 = 8.0;
/// Pixels handled together.
const STRIDE: usize = 512;

/// The picture on the frame's grid: red, green, blue interleaved, 0 to 255; `padding` outside the picture.
pub fn sample_rgb(image: &ImageView, frame: &Frame, padding: [f32; 3]) -> Result<Vec<f32>> {
    let cell = |side: f64, cells: usize| side / cells as f64;
    let coarse = cell(frame.window.width(), frame.width).min(cell(frame.window.height(), frame.height)) >= COARSE;
    match image.reduced().filter(|_| coarse) {
        Some(reduced) => {
            let Rect { x0, y0, x1, y1 } = frame.window;
            let [x0, y0, x1, y1] = [x0, y0, x1, y1].map(|side| side / f64::from(REDUCTION));
            let window = Rect::new(x0, y0, x1, y1);
            sample::<3>(&reduced, &Frame::stretch(window, frame.width, frame.height), padding)
        }
        None => sample::<3>(image, frame, padding),
    }
}

/// Bytes on the frame's grid, 0 to 1; 0 outside the picture.
pub fn sample_grey(grey: &Grey, frame: &Frame) -> Result<Plane> {
    let mut data = sample::<1>(grey, frame, [0.0])?;
    data.iter_mut().for_each(|value| *value /= 255.0);
    Ok(Plane { width: frame.width, height: frame.height, data })
}

/// A source of rows with `C` bytes for each pixel.
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

/// A byte for each pixel, row by row without gaps.
#[derive(Debug, Clone, Copy)]
pub struct Grey<'a> {
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// All pixels.
    pub data: &'a [u8],
}

impl Rows<1> for Grey<'_> {
    fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    fn row<'a>(&'a self, y: u32, _: &'a mut Vec<u8>) -> &'a [u8] {
        &self.data[y as usize * self.width as usize..][..self.width as usize]
    }
}

/// The weights of a picture's pixels in the columns and rows of a frame's grid.
fn axes((width, height): (u32, u32), frame: &Frame, filter: Filter) -> (Axis, Axis) {
    let Rect { x0, y0, .. } = frame.window;
    let (step_x, step_y) = (frame.window.width() / frame.width as f64, frame.window.height() / frame.height as f64);
    let columns = Axis::pixels(width as usize, x0, step_x, frame.width, filter);
    (columns, Axis::pixels(height as usize, y0, step_y, frame.height, filter))
}

/// Resamples in one pass over the source rows: each is added to the grid rows that it belongs to, and a complete grid
/// row is then resampled along x.
fn sample<const C: usize>(source: &impl Rows<C>, frame: &Frame, padding: [f32; C]) -> Result<Vec<f32>> {
    let (_, height) = source.size();
    let (columns, rows) = axes(source.size(), frame, Filter::Smooth);
    let (left, right) = columns.span();

    let mut grid = buffer(frame.width * frame.height * C, 0f32)?;
    let rows_a_cell = (frame.window.height() / frame.height as f64).max(1.0);
    let work_per_row = (right - left).max(frame.width) as f64 * rows_a_cell;
    let min_rows = (300_000.0 / work_per_row).ceil() as usize;
    for_each_band(&mut grid, frame.width * C, min_rows, |first_row, band| {
        let mut scratch = Vec::new();
        let mut spare: Vec<Vec<f32>> = Vec::new();
        // The grid rows that are not complete yet, with their sums so far.
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

/// Resamples a plane from the grid of `frame` to that of `target`; 0 beyond the first. The numbers may be any.
pub fn resize(plane: &Plane, frame: &Frame, target: &Frame, filter: Filter) -> Result<Plane> {
    let (step_x, step_y) = (plane.width as f64 / frame.window.width(), plane.height as f64 / frame.window.height());
    let (from, to) = (&frame.window, &target.window);
    let (cell_x, cell_y) = (to.width() / target.width as f64, to.height() / target.height as f64);
    let columns = Axis::pixels(plane.width, (to.x0 - from.x0) * step_x, cell_x * step_x, target.width, filter);
    let rows = Axis::pixels(plane.height, (to.y0 - from.y0) * step_y, cell_y * step_y, target.height, filter);
    let mut data = buffer(target.width * target.height, 0f32)?;
    let min_rows = 200_000 / target.width + 1;
    for_each_band(&mut data, target.width, min_rows, |first_row, band| {
        let mut sums = vec![0f32; plane.width];
        for (i, out) in band.chunks_exact_mut(target.width).enumerate() {
            let (first, weights) = rows.of(first_row + i);
            sums.fill(0.0);
            for (weight, row) in weights.iter().zip(plane.data.chunks_exact(plane.width).skip(first)) {
                sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
            }
            for (x, value) in out.iter_mut().enumerate() {
                let (first, weights) = columns.of(x);
                *value = weights.iter().zip(&sums[first..]).map(|(weight, sum)| weight * sum).sum();
            }
        }
    });
    Ok(Plane { width: target.width, height: target.height, data })
}

/// Draws a plane on the frame's grid over a picture of this width and height: smooth, 0 outside the frame's window. A
/// plane whose cells are the picture's pixels does not change. `pixels` are those of the picture and must be 0.
pub fn lay_smooth(plane: &Plane, frame: &Frame, pixels: &mut [u8], size: (u32, u32)) -> Result<()> {
    let window = frame.window;
    let alike = window.width() == plane.width as f64 && window.height() == plane.height as f64;
    let laying = match alike && window.x0.fract() == 0.0 && window.y0.fract() == 0.0 {
        true => LINEAR,
        false => Laying { reach: Axis::CUBIC_RADIUS, axis: Axis::cubic, faint: FAINT },
    };
    // A cast saturates.
    lay(plane, frame, pixels, size, laying, |sum| (sum * 255.0 + 0.5) as u8)
}

/// As [`lay_smooth`], but interpolates linearly. `byte` turns a number into a pixel; it must return 0 for numbers below
/// `faint`.
pub fn lay_linear(
    plane: &Plane,
    frame: &Frame,
    pixels: &mut [u8],
    size: (u32, u32),
    faint: f32,
    byte: impl Fn(f32) -> u8 + Sync,
) -> Result<()> {
    lay(plane, frame, pixels, size, Laying { faint, ..LINEAR }, byte)
}

/// The way in which cells become pixels.
struct Laying {
    /// The cells that the filter reaches to each side.
    reach: f64,
    /// The filter's weights, by the source's length, the first position, the step and the target's length.
    axis: fn(usize, f64, f64, usize) -> Axis,
    /// The least number that matters.
    faint: f32,
}

/// Linear interpolation of numbers from 0 to 1.
const LINEAR: Laying = Laying {
    reach: 1.0,
    axis: |source, start, step, target| Axis::pixels(source, start, step, target, Filter::Linear),
    faint: FAINT,
};

/// Draws a plane on the frame's grid over a picture of this width and height: 0 outside the frame's window.
fn lay(
    plane: &Plane,
    frame: &Frame,
    mask: &mut [u8],
    (width, height): (u32, u32),
    laying: Laying,
    byte: impl Fn(f32) -> u8 + Sync,
) -> Result<()> {
    let Laying { reach, axis, faint } = laying;
    let window = frame.window;
    let (step_x, step_y) = (plane.width as f64 / window.width(), plane.height as f64 / window.height());
    // Pixels that stay 0 are not written, so that a small object in a large picture costs little time and memory.
    let Some((across, down)) = plane.extent(faint) else { return Ok(()) };
    let pixels = |cells: Range<usize>, start: f64, step: f64, side: f64, length: u32| {
        let reach = reach * step.max(1.0);
        let pixel = |position: f64| position.clamp(0.0, f64::from(length)) as usize;
        let (first, last) = ((cells.start as f64 - reach) / step, (cells.end as f64 + reach) / step);
        pixel((start + first.max(0.0)).floor())..pixel((start + last.min(side)).ceil())
    };
    let span = pixels(across, window.x0, step_x, window.width(), width);
    let lines = pixels(down, window.y0, step_y, window.height(), height);
    if span.is_empty() || lines.is_empty() {
        return Ok(());
    }
    let columns = axis(plane.width, (span.start as f64 - window.x0) * step_x, step_x, span.len());
    let rows = axis(plane.height, (lines.start as f64 - window.y0) * step_y, step_y, lines.len());

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
    let inside = &mut mask[lines.start * stride..lines.end * stride];
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
                if sums.iter().fold(false, |loud, &sum| loud | (sum >= faint)) {
                    pixels.iter_mut().zip(sums).for_each(|(pixel, sum)| *pixel = byte(*sum));
                }
            }
        }
    });
    Ok(())
}
