//! Fitting smooth curves to a closed line. Corners and straight stretches are kept.

use crate::geometry::point::Point;
use crate::mask::outline::closed_line::{Course, ROUNDED, leaving};
use crate::mask::outline::contour::is_hard;
use crate::mask::outline::cubic::{Cubic, Joint};
use crate::mask::outline::simplify::{corners, signed_area};

/// The additional tolerance, in pixels, for the edge of a hard mask, which runs in steps round the true one.
const UNSURE: f64 = 0.25;
/// The share of the tolerance that is used. Each curve is as long as possible, so its distance comes close to the tolerance.
const SHARE: f64 = 0.8;
/// The width of an object, in pixels, from which a curve may keep the whole tolerance as its drift, the lasting
/// distance from the line. For narrower objects the drift is less, as the same distance changes more of them.
const WIDE: f64 = 200.0;
/// The noise of soft masks and of hard ones, in pixels. The drift need not be less.
const NOISE: [f64; 2] = [0.03, 0.15];
/// The number of points of a stretch that a curve is fitted to. All points decide whether it is good enough.
const SAMPLES: usize = 40;

/// A stop: where one curve ends and the next begins. Without a direction it is a corner.
#[derive(Clone, Copy)]
pub struct Stop {
    pub place: usize,
    pub point: Point,
    pub direction: Option<Point>,
}

/// The line and the limits for its curves. Lengths are in pixels.
pub struct Smoother<'a> {
    pub course: Course<'a>,
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

/// A closed ring of curves that stay within `tolerance` of the closed line; round narrow objects they keep closer over
/// long stretches. They have the corners and straight stretches of the line, and no other corners. If much of the area
/// inside would be lost, the tolerance is halved. None if no curves fit.
pub fn smooth(ring: &[Point], tolerance: f64) -> Option<Vec<Cubic>> {
    let area = signed_area(ring);
    let mut tolerance = tolerance;
    while tolerance > 0.01 && ring.len() > 3 {
        let curves = curves(ring, tolerance);
        let mut line = Vec::new();
        curves.iter().for_each(|curve| curve.flatten(tolerance / 4.0, &mut line));
        if curves.len() > 1 && (0.5..1.5).contains(&(signed_area(&line) / area)) {
            return Some(curves);
        }
        tolerance /= 2.0;
    }
    None
}

fn curves(ring: &[Point], tolerance: f64) -> Vec<Cubic> {
    let course = Course::new(ring);
    let width = 2.0 * signed_area(ring).abs() / course.length();
    let (unsure, noise) = if is_hard(ring) { (UNSURE, NOISE[1]) } else { (0.0, NOISE[0]) };
    let tolerance = SHARE * tolerance + unsure;
    let drift = (tolerance * (width / WIDE).min(1.0)).max(noise);
    let reach = (4.0 + 2.0 * tolerance).min(course.length() / 12.0);
    let mut smoother = Smoother { course, tolerance, unsure, drift, width, reach, vertices: Vec::new() };
    smoother.vertices = smoother.find_vertices(&corners(ring, tolerance + smoother.unsure));
    let stops = smoother.stops();
    let mut curves = Vec::new();
    let Some(&first) = stops.first() else {
        smoother.follow_round(&mut curves);
        return curves;
    };
    let ends = stops[1..].iter().map(|stop| stop.0).chain([first.0]);
    for (&(from, line), mut to) in stops.iter().zip(ends) {
        if line {
            curves.push(Cubic::line(from.point, to.point));
            continue;
        }
        if to.place <= from.place {
            to.place += ring.len();
        }
        smoother.follow(from, to, (from.place, to.place), &mut curves);
    }
    curves
}

impl Smoother<'_> {
    /// Adds the curves of a line with neither corners nor straight stretches.
    fn follow_round(&self, curves: &mut Vec<Cubic>) {
        let count = self.course.len();
        let place = self.vertices.first().map_or(0, |vertex| vertex.0) + count;
        let joint = self.joint(place, (0, 3 * count));
        let stop = Stop { place, point: joint.point, direction: Some(joint.direction) };
        self.follow(stop, Stop { place: place + count, ..stop }, (0, 3 * count), curves);
    }

    /// Adds the curves from one stop to another, each as long as possible.
    fn follow(&self, from: Stop, to: Stop, limits: (usize, usize), curves: &mut Vec<Cubic>) {
        let mut here = from;
        let end = |place: usize| {
            if place == to.place {
                return to;
            }
            let Joint { point, direction } = self.joint(place, limits);
            Stop { place, point, direction: Some(direction) }
        };
        while here.place < to.place {
            let rest = to.place - here.place;
            if let Some(last) = self.fit(here, to) {
                curves.push(last);
                return;
            }
            // A step of the length `can` is possible, one of `cannot` is not. If even the shortest is not, a straight line is
            // used.
            let least = self.least(here, to);
            let (mut can, mut cannot) = (least.place - here.place, rest);
            let mut best = (Cubic::line(here.point, least.point), least);
            let mut step = 16;
            while cannot.saturating_sub(can) > (can / 8).max(1) {
                let length = if step < cannot { step } else { (can + cannot) / 2 };
                let next = end(here.place + length);
                match self.fit(here, next) {
                    Some(curve) => {
                        (can, best) = (length, (curve, next));
                        step = step.saturating_mul(2);
                    }
                    None => {
                        cannot = length;
                        step = usize::MAX;
                    }
                }
            }
            // At the end, two equal pieces instead of a long and a short one.
            let middle = end(here.place + rest / 2);
            if rest - can < can / 2
                && let (Some(one), Some(other)) = (self.fit(here, middle), self.fit(middle, to))
            {
                curves.extend([one, other]);
                return;
            }
            curves.push(best.0);
            here = best.1;
        }
    }

    /// The position and direction of the line at a place in a smooth stretch.
    pub fn joint(&self, place: usize, limits: (usize, usize)) -> Joint {
        let noise = (self.tolerance - self.unsure) / 4.0 + 2.0 * self.unsure;
        self.course.joint(place, 4.0 * self.reach, limits, noise)
    }

    /// The end of the shortest step: the next point, but beyond the rounded part at a corner.
    fn least(&self, here: Stop, to: Stop) -> Stop {
        let rounded = |stop: Stop| if stop.direction.is_none() { ROUNDED } else { 0.0 };
        let place = self.course.ahead(here.place, rounded(here), to.place).max(here.place + 1);
        if place >= self.course.behind(to.place, rounded(to), here.place) {
            return to;
        }
        let direction = self.joint(place, (here.place, to.place)).direction;
        Stop { place, point: self.course.at(place), direction: Some(direction) }
    }

    /// Fits one curve to a stretch; none if it is not close enough.
    pub fn fit(&self, from: Stop, to: Stop) -> Option<Cubic> {
        let first =
            if from.direction.is_none() { self.course.ahead(from.place, ROUNDED, to.place) } else { from.place };
        let last = if to.direction.is_none() { self.course.behind(to.place, ROUNDED, first) } else { to.place };
        let every = (last - first) / SAMPLES + 1;
        let samples: Vec<Point> =
            (first + 1 + every / 2..last).step_by(every).map(|place| self.course.at(place)).collect();
        let outward = from.direction.or_else(|| leaving(from.point, samples.iter().chain([&to.point])))?;
        let inward = to
            .direction
            .or_else(|| leaving(to.point, samples.iter().rev().chain([&from.point])).map(|back| back * -1.0))?;
        let ends = [(from.point, outward), (to.point, inward)].map(|(point, direction)| Joint { point, direction });
        let curve = Cubic::fit(ends[0], ends[1], &samples, self.tolerance)?;
        curve.passes(self.course.inner(first, last), self.tolerance, self.drift).then_some(curve)
    }
}
