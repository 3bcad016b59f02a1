//! Closed lines, and their properties near a place: direction, straightness, and sharpness of a turn.
//!
//! A place is the index of a point. Places count on after a whole round, so that no stretch ends at the arbitrary first
//! point.

use crate::geometry::point::Point;
use crate::mask::outline::cubic::Joint;

/// The length, in pixels, that pixels round off on each side of a corner.
pub const ROUNDED: f64 = 1.5;

/// A closed line with the lengths along it.
pub struct MeasuredLine<'a> {
    ring: &'a [Point],
    /// The length of the line up to each point, and at the end the whole length.
    way: Vec<f64>,
}

impl<'a> MeasuredLine<'a> {
    pub fn new(ring: &'a [Point]) -> Self {
        let mut way = Vec::with_capacity(ring.len() + 1);
        let mut sum = 0.0;
        for (i, point) in ring.iter().enumerate() {
            way.push(sum);
            sum += point.distance(ring[(i + 1) % ring.len()]);
        }
        way.push(sum);
        Self { ring, way }
    }

    /// The number of points.
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// The length of the line.
    pub fn length(&self) -> f64 {
        self.way[self.len()]
    }

    /// The point at a place.
    pub fn at(&self, place: usize) -> Point {
        self.ring[if place < self.len() { place } else { place % self.len() }]
    }

    /// The length of the line from one place to a later one.
    pub fn between(&self, from: usize, to: usize) -> f64 {
        let way = |place: usize| self.way[place % self.len()] + (place / self.len()) as f64 * self.length();
        way(to) - way(from)
    }

    /// The points after `from` and before `to`.
    pub fn inner(&self, from: usize, to: usize) -> impl Iterator<Item = Point> + '_ {
        (from + 1..to).map(|place| self.at(place))
    }

    /// The last place after `place` that is at most `far` away along the line, and not beyond `limit`.
    pub fn ahead(&self, place: usize, far: f64, limit: usize) -> usize {
        let mut last = place;
        let mut left = far;
        while last < limit {
            left -= self.at(last).distance(self.at(last + 1));
            if left < 0.0 {
                break;
            }
            last += 1;
        }
        last
    }

    /// As [`MeasuredLine::ahead`], but backwards.
    pub fn behind(&self, place: usize, far: f64, limit: usize) -> usize {
        let mut last = place;
        let mut left = far;
        while last > limit {
            left -= self.at(last).distance(self.at(last - 1));
            if left < 0.0 {
                break;
            }
            last -= 1;
        }
        last
    }

    /// The position and direction of the line at a place, without the noise of its points. They come from a parabola
    /// through the points at most `reach` away and within `limits`. If no parabola comes within `tolerance` of all, the
    /// reach is halved.
    pub fn joint(&self, place: usize, reach: f64, limits: (usize, usize), tolerance: f64) -> Joint {
        let origin = self.at(place);
        let mut reach = reach;
        loop {
            let (first, last) = (self.behind(place, reach, limits.0), self.ahead(place, reach, limits.1));
            let axis = unit(self.at(last) - self.at(first)).unwrap_or(Point::new(1.0, 0.0));
            let normal = Point::new(-axis.y, axis.x);
            let points = || (first..=last).map(|i| self.at(i) - origin).map(|off| (off.dot(axis), off.dot(normal)));
            let Some([offset, slope, bend]) = parabola(points(), reach) else {
                return Joint { point: origin, direction: axis };
            };
            let worst = points().map(|(u, v)| (v - offset - slope * u - bend * u * u).abs()).fold(0.0, f64::max);
            if worst <= tolerance || reach < 1.5 {
                let direction = unit(axis + normal * slope).unwrap_or(axis);
                return Joint { point: origin + normal * offset.clamp(-tolerance, tolerance), direction };
            }
            reach /= 2.0;
        }
    }

    /// The straight line nearest to the points from one place to another: their mean, and the direction.
    pub fn line(&self, from: usize, to: usize) -> Option<Joint> {
        let count = (to - from + 1) as f64;
        let middle = (from..=to).fold(Point::new(0.0, 0.0), |sum, place| sum + self.at(place)) * (1.0 / count);
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for off in (from..=to).map(|place| self.at(place) - middle) {
            xx += off.x * off.x;
            xy += off.x * off.y;
            yy += off.y * off.y;
        }
        let angle = (2.0 * xy).atan2(xx - yy) / 2.0;
        let axis = Point::new(angle.cos(), angle.sin());
        let chord = self.at(to) - self.at(from);
        let direction = if axis.dot(chord) < 0.0 { axis * -1.0 } else { axis };
        (chord.length() > 0.0).then_some(Joint { point: middle, direction })
    }

    /// The straight line along a stretch, if the stretch is straight: no point is farther away than `tolerance`, and
    /// the whole does not bend like an arc. Its ends do not count for the position of the line.
    pub fn straight(&self, from: usize, to: usize, tolerance: f64) -> Option<Joint> {
        let rim = (to - from) / 10;
        let line = self.line(from + rim, to - rim)?;
        let (mut middle, mut outer) = ((0.0, 0), (0.0, 0));
        let quarter = (to - from) / 4;
        for place in from..=to {
            let off = line.direction.cross(self.at(place) - line.point);
            if off.abs() > tolerance {
                return None;
            }
            let part = if (from + quarter..=to - quarter).contains(&place) { &mut middle } else { &mut outer };
            part.0 += off;
            part.1 += 1;
        }
        // In an arc, the mean of the middle half and that of the outer quarters differ by half the arc's height.
        let mean = |(sum, count): (f64, i32)| sum / f64::from(count.max(1));
        let height = 2.0 * (mean(middle) - mean(outer)).abs();
        (height <= 0.3 * tolerance).then_some(line)
    }

    /// The angle by which the line turns at a place, positive to the right as on a screen, without the turn of a bend.
    /// It compares straight lines of the lengths `sides` before and after the place, once over their nearer halves and
    /// once over the whole: the turn of a corner is the same in both, that of a bend grows with the length.
    pub fn turn(&self, place: usize, sides: [f64; 2]) -> Option<f64> {
        let seen = |part: f64| {
            let [before, after] = sides.map(|side| side * part);
            let [near_before, near_after] = sides.map(|side| ROUNDED.min(side / 8.0));
            let first = self.line(self.behind(place, before, 0), self.behind(place, near_before, 0))?.direction;
            let limit = usize::MAX;
            let second = self.line(self.ahead(place, near_after, limit), self.ahead(place, after, limit))?.direction;
            let apart = (before + near_before + after + near_after) / 2.0;
            Some((first.cross(second).atan2(first.dot(second)), apart))
        };
        let ((near, less), (far, more)) = (seen(0.5)?, seen(1.0)?);
        // Over the greater length, the angle of a sharp turn may be off by a full circle.
        let far = far + ((near - far) / std::f64::consts::TAU).round() * std::f64::consts::TAU;
        Some(near - (far - near) * less / (more - less))
    }

    /// The straight line through the points next to a corner, before or after it.
    pub fn side(&self, place: usize, length: f64, after: bool) -> Option<Joint> {
        let near = ROUNDED.min(length / 8.0);
        if after {
            self.line(self.ahead(place, near, usize::MAX), self.ahead(place, length, usize::MAX))
        } else {
            self.line(self.behind(place, length, 0), self.behind(place, near, 0))
        }
    }
}

/// The direction in which a line leaves `corner`: from the parabola through the corner and the nearer half of `points`,
/// which follow it in order.
pub fn leaving<'a>(corner: Point, points: impl Iterator<Item = &'a Point>) -> Option<Point> {
    let mut near: Vec<Point> = points.map(|&point| point - corner).collect();
    near.truncate(near.len() / 2 + 3);
    let axis = unit(*near.last()?)?;
    let normal = Point::new(-axis.y, axis.x);
    let (mut uu, mut uuu, mut uuuu, mut uv, mut uuv) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (u, v) in near.iter().map(|off| (off.dot(axis), off.dot(normal))) {
        uu += u * u;
        uuu += u * u * u;
        uuuu += u * u * u * u;
        uv += u * v;
        uuv += u * u * v;
    }
    let determinant = uu * uuuu - uuu * uuu;
    let slope = if determinant > 1e-6 * uu * uuuu { (uv * uuuu - uuv * uuu) / determinant } else { 0.0 };
    unit(axis + normal * slope.clamp(-1.0, 1.0))
}

/// The step of length 1 in the same direction.
fn unit(step: Point) -> Option<Point> {
    let length = step.length();
    (length > 0.0).then(|| step * (1.0 / length))
}

/// The parabola `v = a + b u + c u²` with the least sum of squares; points near 0 count more. None if it is not determined.
fn parabola(points: impl Iterator<Item = (f64, f64)>, reach: f64) -> Option<[f64; 3]> {
    let (mut s, mut t) = ([0.0; 5], [0.0; 3]);
    let mut count = 0;
    for (u, v) in points {
        let weight = (1.0 - (u / reach / 1.2).powi(2)).max(0.0);
        let mut power = weight;
        for i in 0..5 {
            s[i] += power;
            if i < 3 {
                t[i] += power * v;
            }
            power *= u;
        }
        count += 1;
    }
    let determinant = |a: [f64; 3], b: [f64; 3], c: [f64; 3]| {
        a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])
    };
    let [a, b, c] = [[s[0], s[1], s[2]], [s[1], s[2], s[3]], [s[2], s[3], s[4]]];
    let all = determinant(a, b, c);
    let open = count < 4 || all <= 1e-9 * s[0] * s[2] * s[4];
    // The matrix is symmetric, so its rows are its columns.
    (!open).then(|| [determinant(t, b, c) / all, determinant(a, t, c) / all, determinant(a, b, t) / all])
}
