//! Growing and shrinking masks by any distance.

use std::f64::consts::SQRT_2;

use crate::base::error::Result;
use crate::base::memory::buffer;
use crate::base::threads::for_each_item;
use crate::mask::amount::length;
use crate::mask::peaks::{Node, Peaks};
use crate::mask::soft::Mask;

/// The pixels along squares: the largest are tried as a whole first, then their parts, and so on.
const SQUARES: [usize; 3] = [64, 16, 4];

impl Mask {
    /// Moves the edge outwards by `radius` pixels in all directions. The radius may be a fraction. Soft edges stay as
    /// soft: each pixel becomes the highest value within the radius, also between pixels.
    ///
    /// ```
    /// use deepcrop::Mask;
    ///
    /// let mut mask = Mask::new(5, 1, vec![0, 0, 255, 0, 0])?;
    /// mask.grow(1.0)?;
    /// assert_eq!(mask.data(), [0, 255, 255, 255, 0]);
    /// mask.shrink(1.0)?;
    /// assert_eq!(mask.data(), [0, 0, 255, 0, 0]);
    /// # Ok::<(), deepcrop::Error>(())
    /// ```
    pub fn grow(&mut self, radius: f64) -> Result<()> {
        if length("grow", radius)? == 0.0 {
            return Ok(());
        }
        let width = self.width as usize;
        let mut grown = buffer(self.data.len(), 0u8)?;
        let peaks = Peaks::new(self)?;
        let mut strips: Vec<(usize, &mut [u8])> = grown.chunks_mut(SQUARES[0] * width).enumerate().collect();
        for_each_item(&mut strips, |(number, strip)| {
            let mut work =
                Work { mask: self, peaks: &peaks, radius, y0: *number * SQUARES[0], strip, search: Vec::new() };
            let rows = work.strip.len() / width;
            (0..width).step_by(SQUARES[0]).for_each(|x| work.fill(&SQUARES, (x, work.y0), (width, work.y0 + rows)));
        });
        self.data = grown;
        Ok(())
    }

    /// Moves the edge inwards by `radius` pixels: the part that is not selected grows, see [`Mask::grow`]. The
    /// picture's border is not an edge, so an object that is cut off there stays at it.
    pub fn shrink(&mut self, radius: f64) -> Result<()> {
        length("shrink", radius)?;
        self.invert();
        let grown = self.grow(radius);
        self.invert();
        grown
    }
}

/// The work on a strip: the rows from `y0` on.
struct Work<'a> {
    mask: &'a Mask,
    peaks: &'a Peaks<'a>,
    radius: f64,
    y0: usize,
    strip: &'a mut [u8],
    /// Memory for searches, reused.
    search: Vec<Node>,
}

impl Work<'_> {
    /// Fills the square at (x0, y0), cut off at `end`. Most squares get one value, which takes two searches; so the
    /// time grows with the length of the edge and not with the radius.
    fn fill(&mut self, sizes: &[usize], (x0, y0): (usize, usize), end: (usize, usize)) {
        let width = self.mask.width as usize;
        let [size, smaller @ ..] = sizes else {
            let value = self.peaks.highest_between((x0 as f64, y0 as f64), self.radius, &mut self.search);
            self.strip[(y0 - self.y0) * width + x0] = (value + 0.5) as u8;
            return;
        };
        let end = ((x0 + size).min(end.0), (y0 + size).min(end.1));
        let (across, down) = ((end.0 - 1 - x0) as f64 / 2.0, (end.1 - 1 - y0) as f64 / 2.0);
        let (centre, half) = ((x0 as f64 + across, y0 as f64 + down), across.hypot(down));
        let most = self.peaks.highest(centre, self.radius + SQRT_2 + half, &mut self.search);
        if most == 0 {
            return; // the strip is 0 already
        }
        let least = match self.radius - half {
            reach if reach >= 0.0 => self.peaks.highest(centre, reach, &mut self.search),
            _ => {
                (y0..end.1).flat_map(|y| &self.mask.data[y * width + x0..y * width + end.0]).fold(255, |a, &b| b.min(a))
            }
        };
        if least == most {
            let rows = self.strip.chunks_exact_mut(width).skip(y0 - self.y0).take(end.1 - y0);
            return rows.for_each(|row| row[x0..end.0].fill(most));
        }
        let step = smaller.first().copied().unwrap_or(1);
        for y in (y0..end.1).step_by(step) {
            (x0..end.0).step_by(step).for_each(|x| self.fill(smaller, (x, y), end));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Looks at all pixels for each, and between those on the circle's rim.
    fn slowly(mask: &Mask, radius: f64) -> Vec<f64> {
        let (width, height) = (i64::from(mask.width()), i64::from(mask.height()));
        let all = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let value = |(x, y): (i64, i64)| f64::from(mask.at(x as u32, y as u32));
        let between = |x: f64, y: f64| -> f64 {
            let near = all().filter(|&(i, j)| (i as f64 - x).abs() < 1.0 && (j as f64 - y).abs() < 1.0);
            near.map(|(i, j)| value((i, j)) * (1.0 - (i as f64 - x).abs()) * (1.0 - (j as f64 - y).abs())).sum()
        };
        let from = |(x, y): (i64, i64)| {
            let reached = all().map(|(i, j)| {
                let (dx, dy) = ((i - x) as f64, (j - y) as f64);
                let part = radius / dx.hypot(dy);
                match (part >= 1.0, dx.abs().max(dy.abs()) * (1.0 - part) < 1.0) {
                    (true, _) => value((i, j)),
                    (_, true) => between(x as f64 + dx * part, y as f64 + dy * part).min(value((i, j))),
                    _ => 0.0,
                }
            });
            reached.fold(value((x, y)), f64::max)
        };
        all().map(from).collect()
    }

    fn any_mask() -> impl Strategy<Value = Mask> {
        let value = prop_oneof![6 => Just(0u8), 2 => Just(255), 2 => any::<u8>()];
        (1u32..20, 1u32..20, prop::collection::vec(value, 20 * 20)).prop_map(|(width, height, mut data)| {
            data.truncate((width * height) as usize);
            Mask::new(width, height, data).unwrap()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn growing_is_what_it_says(mask in any_mask(), radius in prop_oneof![Just(1.0), 0.0..3.0, 0.0..40.0]) {
            let mut grown = mask.clone();
            grown.grow(radius).unwrap();
            for (fast, slow) in grown.data().iter().zip(slowly(&mask, radius)) {
                prop_assert!((f64::from(*fast) - slow).abs() <= 0.501, "{} {}", fast, slow);
            }
        }

        #[test]
        fn growing_never_takes_and_shrinking_never_adds(mask in any_mask(), radius in 0.0..9.0) {
            let (mut more, mut less) = (mask.clone(), mask.clone());
            more.grow(radius).unwrap();
            less.shrink(radius).unwrap();
            prop_assert!(mask.data().iter().zip(more.data()).all(|(a, b)| a <= b));
            prop_assert!(mask.data().iter().zip(less.data()).all(|(a, b)| a >= b));
        }
    }

    /// A disc with a soft edge of `soft` pixels.
    fn disc(side: u32, radius: f64, soft: f64) -> Mask {
        let value = |i: u32| {
            let (x, y) = (f64::from(i % side) + 0.5, f64::from(i / side) + 0.5);
            let inside = radius - (x - f64::from(side) / 2.0).hypot(y - f64::from(side) / 2.0);
            ((inside / soft + 0.5).clamp(0.0, 1.0) * 255.0).round() as u8
        };
        Mask::new(side, side, (0..side * side).map(value).collect()).unwrap()
    }

    #[test]
    fn discs_grow_and_shrink_to_discs_as_soft_as_before() {
        for (soft, by) in [(1.0, 7.0), (1.0, 30.5), (12.0, 20.25)] {
            let mut grown = disc(300, 70.0, soft);
            grown.grow(by).unwrap();
            let mut shrunk = disc(300, 70.0, soft);
            shrunk.shrink(by).unwrap();
            for (mask, truth) in [(grown, disc(300, 70.0 + by, soft)), (shrunk, disc(300, 70.0 - by, soft))] {
                let off = mask.data().iter().zip(truth.data()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
                // Half a pixel at most, where an edge is a pixel wide; less where it is wide.
                assert!(f64::from(off) <= 130.0 / soft, "{off} of {soft}");
                let (area, wanted) = (mask.area() as f64, truth.area() as f64);
                assert!((area - wanted).abs() < 0.005 * wanted, "{area} {wanted}");
            }
        }
    }

    #[test]
    fn extremes_end_well() {
        for (width, height) in [(1, 1), (1, 300), (300, 1), (70, 65)] {
            for value in [0, 7, 255] {
                let flat = Mask::new(width, height, vec![value; (width * height) as usize]).unwrap();
                for radius in [0.0, 0.3, 5.0, 131_072.0] {
                    let mut mask = flat.clone();
                    mask.grow(radius).unwrap();
                    mask.shrink(radius).unwrap();
                    assert_eq!(mask, flat);
                }
            }
        }
        let mut dot = Mask::empty(90, 70).unwrap();
        dot.data_mut()[90 * 30 + 40] = 200;
        dot.grow(131_072.0).unwrap();
        assert!(dot.data().iter().all(|&value| value == 200));
    }
}
