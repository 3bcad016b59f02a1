//! Nodes: curves as the path tools of editors hold them.

use crate::geometry::point::Point;
use crate::mask::outline::cubic::Cubic;

/// Directions that differ by less (the sine) are one direction: a twentieth of a degree.
const SAME: f64 = 1e-3;

/// Where two curves of a ring meet, with the control point on either side. Where a handle lies on its node, and so does
/// the next one on its own, the line between is straight.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Node {
    /// In picture coordinates.
    pub point: Point,
    /// The second control point of the curve that arrives.
    pub handle_in: Point,
    /// The first control point of the curve that leaves.
    pub handle_out: Point,
    /// Whether the line turns sharply here. Where it does not, the node and its handles lie on one line.
    pub corner: bool,
}

impl Node {
    /// One that straight lines meet in.
    pub(crate) fn corner(point: Point) -> Self {
        Self { point, handle_in: point, handle_out: point, corner: true }
    }
}

/// The nodes between curves that follow one another, and the last of which ends where the first begins.
pub fn of_curves(curves: impl Iterator<Item = Cubic>) -> Vec<Node> {
    let curves: Vec<Cubic> = curves.collect();
    let before = |i: usize| curves[(i + curves.len() - 1) % curves.len()];
    let node = |i: usize| {
        let (arriving, leaving) = (before(i), curves[i]);
        let [from, to] = [arriving.last_step(), leaving.first_step()];
        let corner = !(from.dot(to) > 0.0 && from.cross(to).abs() < SAME * from.length() * to.length());
        Node { point: leaving.0[0], handle_in: arriving.0[2], handle_out: leaving.0[1], corner }
    };
    (0..curves.len()).map(node).collect()
}

/// The curves between nodes, the last of which leads back to the first.
pub fn curves(nodes: &[Node]) -> impl Iterator<Item = Cubic> + '_ {
    let next = nodes.iter().cycle().skip(1);
    nodes.iter().zip(next).map(|(from, to)| Cubic([from.point, from.handle_out, to.handle_in, to.point]))
}

/// A polygon that stays within `tolerance` of the curves between nodes.
pub fn flatten(nodes: &[Node], tolerance: f64) -> Vec<Point> {
    let mut line = Vec::new();
    curves(nodes).for_each(|curve| curve.flatten(tolerance, &mut line));
    line
}
