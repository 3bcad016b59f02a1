//! Fitting one curve to a stretch of a closed line.

use crate::geometry::point::Point;
use crate::mask::outline::cubic::{Cubic, Joint};
use crate::mask::outline::measured_line::{MeasuredLine, ROUNDED, leaving};

/// The number of points of a stretch that a curve is fitted to. All points decide whether it is good enough.
const SAMPLES: usize = 40;

/// Where one curve ends and the next begins. Without a direction it is a corner.
#[derive(Clone, Copy)]
pub struct CurveEnd {
    pub place: usize,
    pub point: Point,
    pub direction: Option<Point>,
}

/// The line and the limits for its curves. Lengths are in pixels.
pub struct Smoother<'a> {
    pub measured: MeasuredLine<'a>,
    pub tolerance: f64,
    /// The part of the tolerance that is for a hard mask's steps.
    pub unsure: f64,
    /// The largest lasting distance of a curve from the line.
    pub drift: f64,
    /// The mean width of the object inside the line.
    pub width: f64,
    /// The length over which the direction at a place is measured.
    pub reach: f64,
    /// The places of a coarse polygon's vertices, and whether each is a corner.
    pub vertices: Vec<(usize, bool)>,
}

impl Smoother<'_> {
    /// The position and direction of the line at a place in a smooth stretch.
    pub fn joint(&self, place: usize, limits: (usize, usize)) -> Joint {
        let noise = (self.tolerance - self.unsure) / 4.0 + 2.0 * self.unsure;
        self.measured.joint(place, 4.0 * self.reach, limits, noise)
    }

    /// Fits one curve to a stretch; none if it is not close enough.
    pub fn fit(&self, from: CurveEnd, to: CurveEnd) -> Option<Cubic> {
        let first =
            if from.direction.is_none() { self.measured.ahead(from.place, ROUNDED, to.place) } else { from.place };
        let last = if to.direction.is_none() { self.measured.behind(to.place, ROUNDED, first) } else { to.place };
        let every = (last - first) / SAMPLES + 1;
        let samples: Vec<Point> =
            (first + 1 + every / 2..last).step_by(every).map(|place| self.measured.at(place)).collect();
        let outward = from.direction.or_else(|| leaving(from.point, samples.iter().chain([&to.point])))?;
        let inward = to
            .direction
            .or_else(|| leaving(to.point, samples.iter().rev().chain([&from.point])).map(|back| back * -1.0))?;
        let ends = [(from.point, outward), (to.point, inward)].map(|(point, direction)| Joint { point, direction });
        let curve = Cubic::fit(ends[0], ends[1], &samples, self.tolerance)?;
        curve.passes(self.measured.inner(first, last), self.tolerance, self.drift).then_some(curve)
    }
}
