//! A closed line as smooth curves, with its corners and its straight stretches kept.

use super::contour::is_hard;
use super::course::{Course, ROUNDED, leaving};
use super::cubic::{Cubic, Joint};
use super::simplify::{corners, signed_area};
use crate::frame::Point;

/// A turn of this many degrees at one place is a corner.
const CORNER: f64 = 40.0;
/// This many pixels more may curves stray from a hard mask's edge, which runs in steps round the true one.
const UNSURE: f64 = 0.25;
/// Curves use this much of the tolerance: each is as long as can be, so it strays as far as it may.
const SHARE: f64 = 0.8;
/// So many points of a stretch say what curve follows it; all say whether it is good enough.
const SAMPLES: usize = 40;

/// Where one curve ends and the next begins. Without a direction it is a corner.
#[derive(Clone, Copy)]
struct Stop {
    place: usize,
    point: Point,
    direction: Option<Point>,
}

/// A straight stretch between two vertices of the polygon.
struct Straight {
    from: usize,
    to: usize,
    line: Joint,
}

/// What is needed everywhere.
struct Smoother<'a> {
    course: Course<'a>,
    tolerance: f64,
    /// How much of that is for what a hard mask leaves open.
    unsure: f64,
    /// Over how many pixels the direction at a place is measured.
    reach: f64,
    /// Places of a coarse polygon's vertices, and whether each is a corner.
    vertices: Vec<(usize, bool)>,
}

/// Curves, each beginning where the last one ended, that stay within `tolerance` of the closed line. Where it has
/// corners so have they, its straight stretches are straight, and elsewhere there are no corners. They go round the same
/// area: where little would be left of it the tolerance is halved. None if no curves are needed to be as near as that.
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
    let unsure = if is_hard(ring) { UNSURE } else { 0.0 };
    let tolerance = SHARE * tolerance + unsure;
    let reach = (4.0 + 2.0 * tolerance).min(course.length() / 12.0);
    let mut smoother = Smoother { course, tolerance, unsure, reach, vertices: Vec::new() };
    smoother.vertices = smoother.find_vertices(&corners(ring, tolerance + smoother.unsure));
    let straights = smoother.straights();
    let stops = smoother.stops(&straights);
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
    /// Which of the polygon's vertices are corners. Near a corner, which pixels round off, there is no other vertex.
    fn find_vertices(&self, places: &[usize]) -> Vec<(usize, bool)> {
        let (count, near) = (places.len(), 2.0 + 2.0 * self.tolerance + 10.0 * self.unsure);
        let way = |from: usize, to: usize| {
            let (from, to) = (places[from % count], places[to % count]);
            self.course.between(from, if to < from { to + self.course.len() } else { to })
        };
        let sharpness = |i: usize| {
            // To the next vertices on both sides that are not near.
            let before = (1..count).map(|j| way(i + count - j, i)).find(|way| *way >= near).unwrap_or(0.0);
            let after = (1..count).map(|j| way(i, i + j)).find(|way| *way >= near).unwrap_or(0.0);
            // One round later, so that there is something before the first.
            let sides = [before, after].map(|side| side.min(2.0 * self.reach));
            let turn = self.course.turn(places[i] + self.course.len(), sides).unwrap_or(0.0);
            if before.min(after) > 0.0 { turn.abs() } else { 0.0 }
        };
        let sharpness: Vec<f64> = (0..count).map(sharpness).collect();
        let neighbours = |i: usize| {
            let before = (1..count).map(move |j| i + count - j).take_while(move |&j| way(j, i) < near);
            let after = (1..count).map(move |j| i + j).take_while(move |&j| way(i, j) < near);
            before.chain(after).map(|j| j % count)
        };
        let corner = |i: usize| {
            let rank = |i: usize| (sharpness[i], std::cmp::Reverse(i));
            sharpness[i] > CORNER.to_radians() && neighbours(i).all(|j| rank(j) < rank(i))
        };
        let corners: Vec<bool> = (0..count).map(corner).collect();
        let kept = (0..count).filter(|&i| corners[i] || !neighbours(i).any(|j| corners[j]));
        kept.map(|i| (places[i], corners[i])).collect()
    }

    /// The place of a vertex; counted on after a round.
    fn place(&self, vertex: usize) -> usize {
        let count = self.vertices.len();
        self.vertices[vertex % count].0 + vertex / count * self.course.len()
    }

    /// A stretch without what is rounded off at its ends, if these are corners.
    fn inner(&self, from: usize, to: usize) -> [usize; 2] {
        let corner = |place: usize| self.vertices.iter().any(|vertex| *vertex == (place % self.course.len(), true));
        let first = if corner(from) { self.course.ahead(from, ROUNDED, to) } else { from };
        let last = if corner(to) { self.course.behind(to, ROUNDED, from) } else { to };
        if first < last { [first, last] } else { [from, to] }
    }

    fn is_corner(&self, vertex: usize) -> bool {
        self.vertices[vertex % self.vertices.len()].1
    }

    /// The stretches of the polygon that really are straight.
    fn straights(&self) -> Vec<Straight> {
        let count = self.vertices.len();
        let straight = |from: usize, to: usize| {
            let [first, last] = self.inner(self.place(from), self.place(to));
            self.course.straight(first, last, self.tolerance).map(|line| Straight { from, to, line })
        };
        let mut found: Vec<Straight> = Vec::new();
        for vertex in 0..count {
            let Some(next) = straight(vertex, vertex + 1) else { continue };
            // The polygon may break one line in two.
            let joined = found.last().filter(|last| last.to == vertex && !self.is_corner(vertex));
            let joined = joined.filter(|last| last.line.direction.dot(next.line.direction) > 0.99);
            match joined.and_then(|last| straight(last.from, next.to)) {
                Some(both) => *found.last_mut().expect("it was joined") = both,
                None => found.push(next),
            }
        }
        found.retain(|straight| self.stands_out(straight));
        found
    }

    /// Whether a straight stretch is more than a piece of a gentle curve: it lies between corners, or it is long and one
    /// curve could not follow it and much of what comes before or after.
    fn stands_out(&self, &Straight { from, to, .. }: &Straight) -> bool {
        let (first, last) = (self.place(from), self.place(to));
        if self.is_corner(from) && self.is_corner(to) {
            return true;
        }
        if self.course.between(first, last) < 12.0 + 8.0 * self.tolerance {
            return false;
        }
        let count = self.course.len();
        let (first, last) = (first + count, last + count);
        let more = ((last - first) * 3 / 2).min(count - (last - first));
        let limits = (self.corner_before(first), self.corner_after(last));
        let ahead = (last + more).min(limits.1);
        let behind = first.saturating_sub(more).max(limits.0);
        let stop = |place: usize| {
            let corner = place == limits.0 || place == limits.1;
            let Joint { point, direction } = self.joint(place, limits);
            Stop { place, point, direction: (!corner).then_some(direction) }
        };
        let follows =
            |from: usize, to: usize| to - from > (last - first) * 3 / 2 && self.fit(stop(from), stop(to)).is_some();
        !follows(first, ahead) && !follows(behind, last)
    }

    /// The corner at or before a place that is in its second round; the place a round before if there is none.
    fn corner_before(&self, place: usize) -> usize {
        let count = self.course.len();
        let corners = self.vertices.iter().filter(|vertex| vertex.1).flat_map(|vertex| [vertex.0, vertex.0 + count]);
        corners.filter(|&corner| corner <= place).max().unwrap_or(place - count.min(place))
    }

    /// The same after it.
    fn corner_after(&self, place: usize) -> usize {
        let count = self.course.len();
        let corners =
            self.vertices.iter().filter(|vertex| vertex.1).flat_map(|vertex| [1, 2, 3].map(|i| vertex.0 + i * count));
        corners.filter(|&corner| corner >= place).min().unwrap_or(place + count)
    }

    /// Where curves have to end: at corners and at both ends of straight stretches. With each, whether one begins there.
    fn stops(&self, straights: &[Straight]) -> Vec<(Stop, bool)> {
        let count = self.vertices.len();
        let mut stops = Vec::new();
        for vertex in 0..count {
            let before = straights.iter().find(|straight| straight.to % count == vertex).map(|s| s.line);
            let after = straights.iter().find(|straight| straight.from == vertex).map(|s| s.line);
            let place = self.place(vertex);
            let stop = match (before, after) {
                (None, None) if !self.is_corner(vertex) => continue,
                (Some(line), None) if !self.is_corner(vertex) => self.end(line, place + self.course.len(), false),
                (None, Some(line)) if !self.is_corner(vertex) => self.end(line, place, true),
                _ => Stop { place, point: self.corner(vertex, before, after), direction: None },
            };
            stops.push((stop, after.is_some()));
        }
        stops
    }

    /// Where the line leaves the straight: at the vertex or, as that may lie in the bend already, somewhat within.
    fn end(&self, line: Joint, place: usize, begins: bool) -> Stop {
        let off = |place: usize| line.direction.cross(self.course.at(place) - line.point).abs();
        let mut place = place;
        // A straight stretch has a point nearer to its line than this.
        while off(place) > self.tolerance / 3.0 {
            place = if begins { place + 1 } else { place - 1 };
        }
        let point = line.point + line.direction * line.direction.dot(self.course.at(place) - line.point);
        Stop { place: place % self.course.len(), point, direction: Some(line.direction) }
    }

    /// The true place of a corner, which pixels round off: where the lines on both its sides meet.
    fn corner(&self, vertex: usize, before: Option<Joint>, after: Option<Joint>) -> Point {
        let place = self.place(vertex) + self.course.len();
        let count = self.vertices.len();
        let raw = self.course.at(place);
        let side = |other: usize, after: bool| {
            let other = self.place(other);
            let length = if after { self.course.between(place, other) } else { self.course.between(other, place) };
            self.course.side(place, length.min(self.reach), after)
        };
        let first = before.or_else(|| side(vertex + count - 1, false));
        let second = after.or_else(|| side(vertex + count + 1, true));
        let (Some(first), Some(second)) = (first, second) else { return raw };
        let sine = first.direction.cross(second.direction);
        let met = first.point + first.direction * ((second.point - first.point).cross(second.direction) / sine);
        if sine.abs() < 0.1 {
            let [one, other] =
                [first, second].map(|line| line.point + line.direction * line.direction.dot(raw - line.point));
            return (one + other) * 0.5;
        }
        let off = met - raw;
        raw + off * (1f64.min(2.5 * self.tolerance) / off.length()).min(1.0)
    }

    /// Follows a line that has neither corners nor straight stretches all the way round.
    fn follow_round(&self, curves: &mut Vec<Cubic>) {
        let count = self.course.len();
        let place = self.vertices.first().map_or(0, |vertex| vertex.0) + count;
        let joint = self.joint(place, (0, 3 * count));
        let stop = Stop { place, point: joint.point, direction: Some(joint.direction) };
        self.follow(stop, Stop { place: place + count, ..stop }, (0, 3 * count), curves);
    }

    /// Curves from one stop to another, each as long as can be.
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
            // Steps of these lengths can and cannot be made; where even the shortest cannot, it is a straight one.
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
            // Two even pieces at the end instead of a long and a short one.
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

    /// Where and in what direction the line passes a place of a smooth stretch.
    fn joint(&self, place: usize, limits: (usize, usize)) -> Joint {
        let noise = (self.tolerance - self.unsure) / 4.0 + 2.0 * self.unsure;
        self.course.joint(place, 4.0 * self.reach, limits, noise)
    }

    /// The end of the shortest step: one point on, but beyond what is rounded off at a corner.
    fn least(&self, here: Stop, to: Stop) -> Stop {
        let rounded = |stop: Stop| if stop.direction.is_none() { ROUNDED } else { 0.0 };
        let place = self.course.ahead(here.place, rounded(here), to.place).max(here.place + 1);
        if place >= self.course.behind(to.place, rounded(to), here.place) {
            return to;
        }
        let direction = self.joint(place, (here.place, to.place)).direction;
        Stop { place, point: self.course.at(place), direction: Some(direction) }
    }

    /// One curve for a stretch.
    fn fit(&self, from: Stop, to: Stop) -> Option<Cubic> {
        let first =
            if from.direction.is_none() { self.course.ahead(from.place, ROUNDED, to.place) } else { from.place };
        let last = if to.direction.is_none() { self.course.behind(to.place, ROUNDED, first) } else { to.place };
        let every = (last - first) / SAMPLES + 1;
        let points = || self.course.inner(first, last);
        let samples: Vec<Point> = points().skip(every / 2).step_by(every).collect();
        let outward = from.direction.or_else(|| leaving(from.point, samples.iter().chain([&to.point])))?;
        let inward = to
            .direction
            .or_else(|| leaving(to.point, samples.iter().rev().chain([&from.point])).map(|back| back * -1.0))?;
        let ends = [(from.point, outward), (to.point, inward)].map(|(point, direction)| Joint { point, direction });
        let curve = Cubic::fit(ends[0], ends[1], &samples, self.tolerance)?;
        (every == 1 || curve.passes(points(), self.tolerance)).then_some(curve)
    }
}
