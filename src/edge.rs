//! Makes a mask that was laid smoothly over a picture from a coarse grid follow the picture's real edges.
//!
//! Only a band along the half-selected line is worked on, tile by tile: memory is bounded and the time grows with the
//! outline's length. A tile learns its colours on a grid just fine enough for the mask's blur. Its blocks then ask two
//! things of every pixel: on which side of a single hard edge it lies, and how much of it is object. Stretch by stretch
//! one of the answers is taken, the second only as far as colours are right where the mask is sure of itself. It is made
//! a linear function of colour in every small window, and that is applied to every pixel (He and Sun 2015).

mod block;
mod guided;
mod matte;
mod model;
mod palette;
mod stretch;
#[cfg(test)]
mod tests;
mod tiles;

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::bands::for_each_item;
use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::image::ImageView;
use crate::mask::Mask;
use crate::regions::depth;
use crate::resample::Plane;
use block::{Blocks, Redrawn};
use palette::Surroundings;
use tiles::{Grid, Tile};

/// How a mask's border follows the picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(u32)]
pub enum Edges {
    /// Each stretch of the border as the picture shows it: hard, blurred, or hair.
    #[default]
    Auto,
    /// One pixel wide everywhere.
    Hard,
    /// One pixel wide and even: what is finer than the border's general course is left out.
    Smooth,
    /// Partly transparent wherever the colours are a mixture: hair, fur, what is out of focus.
    Hair,
    /// As the network drew it.
    None,
}

impl Edges {
    /// Their number in the C interface.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|edges| *edges as u32 == number)
    }

    /// All of them.
    pub const ALL: [Self; 5] = [Self::Auto, Self::Hard, Self::Smooth, Self::Hair, Self::None];

    /// What they are called on the command line.
    pub fn name(self) -> &'static str {
        ["auto", "hard", "smooth", "hair", "none"][self as usize]
    }
}

impl FromStr for Edges {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<Self, String> {
        let named = Self::ALL.into_iter().find(|edges| edges.name() == name);
        named.ok_or_else(|| format!("there are no edges `{name}`; take {}", Self::ALL.map(Self::name).join(", ")))
    }
}

impl fmt::Display for Edges {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Up to so many picture pixels a grid cell the mask is as fine as the picture.
const FINE: f64 = 1.5;
/// No grid is coarser than this, in picture pixels.
const COARSE: f64 = 1024.0;
/// How far edges may be looked for, in pixels, and how blurred a mask is that may be so far off, in cells.
const REACH: RangeInclusive<f64> = 4.0..=2048.0;
const DOUBT: f64 = 0.7;
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
        return Err(Error::Argument(format!("a grid cell cannot cover {cell} pixels; pass a number")));
    }
    cancel.check()?;
    if cell <= FINE || edges == Edges::None {
        return Ok(());
    }
    let cell = cell.min(COARSE);
    let grid = Grid::new(cell);
    let mut tiles = grid.tiles(mask);
    let seen = &*mask;
    for_each_item(&mut tiles, |tile| {
        if cancel.check().is_ok() {
            tile.redrawn = Some(redraw(image, seen, &grid, tile, cell as f32, edges));
        }
    });
    // Tiles look at their neighbours as they were, so nothing is written before all are done.
    if tiles.iter().any(|tile| tile.redrawn.is_none()) {
        return Err(Error::Cancelled);
    }
    let width = mask.width() as usize;
    for part in tiles.iter().flat_map(|tile| tile.redrawn.iter().flatten()) {
        let rows = mask.data_mut().chunks_exact_mut(width).skip(part.y0);
        for (row, new) in rows.zip(part.pixels.chunks_exact(part.width)) {
            row[part.x0..][..part.width].copy_from_slice(new);
        }
    }
    Ok(())
}

/// Lets a mask of any origin, a hard one too, follow the picture's edges: the true edge lies at most `reach` pixels from the
/// mask's, 4 to 2048. What is thinner than that may get lost. Cancelled, the mask is unchanged.
pub fn follow(image: &ImageView, mask: &mut Mask, reach: f64, edges: Edges, cancel: &Cancel) -> Result<()> {
    if !REACH.contains(&reach) {
        return Err(Error::Argument(format!(
            "edges cannot be looked for within {reach} pixels; pass {} to {}",
            REACH.start(),
            REACH.end()
        )));
    }
    mask.check_size(image.width(), image.height())?;
    if edges == Edges::None {
        return Ok(());
    }
    // As doubtful as if a network had drawn it with cells of this size.
    let cell = reach / 2.0;
    let mut soft = mask.clone();
    soft.feather(DOUBT * cell)?;
    refine(image, &mut soft, cell, edges, cancel)?;
    *mask = soft;
    Ok(())
}

/// What becomes of the parts of a tile that the band touches.
fn redraw(image: &ImageView, mask: &Mask, grid: &Grid, tile: &Tile, cell: f32, edges: Edges) -> Vec<Redrawn> {
    let cells = grid.cells(image, mask, tile);
    let Some(distance) = grid.distance(&cells) else { return Vec::new() };
    let models = model::fit(&cells, grid.side(), grid.radius);
    let near = Surroundings {
        cells: &cells,
        distance: &distance,
        side: grid.side(),
        fineness: grid.fineness,
        radius: grid.search,
    };
    Blocks::new((image, mask), grid, tile, near, models, cell).redraw(edges)
}
