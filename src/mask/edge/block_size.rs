//! How large a block is.

/// Cells along a block.
pub const CORE: usize = 64;

/// Cells round it that are looked at.
pub const MARGIN: usize = 8;

pub const SIDE: usize = CORE + 2 * MARGIN;
