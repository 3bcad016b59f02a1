//! The size of a block.

/// The cells along a block.
pub const CORE: usize = 64;

/// The cells on each side of a block that are seen with it.
pub const MARGIN: usize = 4;

/// The cells along a block with its margins.
pub const SIDE: usize = CORE + 2 * MARGIN;
