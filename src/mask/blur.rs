//! Gaussian blur of any width, for feathered and smoothed masks.
//!
//! Only tiles near an edge are computed. A wide blur is computed on means over squares of pixels, an eighth of its standard
//! deviation wide, and interpolated: the error is less than one level, and the time shrinks with the width.

use crate::base::error::Result;
use crate::base::memory::buffer;
use crate::base::threads::for_each_item;
use crate::mask::amount::length;
use crate::mask::soft::Mask;

/// The cells along a tile; more than the reach of a kernel.
const TILE: usize = 64;
/// The least number of cells in a standard deviation, if a cell is more than a pixel.
const FINENESS: f64 = 8.0;
/// The reach of a kernel in standard deviations. The rest is less than half a level of 255.
const REACH: f64 = 3.3;

impl Mask {
    /// Softens the edge: a Gaussian blur with a standard deviation of `radius` pixels. Beyond the picture the mask counts as
    /// unknown, not as empty.
    ///
    /// ```
    /// use deepcrop::Mask;
    ///
    /// let mut mask = Mask::new(6, 1, vec![255, 255, 255, 0, 0, 0])?;
    /// mask.smooth(1.0)?;
    /// mask.feather(1.0)?;
    /// assert!(mask.at(2, 0) < 255 && mask.at(3, 0) > 0);
    /// # Ok::<(), deepcrop::Error>(())
    /// ```
    pub fn feather(&mut self, radius: f64) -> Result<()> {
        length("feather", radius)?;
        self.blur(radius, |value| value)
    }

    /// Smooths the edge: removes corners, steps and other details finer than about `radius` pixels. Straight edges stay
    /// in place. The new edge is one pixel soft.
    pub fn smooth(&mut self, radius: f64) -> Result<()> {
        length("smooth", radius)?;
        // Near a straight edge, the blurred value tells the distance from it. The mask's own pixels blur a little too.
        let deviation = (radius * radius + 1.0 / 12.0).sqrt();
        self.blur(radius, |value| {
            let z = (value / 255.0 - 0.5) * std::f32::consts::TAU.sqrt();
            // The inverse of the normal distribution, near its middle.
            let away = z + z.powi(3) / 6.0 + z.powi(5) * (7.0 / 120.0);
            (0.5 + away * deviation as f32).clamp(0.0, 1.0) * 255.0
        })
    }

    /// Blurs the mask. `becomes` turns a blurred value into the new value.
    fn blur(&mut self, deviation: f64, becomes: impl Fn(f32) -> f32 + Sync) -> Result<()> {
        if deviation == 0.0 {
            return Ok(());
        }
        let blur = Blur::new(self, deviation);
        let (width, side) = (self.width as usize, TILE * blur.scale);
        let becomes = |value: f32| (becomes(value) + 0.5) as u8;
        let mut blurred = buffer(self.data.len(), 0u8)?;
        let mut strips: Vec<(usize, &mut [u8])> = blurred.chunks_mut(side * width).enumerate().collect();
        for_each_item(&mut strips, |(row, strip)| {
            for column in 0..blur.columns {
                let (x0, x1) = (column * side, ((column + 1) * side).min(width));
                let rows = strip.chunks_exact_mut(width).map(|row| &mut row[x0..x1]);
                match blur.flat(column, *row) {
                    Some(value) => rows.for_each(|row| row.fill(becomes(f32::from(value)))),
                    None => blur.tile(column, *row, rows, becomes),
                }
            }
        });
        self.data = blurred;
        Ok(())
    }
}

struct Blur<'a> {
    mask: &'a Mask,
    /// The pixels along a cell.
    scale: usize,
    /// The middle and one side of the kernel, in cells.
    kernel: Vec<f32>,
    /// The tiles in a row.
    columns: usize,
    /// The lowest and the highest value in each tile.
    ranges: Vec<(u8, u8)>,
}

impl<'a> Blur<'a> {
    fn new(mask: &'a Mask, deviation: f64) -> Self {
        let scale = ((deviation / FINENESS) as usize).max(1);
        // Taking means over cells and interpolating between them blur too.
        let cell = (scale * scale) as f64;
        let deviation = ((deviation * deviation - (cell - 1.0) / 4.0) / cell).sqrt();
        let kernel = (0..=(REACH * deviation).ceil() as usize)
            .map(|i| (-0.5 * (i as f64 / deviation).powi(2)).exp() as f32)
            .collect();
        let (width, side) = (mask.width as usize, TILE * scale);
        let columns = width.div_ceil(side);
        let mut ranges = vec![(255, 0); columns * (mask.height as usize).div_ceil(side)];
        for (y, row) in mask.data.chunks_exact(width).enumerate() {
            for (range, pixels) in ranges[y / side * columns..].iter_mut().zip(row.chunks(side)) {
                *range = pixels.iter().fold(*range, |(low, high), &value| (low.min(value), high.max(value)));
            }
        }
        Self { mask, scale, kernel, columns, ranges }
    }

    /// The value of a tile and of its neighbours, if all their pixels have the same.
    fn flat(&self, column: usize, row: usize) -> Option<u8> {
        let rows = self.ranges.chunks_exact(self.columns).skip(row.saturating_sub(1)).take(row.min(1) + 2);
        let near = rows.flat_map(|row| &row[column.saturating_sub(1)..(column + 2).min(self.columns)]);
        let (low, high) = near.fold((255, 0), |(low, high), range| (range.0.min(low), range.1.max(high)));
        (low == high).then_some(low)
    }

    /// The share of each cell, from `first` on, that lies in the picture.
    fn cover(&self, first: isize, count: usize, length: u32) -> Vec<f32> {
        let within = |cell: isize| (length as isize - cell * self.scale as isize).clamp(0, self.scale as isize);
        let cells = (first..).take(count);
        cells.map(|cell| if cell < 0 { 0.0 } else { within(cell) as f32 / self.scale as f32 }).collect()
    }

    /// Blurs one tile and writes its rows.
    fn tile<'b>(
        &self,
        column: usize,
        row: usize,
        rows: impl Iterator<Item = &'b mut [u8]>,
        becomes: impl Fn(f32) -> u8,
    ) {
        let (scale, reach) = (self.scale, self.kernel.len() - 1);
        // One cell more on each side, for interpolating.
        let (span, seen) = (TILE + 2, TILE + 2 + 2 * reach);
        let first = |tile: usize| (tile * TILE) as isize - 1 - reach as isize;
        let (left, top) = (first(column), first(row));
        let across = self.cover(left, seen, self.mask.width);
        let down = self.cover(top, seen, self.mask.height);
        let known = |cover: &[f32]| -> Vec<f32> {
            let sums = cover.windows(2 * reach + 1).map(|cover| {
                let pairs = (1..=reach).map(|k| self.kernel[k] * (cover[reach - k] + cover[reach + k]));
                self.kernel[0] * cover[reach] + pairs.sum::<f32>()
            });
            sums.map(|sum| if sum > 0.0 { 1.0 / sum } else { 0.0 }).collect()
        };
        let (known_across, known_down) = (known(&across), known(&down));

        let mut cells = vec![0f32; span * span];
        let (mut means, mut blurred) = (vec![0f32; seen], vec![0f32; span]);
        for (j, &cover) in down.iter().enumerate().filter(|(_, cover)| **cover > 0.0) {
            self.means(left, (top + j as isize) as usize, &mut means);
            means.iter_mut().zip(&across).for_each(|(mean, cover)| *mean *= cover);
            weigh(&mut blurred, self.kernel[0], &means[reach..], &[]);
            (1..=reach).for_each(|k| weigh(&mut blurred, self.kernel[k], &means[reach - k..], &means[reach + k..]));
            blurred.iter_mut().zip(&known_across).for_each(|(value, known)| *value *= known);
            // Adds this row to those within its reach.
            for i in j.saturating_sub(2 * reach)..(j + 1).min(span) {
                let weight = self.kernel[(i + reach).abs_diff(j)] * cover * known_down[i];
                let to = &mut cells[i * span..(i + 1) * span];
                to.iter_mut().zip(&blurred).for_each(|(to, from)| *to += weight * from);
            }
            blurred.fill(0.0);
        }

        // The cell before each pixel's centre, and the share of the way to the next.
        let places: Vec<(usize, f32)> = (0..TILE * scale)
            .map(|i| {
                let place = (i as f32 + 0.5) / scale as f32 + 0.5;
                (place as usize, place.fract())
            })
            .collect();
        for (row, &(above, part)) in rows.zip(&places) {
            let (above, below) = cells[above * span..][..2 * span].split_at(span);
            let line = means.iter_mut().zip(above.iter().zip(below));
            line.for_each(|(between, (above, below))| *between = above + (below - above) * part);
            for (pixel, &(cell, part)) in row.iter_mut().zip(&places) {
                *pixel = becomes(means[cell] + (means[cell + 1] - means[cell]) * part);
            }
        }
    }

    /// The means over a row of cells, beginning with the cell at `left`; 0 beyond the picture.
    fn means(&self, left: isize, row: usize, means: &mut [f32]) {
        let (scale, width) = (self.scale, self.mask.width as usize);
        let before = left.min(0).unsigned_abs();
        let first = left.max(0) as usize * scale;
        means.fill(0.0);
        let bottom = ((row + 1) * scale).min(self.mask.height as usize);
        for y in row * scale..bottom {
            let pixels = &self.mask.row(y as u32)[first.min(width)..];
            let sums = means[before..].iter_mut().zip(pixels.chunks(scale));
            sums.for_each(|(sum, pixels)| *sum += pixels.iter().map(|&value| u32::from(value)).sum::<u32>() as f32);
        }
        let rows = (bottom - row * scale) as f32;
        for (i, mean) in means[before..].iter_mut().enumerate() {
            let pixels = width.saturating_sub(first + i * scale).min(scale);
            *mean /= rows * pixels.max(1) as f32;
        }
    }
}

/// Adds `weight` times one or two rows.
fn weigh(sums: &mut [f32], weight: f32, one: &[f32], other: &[f32]) {
    match other {
        [] => sums.iter_mut().zip(one).for_each(|(sum, a)| *sum += weight * a),
        _ => sums.iter_mut().zip(one.iter().zip(other)).for_each(|(sum, (a, b))| *sum += weight * (a + b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The mean over all pixels with the weights of a Gaussian, by its definition.
    fn slowly(mask: &Mask, deviation: f64) -> Vec<f64> {
        let (width, height) = (mask.width() as usize, mask.height() as usize);
        let weight = |a: usize, b: usize| (-0.5 * (a.abs_diff(b) as f64 / deviation).powi(2)).exp();
        let line = |length: usize, values: &dyn Fn(usize) -> f64| -> Vec<f64> {
            let at = |to: usize| {
                let sum: f64 = (0..length).map(|from| weight(from, to) * values(from)).sum();
                sum / (0..length).map(|from| weight(from, to)).sum::<f64>()
            };
            (0..length).map(at).collect()
        };
        let rows: Vec<Vec<f64>> =
            (0..height).map(|y| line(width, &|x| f64::from(mask.at(x as u32, y as u32)))).collect();
        let columns: Vec<Vec<f64>> = (0..width).map(|x| line(height, &|y| rows[y][x])).collect();
        (0..width * height).map(|i| columns[i % width][i / width]).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn feathering_is_a_gaussian(
            (width, height) in (1u32..150, 1u32..150),
            rects in prop::collection::vec((0u32..150, 0u32..150, 1u32..90, 1u32..90, any::<u8>()), 0..6),
            deviation in prop_oneof![0.4..4.0, 4.0..60.0, 60.0..400.0],
        ) {
            let mut mask = Mask::empty(width, height).unwrap();
            for (x0, y0, across, down, value) in rects {
                for y in y0..(y0 + down).min(height) {
                    (x0..(x0 + across).min(width)).for_each(|x| mask.data[(y * width + x) as usize] = value);
                }
            }
            let mut feathered = mask.clone();
            feathered.feather(deviation).unwrap();
            for (fast, slow) in feathered.data().iter().zip(slowly(&mask, deviation)) {
                prop_assert!((f64::from(*fast) - slow).abs() <= 1.5, "{} {}", fast, slow);
            }
        }
    }

    /// What lies to the left of a line through the middle, at an angle, one pixel soft.
    fn half(side: u32, angle: f64, shift: f64) -> Mask {
        let value = |i: u32| {
            let (x, y) = (f64::from(i % side) + 0.5, f64::from(i / side) + 0.5);
            let middle = f64::from(side) / 2.0;
            let inside = (middle - x) * angle.cos() + (middle - y) * angle.sin() + shift;
            ((inside + 0.5).clamp(0.0, 1.0) * 255.0).round() as u8
        };
        Mask::new(side, side, (0..side * side).map(value).collect()).unwrap()
    }

    #[test]
    fn smoothing_leaves_straight_edges_in_place() {
        for (angle, shift) in [(0.0, 0.0), (0.0, 0.3), (0.5, 0.1), (1.2, 0.0), (2.4, 0.4)] {
            let edge = half(200, angle, shift);
            for radius in [1.0, 3.5, 12.0] {
                let mut smooth = edge.clone();
                smooth.smooth(radius).unwrap();
                // The picture's border cuts slanting lines off; away from it nothing moves.
                let margin = (4.0 * radius) as u32;
                for (y, x) in (margin..200 - margin).flat_map(|y| (margin..200 - margin).map(move |x| (y, x))) {
                    let (a, b) = (smooth.at(x, y), edge.at(x, y));
                    assert!(a.abs_diff(b) <= 13, "{angle} {radius}: {a} {b} at {x}, {y}");
                }
            }
        }
    }

    #[test]
    fn smoothing_takes_steps_and_specks_away() {
        // A slanting edge in steps: without them it is the line that it stands for.
        let line = half(200, 0.3, 0.0);
        let steps: Vec<u8> = line.data().iter().map(|&value| if value >= 128 { 255 } else { 0 }).collect();
        let mut mask = Mask::new(200, 200, steps).unwrap();
        mask.data_mut()[20 * 200 + 180..][..2].fill(255);
        mask.data_mut()[100 * 200 + 20] = 0;
        mask.smooth(4.0).unwrap();
        let off = |(x, y): (u32, u32)| mask.at(x, y).abs_diff(line.at(x, y));
        let worst = (20..180).flat_map(|y| (0..200).map(move |x| (x, y))).map(off).max();
        assert!(worst <= Some(16), "{worst:?}");
    }

    #[test]
    fn extremes_end_well() {
        for (width, height) in [(1, 1), (1, 300), (300, 1), (70, 65)] {
            for value in [0, 255] {
                for radius in [1e-300, 0.1, 5.0, 131_072.0] {
                    let flat = Mask::new(width, height, vec![value; (width * height) as usize]).unwrap();
                    let mut mask = flat.clone();
                    mask.feather(radius).unwrap();
                    mask.smooth(radius).unwrap();
                    assert_eq!(mask, flat);
                }
            }
        }
        let mut dot = Mask::empty(200, 50).unwrap();
        dot.data_mut()[5000] = 255;
        let mut same = dot.clone();
        same.feather(0.05).unwrap();
        assert_eq!(same, dot);
        dot.smooth(2.0).unwrap();
        assert_eq!(dot.bounds(1), None);
    }
}
