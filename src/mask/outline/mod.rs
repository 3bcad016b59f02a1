//! The outline of a mask: closed lines to a fraction of a pixel, with holes, and back.

mod closed_line;
mod contour;
mod corners;
mod cubic;
mod json;
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

/// How far straight steps may stray from a curve so that nobody sees them, in pixels.
const FINE: f64 = 0.02;

/// How an outline is made.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct OutlineOptions {
    /// How far the outline may stray from the mask's edge so that fewer points do, in pixels. Curves do so for long only
    /// round what is more than 200 pixels wide, and the less the narrower it is. So by default they give back 99.5 % of
    /// whatever is 100 pixels long and 8 wide (15, if the mask is hard) with at most a tenth of its contour's points.
    /// Hairs and what is a few pixels small come back to some 90 to 99 %; of a contour of less than 120 points up to
    /// twelve nodes remain. Polygons keep to the tolerance alone.
    pub tolerance: f64,
    /// Rings round less than this many square pixels are dust and left out, with all that is in them.
    pub smallest_area: f64,
    /// Nodes without curves between them: the points again.
    pub straight: bool,
}

impl Default for OutlineOptions {
    /// Half a pixel, which nobody sees, and four pixels.
    fn default() -> Self {
        Self { tolerance: 0.5, smallest_area: 4.0, straight: false }
    }
}

impl OutlineOptions {
    /// Sets how far the outline may stray from the mask's edge, in pixels.
    pub fn tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// Sets the area in square pixels below which a ring is left out.
    pub fn smallest_area(self, smallest_area: f64) -> Self {
        Self { smallest_area, ..self }
    }

    /// Sets whether lines between nodes are straight.
    pub fn straight(self, straight: bool) -> Self {
        Self { straight, ..self }
    }

    /// Refuses what is no number or makes no sense.
    pub fn check(&self) -> Result<()> {
        let Self { tolerance, smallest_area, .. } = self;
        if *tolerance >= 0.0 && tolerance.is_finite() && *smallest_area >= 0.0 {
            return Ok(());
        }
        Err(ErrorKind::Argument.error(format!(
            "an outline with a tolerance of {tolerance} and a smallest area of {smallest_area} cannot be made; pass numbers from 0 up"
        )))
    }
}

/// A closed line, once as a polygon and once as smooth curves. What is selected lies to the right of the way along it: outer
/// rings go clockwise as seen on a screen, holes counter-clockwise.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Ring {
    /// The corners of the polygon, at least three, in picture coordinates; the last is joined to the first.
    pub points: Vec<Point>,
    /// The nodes of the curves, at least two; the last is joined to the first. They come from the mask's edge just as
    /// the points do, not from the polygon.
    pub nodes: Vec<Node>,
    /// Whether it bounds a hole.
    pub hole: bool,
    /// The ring next outside, by its place in the list: of a hole the ring it is a hole in, of an outer ring the hole
    /// it lies in, if any.
    pub parent: Option<usize>,
}

/// All that bounds a mask.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outline {
    /// Of the picture.
    pub width: u32,
    /// Of the picture.
    pub height: u32,
    /// From outside to inside: a ring comes after its parent.
    pub rings: Vec<Ring>,
}

impl Outline {
    /// Follows the lines along which the mask is half selected. Beyond the picture nothing is selected, so an object
    /// that is cut off is closed along the picture's edge.
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
            // The steps of a hard edge would take a point each: curves smooth them away first.
            let hard = contour::is_hard(&contour);
            let curves = if hard || !straight { smooth::smooth(&contour, tolerance) } else { None };
            let drawn = curves.as_deref().map(|curves| {
                curves.iter().map(|&Cubic([from, out, back, to])| {
                    let moved = [within(from), within(to)];
                    // Handles may lie outside though the curve does not.
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
        // A ring that was left out takes along only smaller ones within, so no parent is missing.
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

    /// The mask with this outline, as its nodes draw it: each pixel is selected as far as it lies inside.
    pub fn rasterise(&self) -> Result<Mask> {
        let mut mask = Mask::empty(self.width, self.height)?;
        let lines: Vec<Vec<Point>> = self.rings.iter().map(|ring| node::flatten(&ring.nodes, FINE)).collect();
        polygon::fill(lines.iter().map(Vec::as_slice), self.width as usize, mask.data_mut());
        Ok(mask)
    }
}
