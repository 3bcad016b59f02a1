//! The outline of a mask: its edge as polygons and curves, with holes; and the way back to a mask.

mod contour;
mod corners;
mod cubic;
mod fitting;
mod json;
mod measured_line;
pub mod node;
mod simplify;
mod smooth;
mod svg;
#[cfg(test)]
mod tests;

use crate::base::error::{ErrorKind, Result};
use crate::geometry::point::Point;
use crate::geometry::polygon;
use crate::mask::outline::cubic::Cubic;
use crate::mask::outline::node::Node;
use crate::mask::outline::simplify::{signed_area, simplify};
use crate::mask::soft::Mask;

/// The largest distance, in pixels, of the straight steps that replace a curve. It cannot be seen.
const FINE: f64 = 0.02;

/// Options for an outline.
///
/// ```
/// use deepcrop::types::OutlineOptions;
///
/// let polygon = OutlineOptions::default().straight(true).tolerance(1.0).smallest_area(20.0);
/// assert!(polygon.straight);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct OutlineOptions {
    /// The largest distance of the outline from the mask's edge, in pixels. More tolerance gives fewer points.
    ///
    /// Round objects less than 200 pixels wide, curves keep closer to the edge: the narrower the object, the closer. With the
    /// default, they give back 99.5 % of an object 100 pixels long and 8 wide (15 if the mask is hard), with at most a tenth
    /// of its contour's points; and some 90 to 99 % of hairs and objects of a few pixels. A contour of less than 120 points
    /// keeps up to twelve nodes. Polygons only keep to the tolerance.
    pub tolerance: f64,
    /// The least area of a ring in square pixels. Smaller rings are left out, with all rings inside them.
    pub smallest_area: f64,
    /// Whether lines between nodes are straight: the nodes are then the points of the polygon.
    pub straight: bool,
}

impl Default for OutlineOptions {
    /// Curves with a tolerance of half a pixel, which cannot be seen, and a least area of four pixels.
    fn default() -> Self {
        Self { tolerance: 0.5, smallest_area: 4.0, straight: false }
    }
}

impl OutlineOptions {
    /// The usual options: curves with a tolerance of half a pixel.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the largest distance of the outline from the mask's edge, in pixels.
    pub fn tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// Sets the least area of a ring, in square pixels.
    pub fn smallest_area(self, smallest_area: f64) -> Self {
        Self { smallest_area, ..self }
    }

    /// Sets whether lines between nodes are straight.
    pub fn straight(self, straight: bool) -> Self {
        Self { straight, ..self }
    }

    /// Refuses negative numbers and NaN.
    pub fn check(&self) -> Result<()> {
        let Self { tolerance, smallest_area, .. } = self;
        if *tolerance >= 0.0 && tolerance.is_finite() && *smallest_area >= 0.0 {
            return Ok(());
        }
        Err(ErrorKind::Argument.error(format!(
            "an outline cannot have a tolerance of {tolerance} and a smallest area of {smallest_area}; pass numbers from 0 up"
        )))
    }
}

/// A ring: a closed line, both as a polygon and as smooth curves. The selected side is on the right of the line's
/// direction: outer rings go clockwise as seen on a screen, holes counter-clockwise.
///
/// ```
/// use deepcrop::types::{OutlineOptions, Ring};
/// use deepcrop::{Mask, Outline};
///
/// // A square with a square hole.
/// let inside = |i: usize, cells: std::ops::Range<usize>| cells.contains(&(i % 40)) && cells.contains(&(i / 40));
/// let selected = |i| inside(i, 4..36) && !inside(i, 14..26);
/// let mask = Mask::new(40, 40, (0..40 * 40).map(|i| if selected(i) { 255 } else { 0 }).collect())?;
/// let outline = Outline::trace(&mask, &OutlineOptions::default())?;
/// let [outer, hole]: &[Ring; 2] = outline.rings.as_slice().try_into().expect("two rings");
/// assert!(!outer.hole && hole.hole && hole.parent == Some(0));
/// assert!(outer.points.len() >= 4 && outer.nodes.iter().all(|node| node.point.x < 40.0));
/// println!("{} corners", outer.nodes.iter().filter(|node| node.corner).count());
/// # Ok::<(), deepcrop::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Ring {
    /// The points of the polygon, at least three, in picture coordinates. The last is joined to the first.
    pub points: Vec<Point>,
    /// The nodes of the curves, at least two. The last is joined to the first. Like the points, they are made from the mask's
    /// edge, not from the polygon.
    pub nodes: Vec<Node>,
    /// Whether the ring bounds a hole.
    pub hole: bool,
    /// The index of the next ring outside: for a hole the ring that it is a hole in, for an outer ring the hole that it
    /// lies in, if any.
    pub parent: Option<usize>,
}

/// The outline of a mask.
///
/// ```
/// use deepcrop::types::{Node, OutlineOptions, Ring};
/// use deepcrop::{Mask, Outline, Point};
///
/// let square = [(2.0, 2.0), (12.0, 2.0), (12.0, 12.0), (2.0, 12.0)].map(|(x, y)| Point::new(x, y));
/// let mask = Mask::polygon(16, 16, &square)?;
/// let outline = Outline::trace(&mask, &OutlineOptions::default())?;
/// let [Ring { nodes, hole: false, .. }] = outline.rings.as_slice() else { panic!("one outer ring") };
/// for Node { point, handle_in, handle_out, .. } in nodes {
///     println!("{point:?}, curves arrive from {handle_in:?} and leave to {handle_out:?}");
/// }
/// println!("{}\n{}", outline.to_svg(), outline.to_json());
/// assert!(outline.rasterise()?.overlap(&mask)? > 0.9);
/// # Ok::<(), deepcrop::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outline {
    /// The width of the picture.
    pub width: u32,
    /// The height of the picture.
    pub height: u32,
    /// The rings, from outside to inside: a ring comes after its parent.
    pub rings: Vec<Ring>,
}

impl Outline {
    /// Traces the outline of a mask, along the lines where it is half selected. An object that the picture cuts off is
    /// closed along the picture's border.
    pub fn trace(mask: &Mask, options: &OutlineOptions) -> Result<Self> {
        options.check()?;
        let OutlineOptions { tolerance, smallest_area, straight } = *options;
        let (width, height) = (mask.width(), mask.height());
        let within =
            |point: Point| Point::new(point.x.clamp(0.0, f64::from(width)), point.y.clamp(0.0, f64::from(height)));
        let contours = contour::trace(mask, |contour| {
            if signed_area(&contour).abs() < smallest_area {
                return None;
            }
            // The steps of a hard edge would take a point each, so curves smooth them away first.
            let hard = contour::is_hard(&contour);
            let curves = if hard || !straight { smooth::smooth(&contour, tolerance) } else { None };
            let drawn = curves.as_deref().map(|curves| {
                curves.iter().map(|&Cubic([from, out, back, to])| {
                    let moved = [within(from), within(to)];
                    // Handles may lie outside the picture, even if the curve does not.
                    Cubic([moved[0], out + (moved[0] - from), back + (moved[1] - to), moved[1]])
                })
            });
            let smooth = drawn.map(node::of_curves);
            let points = match &smooth {
                Some(nodes) if hard => simplify(&node::flatten(nodes, FINE), tolerance),
                _ => simplify(&contour, tolerance),
            };
            let points: Vec<Point> = points.into_iter().map(within).collect();
            let nodes = smooth.filter(|_| !straight);
            let nodes = nodes.unwrap_or_else(|| points.iter().map(|&point| Node::corner(point)).collect());
            Some((points, nodes))
        });
        // The rings inside a ring that was left out are smaller and left out too, so no parent is missing.
        let mut rings: Vec<Ring> = Vec::new();
        let mut place = vec![None; contours.len()];
        for (i, contour) in contours.into_iter().enumerate() {
            if let Some((points, nodes)) = contour.line {
                place[i] = Some(rings.len());
                let parent = contour.parent.and_then(|parent| place[parent]);
                rings.push(Ring { points, nodes, hole: contour.hole, parent });
            }
        }
        Ok(Self { width, height, rings })
    }

    /// The mask with this outline, drawn from its nodes. Each pixel is selected as far as it lies inside.
    pub fn rasterise(&self) -> Result<Mask> {
        let mut mask = Mask::empty(self.width, self.height)?;
        let lines: Vec<Vec<Point>> = self.rings.iter().map(|ring| node::flatten(&ring.nodes, FINE)).collect();
        polygon::fill(lines.iter().map(Vec::as_slice), self.width as usize, mask.data_mut());
        Ok(mask)
    }
}
