//! Makes a mask that was laid smoothly over a picture from a coarse grid follow the picture's real edges.
//!
//! Only a band along the half-selected line is worked on, tile by tile: time grows with the outline's length, and the
//! memory is that of a few tiles and of the pixels that change. A tile learns its colours on a grid just fine enough for the mask's blur. Its blocks then ask two
//! things of every pixel: on which side of a single hard edge it lies, and how much of it is object. Stretch by stretch
//! one of the answers is taken, the second only as far as colours are right where the mask is sure of itself. It is made
//! a linear function of colour in every small window, and that is applied to every pixel (He and Sun 2015).

mod block;
mod block_size;
pub mod edges;
mod guided;
mod matte;
mod model;
mod palette;
mod stretch;
#[cfg(test)]
mod tests;
mod tiles;

use crate::mask::edge::edges::Edges;
use std::ops::RangeInclusive;

use crate::base::cancel::Cancel;
use crate::base::error::{ErrorKind, Result};
use crate::base::threads::for_each_item;
use crate::geometry::distance::depth;
use crate::mask::edge::block::{Blocks, Sources};
use crate::mask::edge::palette::Surroundings;
use crate::mask::edge::tiles::{Grid, Tile};
use crate::mask::soft::Mask;
use crate::pixels::image::ImageView;
use crate::pixels::plane::Plane;

/// Up to so many picture pixels a grid cell the mask is as fine as the picture.
const FINE: f64 = 1.5;
/// No grid is coarser than this, in picture pixels.
const COARSE: f64 = 1024.0;
/// How far edges may be looked for, in pixels; that is so many cells, within which a mask may be redrawn freely, and
/// it is blurred by so many.
const REACH: RangeInclusive<f64> = 4.0..=512.0;
const FREE: f64 = 1.4;
const DOUBT: f64 = 0.5;
/// From so many cells off the half-selected line a mask begins to be settled, and after so many more it is.
const SETTLED: (f32, f32) = (1.0, 1.0);

/// A network's doubt is no transparency: a plane whose cells are 0 or 1 but near the half-selected line.
pub fn settle(plane: &Plane) -> Plane {
    // Beyond the grid it goes on as at its rim.
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

/// Lets the mask follow the picture's edges. `cell` is how many picture pixels a cell of the network's grid
/// covers; pixels farther than about two cells from the half-selected line stay as they are. Cancelled, the mask is
/// unchanged.
pub fn refine(image: &ImageView, mask: &mut Mask, cell: f64, edges: Edges, cancel: &Cancel) -> Result<()> {
    mask.check_size(image.width(), image.height())?;
    if !cell.is_finite() {
        return Err(ErrorKind::Argument.error(format!("a grid cell cannot cover {cell} pixels; pass a number")));
    }
    cancel.check()?;
    if cell <= FINE || edges == Edges::None {
        return Ok(());
    }
    let tiles = redrawn(image, mask, mask, cell.min(COARSE), edges, cancel)?;
    put(mask, &tiles);
    Ok(())
}

/// Lets a mask of any origin, a hard one too, follow the picture's edges: the true edge lies at most `reach` pixels from the
/// mask's, 4 to 512. What is thinner than that, and has another edge near, may stay as it is or get lost. Cancelled, the
/// mask is unchanged.
pub fn follow(image: &ImageView, mask: &mut Mask, reach: f64, edges: Edges, cancel: &Cancel) -> Result<()> {
    if !REACH.contains(&reach) {
        return Err(ErrorKind::Argument.error(format!(
            "edges cannot be looked for within {reach} pixels; pass {} to {}",
            REACH.start(),
            REACH.end()
        )));
    }
    mask.check_size(image.width(), image.height())?;
    cancel.check()?;
    if edges == Edges::None {
        return Ok(());
    }
    // As doubtful as if a network had drawn it with cells of this size.
    let cell = reach / FREE;
    let mut doubtful = Mask::empty(mask.width(), mask.height())?;
    doubtful.data_mut().copy_from_slice(mask.data());
    doubtful.feather(DOUBT * cell)?;
    let tiles = redrawn(image, &doubtful, mask, cell, edges, cancel)?;
    put(mask, &tiles);
    Ok(())
}

/// What becomes of every tile near the edge of the mask that is `seen`; where nothing changes it is what was `before`.
fn redrawn(
    image: &ImageView,
    seen: &Mask,
    before: &Mask,
    cell: f64,
    edges: Edges,
    cancel: &Cancel,
) -> Result<Vec<Tile>> {
    let grid = Grid::new(cell);
    let mut tiles = grid.tiles(seen);
    for_each_item(&mut tiles, |tile| {
        let cells = grid.cells(image, seen, tile, cancel);
        let Some(distance) = grid.distance(&cells) else { return };
        let models = model::fit(&cells, grid.side(), grid.radius);
        let near = Surroundings {
            cells: &cells,
            distance: &distance,
            side: grid.side(),
            fineness: grid.fineness,
            radius: grid.search,
        };
        tile.redrawn =
            Blocks::new(Sources { image, seen, before }, &grid, tile, near, models, cell as f32).redraw(edges, cancel);
    });
    // Tiles look at their neighbours as they were, so nothing is written before all are done.
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
