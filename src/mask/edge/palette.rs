//! Palettes: a few colours of each side of the edge, near a place.

use crate::mask::edge::model::Cell;

/// The number of colours of a palette.
pub const COLOURS: usize = 4;
/// The most working cells that a palette is made from.
const SAMPLES: usize = 16;
/// The distance from the edge, in cells of the network's grid, at which a cell surely shows only its side.
pub const SURE: f32 = 1.5;
/// How many cells farther away count as much as being one cell too near the edge.
const NEARNESS: f32 = 8.0;
/// How often colours are moved to the mean of those nearest to them.
const ROUNDS: usize = 2;

/// The palette of a side.
pub type Palette = [[f32; 3]; COLOURS];

/// A square of working cells, with the distance of each from the edge.
pub struct Surroundings<'a> {
    pub cells: &'a [Cell],
    pub distance: &'a [f32],
    pub side: usize,
    /// The working cells along a cell of the network's grid.
    pub fineness: f32,
    /// The radius of the search, in working cells.
    pub radius: usize,
}

impl Surroundings<'_> {
    /// The palettes of object and background round a place in working cells. None if one of them is not in reach.
    pub fn palettes(&self, x: f32, y: f32) -> Option<[Palette; 2]> {
        let mut seen = [Vec::new(), Vec::new()];
        let reach = |at: f32| {
            (at - self.radius as f32).max(0.0) as usize..((at + self.radius as f32) as usize + 1).min(self.side)
        };
        for row in reach(y) {
            for column in reach(x) {
                let i = row * self.side + column;
                let cell = &self.cells[i];
                if cell.inside {
                    let (across, down) = (column as f32 + 0.5 - x, row as f32 + 0.5 - y);
                    let away = (across * across + down * down).sqrt() / self.fineness;
                    let depth = self.distance[i] / self.fineness;
                    let score = away + NEARNESS * (SURE - depth).max(0.0);
                    seen[usize::from(cell.mask < 0.5)].push((score, cell.colour));
                }
            }
        }
        if seen.iter().any(Vec::is_empty) {
            return None;
        }
        Some(seen.map(|mut samples| {
            if samples.len() > SAMPLES {
                samples.select_nth_unstable_by(SAMPLES, |a, b| a.0.total_cmp(&b.0));
                samples.truncate(SAMPLES);
            }
            clusters(&samples)
        }))
    }
}

fn distance(a: &[f32; 3], b: &[f32; 3]) -> f32 {
    (0..3).map(|i| (a[i] - b[i]).powi(2)).sum()
}

/// Chooses colours that are far from each other, then moves each to the mean of those nearest to it.
fn clusters(samples: &[(f32, [f32; 3])]) -> Palette {
    let mean: [f32; 3] = std::array::from_fn(|i| samples.iter().map(|s| s.1[i]).sum::<f32>() / samples.len() as f32);
    let mut palette = [mean; COLOURS];
    let mut nearest: Vec<f32> = samples.iter().map(|s| distance(&s.1, &mean)).collect();
    for colour in palette.iter_mut().skip(1) {
        let farthest = (0..samples.len()).fold(0, |best, i| if nearest[i] > nearest[best] { i } else { best });
        *colour = samples[farthest].1;
        nearest.iter_mut().zip(samples).for_each(|(near, s)| *near = near.min(distance(&s.1, colour)));
    }
    for _ in 0..ROUNDS {
        let mut sums = [[0.0f32; 4]; COLOURS];
        for (_, sample) in samples {
            let of = (1..COLOURS).fold(0, |best, k| {
                if distance(sample, &palette[k]) < distance(sample, &palette[best]) { k } else { best }
            });
            (0..3).for_each(|i| sums[of][i] += sample[i]);
            sums[of][3] += 1.0;
        }
        for (colour, sum) in palette.iter_mut().zip(sums) {
            if sum[3] > 0.0 {
                *colour = std::array::from_fn(|i| sum[i] / sum[3]);
            }
        }
    }
    palette
}
