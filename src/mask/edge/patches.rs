//! The matte of a block, patch by patch: how much of each cell is object, by its colour. Each patch has palettes of its own.

use std::ops::Range;

use crate::mask::edge::area::{CORE, MARGIN};
use crate::mask::edge::matte::{Pairs, shares};
use crate::mask::edge::palette::Palette;
use crate::mask::edge::planes::{CERTAIN, END, Planes};
use crate::mask::edge::stretch::Errors;

/// The side of a patch in cells of the network's grid; limited by the size of a block.
const PATCHES: f32 = 4.0;

/// What colours say of each cell of a block.
pub struct Matte {
    /// The share of the object.
    pub values: Vec<f32>,
    /// The trust in it: a sure colour has 1.
    pub trust: Vec<f32>,
    /// How reliable colours are near the cell, from 0 to 1.
    pub reliable: Vec<f32>,
}

/// One side of a block, divided into patches.
struct Side {
    /// The cells along its core.
    core: usize,
    /// The cells along a patch, nearly.
    patch: usize,
}

impl Side {
    /// The number of patches.
    fn count(&self) -> usize {
        (self.core as f32 / self.patch as f32).round().max(1.0) as usize
    }

    /// The cell at which a patch begins.
    fn begin(&self, i: usize) -> f32 {
        MARGIN as f32 + i as f32 * self.core as f32 / self.count() as f32
    }

    /// The cells over which a patch fades into the next.
    fn fading(&self) -> f32 {
        self.patch as f32 / 4.0
    }

    /// The cells of a patch. At the border of the block it reaches through the margin.
    fn cells(&self, i: usize) -> Range<usize> {
        let from = if i == 0 { 0 } else { (self.begin(i) - self.fading() / 2.0).floor() as usize };
        let end = (self.begin(i + 1) + self.fading() / 2.0).ceil() as usize;
        let last = self.core + 2 * MARGIN;
        from..if i + 1 == self.count() { last } else { end.min(last) }
    }

    /// The weight of a patch at a cell. The weights of all patches add up to 1.
    fn weight(&self, i: usize, cell: usize) -> f32 {
        let rise = |from: f32| ((cell as f32 + 0.5 - from) / self.fading() + 0.5).clamp(0.0, 1.0);
        let rises = if i == 0 { 1.0 } else { rise(self.begin(i)) };
        rises - if i + 1 == self.count() { 0.0 } else { rise(self.begin(i + 1)) }
    }

    /// The pixels from the first core cell to the middle of a patch.
    fn middle(&self, i: usize, scale: usize) -> usize {
        (((self.begin(i) + self.begin(i + 1)) / 2.0 - MARGIN as f32) * scale as f32) as usize
    }
}

/// The matte of a block. `palettes` gives those near a pixel, `hard` is the mask with a hard edge, `cell` the size of a
/// cell of the network's grid in pixels.
pub fn estimate(
    block: &Planes,
    hard: &[f32],
    cell: f32,
    palettes: impl Fn(usize, usize) -> Option<[Palette; 2]>,
) -> Matte {
    let area = block.area;
    let wanted = PATCHES * cell / area.scale as f32;
    let patch = if wanted < 24.0 {
        CORE / 4
    } else if wanted < 48.0 {
        CORE / 2
    } else {
        CORE
    };
    let (across, down) = (Side { core: area.columns, patch }, Side { core: area.rows, patch });
    let width = area.width();
    let [mut weights, mut values, mut trust] = [(); 3].map(|()| vec![0.0f32; hard.len()]);
    let (mut alpha, mut sure) = (vec![0.0; width], vec![0.0; width]);
    for (j, i) in (0..down.count()).flat_map(|j| (0..across.count()).map(move |i| (j, i))) {
        let columns = across.cells(i);
        let row = |y: usize| y * width + columns.start..y * width + columns.end;
        let touched = |y: usize| block.band[row(y)].iter().any(|weight| *weight > 0.0);
        let mut rows = down.cells(j).filter(|&y| touched(y)).peekable();
        if rows.peek().is_none() {
            continue;
        }
        let middle = (area.x0 + across.middle(i, area.scale), area.y0 + down.middle(j, area.scale));
        let Some(palettes) = palettes(middle.0, middle.1) else { continue };
        let pairs = Pairs::new(&palettes);
        let fade: Vec<f32> = columns.clone().map(|x| across.weight(i, x)).collect();
        for y in rows {
            let colours = [0, 1, 2].map(|c| &block.colours[c][row(y)]);
            let (alpha, sure) = (&mut alpha[..fade.len()], &mut sure[..fade.len()]);
            alpha.copy_from_slice(&hard[row(y)]);
            shares(&pairs, colours, alpha, sure);
            let down = down.weight(j, y);
            let sums = weights[row(y)].iter_mut().zip(&mut values[row(y)]).zip(&mut trust[row(y)]);
            for ((((sum, value), trust), fade), (alpha, sure)) in sums.zip(&fade).zip(alpha.iter().zip(&*sure)) {
                let weight = down * fade;
                *sum += weight;
                *value += weight * alpha;
                *trust += weight * sure;
            }
        }
    }
    let mut errors = Errors::new(width, area.height());
    for (k, &weight) in weights.iter().enumerate() {
        let (mask, band) = (block.mask[k], block.band[k]);
        if weight == 0.0 {
            (values[k], trust[k]) = (mask, CERTAIN);
            continue;
        }
        (values[k], trust[k]) = (values[k] / weight, trust[k] / weight);
        if band < 1.0 {
            errors.add(k, values[k], mask);
        }
        values[k] += (mask - values[k]) * (1.0 - band / END).max(0.0);
    }
    let reliable = errors.reliability();
    Matte { values, trust, reliable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_patches_add_up_to_one() {
        for (core, patch) in [(64, 16), (64, 64), (50, 16), (9, 16), (1, 64), (37, 32)] {
            let side = Side { core, patch };
            for cell in 0..core + 2 * MARGIN {
                let sum: f32 = (0..side.count()).map(|i| side.weight(i, cell)).sum();
                assert!((sum - 1.0).abs() < 1e-4, "{core} {patch} {cell}");
                let outside = |i: &usize| !side.cells(*i).contains(&cell) && side.weight(*i, cell) > 0.0;
                assert_eq!((0..side.count()).find(outside), None, "{core} {patch} {cell}");
            }
        }
    }
}
