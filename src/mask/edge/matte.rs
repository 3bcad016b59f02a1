//! The matte: how much of a pixel is object, by its colour, which lies between a colour of the object and one of the
//! background.
//!
//! Every pair of colours of the two palettes is tried (as in sampling-based matting; Wang and Cohen 2007). The estimates are
//! weighted by how well they explain the colour and how well they agree with the mask.

use multiversion::multiversion;

use crate::mask::edge::palette::{COLOURS, Palette};

/// The usual distance of a colour from its palette.
const NOISE: f32 = 0.015;
/// The distance at which a pixel's colour is hardly explained.
const STRANGE: f32 = 0.03;
/// The distance of an estimate from the mask that begins to count.
const DOUBT: f32 = 0.7;
/// How much less likely an even mixture is.
const RARITY: f32 = 0.9;
/// The variance among the estimates that halves the trust in their mean.
const DISAGREEMENT: f32 = 0.02;
/// The squared distance of two colours below which their pair says little.
const ALIKE: f32 = 0.01;
/// The pixels that are handled together.
const LANES: usize = 8;

/// A pair: a colour of the object and one of the background.
struct Pair {
    ground: [f32; 3],
    way: [f32; 3],
    square: f32,
    weight: f32,
}

/// All pairs of two palettes.
pub struct Pairs([Pair; COLOURS * COLOURS]);

impl Pairs {
    /// The pairs of the object's palette and the background's.
    pub fn new([object, behind]: &[Palette; 2]) -> Self {
        Self(std::array::from_fn(|i| {
            let (object, ground) = (object[i / COLOURS], behind[i % COLOURS]);
            let way: [f32; 3] = std::array::from_fn(|i| object[i] - ground[i]);
            let square = way.iter().map(|value| value * value).sum::<f32>().max(1e-5);
            Pair { ground, way, square, weight: square / (square + ALIKE) }
        }))
    }

    #[inline(always)]
    fn lanes(&self, colour: [[f32; LANES]; 3], mask: [f32; LANES]) -> [[f32; LANES]; 2] {
        let [mut total, mut first, mut second] = [[0.0f32; LANES]; 3];
        let mut nearest = [f32::MAX; LANES];
        for pair in &self.0 {
            let inverse = 1.0 / pair.square;
            for i in 0..LANES {
                let from: [f32; 3] = std::array::from_fn(|c| colour[c][i] - pair.ground[c]);
                let along = from[0] * pair.way[0] + from[1] * pair.way[1] + from[2] * pair.way[2];
                let share = (along * inverse).clamp(0.0, 1.0);
                let length = from[0] * from[0] + from[1] * from[1] + from[2] * from[2];
                let off = (length - share * (2.0 * along - share * pair.square)).max(0.0);
                let cost = 1.0 + off / (NOISE * NOISE);
                let away = (share - mask[i]) / DOUBT;
                let mixed = 1.0 - RARITY * 4.0 * share * (1.0 - share);
                let weight = pair.weight * mixed / (cost * cost * (1.0 + away * away));
                total[i] += weight;
                first[i] += weight * share;
                second[i] += weight * share * share;
                nearest[i] = nearest[i].min(off);
            }
        }
        let mean: [f32; LANES] = std::array::from_fn(|i| first[i] / total[i]);
        let trust = std::array::from_fn(|i| {
            let spread = (second[i] / total[i] - mean[i] * mean[i]).max(0.0);
            DISAGREEMENT / (DISAGREEMENT + spread) / (1.0 + nearest[i] / (STRANGE * STRANGE))
        });
        [mean, trust]
    }
}

/// The share of the object in a row of pixels, and the trust in it. `alpha` holds the mask first, then the result.
#[multiversion(targets("x86_64+avx2"))]
pub fn shares(pairs: &Pairs, colours: [&[f32]; 3], alpha: &mut [f32], trust: &mut [f32]) {
    let [r, g, b] = colours.map(|plane| plane.chunks(LANES));
    for ((((r, g), b), alpha), trust) in r.zip(g).zip(b).zip(alpha.chunks_mut(LANES)).zip(trust.chunks_mut(LANES)) {
        let answers = pairs.lanes([lanes(r), lanes(g), lanes(b)], lanes(alpha));
        alpha.copy_from_slice(&answers[0][..alpha.len()]);
        trust.copy_from_slice(&answers[1][..trust.len()]);
    }
}

/// The first [`LANES`] values; 0 if there are fewer.
fn lanes(values: &[f32]) -> [f32; LANES] {
    let mut lanes = [0.0; LANES];
    lanes[..values.len()].copy_from_slice(values);
    lanes
}
