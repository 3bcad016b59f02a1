//! The area of a block: the cells that are redrawn, and a margin that is seen with them.

/// The most cells along a block.
pub const CORE: usize = 64;

/// The cells on each side of a block that are seen with it.
pub const MARGIN: usize = 4;

/// A rectangle of block cells.
#[derive(Clone, Copy)]
pub struct Area {
    /// The first pixel column and row of its core.
    pub x0: usize,
    pub y0: usize,
    /// The cells of its core.
    pub columns: usize,
    pub rows: usize,
    /// The pixels along a cell.
    pub scale: usize,
}

impl Area {
    /// The cells across, with the margins.
    pub fn width(&self) -> usize {
        self.columns + 2 * MARGIN
    }

    /// The cells down, with the margins.
    pub fn height(&self) -> usize {
        self.rows + 2 * MARGIN
    }
}
