//! The scene: a window with its prompts, in which the engine learns colours and cuts in turn.

use ndarray::ArrayD;

use crate::base::cancel::Cancel;
use crate::base::error::Result;
use crate::geometry::connected_parts::Parts;
use crate::geometry::distance::depth;
use crate::network::engines::classical::belief::{Belief, certain};
use crate::network::engines::colours::grid::Grid;
use crate::network::engines::colours::palette::{Blur, nearest};
use crate::network::families::faults::foreign_analysis;
use crate::network::families::segmenter::{Analysis, Previous};
use crate::network::hints::Hints;
use crate::pixels::plane::Plane;

/// The distance in L*a*b* up to which similar colours count for each other.
const BLUR: f32 = 5.0;
/// The rounds of learning colours and cutting; more change little.
const ROUNDS: usize = 2;
/// The cost of a boundary per cell of its length, in log odds.
const STIFFNESS: f32 = 4.0;
/// The weight, in learning colours, of cells at the window's rim and around clicks.
const EMPHASIS: f32 = 3.0;

/// The coarse grid: the mean of four fine cells each.
pub fn reduced(fine: &[[f32; 3]], width: usize, height: usize) -> Vec<[f32; 3]> {
    let mean = |cell: usize| {
        let first = cell / (width / 2) * 2 * width + cell % (width / 2) * 2;
        let four = [first, first + 1, first + width, first + width + 1].map(|cell| fine[cell]);
        [0, 1, 2].map(|c| four.iter().map(|colour| colour[c]).sum::<f32>() / 4.0)
    };
    (0..width / 2 * (height / 2)).map(mean).collect()
}

/// A window and its prompts, on two grids.
pub struct Scene {
    fine: Grid,
    coarse: Grid,
    palette: Vec<[f32; 3]>,
    blur: Blur,
    /// The index of the palette's nearest colour, for each coarse cell.
    tints: Vec<usize>,
    belief: Belief,
    certain: Vec<Option<bool>>,
    certain_fine: Vec<Option<bool>>,
    anchors_fine: Vec<usize>,
}

/// The result of one set of log odds.
pub struct Trial<'a> {
    odds: &'a [f32],
    /// The coarse cells inside.
    pub inside: Vec<bool>,
    /// The log odds of each colour of the palette.
    tastes: Vec<f32>,
    /// How much the colours inside and outside differ, 0 to 1.
    separable: f32,
}

impl Scene {
    /// Prepares an analysed window and its prompts.
    pub fn new(analysis: &Analysis, hints: &Hints, previous: Option<&Previous>) -> Result<Self> {
        let [colours, palette] = analysis.tensors.as_slice() else {
            return Err(foreign_analysis());
        };
        let triples = |tensor: &ArrayD<f32>| tensor.as_slice().unwrap_or_default().as_chunks().0.to_vec();
        let (fine, palette) = (triples(colours), triples(palette));
        let (frame, width, height) = (analysis.frame, analysis.frame.width, analysis.frame.height);
        let coarse = Grid::new(width / 2, height / 2, reduced(&fine, width, height));
        let fine = Grid::new(width, height, fine);
        let belief = Belief::new(&coarse, &frame, hints, previous)?;
        let refined = |cell: &usize| 2 * (cell / coarse.width * width + cell % coarse.width);
        Ok(Self {
            tints: coarse.colours.iter().map(|colour| nearest(&palette, *colour)).collect(),
            blur: Blur::new(&palette, BLUR),
            certain: certain(&coarse, &frame, hints),
            certain_fine: certain(&fine, &frame, hints),
            anchors_fine: belief.anchors.iter().map(refined).collect(),
            fine,
            coarse,
            palette,
            belief,
        })
    }

    /// The log odds that a cell lies inside: a plane for each size that the object may have.
    pub fn beliefs(&self) -> &[Vec<f32>] {
        &self.belief.odds
    }

    /// Learns colours and cuts, in turn, beginning with the belief.
    pub fn settle<'a>(&self, odds: &'a [f32], cancel: &Cancel) -> Result<Trial<'a>> {
        let start = |cell: usize| self.certain[cell].unwrap_or(odds[cell] > 0.0);
        let mut inside: Vec<bool> = (0..odds.len()).map(start).collect();
        let (mut tastes, mut separable) = (Vec::new(), 0.0);
        for _ in 0..ROUNDS {
            cancel.check()?;
            (tastes, separable) = self.tastes(&inside);
            let pull = |cell: usize| tastes[self.tints[cell]] + odds[cell];
            let mut found = self.coarse.cut(|cell| must(self.certain[cell], || pull(cell)), STIFFNESS);
            keep_parts(&self.coarse, &mut found, &self.belief.anchors);
            if !found.contains(&true) {
                break; // Nothing stands out by its colours, so the belief is the better answer.
            }
            inside = found;
        }
        Ok(Trial { odds, inside, tastes, separable })
    }

    /// The log odds of each colour, and how much the colours inside and outside differ (1 - Bhattacharyya coefficient).
    fn tastes(&self, inside: &[bool]) -> (Vec<f32>, f32) {
        let mut histograms = [vec![0f32; self.palette.len()], vec![0f32; self.palette.len()]];
        for cell in (0..inside.len()).filter(|cell| self.coarse.has_picture(*cell)) {
            let at_rim = !inside[cell] && self.coarse.at_rim(cell);
            // Cells beyond a box are certain too, but most are far away.
            let clicked = self.certain[cell] == Some(true);
            histograms[usize::from(inside[cell])][self.tints[cell]] += if at_rim || clicked { EMPHASIS } else { 1.0 };
        }
        let [outer, inner] = histograms.map(|histogram| self.blur.shares(&histogram));
        let taste = |(inner, outer): (&f32, &f32)| ((inner + 1e-3) / (outer + 1e-3)).ln().clamp(-3.0, 3.0);
        let common: f32 = inner.iter().zip(&outer).map(|(inner, outer)| (inner * outer).sqrt()).sum();
        (inner.iter().zip(&outer).map(taste).collect(), (1.0 - common).clamp(0.0, 1.0))
    }

    /// The object on the fine grid, with a soft boundary. Only cells near the boundary are decided again.
    pub fn refine(&self, trial: &Trial) -> Plane {
        let open = self.coarse.near_boundary(&trial.inside, 2);
        let parent = |cell: usize| cell / self.fine.width / 2 * self.coarse.width + cell % self.fine.width / 2;
        let pull = |cell: usize| {
            let above = parent(cell);
            if !open[above] {
                return if trial.inside[above] { f32::INFINITY } else { f32::NEG_INFINITY };
            }
            // A fine cell is half as long, so half the pull balances a boundary of the same stiffness.
            (trial.tastes[nearest(&self.palette, self.fine.colours[cell])] + trial.odds[above]) / 2.0
        };
        let mut inside = self.fine.cut(|cell| must(self.certain_fine[cell], || pull(cell)), STIFFNESS);
        keep_parts(&self.fine, &mut inside, &self.anchors_fine);
        if !inside.contains(&true) {
            inside = (0..inside.len()).map(|cell| trial.inside[parent(cell)]).collect();
        }
        let mut plane = self.fine.soften(&inside);
        for (value, certain) in plane.data.iter_mut().zip(&self.certain_fine) {
            match certain {
                Some(true) => *value = value.max(0.9),
                Some(false) => *value = value.min(0.1),
                None => {}
            }
        }
        plane
    }

    /// The expected IoU, by a linear fit to photos. A good object was clicked in its middle, stands out along its
    /// boundary and by its colours, does not touch the rim, is large and round, and was found with several sizes.
    pub fn score(&self, trial: &Trial, trials: &[Trial]) -> f32 {
        let (grid, inside) = (&self.coarse, &trial.inside);
        let (mut boundary, mut contrast, mut rim, mut area) = (0f32, 0f32, 0f32, 0f32);
        for cell in 0..inside.len() {
            area += f32::from(inside[cell]);
            rim += f32::from(inside[cell] && grid.at_rim(cell));
            for (link, bond) in grid.bonds[cell].iter().enumerate() {
                if grid.neighbour(cell, link).is_some_and(|next| inside[next] != inside[cell]) {
                    let weight = if link < 2 { 1.0 } else { 0.5 };
                    boundary += weight;
                    contrast += weight * (1.0 - bond);
                }
            }
        }
        let around = (boundary + rim).max(1.0);
        let depth = depth(grid.width, grid.height, |cell| inside[cell]);
        let deepest = depth.iter().copied().fold(1.0, f32::max);
        let clicked = self.belief.anchors.iter().map(|cell| depth[*cell]).reduce(f32::max).unwrap_or(deepest);
        let agreed: f32 = trials.iter().map(|other| overlap(&other.inside, inside)).sum();
        let fit = 0.45 * contrast / boundary.max(1.0) + 0.2 * trial.separable - 0.5 * rim / around
            + 0.2 * (area / inside.len() as f32).sqrt()
            + 0.4 * clicked / deepest
            + 0.15 * (4.0 * std::f32::consts::PI * area / (around * around)).min(1.0).sqrt()
            + 0.1 * (agreed - 1.0) / (trials.len() as f32 - 1.0).max(1.0);
        (0.82 * fit - 0.16).clamp(0.01, 0.99)
    }
}

/// An infinite pull for cells that are certain.
fn must(certain: Option<bool>, otherwise: impl Fn() -> f32) -> f32 {
    match certain {
        Some(true) => f32::INFINITY,
        Some(false) => f32::NEG_INFINITY,
        None => otherwise(),
    }
}

/// Removes the parts without an anchor. If there are no anchors, removes those less than a quarter as large as the largest.
fn keep_parts(grid: &Grid, inside: &mut [bool], anchors: &[usize]) {
    let parts = Parts::find(grid.width, grid.height, |cell| inside[cell]);
    let large = parts.areas.iter().max().copied().unwrap_or(0) / 4;
    let mut kept: Vec<bool> = parts.areas.iter().map(|area| anchors.is_empty() && *area >= large).collect();
    for label in anchors.iter().map(|anchor| parts.label[*anchor]).filter(|label| *label > 0) {
        kept[label as usize - 1] = true;
    }
    for (inside, label) in inside.iter_mut().zip(&parts.label) {
        *inside = *label > 0 && kept[*label as usize - 1];
    }
}

/// The IoU of two masks.
pub fn overlap(a: &[bool], b: &[bool]) -> f32 {
    let both = a.iter().zip(b).filter(|(a, b)| **a && **b).count();
    let either = a.iter().zip(b).filter(|(a, b)| **a || **b).count();
    both as f32 / either.max(1) as f32
}
