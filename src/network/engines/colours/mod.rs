//! What the engines without a network share: colours, and cuts along the edges between them.

pub mod grid;
pub mod palette;
