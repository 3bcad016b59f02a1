//! Planes: a number for each cell of a grid.

use std::ops::Range;

/// A number for each cell of a frame's grid: mostly a probability, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// The number of columns.
    pub width: usize,
    /// The number of rows.
    pub height: usize,
    /// The numbers, row by row.
    pub data: Vec<f32>,
}

impl Plane {
    /// A plane of zeros.
    pub fn zeros(width: usize, height: usize) -> Self {
        Self { width, height, data: vec![0.0; width * height] }
    }

    /// The number of a cell.
    pub fn at(&self, x: usize, y: usize) -> f32 {
        self.data[y * self.width + x]
    }

    /// The columns and rows of the smallest box round all cells of at least `least`; none if there are none.
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
