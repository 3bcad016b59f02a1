//! The kind of a stretch of the edge: a single hard edge, hair, or one where colours are not reliable.

use multiversion::multiversion;

use crate::mask::edge::guided::box_mean;

/// The cells along a bin. Stretches change slowly, so that they are judged by sums over bins.
const BIN: usize = 4;
/// The radius in bins within which an edge is judged.
const STRETCH: usize = 2;
/// How much a matte goes up and down, in units of a single hard edge: where it begins to count as hair, and where it is hair.
const HAIRY: (f32, f32) = (0.55, 0.8);
/// The share of a hard edge's pixels that surely contradict it: where it begins not to be hard, and where it is not hard.
const REFUTED: (f32, f32) = (0.1, 0.2);
/// The distance from 0 or 1 within which a mask is certain.
const SURE: f32 = 0.05;
/// The radius in bins within which colours are compared with the mask where that is certain.
const EVIDENCE: usize = 5;
/// The mean error of colours at which they begin to be trusted less, and at which they are not trusted at all. Errors
/// beside the object count half: hair reaches far.
const WRONG: (f32, f32) = (0.05, 0.15);
const BESIDE: f32 = 0.5;

/// Squares of cells of a block.
#[derive(Clone, Copy)]
struct Bins {
    /// The cells across and down.
    width: usize,
    height: usize,
}

impl Bins {
    fn across(self) -> usize {
        self.width.div_ceil(BIN)
    }

    fn count(self) -> usize {
        self.across() * self.height.div_ceil(BIN)
    }

    /// The bin that a cell lies in.
    fn of(self, k: usize) -> usize {
        k / self.width / BIN * self.across() + k % self.width / BIN
    }

    /// The sums of a plane's cells over bins.
    fn sums(self, plane: &[f32]) -> Vec<f32> {
        let mut sums = vec![0.0; self.count()];
        for (y, row) in plane.chunks_exact(self.width).enumerate() {
            let bins = sums[y / BIN * self.across()..].iter_mut();
            bins.zip(row.chunks(BIN)).for_each(|(sum, cells)| *sum += cells.iter().sum::<f32>());
        }
        sums
    }

    /// The means near each bin.
    fn mean(self, bins: &[f32], radius: usize) -> Vec<f32> {
        box_mean(bins, self.across(), radius)
    }

    /// The value of each cell between the bins.
    fn spread(self, bins: &[f32]) -> Vec<f32> {
        let place = |at: usize, end: usize| {
            let place = ((at as f32 + 0.5) / BIN as f32 - 0.5).max(0.0);
            let first = (place as usize).min(end - 1);
            (first, (first + 1).min(end - 1), place - first as f32)
        };
        let across: Vec<_> = (0..self.width).map(|x| place(x, self.across())).collect();
        let mut cells = Vec::with_capacity(self.width * self.height);
        for y in 0..self.height {
            let (above, below, part) = place(y, self.height.div_ceil(BIN));
            let [above, below] = [above, below].map(|row| &bins[row * self.across()..][..self.across()]);
            let row: Vec<f32> = above.iter().zip(below).map(|(above, below)| above + (below - above) * part).collect();
            cells.extend(across.iter().map(|&(left, right, part)| row[left] + (row[right] - row[left]) * part));
        }
        cells
    }
}

/// The errors of colours where the mask is certain: beside the object and on it.
pub struct Errors {
    bins: Bins,
    count: [Vec<f32>; 2],
    sum: [Vec<f32>; 2],
}

impl Errors {
    /// No errors yet, in a block of so many cells across and down.
    pub fn new(width: usize, height: usize) -> Self {
        let bins = Bins { width, height };
        let planes = || [vec![0.0; bins.count()], vec![0.0; bins.count()]];
        Self { bins, count: planes(), sum: planes() }
    }

    /// Adds a cell: the value that colours give, and the mask's.
    pub fn add(&mut self, k: usize, value: f32, mask: f32) {
        if (SURE..=1.0 - SURE).contains(&mask) {
            return;
        }
        let (side, bin) = (usize::from(mask > 0.5), self.bins.of(k));
        self.count[side][bin] += 1.0;
        self.sum[side][bin] += (value - mask).abs();
    }

    /// How reliable colours are round each cell, 0 to 1.
    pub fn reliability(&self) -> Vec<f32> {
        let mean = |bins: &Vec<f32>| self.bins.mean(bins, EVIDENCE);
        let ([beside, on], [off_beside, off_on]) = (self.count.each_ref().map(mean), self.sum.each_ref().map(mean));
        let rate = |sum: f32, count: f32| sum / count.max(1e-2);
        let worst = |bin: usize| (BESIDE * rate(off_beside[bin], beside[bin])).max(rate(off_on[bin], on[bin]));
        let reliable: Vec<f32> = (0..self.bins.count()).map(|bin| 1.0 - between(worst(bin), WRONG)).collect();
        self.bins.spread(&reliable)
    }
}

/// How far a value is on the way from `low` to `high`, 0 to 1.
fn between(value: f32, (low, high): (f32, f32)) -> f32 {
    ((value - low) / (high - low)).clamp(0.0, 1.0)
}

/// The slope of a plane at each cell.
#[multiversion(targets("x86_64+avx2"))]
pub fn slopes(plane: &[f32], width: usize) -> Vec<f32> {
    let mut slopes = vec![0.0; plane.len()];
    let row = |y: usize| &plane[y * width..][..width];
    let last = plane.len() / width - 1;
    for (y, out) in slopes.chunks_exact_mut(width).enumerate() {
        let (above, here, below) = (row(y.saturating_sub(1)), row(y), row((y + 1).min(last)));
        let slope = |across: f32, down: f32| (across * across + down * down).sqrt() / 2.0;
        for (x, out) in out.iter_mut().enumerate() {
            *out = below[x] - above[x];
        }
        let inner = out.iter_mut().skip(1).zip(here.windows(3));
        inner.for_each(|(out, near)| *out = slope(near[2] - near[0], *out));
        out[0] = slope(here[1.min(width - 1)] - here[0], out[0]);
        if width > 1 {
            out[width - 1] = slope(here[width - 1] - here[width - 2], out[width - 1]);
        }
    }
    slopes
}

/// How far an edge is not a single hard one, 0 to 1. It is hair if the matte, where trusted, goes up and down more than
/// `hard`; it is a blurred edge if the matte contradicts `hard` in too many places.
pub fn hairiness(matte: &[f32], trust: &[f32], hard: &[f32], width: usize) -> Vec<f32> {
    let bins = Bins { width, height: matte.len() / width };
    let mean = |plane: &[f32]| bins.mean(&bins.sums(plane), STRETCH);
    let product = |plane: Vec<f32>| plane.iter().zip(trust).map(|(value, trust)| value * trust.min(1.0)).collect();
    let waves: Vec<f32> = product(slopes(matte, width));
    let edge = slopes(hard, width);
    let against: Vec<f32> = product(matte.iter().zip(hard).map(|(matte, hard)| (matte - hard).abs()).collect());
    let partial = |value: f32, least: f32| (least..1.0 - least).contains(&value);
    let open = |(&matte, &hard): (&f32, &f32)| f32::from(u8::from(partial(hard, 0.01) || partial(matte, 0.05)));
    let open: Vec<f32> = matte.iter().zip(hard).map(open).collect();
    let [waves, edge, against, open] = [waves, edge, against, open].map(|plane| mean(&plane));
    // Bins are sums of so many cells.
    let cells = (BIN * BIN) as f32;
    let hairy = |bin: usize| {
        between(waves[bin] / (edge[bin] + 0.02 * cells), HAIRY)
            .max(between(against[bin] / (open[bin] + 0.1 * cells), REFUTED))
    };
    bins.spread(&(0..bins.count()).map(hairy).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_between_neighbours() {
        for (width, height) in [(1, 1), (1, 4), (4, 1), (2, 2), (5, 4)] {
            let plane: Vec<f32> = (0..width * height).map(|i| (i * i % 7) as f32).collect();
            let at = |x: usize, y: usize| plane[y.min(height - 1) * width + x.min(width - 1)];
            for (i, slope) in slopes(&plane, width).into_iter().enumerate() {
                let (x, y) = (i % width, i / width);
                let across = at(x + 1, y) - at(x.saturating_sub(1), y);
                let down = at(x, y + 1) - at(x, y.saturating_sub(1));
                assert!((slope - across.hypot(down) / 2.0).abs() < 1e-5, "{width} x {height}, {i}");
            }
        }
    }

    #[test]
    fn what_is_the_same_in_all_bins_is_the_same_in_all_cells() {
        for (width, height) in [(9, 9), (17, 70), (72, 10)] {
            let bins = Bins { width, height };
            assert!(bins.spread(&vec![0.25; bins.count()]).iter().all(|value| *value == 0.25));
            let sums = bins.sums(&vec![1.0; width * height]);
            assert_eq!(sums.iter().sum::<f32>(), (width * height) as f32);
            let ramp: Vec<f32> = (0..bins.count()).map(|bin| (bin % bins.across()) as f32).collect();
            let row = &bins.spread(&ramp)[..width];
            assert!(row.is_sorted() && row[0] == 0.0 && row[width - 1] <= (bins.across() - 1) as f32);
        }
    }
}
