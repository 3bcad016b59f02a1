//! The runs of selected pixels in a mask, and the connected parts that they form. Even big masks have few runs.

use crate::mask::soft::{HALF, Mask};

/// Pixels handled together where nothing changes.
const STRIDE: usize = 64;

/// Passes each column at which a row changes between selected (at least [`HALF`]) and not selected to `found`. A row
/// begins and ends as not selected: the first column is the beginning of a run, the second its end, and so on.
pub fn flips(row: &[u8], mut found: impl FnMut(usize)) {
    let mut selected = false;
    let mut look = |first: usize, pixels: &[u8]| {
        // Folded without a branch, so that the compiler handles many pixels at once.
        let (all, any) = pixels.iter().fold((0xff, 0), |(all, any), pixel| (all & pixel, any | pixel));
        if all >= HALF && selected || any < HALF && !selected {
            return;
        }
        for (i, &pixel) in pixels.iter().enumerate() {
            if (pixel >= HALF) != selected {
                selected = !selected;
                found(first + i);
            }
        }
    };
    let (chunks, rest) = row.as_chunks::<STRIDE>();
    chunks.iter().enumerate().for_each(|(i, chunk)| look(i * STRIDE, chunk));
    look(chunks.len() * STRIDE, rest);
    if selected {
        found(row.len());
    }
}

/// A run: neighbouring pixels of a row, `x0..x1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The row.
    pub y: usize,
    /// The first column.
    pub x0: usize,
    /// The column after the last.
    pub x1: usize,
}

/// All runs of selected pixels, or of the others, with their parts.
pub struct Runs {
    /// The runs, row by row, from left to right.
    pub runs: Vec<Run>,
    /// The part of each run, named by the index of one of its runs.
    pub part: Vec<usize>,
}

impl Runs {
    /// The runs of selected pixels. Runs that touch at a corner are connected.
    pub fn of_selected(mask: &Mask) -> Self {
        Self::find(mask, true)
    }

    /// The runs of the other pixels. Runs that touch only at a corner are not connected: the background would leak
    /// through thin lines.
    pub fn of_rest(mask: &Mask) -> Self {
        Self::find(mask, false)
    }

    fn find(mask: &Mask, selected: bool) -> Self {
        let mut this = Self { runs: Vec::new(), part: Vec::new() };
        let reach = usize::from(selected);
        let mut above = 0;
        for y in 0..mask.height() {
            let first = this.runs.len();
            this.add_row(mask.row(y), y as usize, selected);
            let mut i = above;
            for j in first..this.runs.len() {
                let run = this.runs[j];
                while i < first && this.runs[i].x1 + reach <= run.x0 {
                    i += 1;
                }
                let mut k = i;
                while k < first && this.runs[k].x0 < run.x1 + reach {
                    this.join(k, j);
                    k += 1;
                }
            }
            above = first;
        }
        for i in 0..this.part.len() {
            this.part[i] = this.root(i);
        }
        this
    }

    fn add_row(&mut self, row: &[u8], y: usize, selected: bool) {
        let mut begin = (!selected).then_some(0);
        let mut add = |x0: usize, x1: usize| {
            if x0 < x1 {
                self.part.push(self.runs.len());
                self.runs.push(Run { y, x0, x1 });
            }
        };
        flips(row, |x| match begin.take() {
            Some(x0) => add(x0, x),
            None => begin = Some(x),
        });
        if let Some(x0) = begin {
            add(x0, row.len());
        }
    }

    /// Follows the links to the run that names the part, and shortens them.
    fn root(&mut self, mut run: usize) -> usize {
        while self.part[run] != run {
            self.part[run] = self.part[self.part[run]];
            run = self.part[run];
        }
        run
    }

    /// Joins two parts. The earlier run names the joined part.
    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.part[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::connected_parts::Parts;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn flips_are_where_neighbours_differ(row in prop::collection::vec(prop_oneof![Just(0u8), Just(127), Just(128), Just(255)], 0..5),
                                             times in prop::collection::vec(1usize..90, 5)) {
            let row: Vec<u8> = row.iter().zip(times).flat_map(|(&value, n)| std::iter::repeat_n(value, n)).collect();
            let mut seen = Vec::new();
            flips(&row, |x| seen.push(x));
            let selected = |x: usize| x > 0 && x <= row.len() && row[x - 1] >= HALF;
            let expected: Vec<usize> = (0..=row.len()).filter(|&x| selected(x) != selected(x + 1)).collect();
            prop_assert_eq!(seen, expected);
        }

        #[test]
        fn parts_are_those_of_single_pixels(width in 1u32..14, data in prop::collection::vec(prop_oneof![Just(0u8), Just(255)], 14 * 8)) {
            let height = data.len() as u32 / width;
            let data = data[..(width * height) as usize].to_vec();
            let mask = Mask::new(width, height, data.clone()).unwrap();
            let runs = Runs::of_selected(&mask);
            let parts = Parts::find(width as usize, height as usize, |cell| data[cell] >= HALF);
            let label = |run: &Run| parts.label[run.y * width as usize + run.x0];
            for (i, run) in runs.runs.iter().enumerate() {
                for (j, other) in runs.runs.iter().enumerate() {
                    prop_assert_eq!(label(run) == label(other), runs.part[i] == runs.part[j]);
                }
            }
            let rest: usize = Runs::of_rest(&mask).runs.iter().map(|run| run.x1 - run.x0).sum();
            prop_assert_eq!(rest, data.iter().filter(|&&value| value < HALF).count());
        }
    }
}
