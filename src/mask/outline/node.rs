//! Nodes: the form in which the path tools of editors keep curves.

use crate::geometry::point::Point;
use crate::mask::outline::cubic::Cubic;

/// The largest difference (the sine) of two directions that count as the same: a twentieth of a degree.
const SAME: f64 = 1e-3;

/// A node: the point where two cubic Bézier curves of a ring meet, with a handle (control point) on either side.
/// Between two nodes whose handles lie on the nodes, the line is straight. See [`Outline`](crate::Outline).
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Node {
    /// The node, in picture coordinates.
    pub point: Point,
    /// The handle of the arriving curve: its second control point.
    pub handle_in: Point,
    /// The handle of the leaving curve: its first control point.
    pub handle_out: Point,
    /// Whether the line has a corner here. If not, the node and its handles lie on one line.
    pub corner: bool,
}

impl Node {
    /// A node between straight lines.
    pub(crate) fn corner(point: Point) -> Self {
        Self { point, handle_in: point, handle_out: point, corner: true }
    }
}

/// The nodes of a closed ring of curves.
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

/// The closed ring of curves between nodes.
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
