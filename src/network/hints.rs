//! Hints: the form in which prompts reach a network. `session/prompt.rs` makes them of a list of prompts.

use crate::geometry::distance::innermost;
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::geometry::polygon::ClosedLine;
use crate::geometry::rect::Rect;

/// The largest distance in pixels of two clicks on the same spot: a little more than a pixel's diagonal.
const SAME_SPOT: f64 = 1.5;

/// The form in which a list of prompts reaches a network: a few clicks and at most one box, in picture coordinates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hints {
    /// Include clicks, in the order in which they were made.
    pub include: Vec<Point>,
    /// Exclude clicks, in the order in which they were made.
    pub exclude: Vec<Point>,
    /// The box round the object; for a lasso, the lasso's box.
    pub bounds: Option<Rect>,
    /// The lasso round the object.
    pub lasso: Option<ClosedLine>,
}

impl Hints {
    /// Adds include clicks.
    pub fn include(&mut self, points: &[Point]) {
        take_back(&mut self.exclude, points);
        self.include.extend(points);
    }

    /// Adds exclude clicks.
    pub fn exclude(&mut self, points: &[Point]) {
        take_back(&mut self.include, points);
        self.exclude.extend(points);
    }

    /// Sets the box or lasso, and drops the clicks outside it.
    pub fn surround(&mut self, bounds: Option<Rect>, lasso: Option<ClosedLine>) {
        (self.bounds, self.lasso) = (bounds, lasso);
        let Self { include, exclude, bounds, .. } = self;
        for points in [include, exclude] {
            points.retain(|&point| bounds.is_none_or(|bounds| bounds.contains(point)));
        }
    }

    /// Whether a point lies in the box or lasso; true if there is none.
    pub fn allow(&self, point: Point) -> bool {
        match (&self.lasso, &self.bounds) {
            (Some(line), _) => line.surrounds(point),
            (None, Some(bounds)) => bounds.contains(point),
            (None, None) => true,
        }
    }

    /// Whether a point probably lies on the object in the box or lasso. In a box that is an ellipse: few objects fill
    /// corners.
    pub fn suggest(&self, point: Point) -> bool {
        match (&self.lasso, &self.bounds) {
            (Some(line), _) => line.surrounds(point),
            (None, Some(bounds)) => {
                let (x, y) = (point.x - bounds.centre().x, point.y - bounds.centre().y);
                (2.0 * x / bounds.width()).hypot(2.0 * y / bounds.height()) <= 1.0
            }
            (None, None) => false,
        }
    }

    /// A point that surely lies on the object in the box or lasso, for families that only know clicks.
    pub fn middle(&self) -> Option<Point> {
        let bounds = self.bounds?;
        let Some(line) = &self.lasso else { return Some(bounds.centre()) };
        const CELLS: usize = 64;
        let frame = Frame::stretch(bounds, CELLS, CELLS);
        let centre =
            |cell: usize| frame.to_picture(Point::new((cell % CELLS) as f64 + 0.5, (cell / CELLS) as f64 + 0.5));
        let (x, y) = innermost(CELLS, CELLS, |cell| line.surrounds(centre(cell)))?;
        Some(centre(y * CELLS + x))
    }

    /// All clicks, include and exclude.
    pub fn points(&self) -> impl Iterator<Item = Point> + '_ {
        self.include.iter().chain(&self.exclude).copied()
    }
}

/// Removes the clicks that lie on the same spot as one of `points`.
fn take_back(clicks: &mut Vec<Point>, points: &[Point]) {
    clicks.retain(|click| points.iter().all(|point| click.distance(*point) > SAME_SPOT));
}

/// The radius within which the guard obeys a click that the network ignored, as a share of the picture's longer side.
const OBEYED: f64 = 0.006;

/// The radius in pixels within which the guard obeys an ignored click. `longer` is the picture's longer side.
pub fn obeyed_radius(longer: f64) -> f64 {
    (longer * OBEYED).max(2.0)
}
