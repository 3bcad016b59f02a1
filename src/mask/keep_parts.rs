//! Connected parts of a mask: keeping the clicked ones, dropping specks, filling holes. The soft rim of a part goes with it.

use std::collections::VecDeque;
use std::ops::Range;

use crate::base::error::Result;
use crate::geometry::point::Point;
use crate::mask::amount::area;
use crate::mask::selected_runs::{Run, Runs};
use crate::mask::soft::{HALF, Mask};

/// The pixels that are looked at together: few are soft.
const STRIDE: usize = 64;

impl Mask {
    /// Keeps the connected parts that hold one of the points, with their soft rims, and deselects the rest. A pixel in
    /// the rims of two parts belongs to the nearer part.
    pub fn keep_parts(&mut self, seeds: &[Point]) -> Result<()> {
        let parts = Runs::of_selected(self);
        let Runs { runs, part } = &parts;
        let mut keep = vec![false; runs.len()];
        for seed in seeds {
            let inside = |value: f64, length: u32| (0.0..=f64::from(length)).contains(&value);
            if !(inside(seed.x, self.width) && inside(seed.y, self.height)) {
                continue;
            }
            let x = (seed.x as usize).min(self.width as usize - 1);
            let y = (seed.y as usize).min(self.height as usize - 1);
            let after = runs.partition_point(|run| (run.y, run.x0) <= (y, x));
            if let Some(i) = after.checked_sub(1).filter(|&i| runs[i].y == y && x < runs[i].x1) {
                keep[part[i]] = true;
            }
        }
        self.keep(&parts, &keep);
        Ok(())
    }

    /// Deselects the connected parts of less than `least` pixels, with their soft rims; and soft pixels that belong to
    /// the rim of no part. With `least` 0 it changes nothing.
    ///
    /// ```
    /// use deepcrop::{Mask, Point};
    ///
    /// let mut mask = Mask::new(5, 1, vec![255, 0, 255, 255, 0])?;
    /// mask.drop_specks(2.0)?;
    /// assert_eq!(mask.data(), [0, 0, 255, 255, 0]);
    /// mask.fill_holes(9.0)?; // nothing surrounds a hole here
    /// mask.keep_parts(&[Point::new(0.5, 0.5)])?; // no part lies there
    /// assert_eq!(mask.area(), 0);
    /// # Ok::<(), deepcrop::Error>(())
    /// ```
    pub fn drop_specks(&mut self, least: f64) -> Result<()> {
        if area("drop specks", least)? == 0.0 {
            return Ok(());
        }
        let parts = Runs::of_selected(self);
        let keep: Vec<bool> = areas(&parts).into_iter().map(|area| area as f64 >= least).collect();
        self.keep(&parts, &keep);
        Ok(())
    }

    /// Selects the holes of at most `largest` pixels, with their soft rims. A hole is wholly surrounded by selected pixels.
    pub fn fill_holes(&mut self, largest: f64) -> Result<()> {
        area("fill holes", largest)?;
        let parts = Runs::of_rest(self);
        let Runs { runs, part } = &parts;
        let (width, height) = (self.width as usize, self.height as usize);
        let mut fill: Vec<bool> = areas(&parts).into_iter().map(|area| area as f64 <= largest).collect();
        for (run, &part) in runs.iter().zip(part) {
            fill[part] &= run.x0 > 0 && run.x1 < width && run.y > 0 && run.y + 1 < height;
        }
        let mut queue = VecDeque::new();
        for (run, _) in runs.iter().zip(part).filter(|(_, part)| fill[**part]) {
            self.data[run.y * width + run.x0..run.y * width + run.x1].fill(255);
            self.claim_round(*run, HALF..255, 255, |pixel, value| queue.push_back((pixel, value)));
        }
        // Goes up the slope of the rim, but not down on the other side: a thin rim may belong to the outer edge too.
        while let Some((pixel, value)) = queue.pop_front() {
            self.claim_round(self.single(pixel), value..255, 255, |pixel, value| queue.push_back((pixel, value)));
        }
        Ok(())
    }

    /// Keeps the parts for which `keep` is true, at the index that names the part.
    pub(crate) fn keep(&mut self, Runs { runs, part }: &Runs, keep: &[bool]) {
        let mut queue = VecDeque::new();
        for (run, &part) in runs.iter().zip(part) {
            if !keep[part] {
                self.data[run.y * self.width as usize..][run.x0..run.x1].fill(0);
            }
            self.claim_round(*run, 1..HALF, 0, |pixel, value| queue.push_back((pixel, value, keep[part])));
        }
        // All rims grow by a pixel at a time. A pixel that is taken is cleared, so that it is not taken twice.
        let mut rims = Vec::new();
        while let Some((pixel, value, keep)) = queue.pop_front() {
            if keep {
                rims.push((pixel, value));
            }
            self.claim_round(self.single(pixel), 1..HALF, 0, |pixel, value| queue.push_back((pixel, value, keep)));
        }
        // What is still soft is the rim of nothing.
        replace(&mut self.data, 1..HALF, 0, |_, _| ());
        rims.into_iter().for_each(|(pixel, value)| self.data[pixel] = value);
    }

    fn single(&self, pixel: usize) -> Run {
        let (y, x) = (pixel / self.width as usize, pixel % self.width as usize);
        Run { y, x0: x, x1: x + 1 }
    }

    /// Sets the pixels next to a run (at corners too) with a value in `range` to `becomes`, and passes each with its
    /// old value to `claimed`.
    fn claim_round(&mut self, run: Run, range: Range<u8>, becomes: u8, mut claimed: impl FnMut(usize, u8)) {
        let width = self.width as usize;
        let (x0, x1) = (run.x0.saturating_sub(1), (run.x1 + 1).min(width));
        for y in run.y.saturating_sub(1)..(run.y + 2).min(self.height as usize) {
            let first = y * width + x0;
            replace(&mut self.data[first..y * width + x1], range.clone(), becomes, |i, value| {
                claimed(first + i, value)
            });
        }
    }
}

/// Sets the pixels with a value in `range` to `becomes`, and passes each with its old value to `found`.
fn replace(pixels: &mut [u8], range: Range<u8>, becomes: u8, mut found: impl FnMut(usize, u8)) {
    let within = |value: u8| value.wrapping_sub(range.start) < range.end - range.start;
    for (chunk, pixels) in pixels.chunks_mut(STRIDE).enumerate() {
        // Folded without a branch, so that the compiler handles many pixels at once.
        if !pixels.iter().fold(false, |any, &value| any | within(value)) {
            continue;
        }
        for (i, value) in pixels.iter_mut().enumerate().filter(|(_, value)| within(**value)) {
            found(chunk * STRIDE + i, std::mem::replace(value, becomes));
        }
    }
}

/// The number of pixels of each part, at the index that names the part.
fn areas(Runs { runs, part }: &Runs) -> Vec<usize> {
    let mut areas = vec![0; runs.len()];
    runs.iter().zip(part).for_each(|(run, &part)| areas[part] += run.x1 - run.x0);
    areas
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::soft::drawn;

    #[test]
    fn parts_without_a_seed_go_with_their_skirts() {
        let mut both = drawn(&["-#-.-#-", "-#---#.", "-+-..--", "......."]);
        let mut none = both.clone();
        both.keep_parts(&[Point::new(1.5, 0.5), Point::new(3.5, 3.5)]).unwrap();
        assert_eq!(both, drawn(&["-#-....", "-#--...", "-+-....", "......."]));
        none.keep_parts(&[Point::new(3.5, 3.5), Point::new(f64::NAN, 0.0)]).unwrap();
        assert_eq!(none.bounds(1), None);
        let mut corner = drawn(&["#.", ".#"]);
        corner.keep_parts(&[Point::new(2.0, 2.0)]).unwrap();
        assert_eq!(corner.area(), 2);
    }

    #[test]
    fn specks_go_with_their_skirts() {
        let before = drawn(&["-#-....-", "-##-.---", "----.-+-", "..------", "-......."]);
        let dropped = |least: f64| {
            let mut mask = before.clone();
            mask.drop_specks(least).unwrap();
            mask
        };
        assert_eq!(dropped(0.0), before);
        assert_eq!(dropped(1.0), drawn(&["-#-....-", "-##-.---", "----.-+-", "..------", "........"]));
        assert_eq!(dropped(3.0), drawn(&["-#-.....", "-##-....", "----....", "..---...", "........"]));
        assert_eq!(dropped(3.5).bounds(1), None);
    }

    #[test]
    fn holes_are_filled_with_their_rims_and_bays_are_not() {
        let mut ring = drawn(&["-----..", "-####-.", "-#+-#-#", "-#+.#..", "-####-#", "---+#.."]);
        let before = ring.clone();
        ring.fill_holes(1.5).unwrap();
        assert_eq!(ring, before, "the hole is of two pixels");
        ring.fill_holes(2.0).unwrap();
        assert_eq!(ring, drawn(&["-----..", "-####-.", "-####-#", "-####..", "-####-#", "---+#.."]));
        for value in [0, 255] {
            let mut flat = Mask::new(3, 1, vec![value; 3]).unwrap();
            flat.fill_holes(f64::INFINITY).unwrap();
            flat.drop_specks(3.0).unwrap();
            flat.keep_parts(&[Point::new(0.5, 0.5)]).unwrap();
            assert_eq!(flat.data(), [value; 3]);
        }
    }
}
