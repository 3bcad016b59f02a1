//! Drawing a block in the picture's size.

use std::ops::Range;

use multiversion::multiversion;

use crate::mask::edge::area::{Area, MARGIN};
use crate::mask::edge::planes::Sources;
use crate::mask::edge::stretch::slopes;
use crate::mask::edge::tiles::{Redrawn, Tile};
use crate::mask::soft::HALF;

/// The factor by which alphas are stretched: alphas near 0 or 1 come from grain on a flat colour.
const FLAT: f32 = 1.1;

/// Planes of a block: a linear function of colour, how far the edge is sharpened to one pixel, how far the mask may change,
/// and how far it is settled: -1 where nothing is selected, 1 where all is.
pub type Functions = [Vec<f32>; 7];

/// Draws a block in full size. An edge has at least the slope `gentlest`.
pub fn draw(from: Sources, tile: &Tile, area: Area, functions: &Functions, gentlest: f32) -> Redrawn {
    let Area { x0, y0, scale, .. } = area;
    let (x1, y1) = ((x0 + area.columns * scale).min(tile.x1), (y0 + area.rows * scale).min(tile.y1));
    // One pixel more on each side, for slopes.
    let (left, right) = (x0.saturating_sub(1), (x1 + 1).min(from.seen.width() as usize));
    let (top, bottom) = (y0.saturating_sub(1), (y1 + 1).min(from.seen.height() as usize));
    let span = right - left;
    let spans = touched(&functions[5], area);
    // The cell before a pixel, and the share of the way to the next.
    let place = |at: usize, corner: usize| {
        let cell = (at as f32 + 0.5 - corner as f32) / scale as f32 + MARGIN as f32 - 0.5;
        (cell as usize, cell.fract())
    };
    let across: Vec<_> = (left..right).map(|x| place(x, x0)).collect();
    let mut row = vec![[0.0; 7]; area.width()];
    let mut values = vec![0.0; span * (bottom - top)];
    let mut shares = vec![(0.0, 0.0); span * (bottom - top)];
    // The pixels of a row between cells that may change.
    let columns = |cells: &Range<usize>| {
        let first = across.partition_point(|&(cell, _)| cell < cells.start);
        first..across.partition_point(|&(cell, _)| cell < cells.end)
    };
    let mut scratch = Vec::new();
    for y in top..bottom {
        let (cell, part) = place(y, y0);
        let columns = columns(&spans[cell]);
        if columns.is_empty() {
            continue;
        }
        blend_rows(functions, area.width(), cell, part, &mut row);
        let seen = (left + columns.start) as u32..(left + columns.end) as u32;
        let colours = from.image.rgb_span(y as u32, seen, &mut scratch).as_chunks::<3>().0;
        let start = (y - top) * span;
        let at = start + columns.start..start + columns.end;
        apply_row(&row, &across[columns], colours, &mut values[at.clone()], &mut shares[at]);
    }
    let slopes = slopes(&values, span);
    let mut pixels = Vec::with_capacity((x1 - x0) * (y1 - y0));
    for y in y0..y1 {
        let first = pixels.len();
        let old = &from.before.row(y as u32)[x0..x1];
        match from.doubtful {
            true => pixels.extend(old.iter().map(|&value| if value < HALF { 0 } else { 255 })),
            false => pixels.extend_from_slice(old),
        }
        let start = (y - top) * span + x0 - left;
        let row = start..start + x1 - x0;
        finish_row(&values[row.clone()], &slopes[row.clone()], &shares[row], gentlest, &mut pixels[first..]);
    }
    Redrawn { x0, y0, width: x1 - x0, pixels }
}

/// For each row of cells, the cells after which lie pixels that may change, or that are next to such pixels.
fn touched(band: &[f32], area: Area) -> Vec<Range<usize>> {
    let width = area.width();
    let spans: Vec<Option<(usize, usize)>> = band
        .chunks_exact(width)
        .map(|row| {
            let first = row.iter().position(|weight| *weight > 0.0)?;
            Some((first, row.iter().rposition(|weight| *weight > 0.0)?))
        })
        .collect();
    let near = |y: usize| {
        let rows = y.saturating_sub(1)..(y + 3).min(spans.len());
        spans[rows].iter().flatten().copied().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    };
    let span = |y: usize| near(y).map_or(0..0, |(first, last)| first.saturating_sub(2)..last + 2);
    (0..spans.len()).map(span).collect()
}

/// Interpolates all functions between a row of cells and the next.
fn blend_rows(functions: &Functions, width: usize, row: usize, part: f32, out: &mut [[f32; 7]]) {
    for (i, plane) in functions.iter().enumerate() {
        let (above, below) = plane[row * width..][..2 * width].split_at(width);
        for ((out, above), below) in out.iter_mut().zip(above).zip(below) {
            out[i] = above + (below - above) * part;
        }
    }
}

/// The value of each pixel of a row, and its shares of sharpening and change.
#[multiversion(targets("x86_64+avx2"))]
fn apply_row(
    row: &[[f32; 7]],
    across: &[(usize, f32)],
    colours: &[[u8; 3]],
    values: &mut [f32],
    shares: &mut [(f32, f32)],
) {
    for (((colour, &(cell, part)), value), share) in colours.iter().zip(across).zip(values).zip(shares) {
        let (from, to) = (&row[cell], &row[cell + 1]);
        let [r, g, b, base, sharp, weight, settled]: [f32; 7] =
            std::array::from_fn(|i| from[i] + (to[i] - from[i]) * part);
        let [red, green, blue] = colour.map(|value| f32::from(value) / 255.0);
        let open = ((r * red + g * green + b * blue + base - 0.5) * FLAT + 0.5).clamp(0.0, 1.0);
        *value = open * (1.0 - settled.abs()) + settled.max(0.0);
        *share = (sharp, weight);
    }
}

/// The new pixels of a row. `pixels` holds the old ones.
#[multiversion(targets("x86_64+avx2"))]
fn finish_row(values: &[f32], slopes: &[f32], shares: &[(f32, f32)], gentlest: f32, pixels: &mut [u8]) {
    for (((value, slope), (sharp, weight)), pixel) in values.iter().zip(slopes).zip(shares).zip(pixels) {
        let edge = ((value - 0.5) / slope.max(gentlest) + 0.5).clamp(0.0, 1.0);
        let value = value + (edge - value) * sharp;
        let old = f32::from(*pixel);
        *pixel = (old + (value * 255.0 - old) * weight + 0.5) as u8;
    }
}
