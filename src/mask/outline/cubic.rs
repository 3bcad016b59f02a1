//! Cubic Bézier curves, and fitting one to a row of points.

use crate::geometry::point::Point;

/// The rounds of moving the parameters; more change nothing that can be seen.
const ROUNDS: usize = 4;
/// The number of points over which the drift, the lasting distance of the line from a curve, is averaged. Later points count
/// more.
const MEMORY: f64 = 8.0;
/// The weight, in a fit, of a point's distance along the curve; the distance to the side has 1.
const SIDEWAYS: f64 = 0.02;
/// The cosine of the largest angle between a curve's ends and its chord: about 50 degrees, so that a circle takes four
/// curves.
const STEEPEST: f64 = 0.63;

/// A cubic Bézier curve: its four control points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cubic(pub [Point; 4]);

/// An end of a curve: the point, and the direction of travel there, of length 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joint {
    pub point: Point,
    pub direction: Point,
}

impl Cubic {
    /// A straight line: its handles lie on its ends.
    pub fn line(from: Point, to: Point) -> Self {
        Self([from, from, to, to])
    }

    /// Whether the curve is a straight line.
    pub fn is_line(&self) -> bool {
        self.0[0] == self.0[1] && self.0[2] == self.0[3]
    }

    /// The step with which the curve leaves its start; handles on the start do not count.
    pub fn first_step(&self) -> Point {
        self.first_of([1, 2, 3], 0)
    }

    /// The step with which the curve arrives at its end.
    pub fn last_step(&self) -> Point {
        self.first_of([2, 1, 0], 3) * -1.0
    }

    fn first_of(&self, places: [usize; 3], from: usize) -> Point {
        let steps = places.map(|place| self.0[place] - self.0[from]);
        steps.into_iter().find(|step| step.length() > 0.0).unwrap_or(steps[0])
    }

    /// The point at `t`, 0 to 1.
    pub fn at(&self, t: f64) -> Point {
        let [a, b, c, d] = self.0;
        let s = 1.0 - t;
        a * (s * s * s) + b * (3.0 * s * s * t) + c * (3.0 * s * t * t) + d * (t * t * t)
    }

    /// The derivative at `t`.
    fn speed(&self, t: f64) -> Point {
        let [a, b, c, d] = self.0;
        let s = 1.0 - t;
        ((b - a) * (s * s) + (c - b) * (2.0 * s * t) + (d - c) * (t * t)) * 3.0
    }

    /// One step of Newton's method towards the `t` whose point is nearest to `point`.
    fn nearer(&self, t: f64, point: Point) -> f64 {
        let [a, b, c, d] = self.0;
        let s = 1.0 - t;
        let speed = self.speed(t);
        let bend = ((c - b * 2.0 + a) * s + (d - c * 2.0 + b) * t) * 6.0;
        let off = self.at(t) - point;
        let slope = speed.dot(speed) + off.dot(bend);
        if slope <= 0.0 { t } else { (t - off.dot(speed) / slope).clamp(0.0, 1.0) }
    }

    /// Fits the curve between two joints to the points between them; none if it does not stay within `tolerance` of all. The
    /// lengths of the handles are found by least squares, the parameters of the points by Newton's method (Schneider 1990).
    ///
    /// The curve always runs forward along its chord, so it has no loop, no cusp and no overshoot.
    pub fn fit(from: Joint, to: Joint, points: &[Point], tolerance: f64) -> Option<Self> {
        let chord = to.point - from.point;
        let length = chord.length();
        let [ahead, arriving] = [from, to].map(|joint| joint.direction.dot(chord) / length);
        if !(length > 0.0 && ahead >= STEEPEST && arriving >= STEEPEST) {
            return None;
        }
        let mut along = shares(from.point, to.point, points);
        let mut curve = Self::with_handles(from, to, length / 3.0, length / 3.0);
        for round in 0..ROUNDS {
            let (mut first, mut second) = curve
                .better_handles(from, to, points, &along, if round == 0 { 1.0 } else { SIDEWAYS })
                .unwrap_or((0.0, 0.0));
            if !(first > length / 100.0 && second > length / 100.0) {
                (first, second) = (length / 3.0, length / 3.0);
            }
            // The projections of the handles on the chord must not pass each other.
            let shadow = (first * ahead + second * arriving) / length;
            let shrink = 1.0 / shadow.max(1.0);
            curve = Self::with_handles(from, to, first * shrink, second * shrink);
            let mut worst = 0f64;
            for (t, &point) in along.iter_mut().zip(points) {
                *t = curve.nearer(*t, point);
                let off = curve.at(*t) - point;
                worst = worst.max(off.dot(off));
            }
            // If a point is this far off, further rounds do not help.
            let enough = if round + 1 == ROUNDS { 1.0 } else { 4.0 };
            if worst > (enough * tolerance).powi(2) {
                return None;
            }
        }
        Some(curve)
    }

    /// Whether the curve comes within `tolerance` of all these points, in their order, and within `drift` of the line
    /// they form, apart from short stretches.
    pub fn passes(&self, points: impl Iterator<Item = Point>, tolerance: f64, drift: f64) -> bool {
        let [a, b, c, d] = self.0;
        let length = (a.distance(b) + b.distance(c) + c.distance(d)).max(f64::MIN_POSITIVE);
        let (mut t, mut last, mut beside) = (0.0, a, 0.0);
        for point in points {
            // The next point is about as far along the curve as it is from the last one.
            t = f64::min(t + point.distance(last) / length, 1.0);
            t = self.nearer(self.nearer(t, point), point);
            last = point;
            let off = point - self.at(t);
            let side = self.speed(t).cross(off).signum();
            beside += (side * off.length() - beside) / MEMORY;
            if off.length() > tolerance || f64::abs(beside) > drift {
                return false;
            }
        }
        true
    }

    /// The lengths of both handles with the least sum of squared distances of the points from the curve, by the normal
    /// equations. Distances along the curve, which other parameters would remove, have the weight `sideways`: with a
    /// small one, few rounds suffice (tangent distance minimisation: Wang, Pottmann and Liu 2006).
    fn better_handles(
        &self,
        from: Joint,
        to: Joint,
        points: &[Point],
        along: &[f64],
        sideways: f64,
    ) -> Option<(f64, f64)> {
        let (mut aa, mut ab, mut bb, mut a_rest, mut b_rest) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (&t, &point) in along.iter().zip(points) {
            let s = 1.0 - t;
            let (first, second) = (3.0 * s * s * t, 3.0 * s * t * t);
            let speed = self.speed(t);
            let ahead = speed * (1.0 / speed.length().max(f64::MIN_POSITIVE));
            let product = |a: Point, b: Point| a.cross(ahead) * b.cross(ahead) + sideways * a.dot(ahead) * b.dot(ahead);
            let (a, b) = (from.direction * first, to.direction * -second);
            let rest = point - from.point * (s * s * s + first) - to.point * (t * t * t + second);
            aa += product(a, a);
            ab += product(a, b);
            bb += product(b, b);
            a_rest += product(a, rest);
            b_rest += product(b, rest);
        }
        let determinant = aa * bb - ab * ab;
        (determinant > 1e-9 * aa * bb)
            .then(|| ((a_rest * bb - b_rest * ab) / determinant, (b_rest * aa - a_rest * ab) / determinant))
    }

    fn with_handles(from: Joint, to: Joint, first: f64, second: f64) -> Self {
        Self([from.point, from.point + from.direction * first, to.point - to.direction * second, to.point])
    }

    /// Adds points to `line`, so that straight steps between them stay within `tolerance` of the curve.
    pub fn flatten(&self, tolerance: f64, line: &mut Vec<Point>) {
        if !self.is_line() {
            // With equal steps, the distance is bounded by the second differences (Wang 1984).
            let [a, b, c, d] = self.0;
            let bend = (a - b * 2.0 + c).length().max((b - c * 2.0 + d).length());
            let steps = (bend * 0.75 / tolerance).sqrt().ceil().clamp(1.0, 1000.0);
            line.extend((1..steps as usize).map(|i| self.at(i as f64 / steps)));
        }
        line.push(self.0[3]);
    }
}

/// The position of each point, as a share of the way from end to end.
fn shares(from: Point, to: Point, points: &[Point]) -> Vec<f64> {
    let mut way = 0.0;
    let mut last = from;
    let mut along = Vec::with_capacity(points.len());
    for &point in points {
        way += point.distance(last);
        last = point;
        along.push(way);
    }
    let whole = (way + to.distance(last)).max(f64::MIN_POSITIVE);
    along.iter_mut().for_each(|way| *way /= whole);
    along
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joint(x: f64, y: f64, angle: f64) -> Joint {
        Joint { point: Point::new(x, y), direction: Point::new(angle.cos(), angle.sin()) }
    }

    #[test]
    fn the_points_of_a_curve_give_the_curve() {
        let drawn = Cubic::with_handles(joint(10.0, 20.0, 0.7), joint(90.0, 40.0, -0.5), 35.0, 20.0);
        let points: Vec<Point> = (1..50).map(|i| drawn.at(f64::from(i) / 50.0)).collect();
        let found = Cubic::fit(joint(10.0, 20.0, 0.7), joint(90.0, 40.0, -0.5), &points, 0.5).unwrap();
        let every = || points.iter().copied();
        assert!(found.passes(every(), 0.5, 0.3) && drawn.passes(every(), 0.05, 0.01));
        assert!(!found.passes(every().map(|point| point + Point::new(0.0, 2.0)), 0.5, 0.5));
        // A little to one side all the way, and to both in turn.
        let moved = |by: fn(usize) -> f64| every().enumerate().map(move |(i, point)| point + Point::new(0.0, by(i)));
        assert!(!drawn.passes(moved(|_| 0.3), 0.5, 0.2));
        assert!(drawn.passes(moved(|i| if i % 2 == 0 { 0.3 } else { -0.3 }), 0.5, 0.2));
        assert_eq!(Cubic::fit(joint(10.0, 20.0, -0.7), joint(90.0, 40.0, -0.5), &points, 0.5), None);
        // Ends that point away from each other, or do not differ.
        assert_eq!(Cubic::fit(joint(10.0, 20.0, 3.0), joint(90.0, 40.0, -0.5), &points, 100.0), None);
        assert_eq!(Cubic::fit(joint(10.0, 20.0, 0.7), joint(10.0, 20.0, 0.7), &points, 100.0), None);
    }

    #[test]
    fn flat_steps_stay_near_the_curve() {
        let curve = Cubic::with_handles(joint(0.0, 0.0, 0.8), joint(100.0, 0.0, -0.8), 60.0, 60.0);
        for tolerance in [0.01, 0.1, 1.0] {
            let mut line = vec![curve.0[0]];
            curve.flatten(tolerance, &mut line);
            assert_eq!(line.last(), Some(&curve.0[3]));
            let middles = line.windows(2).enumerate().map(|(i, pair)| {
                let t = (i as f64 + 0.5) / (line.len() - 1) as f64;
                curve.at(t).distance((pair[0] + pair[1]) * 0.5)
            });
            let worst = middles.fold(0.0, f64::max);
            assert!(worst <= tolerance && worst > tolerance / 3.0, "{worst} for {tolerance}");
        }
        let mut line = Vec::new();
        Cubic::line(Point::new(1.0, 2.0), Point::new(3.0, 4.0)).flatten(0.1, &mut line);
        assert_eq!(line, [Point::new(3.0, 4.0)]);
    }
}
