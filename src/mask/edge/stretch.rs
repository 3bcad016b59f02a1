//! The kind of a stretch of the edge: a single hard edge, hair, or one where colours are not reliable.

use crate::mask::edge::block_size::SIDE;
use crate::mask::edge::guided::box_mean;

/// The radius in cells within which an edge is judged.
const STRETCH: usize = 8;
/// How much a matte goes up and down, in units of a single hard edge: where it begins to count as hair, and where it is hair.
const HAIRY: (f32, f32) = (0.55, 0.8);
/// The share of a hard edge's pixels that surely contradict it: where it begins not to be hard, and where it is not hard.
const REFUTED: (f32, f32) = (0.1, 0.2);
/// The distance from 0 or 1 within which a mask is certain.
const SURE: f32 = 0.05;
/// The radius in cells within which colours are compared with the mask where that is certain.
const EVIDENCE: usize = 20;
/// The mean error of colours at which they begin to be trusted less, and at which they are not trusted at all. Errors
/// beside the object count half: hair reaches far.
const WRONG: (f32, f32) = (0.05, 0.15);
const BESIDE: f32 = 0.5;

/// The errors of colours where the mask is certain: beside the object and on it.
pub struct Errors {
    count: [Vec<f32>; 2],
    sum: [Vec<f32>; 2],
}

impl Default for Errors {
    fn default() -> Self {
        let planes = || [vec![0.0; SIDE * SIDE], vec![0.0; SIDE * SIDE]];
        Self { count: planes(), sum: planes() }
    }
}

impl Errors {
    /// Adds a cell: the value that colours give, and the mask's.
    pub fn add(&mut self, k: usize, value: f32, mask: f32) {
        if (SURE..=1.0 - SURE).contains(&mask) {
            return;
        }
        let side = usize::from(mask > 0.5);
        self.count[side][k] = 1.0;
        self.sum[side][k] = (value - mask).abs();
    }

    /// How reliable colours are round each cell, 0 to 1.
    pub fn reliability(&self) -> Vec<f32> {
        let mean = |plane: &Vec<f32>| box_mean(plane, SIDE, EVIDENCE);
        let ([beside, on], [off_beside, off_on]) = (self.count.each_ref().map(mean), self.sum.each_ref().map(mean));
        let rate = |sum: f32, count: f32| sum / count.max(1e-3);
        let worst = |k: usize| (BESIDE * rate(off_beside[k], beside[k])).max(rate(off_on[k], on[k]));
        (0..SIDE * SIDE).map(|k| 1.0 - between(worst(k), WRONG)).collect()
    }
}

/// How far a value is on the way from `low` to `high`, 0 to 1.
fn between(value: f32, (low, high): (f32, f32)) -> f32 {
    ((value - low) / (high - low)).clamp(0.0, 1.0)
}

/// The value of an edge that is one pixel wide and lies where the values are one half.
pub fn sharpened(values: &[f32], width: usize, k: usize, gentlest: f32) -> f32 {
    ((values[k] - 0.5) / slope(values, width, k).max(gentlest) + 0.5).clamp(0.0, 1.0)
}

/// The slope of a plane at a cell.
pub fn slope(plane: &[f32], width: usize, k: usize) -> f32 {
    let (x, last) = (k % width, plane.len() - 1);
    let left = if x == 0 { k } else { k - 1 };
    let right = if x + 1 == width { k } else { k + 1 };
    let above = if k < width { k } else { k - width };
    let below = if k + width > last { k } else { k + width };
    let (across, down) = (plane[right] - plane[left], plane[below] - plane[above]);
    (across * across + down * down).sqrt() / 2.0
}

/// How far an edge is not a single hard one, 0 to 1. It is hair if the matte, where trusted, goes up and down more than
/// `hard`; it is a blurred edge if the matte contradicts `hard` in too many places.
pub fn hairiness(matte: &[f32], trust: &[f32], hard: &[f32]) -> Vec<f32> {
    let mean = |value: &dyn Fn(usize) -> f32| box_mean(&(0..matte.len()).map(value).collect::<Vec<_>>(), SIDE, STRETCH);
    let sure = |k: usize| trust[k].min(1.0);
    let waves = mean(&|k| sure(k) * slope(matte, SIDE, k));
    let edge = mean(&|k| slope(hard, SIDE, k));
    let against = mean(&|k| sure(k) * (matte[k] - hard[k]).abs());
    let partial = |value: f32, least: f32| (least..1.0 - least).contains(&value);
    let open = mean(&|k| f32::from(u8::from(partial(hard[k], 0.01) || partial(matte[k], 0.05))));
    let hairy =
        |k: usize| between(waves[k] / (edge[k] + 0.02), HAIRY).max(between(against[k] / (open[k] + 0.1), REFUTED));
    (0..matte.len()).map(hairy).collect()
}
