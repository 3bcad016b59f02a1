//! Makes a mask that was laid smoothly over a picture from a coarse grid follow the picture's real edges.
//!
//! Only a band along the half-selected line is worked on, tile by tile: memory is bounded and the time grows with the
//! outline's length. Within a tile the colours are learned on a grid just fine enough for the mask's blur and applied to
//! every pixel (He and Sun 2015).

mod model;
mod tiles;

use crate::bands::for_each_item;
use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::image::ImageView;
use crate::mask::Mask;
use crate::regions::depth;
use crate::resample::Plane;
use tiles::{Grid, Tile, blend, blend_rows};

/// Up to so many picture pixels a grid cell the mask is as fine as the picture.
const FINE: f64 = 1.5;
/// No grid is coarser than this, in picture pixels.
const COARSE: f64 = 1024.0;
/// How much a pixel's colour counts beside the mask: neighbours have nearly the same colours, so that each by itself
/// says little.
const TRUST: f32 = 0.25;
/// No colour says more than this either way.
const LOUDEST: f32 = 1.5;

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

/// Lets the mask's edge snap to the picture's edges. `cell` is how many picture pixels a cell of the network's grid
/// covers; pixels farther than about two cells from the half-selected line stay as they are. Cancelled, the mask is
/// unchanged.
pub fn refine(image: &ImageView, mask: &mut Mask, cell: f64, cancel: &Cancel) -> Result<()> {
    mask.check_size(image.width(), image.height())?;
    if !cell.is_finite() {
        return Err(Error::Argument(format!("a grid cell cannot cover {cell} pixels; pass a number")));
    }
    cancel.check()?;
    if cell <= FINE {
        return Ok(());
    }
    let cell = cell.min(COARSE);
    let grid = Grid::new(cell);
    let mut tiles = grid.tiles(mask);
    let seen = &*mask;
    for_each_item(&mut tiles, |tile| {
        if cancel.check().is_ok() {
            tile.pixels = Some(snap(image, seen, &grid, tile, cell as f32));
        }
    });
    // Tiles look at their neighbours as they were, so nothing is written before all are done.
    if tiles.iter().any(|tile| tile.pixels.is_none()) {
        return Err(Error::Cancelled);
    }
    let width = mask.width() as usize;
    for tile in &tiles {
        let rows = mask.data_mut().chunks_exact_mut(width).skip(tile.y0);
        let span = tile.x1 - tile.x0;
        for (row, new) in rows.zip(tile.pixels.iter().flat_map(|pixels| pixels.chunks_exact(span))) {
            row[tile.x0..tile.x1].copy_from_slice(new);
        }
    }
    Ok(())
}

/// The new mask in a tile, or nothing where it stays. What the mask says of a pixel and what its colour says add up as logarithms of odds; where
/// the sum is nought is the edge, and by the sum's slope it is drawn one pixel wide.
fn snap(image: &ImageView, mask: &Mask, grid: &Grid, tile: &Tile, cell: f32) -> Vec<u8> {
    let cells = grid.cells(image, mask, tile);
    let Some(band) = grid.band(&cells) else { return Vec::new() };
    let models = model::fit(&cells, grid.side(), grid.radius);
    let prior: [f32; 256] = std::array::from_fn(|value| ((value as f32 + 0.5) / (255.5 - value as f32)).ln());

    let mut pixels: Vec<u8> = (tile.y0..tile.y1).flat_map(|y| &mask.row(y as u32)[tile.x0..tile.x1]).copied().collect();
    // A pixel more on each side, for slopes.
    let (left, right) = (tile.x0.saturating_sub(1), (tile.x1 + 1).min(mask.width() as usize));
    let (top, bottom) = (tile.y0.saturating_sub(1), (tile.y1 + 1).min(mask.height() as usize));
    let (span, rows) = (right - left, bottom - top);
    let mut odds = Vec::with_capacity(span * rows);
    let mut weights = Vec::with_capacity(span * rows);
    let mut scratch = Vec::new();
    let across: Vec<_> = (left..right).map(|x| grid.between(x, tile.x0)).collect();
    for y in top..bottom {
        let down = grid.between(y, tile.y0);
        let band = blend_rows(&band, grid.side(), down);
        let olds = &mask.row(y as u32)[left..right];
        if band.iter().all(|[weight]| *weight == 0.0) {
            odds.extend(olds.iter().map(|&old| prior[old as usize]));
            weights.resize(odds.len(), 0.0);
            continue;
        }
        let colours = image.rgb_span(y as u32, left as u32..right as u32, &mut scratch).as_chunks::<3>().0;
        let models = blend_rows(&models, grid.side(), down);
        for ((colour, &old), &(cell, part)) in colours.iter().zip(olds).zip(&across) {
            let [weight] = blend(&band[cell], &band[cell + 1], part);
            let mut value = prior[old as usize];
            if weight > 0.0 {
                let model = blend(&models[cell], &models[cell + 1], part);
                let [r, g, b] = colour.map(|value| f32::from(value) / 255.0);
                let says = model[0] * r + model[1] * g + model[2] * b + model[3];
                value += (TRUST * says).clamp(-LOUDEST, LOUDEST);
            }
            odds.push(value);
            weights.push(weight);
        }
    }
    // Gentler slopes are no edges but a mask that does not know, and stay as soft as that.
    let gentlest = 0.5 / cell;
    for (row, y) in pixels.chunks_exact_mut(tile.x1 - tile.x0).zip(tile.y0 - top..) {
        for (pixel, x) in row.iter_mut().zip(tile.x0 - left..) {
            let weight = weights[y * span + x];
            if weight > 0.0 {
                let at = |x: usize, y: usize| odds[y.min(rows - 1) * span + x.min(span - 1)];
                let dx = at(x + 1, y) - at(x.saturating_sub(1), y);
                let dy = at(x, y + 1) - at(x, y.saturating_sub(1));
                let slope = ((dx * dx + dy * dy).sqrt() / 2.0).max(gentlest);
                let sharp = (at(x, y) / slope + 0.5).clamp(0.0, 1.0) * 255.0;
                let old = f32::from(*pixel);
                *pixel = (old + (sharp - old) * weight + 0.5) as u8;
            }
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::RgbImage;
    use proptest::prelude::*;

    /// A disc of one colour on another, with some texture and a hole of a third of its size.
    fn disc(width: u32, height: u32, x: f64, y: f64, radius: f64) -> (RgbImage, Mask) {
        let mut data = Vec::new();
        let mut pixels = Vec::new();
        for (j, i) in (0..height).flat_map(|j| (0..width).map(move |i| (j, i))) {
            let inside = (radius / 3.0..radius).contains(&(f64::from(i) + 0.5 - x).hypot(f64::from(j) + 0.5 - y));
            let texture = ((i * 7 + j * 13) % 17) as u8;
            pixels.extend(if inside { [180 + texture, 90, 60] } else { [90 + texture, 110, 70 + texture] });
            data.push(if inside { 255 } else { 0 });
        }
        (RgbImage::new(pixels, width, height).unwrap(), Mask::new(width, height, data).unwrap())
    }

    /// The mean over squares, which is what a coarse grid leaves.
    fn blurred(mask: &Mask, radius: i64) -> Mask {
        let (width, height) = (i64::from(mask.width()), i64::from(mask.height()));
        let mean = |x: i64, y: i64| {
            let near = (y - radius..=y + radius).flat_map(|j| (x - radius..=x + radius).map(move |i| (i, j)));
            let inside = near.map(|(i, j)| (i.clamp(0, width - 1), j.clamp(0, height - 1)));
            let sum: i64 = inside.map(|(i, j)| i64::from(mask.at(i as u32, j as u32))).sum();
            (sum / (2 * radius + 1).pow(2)) as u8
        };
        let data = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| mean(x, y)).collect();
        Mask::new(mask.width(), mask.height(), data).unwrap()
    }

    fn error(a: &Mask, b: &Mask) -> u64 {
        a.data().iter().zip(b.data()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>() / 255
    }

    #[test]
    fn doubt_far_from_the_edge_is_settled() {
        let mut plane = Plane::zeros(30, 20);
        for (i, value) in plane.data.iter_mut().enumerate() {
            let (x, y) = (i % 30, i / 30);
            // An object at the left rim, sure of itself only at its edge; a haze all round.
            *value = if x < 15 && (4..16).contains(&y) { 0.6 } else { 0.2 };
        }
        let settled = settle(&plane);
        assert_eq!((settled.at(0, 10), settled.at(7, 10), settled.at(29, 19), settled.at(25, 0)), (1.0, 1.0, 0.0, 0.0));
        assert!((settled.at(14, 10) - 0.6).abs() < 1e-6 && (settled.at(15, 10) - 0.2).abs() < 1e-6);
        assert!(plane.data.iter().zip(&settled.data).all(|(a, b)| (*a >= 0.5) == (*b >= 0.5)));
    }

    #[test]
    fn a_mask_that_is_off_snaps_to_the_edge() {
        let (image, truth) = disc(300, 200, 150.0, 100.0, 60.0);
        let (_, near) = disc(300, 200, 152.0, 99.0, 59.0);
        for (blur, cell) in [(4, 6.0), (8, 12.0)] {
            let before = blurred(&near, blur);
            let mut mask = before.clone();
            refine(&image.view(), &mut mask, cell, &Cancel::new()).unwrap();
            assert!(
                error(&mask, &truth) * 3 < error(&before, &truth),
                "{} {}",
                error(&mask, &truth),
                error(&before, &truth)
            );
            assert_eq!([mask.at(190, 100), mask.at(150, 100), mask.at(5, 5)], [255, 0, 0], "the hole stays");
        }
    }

    #[test]
    fn fine_masks_cancelled_runs_and_wrong_sizes_change_nothing() {
        let (image, truth) = disc(60, 40, 30.0, 20.0, 12.0);
        let mut mask = blurred(&truth, 3);
        let before = mask.clone();
        refine(&image.view(), &mut mask, 1.5, &Cancel::new()).unwrap();
        let cancel = Cancel::new();
        cancel.raise();
        assert_eq!(refine(&image.view(), &mut mask, 8.0, &cancel), Err(Error::Cancelled));
        assert!(refine(&image.view(), &mut mask, f64::NAN, &Cancel::new()).is_err());
        assert_eq!(mask, before);
        let mut small = Mask::empty(3, 3).unwrap();
        assert!(matches!(refine(&image.view(), &mut small, 8.0, &Cancel::new()), Err(Error::Argument(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn far_from_the_edge_nothing_changes(
            (width, height) in (1u32..200, 1u32..200),
            (x, y, radius) in (0f64..200.0, 0f64..200.0, 0f64..90.0),
            cell in 1f64..40.0,
        ) {
            let (image, truth) = disc(width, height, x, y, radius);
            let before = blurred(&truth, 2);
            let mut mask = before.clone();
            refine(&image.view(), &mut mask, cell, &Cancel::new()).unwrap();
            for (j, i) in (0..height).flat_map(|j| (0..width).map(move |i| (j, i))) {
                let from_centre = (f64::from(i) + 0.5 - x).hypot(f64::from(j) + 0.5 - y);
                if (from_centre - radius).abs().min((from_centre - radius / 3.0).abs()) > 2.5 * cell + 4.0 {
                    prop_assert_eq!(mask.at(i, j), before.at(i, j));
                }
            }
        }
    }

    #[test]
    fn empty_and_full_masks_stay() {
        for (width, height, value) in [(1, 1, 0), (1, 1, 255), (90, 70, 0), (90, 70, 255), (5000, 1, 255)] {
            let (image, _) = disc(width, height, 0.0, 0.0, 40.0);
            let mut mask = Mask::new(width, height, vec![value; (width * height) as usize]).unwrap();
            refine(&image.view(), &mut mask, 1e9, &Cancel::new()).unwrap();
            assert!(mask.data().iter().all(|&v| v == value));
        }
    }
}
