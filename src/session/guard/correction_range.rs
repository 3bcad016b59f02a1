//! The reach of a correction: how far from its click it may change the selection.
//!
//! A click near the edge of a selection asks for a small change, a click far from it for a large one. Networks do not know
//! that: one more click often changes as much as the first. So a correction reaches about as far as its click is away from
//! the edge, and disproportionately farther as that distance grows. Along the edge, where it goes no deeper than the click,
//! it reaches twice as far.
//!
//! Measured with the built-in network 0.2 on 850 objects in photos, up to five clicks each: 4.7 % of the corrections cost
//! more than a point of IoU, 7.7 % without this limit. The mean IoU stays the same: 80.3 % after three clicks with and
//! without, 85.6 % after five instead of 85.8. `ALONG` at 1 was tried on 216 of the objects: 2.4 % instead of 4.2, but half
//! a point of IoU less after three clicks.

use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::pixels::plane::Plane;

/// The growth of the reach: the click's squared distance from the edge, over the selection's size, counts this many times.
const GROWTH: f64 = 15.0;

/// How many times farther a click reaches along the edge.
const ALONG: f64 = 2.0;

/// The least distance from the edge that a click counts with, as a share of the selection's size: nobody clicks exactly.
const NEAR: f64 = 0.05;

/// The cells of a grid that a list of clicks may change.
pub struct Reaches {
    each: Vec<Reach>,
    /// The distance of each cell from the edge.
    away: Vec<f32>,
    width: usize,
}

impl Reaches {
    /// The reaches of `clicks`. `selection` lies on the grid of `frame`; `away` is the distance of each cell from its edge.
    pub fn new(clicks: &[Point], frame: &Frame, selection: &Plane, away: Vec<f32>) -> Self {
        let area = selection.data.iter().filter(|&&value| value >= 0.5).count() as f64;
        let reach = |&click: &Point| {
            let (x, y) = frame.cell_of(click);
            Reach::new(frame.to_grid(click), f64::from(away[y * frame.width + x]), area)
        };
        Self { each: clicks.iter().map(reach).collect(), away, width: frame.width }
    }

    /// Whether one of the clicks may change a cell.
    pub fn hold(&self, cell: usize) -> bool {
        let middle = Point::new((cell % self.width) as f64 + 0.5, (cell / self.width) as f64 + 0.5);
        self.each.iter().any(|reach| reach.holds(middle, f64::from(self.away[cell])))
    }
}

/// The reach of one click. All lengths are in cells.
struct Reach {
    click: Point,
    /// The click's distance from the edge.
    away: f64,
    /// How far the click reaches, in every direction.
    far: f64,
}

impl Reach {
    /// The reach of a click whose distance from the edge of a selection of this `area` is `away`.
    fn new(click: Point, away: f64, area: f64) -> Self {
        let size = area.max(1.0).sqrt();
        let away = away.max(NEAR * size);
        Self { click, away, far: away + GROWTH * away * away / size }
    }

    /// Whether the click may change the selection at `point`, whose distance from the edge is `away`.
    fn holds(&self, point: Point, away: f64) -> bool {
        let distance = self.click.distance(point);
        distance <= self.far || (distance <= ALONG * self.far && away <= self.away)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A click `away` cells above the edge of a selection of 100 x 100 cells, whose edge is the line y = 0.
    fn holds(away: f64, (x, y): (f64, f64)) -> bool {
        Reach::new(Point::new(0.0, away), away, 1e4).holds(Point::new(x, y), y)
    }

    #[test]
    fn a_click_near_the_edge_changes_a_little_and_one_far_from_it_all() {
        assert!(holds(10.0, (0.0, 30.0)) && holds(10.0, (20.0, 10.0)));
        assert!(!holds(10.0, (0.0, 40.0)) && !holds(10.0, (60.0, 5.0)));
        assert!(holds(40.0, (0.0, 300.0)) && holds(40.0, (200.0, 40.0)));
    }

    #[test]
    fn what_is_no_deeper_than_the_click_is_reached_from_farther_along_the_edge() {
        assert!(holds(10.0, (45.0, 8.0)) && !holds(10.0, (45.0, 12.0)));
    }

    #[test]
    fn a_click_on_the_edge_itself_changes_something() {
        assert!(holds(0.0, (6.0, 3.0)) && !holds(0.0, (30.0, 3.0)));
    }

    #[test]
    fn where_nothing_is_selected_there_is_no_edge() {
        let reach = Reach::new(Point::new(3.0, 3.0), f64::INFINITY, 0.0);
        assert!(reach.holds(Point::new(200.0, 90.0), f64::INFINITY));
    }
}
