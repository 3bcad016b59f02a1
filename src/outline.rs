//! The outline of a mask: closed lines to a fraction of a pixel, with holes, and back.

mod contour;
mod course;
mod cubic;
mod json;
mod node;
mod simplify;
mod smooth;
mod svg;

use crate::coverage;
use crate::error::{Error, Result};
use crate::frame::Point;
use crate::mask::Mask;
use cubic::Cubic;
pub use node::Node;
use simplify::{signed_area, simplify};

/// How far straight steps may stray from a curve so that nobody sees them, in pixels.
const FINE: f64 = 0.02;

/// How an outline is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutlineOptions {
    /// How far the outline may stray from the mask's edge so that fewer points do, in pixels.
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

/// A closed line, once as a polygon and once as smooth curves. What is selected lies to the right of the way along it: outer
/// rings go clockwise as seen on a screen, holes counter-clockwise.
#[derive(Debug, Clone, PartialEq)]
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
        let OutlineOptions { tolerance, smallest_area, straight } = *options;
        if !(tolerance >= 0.0 && tolerance.is_finite() && smallest_area >= 0.0) {
            return Err(Error::Argument(format!(
                "an outline with a tolerance of {tolerance} and a smallest area of {smallest_area} cannot be made; pass numbers from 0 up"
            )));
        }
        let (width, height) = (mask.width(), mask.height());
        let within = |point: Point| {
            Point::new(point.x.clamp(0.0, f64::from(width)), point.y.clamp(0.0, f64::from(height)))
        };
        let contours = contour::trace(mask, |contour| {
            if signed_area(&contour).abs() < smallest_area {
                return None;
            }
            // The steps of a hard edge stand out somewhat more; at 0 they are wanted.
            let steps = if tolerance > 0.0 && contour::is_hard(&contour) { 0.3 } else { 0.0 };
            let points: Vec<Point> = simplify(&contour, tolerance + steps).into_iter().map(within).collect();
            let curves = if straight { None } else { smooth::smooth(&contour, tolerance) };
            let nodes = match curves {
                Some(curves) => node::of_curves(curves.iter().map(|&Cubic([from, out, back, to])| {
                    let moved = [within(from), within(to)];
                    // Handles may lie outside though the curve does not.
                    Cubic([moved[0], out + (moved[0] - from), back + (moved[1] - to), moved[1]])
                })),
                None => points.iter().map(|&point| Node::corner(point)).collect(),
            };
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
        coverage::fill(lines.iter().map(Vec::as_slice), self.width as usize, mask.data_mut());
        Ok(mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::HALF;
    use proptest::prelude::*;

    const EXACT: OutlineOptions = OutlineOptions { tolerance: 0.0, smallest_area: 0.0, straight: false };

    /// A soft mask of round blobs, some of which are cut out again.
    fn blobs(width: u32, height: u32, blobs: &[(f64, f64, f64, bool)], softness: f64) -> Mask {
        let value = |x: u32, y: u32| {
            let centre = Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
            blobs.iter().fold(0.0f64, |value, &(x, y, radius, cut)| {
                let inside = ((radius - centre.distance(Point::new(x, y))) / softness + 0.5).clamp(0.0, 1.0);
                if cut { value.min(1.0 - inside) } else { value.max(inside) }
            })
        };
        let data = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| (value(x, y) * 255.0) as u8);
        Mask::new(width, height, data.collect()).unwrap()
    }

    fn iou(a: &Mask, b: &Mask) -> f64 {
        let pairs = || a.data().iter().zip(b.data()).map(|(a, b)| (*a >= HALF, *b >= HALF));
        let (both, any) = (pairs().filter(|(a, b)| *a && *b).count(), pairs().filter(|(a, b)| *a || *b).count());
        if any == 0 { 1.0 } else { both as f64 / any as f64 }
    }

    fn holds(ring: &Ring, point: Point) -> bool {
        let lines = (0..ring.points.len()).map(|i| (ring.points[i], ring.points[(i + 1) % ring.points.len()]));
        let crossed = lines.filter(|(a, b)| {
            (a.y > point.y) != (b.y > point.y) && point.x < a.x + (point.y - a.y) / (b.y - a.y) * (b.x - a.x)
        });
        crossed.count() % 2 == 1
    }

    fn check_rings(outline: &Outline) {
        for (i, ring) in outline.rings.iter().enumerate() {
            assert!(ring.points.len() >= 3);
            assert_eq!(signed_area(&ring.points) < 0.0, ring.hole, "{ring:?}");
            let inside = |p: &Point| {
                (0.0..=f64::from(outline.width)).contains(&p.x) && (0.0..=f64::from(outline.height)).contains(&p.y)
            };
            assert!(ring.points.iter().all(inside));
            if let Some(parent) = ring.parent {
                assert!(parent < i && outline.rings[parent].hole != ring.hole);
            }
            assert!(ring.parent.is_some() || !ring.hole);
        }
    }

    proptest! {
        #[test]
        fn an_outline_gives_its_mask_back(
            list in prop::collection::vec((0f64..300.0, 0f64..200.0, 30f64..120.0, prop::bool::weighted(0.3)), 1..8),
            softness in 1f64..20.0,
        ) {
            let mask = blobs(300, 200, &list, softness);
            let outline = Outline::trace(&mask, &OutlineOptions::default()).unwrap();
            check_rings(&outline);
            let iou = iou(&mask, &outline.rasterise().unwrap());
            prop_assert!(iou > 0.995 || mask.area() < 20_000, "{iou}");
        }

        #[test]
        fn exact_rings_lie_within_their_parents(width in 1u32..12, data in prop::collection::vec(prop_oneof![Just(0u8), Just(255), any::<u8>()], 12 * 9)) {
            let mask = Mask::new(width, data.len() as u32 / width, data[..(data.len() as u32 / width * width) as usize].to_vec()).unwrap();
            let outline = Outline::trace(&mask, &EXACT).unwrap();
            check_rings(&outline);
            for ring in &outline.rings {
                let outside = |i: usize| !outline.rings[i].points.contains(&ring.points[0]) && holds(&outline.rings[i], ring.points[0]);
                let mut ancestors: Vec<usize> = std::iter::successors(ring.parent, |&i| outline.rings[i].parent).collect();
                ancestors.sort_unstable();
                let round: Vec<usize> = (0..outline.rings.len()).filter(|&i| outside(i)).collect();
                prop_assert_eq!(ancestors, round);
            }
            // Every pixel's centre is on the side it belongs to.
            for (y, x) in (0..mask.height()).flat_map(|y| (0..width).map(move |x| (y, x))) {
                let centre = Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
                let depth = outline.rings.iter().filter(|ring| holds(ring, centre)).count();
                prop_assert_eq!(depth % 2 == 1, mask.at(x, y) >= HALF);
            }
            check_rings(&Outline::trace(&mask, &OutlineOptions { tolerance: 1.0, ..EXACT }).unwrap());
        }
    }

    #[test]
    fn a_full_mask_is_the_pictures_rectangle() {
        for (width, height) in [(1, 1), (7, 1), (40, 30)] {
            let full = Mask::new(width, height, vec![255; (width * height) as usize]).unwrap();
            let outline = Outline::trace(&full, &EXACT).unwrap();
            assert_eq!(signed_area(&outline.rings[0].points), f64::from(width * height));
            assert_eq!(outline.rasterise().unwrap(), full);
        }
        let full = Mask::new(40, 30, vec![255; 1200]).unwrap();
        let outline = Outline::trace(&full, &OutlineOptions::default()).unwrap();
        assert_eq!(outline.rings[0].points.len(), 4, "{outline:?}");
        let empty = Outline::trace(&Mask::empty(3, 2).unwrap(), &EXACT).unwrap();
        assert!(empty.rings.is_empty() && empty.rasterise().unwrap().area() == 0 && empty.to_svg_path().is_empty());
    }

    #[test]
    fn an_island_in_a_hole_knows_its_place() {
        let mask = blobs(
            200,
            200,
            &[(100.0, 100.0, 90.0, false), (100.0, 100.0, 60.0, true), (100.0, 100.0, 30.0, false)],
            2.0,
        );
        let rings = Outline::trace(&mask, &OutlineOptions::default()).unwrap().rings;
        let nesting: Vec<_> = rings.iter().map(|ring| (ring.hole, ring.parent)).collect();
        assert_eq!(nesting, [(false, None), (true, Some(0)), (false, Some(1))]);
        assert!(Outline::trace(&mask, &OutlineOptions { tolerance: f64::NAN, ..EXACT }).is_err());
    }
}
