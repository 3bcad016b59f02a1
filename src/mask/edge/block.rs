//! Blocks: squares of the band, in which the mask is fitted to the picture.

use std::ops::Range;

use crate::base::cancel::Cancel;
use crate::mask::edge::area::{Area, CORE, MARGIN};
use crate::mask::edge::draw::draw;
use crate::mask::edge::edges::Edges;
use crate::mask::edge::guided::{Guide, apply, box_mean};
use crate::mask::edge::palette::Surroundings;
use crate::mask::edge::patches::estimate;
use crate::mask::edge::planes::{CERTAIN, END, Planes, Sources};
use crate::mask::edge::stretch::{hairiness, slopes};
use crate::mask::edge::tiles::{Grid, Redrawn, Tile, blend, blend_rows};

/// The weight of a pixel's colour beside the mask. It is low, as neighbours have nearly the same colours.
const TRUST: f32 = 0.25;
/// The largest log odds of a colour.
const LOUDEST: f32 = 1.5;
/// The trust in the hard edge; and the trust in it where colours are not reliable.
const HARD_TRUST: f32 = 0.3;
const LONE_TRUST: f32 = 3.0;
/// The rounds of guided smoothing. Each reaches two cells farther, as far as the margin goes.
const ROUNDS: usize = MARGIN / 2;
/// The value below which a cell is faint, and the cells beyond those that are not in which nothing faint is left.
const FAINT: f32 = 0.1;
const NEAR: usize = 2;
/// The width over which a smooth edge is evened out, in cells of a block.
const EVEN: usize = 4;

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
        let area = self.touched(x0, y0)?;
        let block = self.load(area);
        let width = area.width();
        let hard = self.hard(&block);
        let palettes = |x: usize, y: usize| {
            let (x, y) = (self.grid.place(x as f32, self.tile.x0), self.grid.place(y as f32, self.tile.y0));
            self.near.palettes(x, y)
        };
        let matte = estimate(&block, &hard, self.cell, palettes);
        let (mut values, mut trust, reliable) = (matte.values, matte.trust, matte.reliable);
        let mut hairy = match edges {
            Edges::Hair => vec![1.0; values.len()],
            _ => hairiness(&values, &trust, &hard, width),
        };
        for (i, hairy) in hairy.iter_mut().enumerate() {
            *hairy *= reliable[i];
            values[i] = hard[i] + *hairy * (values[i] - hard[i]);
            trust[i] = trust[i] * reliable[i] + (1.0 - *hairy) * HARD_TRUST + (1.0 - reliable[i]) * LONE_TRUST;
            // Near the end of the band the mask decides.
            trust[i] += CERTAIN * (1.0 - block.band[i] / END).max(0.0);
        }
        let mut linear = Guide::new(width, &block.colours).fit(&values, &trust, ROUNDS);
        if edges == Edges::Smooth {
            let value = |k| apply(&std::array::from_fn(|i| linear[i][k]), std::array::from_fn(|i| block.colours[i][k]));
            let values: Vec<f32> = (0..values.len()).map(|k| value(k).clamp(0.0, 1.0)).collect();
            let zeros = || vec![0.0; values.len()];
            linear = [zeros(), zeros(), zeros(), box_mean(&box_mean(&values, width, EVEN / 2), width, EVEN / 2)];
        }
        let sharp = match edges {
            Edges::Hard | Edges::Smooth => vec![1.0; values.len()],
            _ => hairy.iter().map(|hairy| (1.0 - 2.0 * hairy).max(0.0)).collect(),
        };
        let settled = settled(&linear, &block);
        let [r, g, b, base] = linear;
        Some(draw(self.from, self.tile, area, &[r, g, b, base, sharp, block.band, settled], 0.5 / self.cell))
    }

    /// The area of the block at a corner that the band touches; None if it touches nothing.
    fn touched(&self, x0: usize, y0: usize) -> Option<Area> {
        let side = self.grid.side();
        let step = CORE * self.scale;
        let seen = |from: usize, end: usize, tile: usize| {
            let cells = |at: usize| self.grid.between(at as f32, tile).0;
            cells(from)..(cells(end) + 2).min(side)
        };
        let (x1, y1) = ((x0 + step).min(self.tile.x1), (y0 + step).min(self.tile.y1));
        let (columns, rows) = (seen(x0, x1, self.tile.x0), seen(y0, y1, self.tile.y0));
        let mut touched: Option<(Range<usize>, Range<usize>)> = None;
        for (y, row) in rows.clone().zip(self.band.chunks_exact(side).skip(rows.start)) {
            let row = &row[columns.clone()];
            let Some(first) = row.iter().position(|&[weight]| weight > 0.0) else { continue };
            let last = row.iter().rposition(|&[weight]| weight > 0.0).unwrap_or(first);
            let (first, end) = (columns.start + first, columns.start + last + 1);
            touched = Some(match touched {
                Some((x, down)) => (x.start.min(first)..x.end.max(end), down.start..y + 1),
                None => (first..end, y..y + 1),
            });
        }
        let (columns, rows) = touched?;
        // Of pixels between cells, and of cells that lie between others, one more.
        let cells = |touched: Range<usize>, from: usize, end: usize, tile: usize| {
            let Range { start, end: last } = self.grid.pixels(touched, tile);
            let cell = |at: f32| (at - from as f32) / self.scale as f32;
            let first = (cell(start).floor() - 1.0).max(0.0) as usize;
            first..((cell(last).ceil() + 1.0).max(0.0) as usize).min((end - from).div_ceil(self.scale))
        };
        let columns = cells(columns, x0, x1, self.tile.x0);
        let rows = cells(rows, y0, y1, self.tile.y0);
        (!columns.is_empty() && !rows.is_empty()).then(|| Area {
            x0: x0 + columns.start * self.scale,
            y0: y0 + rows.start * self.scale,
            columns: columns.len(),
            rows: rows.len(),
            scale: self.scale,
        })
    }

    /// The planes of a block: means over its cells. Beyond the picture they continue as at its border.
    fn load(&self, area: Area) -> Planes {
        let (scale, margin) = (self.scale, MARGIN * self.scale);
        let (columns, rows) = (area.width(), area.height());
        // The last block of a tile may reach beyond the tile's halo.
        let end = |length: u32, tile: usize| (length as usize).min(tile + margin);
        let width = end(self.from.seen.width(), self.tile.x1);
        let height = end(self.from.seen.height(), self.tile.y1);
        let pixel = |at: usize, i: usize, end: usize| (at + i).saturating_sub(margin).min(end - 1);
        let place = |at: usize, i: usize, end: usize, tile: usize| {
            let (first, last) = (pixel(at, i * scale, end), pixel(at, i * scale + scale - 1, end));
            self.grid.between((first + last + 1) as f32 / 2.0, tile)
        };
        let across: Vec<_> = (0..columns).map(|x| place(area.x0, x, width, self.tile.x0)).collect();
        let down: Vec<_> = (0..rows).map(|y| place(area.y0, y, height, self.tile.y0)).collect();
        let (left, right) = (pixel(area.x0, 0, width), pixel(area.x0, columns * scale - 1, width) + 1);
        let mut sums = vec![[0u32; 4]; columns * rows];
        let near: Vec<usize> = (0..columns * scale).map(|x| pixel(area.x0, x, width) - left).collect();
        let mut scratch = Vec::new();
        for y in 0..rows * scale {
            let row = pixel(area.y0, y, height) as u32;
            let colours = self.from.image.rgb_span(row, left as u32..right as u32, &mut scratch).as_chunks::<3>().0;
            let values = &self.from.seen.row(row)[left..right];
            for (sum, near) in sums[y / scale * columns..][..columns].iter_mut().zip(near.chunks_exact(scale)) {
                for &x in near {
                    let [r, g, b] = colours[x];
                    sum.iter_mut().zip([r, g, b, values[x]]).for_each(|(sum, value)| *sum += u32::from(value));
                }
            }
        }
        let share = 1.0 / (255 * scale * scale) as f32;
        let plane = |c: usize| sums.iter().map(|sum| sum[c] as f32 * share).collect::<Vec<_>>();
        let (colours, mask) = ([plane(0), plane(1), plane(2)], plane(3));
        let mut band = Vec::with_capacity(columns * rows);
        let mut odds = Vec::with_capacity(columns * rows);
        for (y, &down) in down.iter().enumerate() {
            let weights = blend_rows(&self.band, self.grid.side(), down);
            let models = blend_rows(&self.models, self.grid.side(), down);
            for (x, &(cell, part)) in across.iter().enumerate() {
                let k = y * columns + x;
                let [weight] = blend(&weights[cell], &weights[cell + 1], part);
                let model = blend(&models[cell], &models[cell + 1], part);
                let says = apply(&model, std::array::from_fn(|c| colours[c][k]));
                let known = ((mask[k] + 0.002) / (1.002 - mask[k])).ln();
                odds.push(known + if weight > 0.0 { (TRUST * says).clamp(-LOUDEST, LOUDEST) } else { 0.0 });
                band.push(weight);
            }
        }
        Planes { area, colours, odds, mask, band }
    }

    /// The mask with a single hard edge, about two cells wide, where the odds are even.
    fn hard(&self, block: &Planes) -> Vec<f32> {
        // A gentler slope is not an edge but doubt of the mask, and stays soft.
        let gentlest = 0.5 * self.scale as f32 / self.cell;
        let slopes = slopes(&block.odds, block.area.width());
        let planes = block.odds.iter().zip(&slopes).zip(&block.mask).zip(&block.band);
        let sharp = |(((odds, slope), mask), band): (((&f32, &f32), &f32), &f32)| {
            let sharp = (odds / (2.0 * slope.max(gentlest)) + 0.5).clamp(0.0, 1.0);
            mask + (sharp - mask) * band
        };
        planes.map(sharp).collect()
    }
}

/// Where cells are settled: -1 where nothing near is more than faint, 1 where nothing near is less than nearly solid.
/// There no trace of the other side may be left.
fn settled(linear: &[Vec<f32>; 4], block: &Planes) -> Vec<f32> {
    let width = block.area.width();
    let value = |k: usize| {
        let value = apply(&std::array::from_fn(|i| linear[i][k]), std::array::from_fn(|i| block.colours[i][k]));
        // Where the mask may not change, its side counts.
        let side = f32::from(u8::from(block.mask[k] >= 0.5));
        side + (value - side) * block.band[k]
    };
    let values: Vec<f32> = (0..block.mask.len()).map(value).collect();
    let near = |is: &dyn Fn(f32) -> bool| {
        box_mean(&values.iter().map(|&value| f32::from(u8::from(is(value)))).collect::<Vec<_>>(), width, NEAR)
    };
    let (loud, open) = (near(&|value| value >= FAINT), near(&|value| value <= 1.0 - FAINT));
    // Means are sums of 0 and 1 with rounding errors.
    let none = |mean: f32| f32::from(u8::from(mean < 1e-3));
    loud.iter().zip(&open).map(|(&loud, &open)| none(open) - none(loud)).collect()
}
