//! What prompts come to for a network: few clicks and at most one box.

use crate::geometry::distance::innermost;
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::geometry::polygon::surrounds;
use crate::geometry::rect::Rect;

/// Clicks at most so many pixels apart mean the same spot: a little more than a pixel's diagonal.
const SAME_SPOT: f64 = 1.5;

/// A list of prompts as the networks take it: few clicks and at most one box, in picture coordinates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hints {
    /// Points of the object, in the order in which they were given.
    pub include: Vec<Point>,
    /// Points of the rest.
    pub exclude: Vec<Point>,
    /// The object lies in here.
    pub bounds: Option<Rect>,
    /// The last lasso: the object lies in here, closer than in its box.
    pub lasso: Option<Vec<Point>>,
}

impl Hints {
    /// More points of the object.
    pub fn include(&mut self, points: &[Point]) {
        take_back(&mut self.exclude, points);
        self.include.extend(points);
    }

    /// More points of the rest.
    pub fn exclude(&mut self, points: &[Point]) {
        take_back(&mut self.include, points);
        self.exclude.extend(points);
    }

    /// The object lies in this box or lasso; points outside it no longer count.
    pub fn surround(&mut self, bounds: Option<Rect>, lasso: Option<Vec<Point>>) {
        (self.bounds, self.lasso) = (bounds, lasso);
        let Self { include, exclude, bounds, .. } = self;
        for points in [include, exclude] {
            points.retain(|&point| bounds.is_none_or(|bounds| bounds.contains(point)));
        }
    }

    /// Whether a point lies in the box or lasso; true where there is none.
    pub fn allow(&self, point: Point) -> bool {
        match (&self.lasso, &self.bounds) {
            (Some(line), _) => surrounds(line, point),
            (None, Some(bounds)) => bounds.contains(point),
            (None, None) => true,
        }
    }

    /// Whether a point probably lies on what a box or lasso surrounds: few things fill the corners of their box.
    pub fn suggest(&self, point: Point) -> bool {
        match (&self.lasso, &self.bounds) {
            (Some(line), _) => surrounds(line, point),
            (None, Some(bounds)) => {
                let (x, y) = (point.x - bounds.centre().x, point.y - bounds.centre().y);
                (2.0 * x / bounds.width()).hypot(2.0 * y / bounds.height()) <= 1.0
            }
            (None, None) => false,
        }
    }

    /// For families that know clicks only: a point that surely lies on what a box or lasso surrounds.
    pub fn middle(&self) -> Option<Point> {
        let bounds = self.bounds?;
        let Some(line) = &self.lasso else { return Some(bounds.centre()) };
        const CELLS: usize = 64;
        let frame = Frame::stretch(bounds, CELLS, CELLS);
        let centre =
            |cell: usize| frame.to_picture(Point::new((cell % CELLS) as f64 + 0.5, (cell / CELLS) as f64 + 0.5));
        let (x, y) = innermost(CELLS, CELLS, |cell| surrounds(line, centre(cell)))?;
        Some(centre(y * CELLS + x))
    }

    /// All points, whatever they say.
    pub fn points(&self) -> impl Iterator<Item = Point> + '_ {
        self.include.iter().chain(&self.exclude).copied()
    }
}

/// Forgets the clicks that lie on the same pixel, or the next, as one of `points`.
fn take_back(clicks: &mut Vec<Point>, points: &[Point]) {
    clicks.retain(|click| points.iter().all(|point| click.distance(*point) > SAME_SPOT));
}

/// A click that its network ignored is obeyed within this radius, as a share of the picture's longer side.
const OBEYED: f64 = 0.006;

/// How far around a click in vain a mask is made right, where `longer` is the picture's longer side.
pub fn obeyed_radius(longer: f64) -> f64 {
    (longer * OBEYED).max(2.0)
}
