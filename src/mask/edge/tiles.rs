//! Tiles of the band along a mask's edge, and the grid of working cells on which a tile's colours are learned.

use std::ops::Range;

use crate::base::cancel::Cancel;
use crate::geometry::distance;
use crate::mask::edge::area::MARGIN;
use crate::mask::edge::model::Cell;
use crate::mask::edge::palette::SURE;
use crate::mask::soft::{HALF, Mask};
use crate::pixels::image::ImageView;

/// The working cells along a tile.
const TILE: usize = 64;
/// The working cells along a part of a tile, for which it is known whether an edge crosses it.
const PART: usize = 8;
/// The most rows of pixels of a working cell that are read.
const ROWS: usize = 8;
/// The number of working cells along a cell of the network's grid. Finer ones make palettes of single hairs, and colour
/// models of fewer colours.
const FINENESS: f64 = 2.0;
/// The number of block cells along a cell of the network's grid, and the most picture pixels along a block cell.
const BLOCK_FINENESS: f64 = 9.0;
const MOST_PIXELS: f64 = 32.0;
/// The reach of a window of the colour models, of the band, and of the search for colours, in cells of the network's grid.
const WINDOW: f64 = 2.0;
const BAND: f64 = 2.0;
const SEARCH: f64 = 4.5;
/// The halo that a tile sees round itself, in cells of the network's grid.
const HALO: f64 = 3.0;

/// A tile: a square of the picture, cut off at its border.
pub struct Tile {
    /// The first column.
    pub x0: usize,
    /// The first row.
    pub y0: usize,
    /// The column after the last.
    pub x1: usize,
    /// The row after the last.
    pub y1: usize,
    /// The redrawn parts.
    pub redrawn: Vec<Redrawn>,
}

/// The working cells of a picture. A tile with its halo is a square of them. Lengths are in working cells.
pub struct Grid {
    /// The picture pixels along a working cell.
    scale: usize,
    /// The picture pixels along a block cell.
    pub block_scale: usize,
    /// The reach of a window of the colour models.
    pub radius: usize,
    /// The distance from the edge within which the mask may change.
    reach: f32,
    /// The halo that a tile sees round itself.
    halo: usize,
    /// The reach of the search for colours.
    pub search: usize,
    /// The working cells along a cell of the network's grid.
    pub fineness: f32,
    /// The distance from the edge beyond which it makes no difference.
    farthest: usize,
}

impl Grid {
    /// The working cells for a network's grid whose cells are `cell` picture pixels wide.
    pub fn new(cell: f64) -> Self {
        let scale = ((cell / FINENESS).round() as usize).max(1);
        let cells = cell / scale as f64;
        let radius = ((WINDOW * cells).round() as usize).max(1);
        let reach = BAND * cells;
        let search = (SEARCH * cells).ceil() as usize;
        let block_scale = (cell / BLOCK_FINENESS).round().clamp(1.0, MOST_PIXELS);
        // The margins of blocks lie in the halo, with one cell more to interpolate.
        let margin = (MARGIN as f64 * block_scale / scale as f64).ceil() + 1.0;
        let halo = (HALO * cells).ceil().max(margin) as usize;
        let farthest = reach.max(f64::from(SURE) * cells).ceil() as usize;
        let block_scale = block_scale as usize;
        Self { scale, block_scale, radius, reach: reach as f32, halo, search, fineness: cells as f32, farthest }
    }

    /// The working cells along a tile with its halo.
    pub fn side(&self) -> usize {
        TILE + 2 * self.halo
    }

    /// The tiles in which the mask may change: those with an edge in reach.
    pub fn tiles(&self, mask: &Mask) -> Vec<Tile> {
        let (width, height) = (mask.width() as usize, mask.height() as usize);
        // The smallest and the largest value of each part of a tile.
        let side = PART * self.scale;
        let (columns, rows) = (width.div_ceil(side), height.div_ceil(side));
        let mut values = vec![(255u8, 0u8); columns * rows];
        for (y, row) in mask.data().chunks_exact(width).enumerate() {
            for (part, pixels) in values[y / side * columns..].iter_mut().zip(row.chunks(side)) {
                *part = pixels.iter().fold(*part, |(low, high), &value| (low.min(value), high.max(value)));
            }
        }
        // One working cell more, since blocks look that far beyond the tile.
        let reach = ((self.reach + 1.0) / PART as f32).ceil() as usize;
        let near = |at: usize, end: usize| at.saturating_sub(reach)..(at + TILE / PART + reach).min(end);
        let crossed = |column: usize, row: usize| {
            let parts = near(row, rows).flat_map(|row| near(column, columns).map(move |column| row * columns + column));
            let (low, high) = parts.fold((255, 0), |(low, high), i| (values[i].0.min(low), values[i].1.max(high)));
            low < HALF && high >= HALF
        };
        let all =
            (0..rows).step_by(TILE / PART).flat_map(|row| (0..columns).step_by(TILE / PART).map(move |c| (c, row)));
        let tile = |(column, row): (usize, usize)| {
            let (x0, y0, tile) = (column * side, row * side, TILE * self.scale);
            Tile { x0, y0, x1: (x0 + tile).min(width), y1: (y0 + tile).min(height), redrawn: Vec::new() }
        };
        all.filter(|&(column, row)| crossed(column, row)).map(tile).collect()
    }

    /// The means of colour and mask over the working cells of a tile with its halo; only some of them, if cancelled.
    pub fn cells(&self, image: &ImageView, mask: &Mask, tile: &Tile, cancel: &Cancel) -> Vec<Cell> {
        let (side, scale) = (self.side(), self.scale);
        let margin = self.halo * scale;
        let (left, right) = (tile.x0.saturating_sub(margin), (tile.x1 + margin).min(mask.width() as usize));
        let (top, bottom) = (tile.y0.saturating_sub(margin), (tile.y1 + margin).min(mask.height() as usize));
        let mut sums = vec![([0u32; 4], 0u32); side * side];
        let mut scratch = Vec::new();
        // Of large cells some rows are enough.
        let step = scale.div_ceil(ROWS);
        for y in (top..bottom).take_while(|_| cancel.check().is_ok()) {
            let (row, within) = ((y + margin - tile.y0) / scale * side, (y + margin - tile.y0) % scale);
            if !within.is_multiple_of(step) && y != top && y + 1 != bottom {
                continue;
            }
            let colours = image.rgb_span(y as u32, left as u32..right as u32, &mut scratch).as_chunks::<3>().0;
            let values = &mask.row(y as u32)[left..right];
            let first = (left + margin - tile.x0) / scale;
            // The first cell may be cut by the picture's edge, the last as well.
            let cut = (first + 1) * scale - (left + margin - tile.x0);
            let (head, tail) = colours.split_at(cut.min(colours.len()));
            let (head_values, tail_values) = values.split_at(head.len());
            let runs = std::iter::once((head, head_values)).chain(tail.chunks(scale).zip(tail_values.chunks(scale)));
            for ((sum, count), (colours, values)) in sums[row + first..].iter_mut().zip(runs) {
                let mut run = [0u32; 4];
                for (&[r, g, b], &value) in colours.iter().zip(values) {
                    run.iter_mut().zip([r, g, b, value]).for_each(|(sum, value)| *sum += u32::from(value));
                }
                sum.iter_mut().zip(run).for_each(|(sum, run)| *sum += run);
                *count += values.len() as u32;
            }
        }
        let mean = |(sum, count): ([u32; 4], u32)| match count {
            0 => Cell::default(),
            _ => {
                let [r, g, b, mask] = sum.map(|sum| sum as f32 / (255 * count) as f32);
                Cell { colour: [r, g, b], mask, inside: true }
            }
        };
        sums.into_iter().map(mean).collect()
    }

    /// The band: how much each working cell may change, by its distance from the edge. Wholly at the edge, not at all
    /// beyond the reach.
    pub fn band(&self, distance: &[f32]) -> Vec<[f32; 1]> {
        distance.iter().map(|distance| [(3.0 * (1.0 - distance / self.reach)).clamp(0.0, 1.0)]).collect()
    }

    /// The distance of each working cell from the edge, but at most `farthest`. None if there is no edge.
    pub fn distance(&self, cells: &[Cell]) -> Option<Vec<f32>> {
        let side = self.side();
        let selected = |i: usize| cells[i].mask >= 0.5;
        let differs = |i: usize, j: usize| cells[i].inside && cells[j].inside && selected(i) != selected(j);
        let mut on_line = vec![false; cells.len()];
        for i in 0..cells.len() {
            for j in [i + 1, i + side] {
                if (j % side != 0 || j == i + side) && j < cells.len() && differs(i, j) {
                    (on_line[i], on_line[j]) = (true, true);
                }
            }
        }
        if !on_line.contains(&true) {
            return None;
        }
        Some(distance::distance_within(side, side, self.farthest, |i| on_line[i]))
    }

    /// Converts a column or row of the picture to working cells of the tile that begins at `tile`.
    pub fn place(&self, position: f32, tile: usize) -> f32 {
        (position - tile as f32) / self.scale as f32 + self.halo as f32
    }

    /// The pixels whose value depends on some columns or rows of working cells: from the centre of the cell before them to that
    /// of the cell after.
    pub fn pixels(&self, cells: Range<usize>, tile: usize) -> Range<f32> {
        let pixel = |cell: f32| tile as f32 + (cell - self.halo as f32) * self.scale as f32;
        pixel(cells.start as f32 - 0.5)..pixel(cells.end as f32 + 0.5)
    }

    /// The working cell whose centre lies before a position, and the share of the way to the next.
    pub fn between(&self, position: f32, tile: usize) -> (usize, f32) {
        let cell = self.place(position, tile) - 0.5;
        (cell as usize, cell.fract())
    }
}

/// Interpolates between two values.
#[inline]
pub fn blend<const N: usize>(from: &[f32; N], to: &[f32; N], part: f32) -> [f32; N] {
    std::array::from_fn(|i| from[i] + (to[i] - from[i]) * part)
}

/// Interpolates between row `row` of a square of `side` cells and the next.
pub fn blend_rows<const N: usize>(cells: &[[f32; N]], side: usize, (row, part): (usize, f32)) -> Vec<[f32; N]> {
    let (above, below) = cells[row * side..][..2 * side].split_at(side);
    above.iter().zip(below).map(|(above, below)| blend(above, below, part)).collect()
}

/// A redrawn rectangle of the mask.
pub struct Redrawn {
    /// The first column.
    pub x0: usize,
    /// The first row.
    pub y0: usize,
    /// The number of columns.
    pub width: usize,
    /// The new pixels, row by row.
    pub pixels: Vec<u8>,
}
