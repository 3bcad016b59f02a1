//! Simplifying a closed line: fewer points, the same area.

use crate::geometry::point::Point;

/// Simplifies a line: keeps as few points as possible, with all others within `tolerance` of the chords between them
/// (Douglas and Peucker 1973). The chords of a bulge lie on its inner side, so they are then moved outwards until the
/// area is the same again. If little would be left of the line, the tolerance is halved.
pub fn simplify(ring: &[Point], tolerance: f64) -> Vec<Point> {
    let area = signed_area(ring);
    let mut tolerance = tolerance;
    while tolerance > 0.01 && ring.len() > 3 {
        let corners = corners(ring, tolerance);
        if corners.len() >= 3 {
            let balanced = balance(ring, &corners, tolerance);
            let kept = signed_area(&balanced) / area;
            if (0.5..1.5).contains(&kept) {
                return balanced;
            }
        }
        tolerance /= 2.0;
    }
    ring.to_vec()
}

/// The area inside a closed line; positive if it goes clockwise, as seen on a screen.
pub fn signed_area(ring: &[Point]) -> f64 {
    let Some(&origin) = ring.first() else { return 0.0 };
    ring.windows(2).map(|pair| cross(origin, pair[0], pair[1])).sum::<f64>() / 2.0
}

/// Twice the area of a triangle.
fn cross(a: Point, b: Point, c: Point) -> f64 {
    (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y)
}

/// The indices of the points that stay.
pub fn corners(ring: &[Point], tolerance: f64) -> Vec<usize> {
    let farthest_from = |from: Point| {
        let apart = |i: &usize| ring[*i].distance(from);
        (0..ring.len()).max_by(|a, b| apart(a).total_cmp(&apart(b))).unwrap_or(0)
    };
    // Two points that are farthest apart, or nearly so, always stay.
    let a = farthest_from(ring[0]);
    let b = farthest_from(ring[a]);
    let (a, b) = (a.min(b), a.max(b));
    let at = |i: usize| ring[i % ring.len()];
    let mut kept = vec![a, b];
    let mut open = vec![(a, b), (b, a + ring.len())];
    while let Some((from, to)) = open.pop() {
        let (begin, end) = (at(from), at(to));
        let (mut worst, mut distance) = (from, tolerance * tolerance);
        for i in from + 1..to {
            let apart = distance_squared(at(i), begin, end);
            if apart > distance {
                (worst, distance) = (i, apart);
            }
        }
        if worst != from {
            kept.push(worst % ring.len());
            open.extend([(from, worst), (worst, to)]);
        }
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// The squared distance of a point from the line between two others.
fn distance_squared(point: Point, begin: Point, end: Point) -> f64 {
    let (dx, dy) = (end.x - begin.x, end.y - begin.y);
    let (px, py) = (point.x - begin.x, point.y - begin.y);
    let length = dx * dx + dy * dy;
    let t = if length > 0.0 { ((px * dx + py * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    (px - t * dx).powi(2) + (py - t * dy).powi(2)
}

/// Moves each chord between the corners sideways, by the area between it and its arc, and intersects it with its neighbours.
fn balance(ring: &[Point], corners: &[usize], tolerance: f64) -> Vec<Point> {
    // The normal of each chord, and the distance it moves along it.
    let chord = |i: usize| {
        let from = corners[i];
        let next = corners[(i + 1) % corners.len()];
        let to = if next > from { next } else { next + ring.len() };
        let (begin, end) = (ring[from], ring[next]);
        let at = |i: usize| ring[i % ring.len()];
        let arc: f64 = (from + 1..to).map(|i| cross(begin, at(i), at(i + 1))).sum();
        let length = begin.distance(end).max(1e-9);
        let normal = ((begin.y - end.y) / length, (end.x - begin.x) / length);
        (normal, (-arc / 2.0 / length).clamp(-tolerance, tolerance))
    };
    let chords: Vec<_> = (0..corners.len()).map(chord).collect();
    let moved = |i: usize| {
        let ((ax, ay), a) = chords[(i + corners.len() - 1) % corners.len()];
        let ((bx, by), b) = chords[i];
        let sine = ax * by - ay * bx;
        // If two chords have almost the same direction, their intersection could be anywhere.
        let (mut x, mut y) = if sine.abs() > 0.3 {
            ((a * by - b * ay) / sine, (b * ax - a * bx) / sine)
        } else {
            ((a * ax + b * bx) / 2.0, (a * ay + b * by) / 2.0)
        };
        let far = x.hypot(y) / tolerance;
        if far > 1.0 {
            (x, y) = (x / far, y / far);
        }
        Point::new(ring[corners[i]].x + x, ring[corners[i]].y + y)
    };
    (0..corners.len()).map(moved).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_keeps_its_area_with_few_points() {
        let angle = |i: i32| f64::from(i) * std::f64::consts::TAU / 2000.0;
        let ring: Vec<Point> = (0..2000).map(|i| Point::new(200.0 * angle(i).cos(), 200.0 * angle(i).sin())).collect();
        let simple = simplify(&ring, 0.5);
        assert!((20..=64).contains(&simple.len()), "{}", simple.len());
        assert!((signed_area(&simple) / signed_area(&ring) - 1.0).abs() < 1e-3);
        assert!(simple.iter().all(|point| (point.distance(Point::new(0.0, 0.0)) - 200.0).abs() < 0.6));
    }

    #[test]
    fn thin_and_small_rings_do_not_collapse() {
        let thin: Vec<Point> = (0..100)
            .map(|x| Point::new(f64::from(x), 0.0))
            .chain((0..100).rev().map(|x| Point::new(f64::from(x), 0.3)))
            .collect();
        let simple = simplify(&thin, 5.0);
        assert!(simple.len() >= 3 && simple.len() < 10, "{simple:?}");
        assert!(signed_area(&simple) / signed_area(&thin) > 0.5);
        let triangle = vec![Point::new(0.0, 0.0), Point::new(1.0, 0.0), Point::new(0.0, 1.0)];
        assert_eq!(simplify(&triangle, 9.0), triangle);
    }
}
