//! Fitting the edge of a mask to the picture: the mask was drawn smoothly from a coarse grid, and the picture shows the real
//! edge.
//!
//! Only a band along the mask's edge is redrawn, tile by tile. So the time grows with the length of the edge, and the
//! memory is that of a few tiles and of the changed pixels. For each tile, the colours of both sides are learned on a
//! grid just fine enough for the mask's blur. Its blocks then compute two masks: one with a single hard edge, and one
//! with the share of the object in each pixel's colour (the matte). Stretch by stretch one of the two is taken; the
//! matte only as far as colours are right where the mask is certain. The result becomes a linear function of colour in
//! every small window, which is applied to every pixel (He and Sun 2015).

mod area;
mod block;
mod draw;
pub mod edges;
mod guided;
mod matte;
mod model;
mod palette;
mod patches;
mod planes;
mod stretch;
#[cfg(test)]
mod tests;
pub mod tidy;
mod tiles;

use std::ops::RangeInclusive;

use crate::base::cancel::Cancel;
use crate::base::error::{ErrorKind, Result};
use crate::base::threads::for_each_item;
use crate::geometry::distance::depth;
use crate::mask::edge::block::Blocks;
use crate::mask::edge::edges::{Edges, RefineOptions};
use crate::mask::edge::palette::Surroundings;
use crate::mask::edge::planes::Sources;
use crate::mask::edge::tiles::{Grid, Tile};
use crate::mask::soft::Mask;
use crate::pixels::image::ImageView;
use crate::pixels::plane::Plane;

/// The largest cell, in picture pixels, of a mask that is as fine as the picture and is not fitted.
const FINE: f64 = 1.5;
/// The largest cell, in picture pixels.
const COARSE: f64 = 1024.0;
/// The possible reach of a refined edge in pixels; the cells that it counts as, within which a mask is redrawn freely; and
/// the blur of the mask, in cells.
const REACH: RangeInclusive<f64> = 4.0..=512.0;
const FREE: f64 = 1.4;
const DOUBT: f64 = 0.5;
/// The distance from the edge, in cells, at which a settled plane begins to go to 0 or 1, and the distance over which it
/// does.
const SETTLED: (f32, f32) = (1.0, 1.0);

/// Settles an answer's plane: all its cells become 0 or 1, except near the edge. A network's doubt is not transparency.
pub fn settle(plane: &Plane) -> Plane {
    // Beyond the grid the plane continues as at its rim.
    let margin = (SETTLED.0 + SETTLED.1).ceil() as usize;
    let (width, height) = (plane.width + 2 * margin, plane.height + 2 * margin);
    let within = |at: usize, cells: usize| at.saturating_sub(margin).min(cells - 1);
    let selected = |cell: usize| plane.at(within(cell % width, plane.width), within(cell / width, plane.height)) >= 0.5;
    let inside = depth(width, height, selected);
    let outside = depth(width, height, |cell| !selected(cell));
    let mut settled = plane.clone();
    for (i, value) in settled.data.iter_mut().enumerate() {
        let cell = (i / plane.width + margin) * width + i % plane.width + margin;
        let goal = if inside[cell] > 0.0 { 1.0 } else { 0.0 };
        let share = ((inside[cell].max(outside[cell]) - SETTLED.0) / SETTLED.1).clamp(0.0, 1.0);
        *value += (goal - *value) * share;
    }
    settled
}

/// Fits a network's mask to the picture's edges. `cell` is the size of a cell of the network's grid in picture pixels; pixels
/// farther than about three cells from the edge do not change. If cancelled, the mask is unchanged.
pub fn refine(image: &ImageView, mask: &mut Mask, cell: f64, edges: Edges, cancel: &Cancel) -> Result<()> {
    mask.check_size(image.width(), image.height())?;
    if !cell.is_finite() {
        return Err(ErrorKind::Argument.error(format!("a grid cell cannot cover {cell} pixels; pass a number")));
    }
    cancel.check()?;
    if cell <= FINE || edges == Edges::None {
        return Ok(());
    }
    let from = Sources { image, seen: mask, before: mask, doubtful: true };
    let tiles = redrawn(from, cell.min(COARSE), edges, cancel)?;
    put(mask, &tiles);
    Ok(())
}

impl Mask {
    /// Fits the mask, which may be hard or rough, to the edges of its picture. A part thinner than the reach that lies
    /// close to another edge may stay unfitted or disappear. If cancelled, the mask is unchanged.
    ///
    /// ```
    /// use deepcrop::types::RefineOptions;
    /// use deepcrop::{Cancel, Edges, ImageView, Mask, PixelFormat};
    ///
    /// // The left half of the picture is dark; the mask is three pixels too narrow.
    /// let pixels: Vec<u8> = (0..64 * 64).map(|i| if i % 64 < 32 { 20 } else { 220 }).collect();
    /// let image = ImageView::new(&pixels, 64, 64, 64, PixelFormat::Gray8)?;
    /// let rough = (0..64 * 64).map(|i| if i % 64 < 29 { 255 } else { 0 }).collect();
    /// let mut mask = Mask::new(64, 64, rough)?;
    /// mask.refine(&image, &RefineOptions::new(8.0).edges(Edges::Hard), &Cancel::new())?;
    /// assert!(mask.at(31, 32) > 200 && mask.at(33, 32) < 50);
    /// # Ok::<(), deepcrop::Error>(())
    /// ```
    pub fn refine(&mut self, image: &ImageView, options: &RefineOptions, cancel: &Cancel) -> Result<()> {
        let RefineOptions { reach, edges } = *options;
        if !REACH.contains(&reach) {
            return Err(ErrorKind::Argument.error(format!(
                "edges cannot be searched for within {reach} pixels; pass {} to {}",
                REACH.start(),
                REACH.end()
            )));
        }
        self.check_size(image.width(), image.height())?;
        cancel.check()?;
        if edges == Edges::None {
            return Ok(());
        }
        // Blurred, as if a network had drawn the mask with cells of this size.
        let cell = reach / FREE;
        let mut doubtful = Mask::empty(self.width(), self.height())?;
        doubtful.data_mut().copy_from_slice(self.data());
        doubtful.feather(DOUBT * cell)?;
        let from = Sources { image, seen: &doubtful, before: self, doubtful: false };
        let tiles = redrawn(from, cell, edges, cancel)?;
        put(self, &tiles);
        Ok(())
    }
}

/// The redrawn tiles near the edge of the mask `seen`. Where nothing may change they keep the mask `before`.
fn redrawn(from: Sources, cell: f64, edges: Edges, cancel: &Cancel) -> Result<Vec<Tile>> {
    let grid = Grid::new(cell);
    let mut tiles = grid.tiles(from.seen);
    for_each_item(&mut tiles, |tile| {
        let cells = grid.cells(from.image, from.seen, tile, cancel);
        let Some(distance) = grid.distance(&cells) else { return };
        let models = model::fit(&cells, grid.side(), grid.radius);
        let near = Surroundings {
            cells: &cells,
            distance: &distance,
            side: grid.side(),
            fineness: grid.fineness,
            radius: grid.search,
        };
        tile.redrawn = Blocks::new(from, &grid, tile, near, models, cell as f32).redraw(edges, cancel);
    });
    // Tiles need the old mask of their neighbours, so it is changed after the last one.
    cancel.check()?;
    Ok(tiles)
}

fn put(mask: &mut Mask, tiles: &[Tile]) {
    let width = mask.width() as usize;
    for part in tiles.iter().flat_map(|tile| &tile.redrawn) {
        let rows = mask.data_mut().chunks_exact_mut(width).skip(part.y0);
        for (row, new) in rows.zip(part.pixels.chunks_exact(part.width)) {
            row[part.x0..][..part.width].copy_from_slice(new);
        }
    }
}
