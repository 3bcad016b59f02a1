//! The ends of the curves of a smooth outline: at corners, and at both ends of straight stretches.

use crate::geometry::point::Point;
use crate::mask::outline::cubic::Joint;
use crate::mask::outline::fitting::{CurveEnd, Smoother};
use crate::mask::outline::measured_line::ROUNDED;

/// The least turn of a corner, in degrees.
const CORNER: f64 = 40.0;
/// The most that pixels cut off a corner, and the most that they add to it, in pixels. Less if the tolerance is less
/// than half a pixel.
const CUT: f64 = 2.0;
const ADDED: f64 = 1.0;

/// A straight stretch between two vertices of the polygon.
struct Straight {
    from: usize,
    to: usize,
    line: Joint,
}

impl Smoother<'_> {
    /// The vertices of the polygon, and whether each is a corner. Vertices near a corner are dropped, as pixels round
    /// it off; but both corners at the end of a narrow part stay.
    pub fn find_vertices(&self, places: &[usize]) -> Vec<(usize, bool)> {
        let count = places.len();
        let near = (2.0 + 2.0 * self.tolerance + 10.0 * self.unsure).min(self.width / 2.0);
        let way = |from: usize, to: usize| {
            let (from, to) = (places[from % count], places[to % count]);
            self.measured.between(from, if to < from { to + self.measured.len() } else { to })
        };
        let sharpness = |i: usize| {
            // The lengths to the next vertices on both sides that are not near.
            let before = (1..count).map(|j| way(i + count - j, i)).find(|way| *way >= near).unwrap_or(0.0);
            let after = (1..count).map(|j| way(i, i + j)).find(|way| *way >= near).unwrap_or(0.0);
            // One round later, so that there are places before the first.
            let sides = [before, after].map(|side| side.min(2.0 * self.reach));
            let turn = self.measured.turn(places[i] + self.measured.len(), sides).unwrap_or(0.0);
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

    /// The place of a vertex. Vertices count on after a round.
    fn place(&self, vertex: usize) -> usize {
        let count = self.vertices.len();
        self.vertices[vertex % count].0 + vertex / count * self.measured.len()
    }

    /// The stretch between two vertices, without the rounded ends at corners.
    fn without_rounding(&self, from: usize, to: usize) -> [usize; 2] {
        let rounded = |vertex: usize| if self.is_corner(vertex) { ROUNDED } else { 0.0 };
        let [first, last] = [from, to].map(|vertex| self.place(vertex));
        let trimmed = [self.measured.ahead(first, rounded(from), last), self.measured.behind(last, rounded(to), first)];
        if trimmed[0] < trimmed[1] { trimmed } else { [first, last] }
    }

    fn is_corner(&self, vertex: usize) -> bool {
        self.vertices[vertex % self.vertices.len()].1
    }

    /// The straight stretches of the line.
    fn straights(&self) -> Vec<Straight> {
        let count = self.vertices.len();
        let straight = |from: usize, to: usize| {
            let [first, last] = self.without_rounding(from, to);
            self.measured.straight(first, last, self.tolerance).map(|line| Straight { from, to, line })
        };
        let mut found: Vec<Straight> = Vec::new();
        for vertex in 0..count {
            let Some(next) = straight(vertex, vertex + 1) else { continue };
            // The polygon may have split one straight line in two.
            let joined = found.last().filter(|last| last.to == vertex && !self.is_corner(vertex));
            let joined = joined.filter(|last| last.line.direction.dot(next.line.direction) > 0.99);
            match joined.and_then(|last| straight(last.from, next.to)) {
                Some(both) => *found.last_mut().expect("it was joined") = both,
                None => found.push(next),
            }
        }
        let corners: Vec<usize> = self.vertices.iter().filter(|vertex| vertex.1).map(|vertex| vertex.0).collect();
        found.retain(|straight| self.stands_out(straight, &corners));
        found
    }

    /// Whether a straight stretch is more than a piece of a gentle curve: it lies between corners; or it is long, and a
    /// single curve cannot follow it together with much of the line before or after it, up to the next corner.
    fn stands_out(&self, &Straight { from, to, .. }: &Straight, corners: &[usize]) -> bool {
        let (first, last) = (self.place(from), self.place(to));
        if self.is_corner(from) && self.is_corner(to) {
            return true;
        }
        if self.measured.between(first, last) < 12.0 + 8.0 * self.tolerance {
            return false;
        }
        let count = self.measured.len();
        let (first, last) = (first + count, last + count);
        let more = ((last - first) * 3 / 2).min(count - (last - first));
        // The corner at or before the first, in its round or the one before, and the one at or after the last.
        let before =
            corners[..corners.partition_point(|corner| corner + count <= first)].last().map(|corner| corner + count);
        let round = last / count * count;
        let after = corners.get(corners.partition_point(|corner| corner + round < last)).map(|corner| corner + round);
        let limits = (
            before.or(corners.last().copied()).unwrap_or(first - count),
            after.or(corners.first().map(|corner| corner + round + count)).unwrap_or(last + count),
        );
        let ahead = (last + more).min(limits.1);
        let behind = first.saturating_sub(more).max(limits.0);
        let end = |place: usize| {
            let corner = place == limits.0 || place == limits.1;
            let Joint { point, direction } = self.joint(place, limits);
            CurveEnd { place, point, direction: (!corner).then_some(direction) }
        };
        let follows =
            |from: usize, to: usize| to - from > (last - first) * 3 / 2 && self.fit(end(from), end(to)).is_some();
        !follows(first, ahead) && !follows(behind, last)
    }

    /// The places where curves end: corners and both ends of straight stretches. And whether a straight stretch begins there.
    pub fn curve_ends(&self) -> Vec<(CurveEnd, bool)> {
        let count = self.vertices.len();
        let (mut ending, mut beginning) = (vec![None; count], vec![None; count]);
        let straights = self.straights();
        for straight in &straights {
            ending[straight.to % count] = Some(straight);
            beginning[straight.from] = Some(straight);
        }
        let mut curve_ends = Vec::new();
        for vertex in 0..count {
            let place = self.place(vertex);
            let end = match (ending[vertex], beginning[vertex]) {
                (None, None) if !self.is_corner(vertex) => continue,
                (Some(straight), None) if !self.is_corner(vertex) => self.end(straight, false),
                (None, Some(straight)) if !self.is_corner(vertex) => self.end(straight, true),
                (before, after) => {
                    let point = self.corner(vertex, before.map(|s| s.line), after.map(|s| s.line));
                    CurveEnd { place, point, direction: None }
                }
            };
            curve_ends.push((end, beginning[vertex].is_some()));
        }
        curve_ends
    }

    /// The smooth beginning or end of a straight stretch: at the vertex or, as that may already lie in the bend, a little
    /// inside.
    fn end(&self, &Straight { from, to, line }: &Straight, begins: bool) -> CurveEnd {
        let [first, last] = [from, to].map(|vertex| self.place(vertex));
        let near =
            |place: &usize| line.direction.cross(self.measured.at(*place) - line.point).abs() <= self.tolerance / 3.0;
        let third = (last - first) / 3;
        let place = match begins {
            true => (first..first + third).find(near).unwrap_or(first),
            false => (last - third + 1..=last).rev().find(near).unwrap_or(last),
        };
        let point = line.point + line.direction * line.direction.dot(self.measured.at(place) - line.point);
        CurveEnd { place: place % self.measured.len(), point, direction: Some(line.direction) }
    }

    /// The true position of a corner, which pixels round off: where the lines on both sides meet.
    fn corner(&self, vertex: usize, before: Option<Joint>, after: Option<Joint>) -> Point {
        let place = self.place(vertex) + self.measured.len();
        let count = self.vertices.len();
        let raw = self.measured.at(place);
        let side = |other: usize, after: bool| {
            let other = self.place(other);
            let length = if after { self.measured.between(place, other) } else { self.measured.between(other, place) };
            self.measured.side(place, length.min(self.reach), after)
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
        let farthest = if off.dot(first.direction - second.direction) > 0.0 { CUT } else { ADDED };
        raw + off * (farthest * (2.0 * self.tolerance).min(1.0) / off.length()).min(1.0)
    }
}
