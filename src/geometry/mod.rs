//! Points, rectangles and frames; polygons; connected parts, distances and cuts on grids.

pub mod connected_parts;
pub mod distance;
pub mod frame;
pub mod graph_cut;
pub mod point;
pub mod polygon;
pub mod rect;
pub mod suppression;
