//! One number a cell of a grid.

use std::ops::Range;

/// One number a cell, 0 to 1: a probability on a frame's grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Cells in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row.
    pub data: Vec<f32>,
}

impl Plane {
    /// A plane of zeros.
    pub fn zeros(width: usize, height: usize) -> Self {
        Self { width, height, data: vec![0.0; width * height] }
    }

    /// The value of a cell.
    pub fn at(&self, x: usize, y: usize) -> f32 {
        self.data[y * self.width + x]
    }

    /// The columns and the rows of all cells of at least `least`.
    pub fn extent(&self, least: f32) -> Option<(Range<usize>, Range<usize>)> {
        let loud = |value: &f32| *value >= least;
        let (mut across, mut down) = (self.width..0, self.height..0);
        for (y, row) in self.data.chunks_exact(self.width).enumerate() {
            let (Some(first), Some(last)) = (row.iter().position(loud), row.iter().rposition(loud)) else { continue };
            across = across.start.min(first)..across.end.max(last + 1);
            down = down.start.min(y)..y + 1;
        }
        (!down.is_empty()).then_some((across, down))
    }
}
