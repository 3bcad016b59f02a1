//! Points, rectangles and grids; polygons; connected parts and distances. No pixels yet.

pub mod distance;
pub mod frame;
pub mod graph_cut;
pub mod labels;
pub mod point;
pub mod polygon;
pub mod rect;
pub mod suppression;
