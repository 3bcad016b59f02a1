//! What the engines without a network have in common: colours, and cuts along the edges between them.

pub mod grid;
pub mod palette;
