//! Footprints: masks with one bit for each cell, so that thousands can be compared.

use std::ops::Range;

use crate::base::error::Result;
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::geometry::rect::Rect;
use crate::pixels::plane::Plane;
use crate::pixels::resample::axis::Filter;
use crate::pixels::resample::resize;

/// The cells of a grid that a mask covers.
pub struct Footprint {
    rows: Range<usize>,
    /// Words of 64 columns each.
    words: Range<usize>,
    /// The bits, row by row, for `rows` and `words` only.
    bits: Vec<u64>,
    area: u32,
}

impl Footprint {
    /// The footprint, on a grid of the picture, of the logits above 0.
    pub fn new(logits: &Plane, frame: &Frame, grid: &Frame) -> Result<Self> {
        let Rect { x0, y0, x1, y1 } = frame.window;
        let (low, high) = (grid.to_grid(Point::new(x0, y0)), grid.to_grid(Point::new(x1, y1)));
        // The casts turn negative numbers into 0.
        let span = |low: f64, high: f64, cells: usize| low as usize..(high.ceil() as usize).min(cells);
        let (columns, rows) = (span(low.x, high.x, grid.width), span(low.y, high.y, grid.height));
        if columns.is_empty() || rows.is_empty() {
            return Ok(Self { rows: 0..0, words: 0..0, bits: Vec::new(), area: 0 });
        }
        let low = grid.to_picture(Point::new(columns.start as f64, rows.start as f64));
        let high = grid.to_picture(Point::new(columns.end as f64, rows.end as f64));
        let part = Frame::stretch(Rect::new(low.x, low.y, high.x, high.y), columns.len(), rows.len());
        let plane = resize(logits, frame, &part, Filter::Linear)?;
        let words = columns.start / 64..columns.end.div_ceil(64);
        let mut bits = vec![0u64; words.len() * rows.len()];
        let mut area = 0;
        for (cell, _) in plane.data.iter().enumerate().filter(|(_, logit)| **logit > 0.0) {
            let (column, row) = (columns.start + cell % columns.len(), cell / columns.len());
            bits[row * words.len() + column / 64 - words.start] |= 1 << (column % 64);
            area += 1;
        }
        Ok(Self { rows, words, bits, area })
    }

    /// Whether the IoU of two footprints is above `more_than`.
    pub fn overlaps(&self, other: &Self, more_than: f64) -> bool {
        let (less, more) = (f64::from(self.area.min(other.area)), f64::from(self.area.max(other.area)));
        // Most pairs differ so much in size that their cells need not be compared.
        if less <= more_than * more {
            return false;
        }
        let both = f64::from(self.shared(other));
        both > more_than * (less + more - both)
    }

    /// The number of cells that both cover.
    fn shared(&self, other: &Self) -> u32 {
        let common = |a: &Range<usize>, b: &Range<usize>| a.start.max(b.start)..a.end.min(b.end);
        let (rows, words) = (common(&self.rows, &other.rows), common(&self.words, &other.words));
        if words.is_empty() {
            return 0;
        }
        let line = |this: &Self, row: usize| {
            let start = (row - this.rows.start) * this.words.len();
            start + words.start - this.words.start..start + words.end - this.words.start
        };
        let row = |row: usize| {
            let pairs = self.bits[line(self, row)].iter().zip(&other.bits[line(other, row)]);
            pairs.map(|(a, b)| (a & b).count_ones()).sum::<u32>()
        };
        rows.map(row).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A rectangle of the picture, filled, on a patch somewhere about it whose cells are one pixel.
    fn filled(rect: [i32; 4], grid: &Frame) -> Footprint {
        let [x0, y0, x1, y1] = rect;
        let (width, height) = ((x1 - x0 + 4) as usize, (y1 - y0 + 6) as usize);
        let window = Rect::new(f64::from(x0 - 2), f64::from(y0 - 3), f64::from(x1 + 2), f64::from(y1 + 3));
        let inside = |cell: usize| {
            let (x, y) = (cell % width, cell / width);
            (2..width - 2).contains(&x) && (3..height - 3).contains(&y)
        };
        let data = (0..width * height).map(|cell| if inside(cell) { 1.0 } else { -1.0 }).collect();
        Footprint::new(&Plane { width, height, data }, &Frame::stretch(window, width, height), grid).unwrap()
    }

    fn rects() -> impl Strategy<Value = [i32; 4]> {
        (-30i32..150, -30i32..90, 1i32..90, 1i32..90).prop_map(|(x, y, w, h)| [x, y, x + w, y + h])
    }

    proptest! {
        #[test]
        fn what_is_shared_is_counted(a in rects(), b in rects(), more_than in 0.0..1.0) {
            let grid = Frame::stretch(Rect::whole(140, 80), 140, 80);
            let within = |[x0, y0, x1, y1]: [i32; 4]| (x1.min(140) - x0.max(0)).max(0) * (y1.min(80) - y0.max(0)).max(0);
            let (one, two) = (filled(a, &grid), filled(b, &grid));
            prop_assert_eq!((one.area as i32, two.area as i32), (within(a), within(b)));
            let both = [a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])];
            let shared = within(both) * i32::from(both[0] < both[2] && both[1] < both[3]);
            prop_assert_eq!(one.shared(&two) as i32, shared);
            let union = within(a) + within(b) - shared;
            prop_assert_eq!(one.overlaps(&two, more_than), f64::from(shared) > more_than * f64::from(union));
        }
    }

    #[test]
    fn a_coarse_grid_sees_the_same() {
        let grid = Frame::stretch(Rect::whole(1400, 800), 140, 80);
        let (one, two) = (filled([300, 200, 500, 400], &grid), filled([400, 200, 600, 400], &grid));
        assert_eq!((one.area, one.shared(&two)), (400, 200));
        assert!(one.overlaps(&two, 0.33) && !one.overlaps(&two, 0.34));
    }
}
