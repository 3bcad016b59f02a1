//! Blocks: squares of the band, in which the mask is fitted to the picture.

use crate::base::cancel::Cancel;
use crate::mask::edge::block_size::CORE;
use crate::mask::edge::block_size::MARGIN;
use crate::mask::edge::block_size::SIDE;
use crate::mask::edge::edges::Edges;
use crate::mask::edge::guided::{Guide, apply, box_mean};
use crate::mask::edge::matte::Pairs;
use crate::mask::edge::palette::Surroundings;
use crate::mask::edge::stretch::{Errors, hairiness, sharpened, slope};
use crate::mask::edge::tiles::Redrawn;
use crate::mask::edge::tiles::{Grid, Tile, blend, blend_rows};
use crate::mask::soft::Mask;
use crate::pixels::image::ImageView;

/// The side of a patch, for which palettes are computed, in cells of the network's grid; limited by the size of a block.
const PATCHES: f32 = 4.0;
/// The weight of a pixel's colour beside the mask. It is low, as neighbours have nearly the same colours.
const TRUST: f32 = 0.25;
/// The largest log odds of a colour.
const LOUDEST: f32 = 1.5;
/// The weight of the band below which the mask counts more and more, towards the end of the band.
const END: f32 = 0.3;
/// The trust in the mask where nothing may change; a sure colour has 1.
const CERTAIN: f32 = 100.0;
/// The trust in the hard edge; and the trust in it where colours are not reliable.
const HARD_TRUST: f32 = 0.3;
const LONE_TRUST: f32 = 3.0;
/// The factor by which alphas are stretched: alphas near 0 or 1 come from grain on a flat colour.
const FLAT: f32 = 1.1;
/// The rounds of guided smoothing.
const ROUNDS: usize = 2;
/// The width over which a smooth edge is evened out, in cells of a block.
const EVEN: usize = 4;

/// The picture and its masks.
pub struct Sources<'a> {
    pub image: &'a ImageView<'a>,
    /// The mask whose edge is fitted.
    pub seen: &'a Mask,
    /// The mask that stays where nothing may change.
    pub before: &'a Mask,
}

/// The blocks of a tile, with what was learned about the tile.
pub struct Blocks<'a> {
    from: Sources<'a>,
    grid: &'a Grid,
    tile: &'a Tile,
    near: Surroundings<'a>,
    models: Vec<[f32; 4]>,
    band: Vec<[f32; 1]>,
    /// The picture pixels along a cell of a block, and along a cell of the network's grid.
    scale: usize,
    cell: f32,
}

/// The planes of a block.
struct Block {
    colours: [Vec<f32>; 3],
    /// The log odds of mask and colour models together.
    odds: Vec<f32>,
    /// The mask.
    mask: Vec<f32>,
    /// The weight of the band: how much the mask may change.
    band: Vec<f32>,
}

impl<'a> Blocks<'a> {
    /// The blocks of a tile. `near` holds its working cells, `models` their colour models.
    pub fn new(
        from: Sources<'a>,
        grid: &'a Grid,
        tile: &'a Tile,
        near: Surroundings<'a>,
        models: Vec<[f32; 4]>,
        cell: f32,
    ) -> Self {
        let band = grid.band(near.distance);
        Self { from, grid, tile, near, models, band, scale: grid.block_scale, cell }
    }

    /// Redraws every block that the band touches; only some, if cancelled.
    pub fn redraw(&self, edges: Edges, cancel: &Cancel) -> Vec<Redrawn> {
        let step = CORE * self.scale;
        let corners = (self.tile.y0..self.tile.y1)
            .step_by(step)
            .flat_map(|y| (self.tile.x0..self.tile.x1).step_by(step).map(move |x| (x, y)));
        corners.take_while(|_| cancel.check().is_ok()).filter_map(|(x, y)| self.block(x, y, edges)).collect()
    }

    fn block(&self, x0: usize, y0: usize, edges: Edges) -> Option<Redrawn> {
        let block = self.load(x0, y0)?;
        let hard = self.hard(&block);
        let (mut values, mut trust) = (hard.clone(), vec![0.0; SIDE * SIDE]);
        let reliable = self.estimate(&block, x0, y0, &mut values, &mut trust).reliability();
        let mut hairy = match edges {
            Edges::Hair => vec![1.0; SIDE * SIDE],
            _ => hairiness(&values, &trust, &hard),
        };
        for (i, hairy) in hairy.iter_mut().enumerate() {
            *hairy *= reliable[i];
            values[i] = hard[i] + *hairy * (values[i] - hard[i]);
            trust[i] = trust[i] * reliable[i] + (1.0 - *hairy) * HARD_TRUST + (1.0 - reliable[i]) * LONE_TRUST;
            if block.band[i] < END {
                // Near the end of the band the mask decides.
                trust[i] += CERTAIN * (1.0 - block.band[i] / END);
            }
        }
        let guide = Guide::new(SIDE, &block.colours);
        let mut linear = guide.fit(&values, &trust, ROUNDS);
        if edges == Edges::Smooth {
            let value = |k| apply(&std::array::from_fn(|i| linear[i][k]), std::array::from_fn(|i| block.colours[i][k]));
            let values: Vec<f32> = (0..SIDE * SIDE).map(|k| value(k).clamp(0.0, 1.0)).collect();
            let zeros = || vec![0.0; SIDE * SIDE];
            linear = [zeros(), zeros(), zeros(), box_mean(&box_mean(&values, SIDE, EVEN / 2), SIDE, EVEN / 2)];
        }
        let sharp =
            |k: usize| if matches!(edges, Edges::Hard | Edges::Smooth) { 1.0 } else { (1.0 - 2.0 * hairy[k]).max(0.0) };
        let function = |k: usize| [linear[0][k], linear[1][k], linear[2][k], linear[3][k], sharp(k), block.band[k]];
        Some(self.draw(x0, y0, &(0..SIDE * SIDE).map(function).collect::<Vec<_>>()))
    }

    /// The planes of a block: means over its cells. Beyond the picture they continue as at its border. None if nothing may
    /// change.
    fn load(&self, x0: usize, y0: usize) -> Option<Block> {
        let (width, height) = (self.from.seen.width() as usize, self.from.seen.height() as usize);
        let (scale, margin) = (self.scale, MARGIN * self.scale);
        // The last block of a tile may reach beyond the tile's halo.
        let (width, height) = (width.min(self.tile.x1 + margin), height.min(self.tile.y1 + margin));
        let pixel = |at: usize, i: usize, end: usize| (at + i).saturating_sub(margin).min(end - 1);
        let place = |at: usize, i: usize, end: usize, tile: usize| {
            let (first, last) = (pixel(at, i * scale, end), pixel(at, i * scale + scale - 1, end));
            self.grid.between((first + last + 1) as f32 / 2.0, tile)
        };
        let across: Vec<_> = (0..SIDE).map(|x| place(x0, x, width, self.tile.x0)).collect();
        let down: Vec<_> = (0..SIDE).map(|y| place(y0, y, height, self.tile.y0)).collect();
        let mut band = Vec::with_capacity(SIDE * SIDE);
        for &down in &down {
            let row = blend_rows(&self.band, self.grid.side(), down);
            band.extend(across.iter().map(|&(cell, part)| blend(&row[cell], &row[cell + 1], part)[0]));
        }
        let core = |y: usize| (y * SIDE + MARGIN - 1)..(y * SIDE + MARGIN + CORE + 1);
        if (MARGIN - 1..MARGIN + CORE + 1).all(|y| band[core(y)].iter().all(|weight| *weight == 0.0)) {
            return None;
        }
        let (left, right) = (pixel(x0, 0, width), pixel(x0, SIDE * scale - 1, width) + 1);
        let mut sums = vec![[0u32; 4]; SIDE * SIDE];
        let columns: Vec<usize> = (0..SIDE * scale).map(|x| pixel(x0, x, width) - left).collect();
        let mut scratch = Vec::new();
        for y in 0..SIDE * scale {
            let row = pixel(y0, y, height) as u32;
            let colours = self.from.image.rgb_span(row, left as u32..right as u32, &mut scratch).as_chunks::<3>().0;
            let values = &self.from.seen.row(row)[left..right];
            for (sum, columns) in sums[y / scale * SIDE..][..SIDE].iter_mut().zip(columns.chunks_exact(scale)) {
                for &x in columns {
                    let [r, g, b] = colours[x];
                    sum.iter_mut().zip([r, g, b, values[x]]).for_each(|(sum, value)| *sum += u32::from(value));
                }
            }
        }
        let share = 1.0 / (255 * scale * scale) as f32;
        let plane = |c: usize| sums.iter().map(|sum| sum[c] as f32 * share).collect::<Vec<_>>();
        let (colours, mask) = ([plane(0), plane(1), plane(2)], plane(3));
        let mut odds = Vec::with_capacity(SIDE * SIDE);
        for (y, &down) in down.iter().enumerate() {
            let models = blend_rows(&self.models, self.grid.side(), down);
            for (x, &(cell, part)) in across.iter().enumerate() {
                let k = y * SIDE + x;
                let model = blend(&models[cell], &models[cell + 1], part);
                let says = apply(&model, std::array::from_fn(|c| colours[c][k]));
                let known = ((mask[k] + 0.002) / (1.002 - mask[k])).ln();
                odds.push(known + if band[k] > 0.0 { (TRUST * says).clamp(-LOUDEST, LOUDEST) } else { 0.0 });
            }
        }
        Some(Block { colours, odds, mask, band })
    }

    /// The mask with a single hard edge, about two cells wide, where the odds are even.
    fn hard(&self, block: &Block) -> Vec<f32> {
        // A gentler slope is not an edge but doubt of the mask, and stays soft.
        let gentlest = 0.5 * self.scale as f32 / self.cell;
        let sharp = |k: usize| {
            let sharp = (block.odds[k] / (2.0 * slope(&block.odds, SIDE, k).max(gentlest)) + 0.5).clamp(0.0, 1.0);
            block.mask[k] + (sharp - block.mask[k]) * block.band[k]
        };
        (0..SIDE * SIDE).map(sharp).collect()
    }

    /// The matte: how much of each pixel is object by its colour, patch by patch. Returns its errors where the mask is
    /// certain.
    fn estimate(&self, block: &Block, x0: usize, y0: usize, values: &mut [f32], trust: &mut [f32]) -> Errors {
        let mut errors = Errors::default();
        let wanted = PATCHES * self.cell / self.scale as f32;
        let patch = if wanted < 24.0 {
            CORE / 4
        } else if wanted < 48.0 {
            CORE / 2
        } else {
            CORE
        };
        // A patch reaches a little into its neighbours, where its weight falls to 0. At the border of the block it reaches
        // through the margin.
        let fading = patch / 4;
        let count = CORE / patch;
        let begin = |i: usize| MARGIN + i * patch;
        let range = |i: usize| {
            let from = if i == 0 { 0 } else { begin(i) - fading / 2 };
            let to = if i + 1 == count { SIDE } else { begin(i + 1) + fading / 2 };
            from..to
        };
        let fade = |i: usize, cell: usize| {
            let at = cell as f32 + 0.5;
            let rise = |from: usize| ((at - from as f32) / fading as f32 + 0.5).clamp(0.0, 1.0);
            (if i == 0 { 1.0 } else { rise(begin(i)) }) - if i + 1 == count { 0.0 } else { rise(begin(i + 1)) }
        };
        let place = |at: usize, i: usize, tile: usize| {
            self.grid.place((at + (i * patch + patch / 2) * self.scale) as f32, tile)
        };
        let prior = values.to_vec();
        let mut sums = vec![[0.0f32; 3]; SIDE * SIDE];
        let (mut alpha, mut sure) = (vec![0.0; SIDE], vec![0.0; SIDE]);
        for (j, i) in (0..count).flat_map(|j| (0..count).map(move |i| (j, i))) {
            let columns = range(i);
            let row = |y: usize| y * SIDE + columns.start..y * SIDE + columns.end;
            let touched = |y: usize| block.band[row(y)].iter().any(|weight| *weight > 0.0);
            let mut rows = range(j).filter(|&y| touched(y)).peekable();
            if rows.peek().is_none() {
                continue;
            }
            let Some(palettes) = self.near.palettes(place(x0, i, self.tile.x0), place(y0, j, self.tile.y0)) else {
                continue;
            };
            let pairs = Pairs::new(&palettes);
            let across: Vec<f32> = columns.clone().map(|x| fade(i, x)).collect();
            for y in rows {
                let colours = [0, 1, 2].map(|c| &block.colours[c][row(y)]);
                let (alpha, sure) = (&mut alpha[..across.len()], &mut sure[..across.len()]);
                alpha.copy_from_slice(&prior[row(y)]);
                pairs.estimate(colours, alpha, sure);
                let down = fade(j, y);
                for (((sum, across), alpha), sure) in sums[row(y)].iter_mut().zip(&across).zip(alpha).zip(sure) {
                    let weight = down * across;
                    *sum = [sum[0] + weight, sum[1] + weight * *alpha, sum[2] + weight * *sure];
                }
            }
        }
        for (k, [weight, alpha, sure]) in sums.into_iter().enumerate() {
            if weight == 0.0 {
                (values[k], trust[k]) = (block.mask[k], CERTAIN);
                continue;
            }
            (values[k], trust[k]) = (alpha / weight, sure / weight);
            if block.band[k] < 1.0 {
                errors.add(k, values[k], block.mask[k]);
            }
            values[k] += (block.mask[k] - values[k]) * (1.0 - block.band[k] / END).max(0.0);
        }
        errors
    }

    /// Draws a block in full size. The first four numbers of `functions` are a linear function of colour; the fifth
    /// says how far the edge is sharpened to one pixel, the sixth how far the mask may change.
    fn draw(&self, x0: usize, y0: usize, functions: &[[f32; 6]]) -> Redrawn {
        let step = CORE * self.scale;
        let (x1, y1) = ((x0 + step).min(self.tile.x1), (y0 + step).min(self.tile.y1));
        // One pixel more on each side, for slopes.
        let (left, right) = (x0.saturating_sub(1), (x1 + 1).min(self.from.seen.width() as usize));
        let (top, bottom) = (y0.saturating_sub(1), (y1 + 1).min(self.from.seen.height() as usize));
        let place = |at: usize, corner: usize| {
            let cell = (at as f32 + 0.5 - corner as f32) / self.scale as f32 + MARGIN as f32 - 0.5;
            (cell as usize, cell.fract())
        };
        let across: Vec<_> = (left..right).map(|x| place(x, x0)).collect();
        let span = right - left;
        let mut values = Vec::with_capacity(span * (bottom - top));
        let mut shares = Vec::with_capacity(span * (bottom - top));
        let mut scratch = Vec::new();
        for y in top..bottom {
            let row = blend_rows(functions, SIDE, place(y, y0));
            let colours =
                self.from.image.rgb_span(y as u32, left as u32..right as u32, &mut scratch).as_chunks::<3>().0;
            for (colour, &(cell, part)) in colours.iter().zip(&across) {
                let [r, g, b, base, sharp, weight] = blend(&row[cell], &row[cell + 1], part);
                let colour = colour.map(|value| f32::from(value) / 255.0);
                values.push(((apply(&[r, g, b, base], colour) - 0.5) * FLAT + 0.5).clamp(0.0, 1.0));
                shares.push((sharp, weight));
            }
        }
        let mut pixels = Vec::with_capacity((x1 - x0) * (y1 - y0));
        for y in y0..y1 {
            for (x, &old) in (x0..x1).zip(&self.from.before.row(y as u32)[x0..x1]) {
                let k = (y - top) * span + x - left;
                let (old, (sharp, weight)) = (f32::from(old), shares[k]);
                if weight == 0.0 {
                    pixels.push(old as u8);
                    continue;
                }
                let edge = sharpened(&values, span, k, 0.5 / self.cell);
                let value = values[k] + (edge - values[k]) * sharp;
                pixels.push((old + (value * 255.0 - old) * weight + 0.5) as u8);
            }
        }
        Redrawn { x0, y0, width: x1 - x0, pixels }
    }
}
