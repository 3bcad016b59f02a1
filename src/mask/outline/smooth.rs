//! Fitting smooth curves to a closed line. Corners and straight stretches are kept.

use crate::geometry::point::Point;
use crate::mask::outline::contour::is_hard;
use crate::mask::outline::cubic::{Cubic, Joint};
use crate::mask::outline::fitting::{CurveEnd, Smoother};
use crate::mask::outline::measured_line::{MeasuredLine, ROUNDED};
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
    let measured = MeasuredLine::new(ring);
    let width = 2.0 * signed_area(ring).abs() / measured.length();
    let (unsure, noise) = if is_hard(ring) { (UNSURE, NOISE[1]) } else { (0.0, NOISE[0]) };
    let tolerance = SHARE * tolerance + unsure;
    let drift = (tolerance * (width / WIDE).min(1.0)).max(noise);
    let reach = (4.0 + 2.0 * tolerance).min(measured.length() / 12.0);
    let mut smoother = Smoother { measured, tolerance, unsure, drift, width, reach, vertices: Vec::new() };
    smoother.vertices = smoother.find_vertices(&corners(ring, tolerance + smoother.unsure));
    let curve_ends = smoother.curve_ends();
    let mut curves = Vec::new();
    let Some(&first) = curve_ends.first() else {
        smoother.follow_round(&mut curves);
        return curves;
    };
    let ends = curve_ends[1..].iter().map(|end| end.0).chain([first.0]);
    for (&(from, line), mut to) in curve_ends.iter().zip(ends) {
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
        let count = self.measured.len();
        let place = self.vertices.first().map_or(0, |vertex| vertex.0) + count;
        let joint = self.joint(place, (0, 3 * count));
        let end = CurveEnd { place, point: joint.point, direction: Some(joint.direction) };
        self.follow(end, CurveEnd { place: place + count, ..end }, (0, 3 * count), curves);
    }

    /// Adds the curves from one end to another, each as long as possible.
    fn follow(&self, from: CurveEnd, to: CurveEnd, limits: (usize, usize), curves: &mut Vec<Cubic>) {
        let mut here = from;
        let end = |place: usize| {
            if place == to.place {
                return to;
            }
            let Joint { point, direction } = self.joint(place, limits);
            CurveEnd { place, point, direction: Some(direction) }
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

    /// The end of the shortest step: the next point, but beyond the rounded part at a corner.
    fn least(&self, here: CurveEnd, to: CurveEnd) -> CurveEnd {
        let rounded = |end: CurveEnd| if end.direction.is_none() { ROUNDED } else { 0.0 };
        let place = self.measured.ahead(here.place, rounded(here), to.place).max(here.place + 1);
        if place >= self.measured.behind(to.place, rounded(to), here.place) {
            return to;
        }
        let direction = self.joint(place, (here.place, to.place)).direction;
        CurveEnd { place, point: self.measured.at(place), direction: Some(direction) }
    }
}
