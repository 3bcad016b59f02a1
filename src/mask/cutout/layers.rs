//! Layers: the colours of the object and of the background where they mix (Germer, Uelwer, Conrad, Harmeling, "Fast
//! Multi-Level Foreground Estimation", 2020). Mixed, they give the picture's colours, and they change as little as
//! possible where the mask changes. They are solved on a coarse grid first, then on ever finer ones; on the finest only
//! in tiles along the edge.

use crate::base::error::Result;
use crate::base::memory::buffer;
use crate::base::threads::for_each_band;
use crate::mask::soft::{Mask, PixelBox};
use crate::pixels::image::ImageView;

/// The picture pixels along a cell of the coarse grid: halved three times, a cell is a pixel.
pub const CELL: u32 = 8;

/// The weight of the difference between neighbours: everywhere, and in addition where the mask changes from 0 to 1.
const SMOOTHNESS: (f32, f32) = (1e-5, 1.0);
/// The sweeps over a grid, there and back; more for small grids, where they cost nothing.
const SWEEPS: usize = 2;
const MORE_SWEEPS: usize = 5;
const SMALL: usize = 32;

/// A cell: the means of picture and mask over a square.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cell {
    /// The mean colour.
    colour: [f32; 3],
    /// The selected share.
    alpha: f32,
    /// The weight of the colour: the picture's own opacity, 0 for tiles that were skipped.
    weight: f32,
}

/// The object's colour and the background's. The last numbers mean nothing, but four are as fast as three.
#[derive(Debug, Clone, Copy, Default)]
struct Layers {
    front: [f32; 4],
    back: [f32; 4],
}

/// A grid of cells, row by row.
pub struct Grid {
    width: usize,
    cells: Vec<Cell>,
}

/// The layers on the coarse grid. It covers the selected pixels and some room round them.
pub struct Coarse {
    /// The first column and row of the grid, in cells.
    x0: u32,
    y0: u32,
    width: usize,
    layers: Vec<Layers>,
}

impl Grid {
    /// A grid with a cell for each pixel of a box.
    pub fn of_pixels(image: &ImageView, mask: &Mask, PixelBox { x0, y0, x1, y1 }: PixelBox) -> Self {
        let width = (x1 - x0) as usize;
        let mut cells = Vec::with_capacity(width * (y1 - y0) as usize);
        let mut pixels = Vec::new();
        for y in y0..y1 {
            image.exact_span(y, x0..x1, &mut pixels);
            let selected = &mask.row(y)[x0 as usize..x1 as usize];
            cells.extend(pixels.iter().zip(selected).map(|(&[r, g, b, a], &value)| Cell {
                colour: [r, g, b],
                alpha: f32::from(value) / 255.0,
                weight: a,
            }));
        }
        Self { width, cells }
    }

    fn height(&self) -> usize {
        self.cells.len() / self.width
    }

    /// The grid with cells of twice the size.
    fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height().div_ceil(2));
        let mut cells = Vec::with_capacity(width * height);
        for rows in self.cells.chunks(2 * self.width) {
            let (upper, lower) = rows.split_at(self.width);
            for x in (0..self.width).step_by(2) {
                let end = (x + 2).min(self.width);
                cells.push(mean(upper[x..end].iter().chain(&lower[x.min(lower.len())..end.min(lower.len())])));
            }
        }
        Self { width, cells }
    }

    /// The layers of the grid, solved from the coarsest grid on.
    fn solve(&self) -> Vec<Layers> {
        if self.cells.len() == 1 {
            let colour = self.cells[0].colour;
            let four = [colour[0], colour[1], colour[2], 0.0];
            return vec![Layers { front: four, back: four }];
        }
        let half = self.halved();
        self.refine(&half.solve(), half.width)
    }

    /// The layers of the grid, beginning with those of the grid with cells of twice the size.
    fn refine(&self, coarse: &[Layers], coarse_width: usize) -> Vec<Layers> {
        let mut layers: Vec<Layers> = Vec::with_capacity(self.cells.len());
        for y in 0..self.height() {
            let row = &coarse[y / 2 * coarse_width..];
            layers.extend((0..self.width).map(|x| row[x / 2]));
        }
        let sweeps = if self.width.max(self.height()) <= SMALL { MORE_SWEEPS } else { SWEEPS };
        for _ in 0..sweeps {
            (0..layers.len()).for_each(|i| self.relax(&mut layers, i));
            (0..layers.len()).rev().for_each(|i| self.relax(&mut layers, i));
        }
        layers
    }

    /// Improves the layers of a cell, given those of its four neighbours: two equations, which differ between the
    /// channels only in their right-hand sides.
    #[inline]
    fn relax(&self, layers: &mut [Layers], i: usize) {
        let x = i % self.width;
        let cell = &self.cells[i];
        let near = [
            if x > 0 { i - 1 } else { i },
            if x + 1 < self.width { i + 1 } else { i },
            if i >= self.width { i - self.width } else { i },
            if i + self.width < layers.len() { i + self.width } else { i },
        ];
        let colour = [cell.colour[0], cell.colour[1], cell.colour[2], 0.0];
        let settled = cell.weight == 1.0 && (cell.alpha == 0.0 || cell.alpha == 1.0);
        if settled && near.iter().all(|&j| self.cells[j].alpha == cell.alpha) {
            // Nothing mixes here: one colour is seen, the other is taken from the neighbours.
            let mean = |of: fn(&Layers) -> &[f32; 4]| {
                let [a, b, c, d] = near.map(|j| *of(&layers[j]));
                std::array::from_fn(|i| (a[i] + b[i] + c[i] + d[i]) / 4.0)
            };
            layers[i] = match cell.alpha {
                0.0 => Layers { front: mean(|layers| &layers.front), back: colour },
                _ => Layers { front: colour, back: mean(|layers| &layers.back) },
            };
            return;
        }
        let (mut front, mut back, mut pull) = ([0f32; 4], [0f32; 4], 0f32);
        for j in near {
            let alike = SMOOTHNESS.0 + SMOOTHNESS.1 * (cell.alpha - self.cells[j].alpha).abs();
            pull += alike;
            (0..4).for_each(|c| front[c] += alike * layers[j].front[c]);
            (0..4).for_each(|c| back[c] += alike * layers[j].back[c]);
        }
        let (alpha, rest) = (cell.alpha, 1.0 - cell.alpha);
        let (a, b, both) =
            (cell.weight * alpha * alpha + pull, cell.weight * rest * rest + pull, cell.weight * alpha * rest);
        let scale = 1.0 / (a * b - both * both);
        let colour = colour.map(|value| value * cell.weight);
        let (mut new_front, mut new_back) = ([0f32; 4], [0f32; 4]);
        for c in 0..4 {
            let (one, other) = (front[c] + alpha * colour[c], back[c] + rest * colour[c]);
            new_front[c] = ((b * one - both * other) * scale).clamp(0.0, 1.0);
            new_back[c] = ((a * other - both * one) * scale).clamp(0.0, 1.0);
        }
        layers[i] = Layers { front: new_front, back: new_back };
    }
}

/// The mean of cells. Colours count by their weight.
fn mean<'a>(cells: impl Iterator<Item = &'a Cell> + Clone) -> Cell {
    let count = cells.clone().count() as f32;
    let weight: f32 = cells.clone().map(|cell| cell.weight).sum();
    let mut mean = Cell { weight: weight / count, ..Cell::default() };
    for cell in cells {
        let share = if weight > 0.0 { cell.weight / weight } else { 1.0 / count };
        mean.alpha += share * cell.alpha;
        (0..3).for_each(|c| mean.colour[c] += share * cell.colour[c]);
    }
    mean
}

impl Coarse {
    /// The layers on the coarse grid; none if nothing is selected. Colours are only read in tiles for whose column and
    /// row `matters` is true; in the others the mask has one value.
    pub fn new(image: &ImageView, mask: &Mask, matters: impl Fn(usize, usize) -> bool + Sync) -> Result<Option<Self>> {
        let Some(bounds) = mask.bounds_with_margin(2 * TILE) else { return Ok(None) };
        let side = TILE;
        // Whole tiles, so that no tile sees beyond the grid.
        let (x0, y0) = (bounds.x0 / side * side, bounds.y0 / side * side);
        let (x1, y1) =
            (bounds.x1.next_multiple_of(side).min(mask.width()), bounds.y1.next_multiple_of(side).min(mask.height()));
        let width = (x1 - x0).div_ceil(CELL) as usize;
        let mut cells = buffer(width * (y1 - y0).div_ceil(CELL) as usize, Cell::default())?;
        // Band by band, each a row of tiles.
        let per_tile = (side / CELL) as usize;
        for_each_band(&mut cells, width, per_tile, |first, band| {
            for (row, cells) in (first..).zip(band.chunks_exact_mut(width)) {
                let y = y0 + row as u32 * CELL;
                let y = y..(y + CELL).min(y1);
                for (tile, cells) in cells.chunks_mut(per_tile).enumerate() {
                    let x = x0 + tile as u32 * side;
                    let all = PixelBox { x0: x, y0: y.start, x1: (x + side).min(x1), y1: y.end };
                    if !matters((x / side) as usize, (all.y0 / side) as usize) {
                        let alpha = f32::from(mask.at(x, y.start)) / 255.0;
                        cells.fill(Cell { alpha, ..Cell::default() });
                        continue;
                    }
                    let pixels = Grid::of_pixels(image, mask, all);
                    for (i, cell) in cells.iter_mut().enumerate() {
                        let rows = pixels.cells.chunks_exact(pixels.width);
                        let (begin, end) = (i * CELL as usize, ((i + 1) * CELL as usize).min(pixels.width));
                        *cell = mean(rows.flat_map(|row| &row[begin..end]));
                    }
                }
            }
        });
        let layers = Grid { width, cells }.solve();
        Ok(Some(Self { x0: x0 / CELL, y0: y0 / CELL, width, layers }))
    }

    /// The object's colour for each pixel of a box. The corner of the box is the corner of a coarse cell.
    pub fn refined(&self, pixels: &Grid, place: PixelBox) -> Vec<[f32; 4]> {
        let twice = pixels.halved();
        let four = twice.halved();
        let first = (place.y0 / CELL - self.y0) as usize * self.width + (place.x0 / CELL - self.x0) as usize;
        let layers = four.refine(&self.layers[first..], self.width);
        let layers = twice.refine(&layers, four.width);
        pixels.refine(&layers, twice.width).into_iter().map(|layers| layers.front).collect()
    }
}

/// The pixels along a tile: whole cells of the coarse grid.
pub const TILE: u32 = 64;
