//! The highest values of a mask in squares of all sizes, for fast searches of the highest value round a point.

use std::f64::consts::SQRT_2;

use crate::base::error::Result;
use crate::base::memory::buffer;
use crate::mask::soft::Mask;

/// A mask and the highest value in each square of 2, 4, 8 … pixels.
pub struct Peaks<'a> {
    mask: &'a Mask,
    levels: Vec<Level>,
}

struct Level {
    width: usize,
    data: Vec<u8>,
}

/// A square of `1 << level` pixels: the level, then the column and row counted in such squares.
pub type Node = (usize, usize, usize);

impl<'a> Peaks<'a> {
    /// The peaks of a mask. They take a third of its memory.
    pub fn new(mask: &'a Mask) -> Result<Self> {
        let mut levels: Vec<Level> = Vec::new();
        let (mut width, mut height) = (mask.width as usize, mask.height as usize);
        while width.max(height) > 1 {
            let below = levels.last().map_or(mask.data(), |level| &level.data);
            let mut data = buffer(width.div_ceil(2) * height.div_ceil(2), 0u8)?;
            let mut column = vec![0; width];
            for (row, pair) in data.chunks_exact_mut(width.div_ceil(2)).zip(below.chunks(2 * width)) {
                let (upper, lower) = (&pair[..width], &pair[pair.len() - width..]);
                column.iter_mut().zip(upper).zip(lower).for_each(|((high, a), b)| *high = *a.max(b));
                row.iter_mut().zip(column.chunks(2)).for_each(|(high, two)| *high = two[0].max(two[two.len() - 1]));
            }
            (width, height) = (width.div_ceil(2), height.div_ceil(2));
            levels.push(Level { width, data });
        }
        Ok(Self { mask, levels })
    }

    fn peak(&self, (level, x, y): Node) -> u8 {
        match level {
            0 => self.mask.data[y * self.mask.width as usize + x],
            _ => self.levels[level - 1].data[y * self.levels[level - 1].width + x],
        }
    }

    /// The squared distance of a point from the nearest pixel of a square. Pixels have whole coordinates here.
    fn square_distance(&self, (level, x, y): Node, from: (f64, f64)) -> f64 {
        let along = |cell: usize, from: f64| {
            let first = (cell << level) as f64;
            (first - from).max(from - (first + ((1usize << level) - 1) as f64)).max(0.0)
        };
        along(x, from.0).powi(2) + along(y, from.1).powi(2)
    }

    /// Puts the few large squares that cover the circle on the list.
    fn begin(&self, (x, y): (f64, f64), radius: f64, open: &mut Vec<Node>) {
        let mut level = 0;
        while level < self.levels.len() && ((1usize << level) as f64) < radius {
            level += 1;
        }
        let cells = |at: f64, length: u32| {
            let last = (length as usize - 1) >> level;
            let cell = |at: f64| (at.max(0.0) as usize >> level).min(last);
            cell((at - radius).floor())..=cell((at + radius).ceil())
        };
        open.clear();
        for y in cells(y, self.mask.height) {
            open.extend(cells(x, self.mask.width).map(|x| (level, x, y)));
        }
    }

    /// Puts the four quarters of a square on the list, the highest last, so that it comes next.
    fn split(&self, (level, x, y): Node, open: &mut Vec<Node>) {
        let (level, first) = (level - 1, open.len());
        let last = |length: u32| (length as usize - 1) >> level;
        for y in 2 * y..=(2 * y + 1).min(last(self.mask.height)) {
            open.extend((2 * x..=(2 * x + 1).min(last(self.mask.width))).map(|x| (level, x, y)));
        }
        open[first..].sort_unstable_by_key(|&node| self.peak(node));
    }

    /// The highest value within `radius` of a point.
    pub fn highest(&self, from: (f64, f64), radius: f64, open: &mut Vec<Node>) -> u8 {
        self.begin(from, radius, open);
        let mut highest = 0;
        while let Some(node) = open.pop() {
            let peak = self.peak(node);
            if peak <= highest || self.square_distance(node, from) > radius * radius {
                continue;
            }
            if node.0 > 0 {
                self.split(node, open);
            } else if peak == 255 {
                return peak;
            } else {
                highest = peak;
            }
        }
        highest
    }

    /// The highest value within `radius` of a pixel, also between pixels: on the rim of the circle, in the direction of
    /// each pixel just outside, the mask is interpolated linearly.
    pub fn highest_between(&self, from: (f64, f64), radius: f64, open: &mut Vec<Node>) -> f64 {
        let farthest = radius + SQRT_2;
        self.begin(from, farthest, open);
        let mut highest = 0.0;
        while let Some(node) = open.pop() {
            let peak = f64::from(self.peak(node));
            let square = self.square_distance(node, from);
            if peak <= highest || square > farthest * farthest {
                continue;
            }
            if node.0 > 0 {
                self.split(node, open);
            } else if square <= radius * radius {
                highest = peak;
            } else {
                let (x, y) = (node.1 as f64, node.2 as f64);
                let part = radius / square.sqrt();
                let rim = (from.0 + (x - from.0) * part, from.1 + (y - from.1) * part);
                if (x - rim.0).abs() < 1.0 && (y - rim.1).abs() < 1.0 {
                    highest = self.between(rim).min(peak).max(highest);
                }
            }
        }
        highest
    }

    /// The mask at any place, interpolated linearly.
    fn between(&self, (x, y): (f64, f64)) -> f64 {
        let (column, row) = (x as usize, y as usize);
        let next = (column + 1).min(self.mask.width as usize - 1);
        let at = |row: u32| {
            let row = self.mask.row(row);
            let (a, b) = (f64::from(row[column]), f64::from(row[next]));
            a + (b - a) * x.fract()
        };
        let (above, below) = (at(row as u32), at((row as u32 + 1).min(self.mask.height - 1)));
        above + (below - above) * y.fract()
    }
}
