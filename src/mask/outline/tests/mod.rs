//! Outlines of made masks: what they enclose, how they nest, and how few points and curves they take.

use super::*;
use crate::mask::outline::cubic::Cubic;
use crate::mask::outline::simplify::signed_area;
use crate::mask::soft::HALF;

mod random;

const EXACT: OutlineOptions = OutlineOptions { tolerance: 0.0, smallest_area: 0.0, straight: false };
const STRAIGHT: OutlineOptions = OutlineOptions { tolerance: 0.5, smallest_area: 4.0, straight: true };

/// A mask of a shape, given by the distance from its edge, positive inside. Its edge is `softness` pixels soft; 0 is hard.
fn drawn(width: u32, height: u32, softness: f64, inside: impl Fn(Point) -> f64) -> Mask {
    let value = |x: u32, y: u32| {
        let depth = inside(Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5));
        if softness > 0.0 { (depth / softness + 0.5).clamp(0.0, 1.0) } else { f64::from(depth >= 0.0) }
    };
    let data = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| (value(x, y) * 255.0) as u8);
    Mask::new(width, height, data.collect()).unwrap()
}

/// Round blobs, some of which are cut out again.
fn blobs(width: u32, height: u32, blobs: &[(f64, f64, f64, bool)], softness: f64) -> Mask {
    drawn(width, height, softness, |point| {
        blobs.iter().fold(-1e3, |depth, &(x, y, radius, cut)| {
            let own = radius - point.distance(Point::new(x, y));
            if cut { f64::min(depth, -own) } else { f64::max(depth, own) }
        })
    })
}

fn star(tips: u32, radius: f64, softness: f64) -> (Mask, Vec<Point>) {
    let corner = |i: u32| {
        let angle = f64::from(i) * std::f64::consts::PI / f64::from(tips) + 0.2;
        let length = if i.is_multiple_of(2) { radius } else { radius * 0.4 };
        Point::new(radius + 10.0 + length * angle.cos(), radius + 10.0 + length * angle.sin())
    };
    let corners: Vec<Point> = (0..2 * tips).map(corner).collect();
    let side = 2 * radius as u32 + 20;
    let mut mask = Mask::polygon(side, side, &corners).unwrap();
    if softness == 0.0 {
        mask.data_mut().iter_mut().for_each(|value| *value = if *value >= HALF { 255 } else { 0 });
    }
    (mask, corners)
}

fn trace(mask: &Mask, options: &OutlineOptions) -> Outline {
    let outline = Outline::trace(mask, options).unwrap();
    check_rings(&outline);
    outline
}

fn iou(a: &Mask, b: &Mask) -> f64 {
    if a.area() + b.area() == 0 { 1.0 } else { a.overlap(b).unwrap() }
}

fn lines(points: &[Point]) -> impl Iterator<Item = (Point, Point)> + '_ {
    (0..points.len()).map(|i| (points[i], points[(i + 1) % points.len()]))
}

fn holds(points: &[Point], point: Point) -> bool {
    let crossed = lines(points).filter(|(a, b)| {
        (a.y > point.y) != (b.y > point.y) && point.x < a.x + (point.y - a.y) / (b.y - a.y) * (b.x - a.x)
    });
    crossed.count() % 2 == 1
}

fn distance(points: &[Point], point: Point) -> f64 {
    let to = |(a, b): (Point, Point)| {
        let step = b - a;
        let t = ((point - a).dot(step) / step.dot(step).max(1e-12)).clamp(0.0, 1.0);
        point.distance(a + step * t)
    };
    lines(points).map(to).fold(f64::INFINITY, f64::min)
}

/// Where pieces of a closed line cross that are no neighbours.
fn crossings(points: &[Point]) -> Vec<Point> {
    let pieces: Vec<(Point, Point)> = lines(points).collect();
    let apart = |(a, b): (Point, Point), (c, d): (Point, Point)| {
        (b - a).cross(c - a) * (b - a).cross(d - a) < 0.0 && (d - c).cross(a - c) * (d - c).cross(b - c) < 0.0
    };
    let pairs = (0..pieces.len()).flat_map(|i| (i + 2..pieces.len()).map(move |j| (i, j)));
    pairs.filter(|&(i, j)| apart(pieces[i], pieces[j])).map(|(i, _)| pieces[i].0).collect()
}

/// What holds for every outline.
fn check_rings(outline: &Outline) {
    let Outline { width, height, rings } = outline;
    let inside = |p: Point| (0.0..=f64::from(*width)).contains(&p.x) && (0.0..=f64::from(*height)).contains(&p.y);
    for (i, ring) in rings.iter().enumerate() {
        assert!(ring.points.len() >= 3 && ring.nodes.len() >= 2);
        let curve = node::flatten(&ring.nodes, FINE);
        for points in [&ring.points, &curve] {
            assert_eq!(signed_area(points) < 0.0, ring.hole, "{ring:?}");
        }
        assert!(ring.points.iter().all(|&point| inside(point)));
        for Node { point, handle_in, handle_out, corner } in &ring.nodes {
            assert!(inside(*point) && handle_in.length().is_finite() && handle_out.length().is_finite());
            let (from, to) = (*point - *handle_in, *handle_out - *point);
            let bent = from.cross(to).abs() > 2e-3 * from.length() * to.length() || from.dot(to) < 0.0;
            assert!(*corner || !bent, "a smooth node with {from:?} and {to:?}");
        }
        if let Some(parent) = ring.parent {
            assert!(parent < i && rings[parent].hole != ring.hole);
        }
        assert!(ring.parent.is_some() || !ring.hole);
    }
}

/// How many nodes an outline has, how many of them are corners, and how many of the curves are straight.
fn count(outline: &Outline) -> (usize, usize, usize) {
    let nodes = || outline.rings.iter().flat_map(|ring| &ring.nodes);
    let curves = outline.rings.iter().flat_map(|ring| node::curves(&ring.nodes).collect::<Vec<_>>());
    (nodes().count(), nodes().filter(|node| node.corner).count(), curves.filter(Cubic::is_line).count())
}

#[test]
fn a_circle_takes_few_curves_and_has_no_corner() {
    for softness in [0.0, 1.0, 8.0] {
        let mask = blobs(230, 230, &[(115.3, 114.8, 100.0, false)], softness);
        let outline = trace(&mask, &OutlineOptions::default());
        let (nodes, corners, lines) = count(&outline);
        assert!((4..=8).contains(&nodes) && corners == 0 && lines == 0, "{nodes} {corners} {lines}");
        for point in node::flatten(&outline.rings[0].nodes, FINE) {
            let off = (point.distance(Point::new(115.3, 114.8)) - 100.0).abs();
            assert!(off < if softness == 0.0 { 0.8 } else { 0.4 }, "{off}");
        }
    }
}

#[test]
fn corners_are_kept_and_straight_lines_are_straight() {
    let rectangle = |point: Point| (30.0 - (point.x - 50.0).abs()).min(20.0 - (point.y - 40.0).abs());
    for softness in [0.0, 1.0] {
        let outline = trace(&drawn(100, 80, softness, rectangle), &OutlineOptions::default());
        assert_eq!(count(&outline), (4, 4, 4));
        for node in &outline.rings[0].nodes {
            let off = Point::new((node.point.x - 50.0).abs() - 30.0, (node.point.y - 40.0).abs() - 20.0);
            assert!(off.length() < 1e-6, "{node:?}");
        }
        let (mask, corners) = star(5, 100.0, softness);
        let outline = trace(&mask, &OutlineOptions::default());
        for corner in corners {
            let near = |node: &&Node| node.corner && node.point.distance(corner) < 2.5;
            assert_eq!(outline.rings[0].nodes.iter().filter(near).count(), 1, "{corner:?} with {softness}");
        }
    }
    let (mask, _) = star(5, 100.0, 1.0);
    assert_eq!(count(&trace(&mask, &OutlineOptions::default())), (10, 10, 10));
    // A rectangle with round corners: four lines, smoothly joined.
    let rounded = |point: Point| {
        let (x, y) = ((point.x - 130.0).abs() - 100.0, (point.y - 80.0).abs() - 50.0);
        20.0 - x.max(0.0).hypot(y.max(0.0)) - x.max(y).min(0.0)
    };
    let outline = trace(&drawn(260, 160, 1.0, rounded), &OutlineOptions::default());
    let (nodes, corners, lines) = count(&outline);
    assert!(nodes <= 12 && corners == 0 && lines == 4, "{nodes} {corners} {lines}");
    for line in node::curves(&outline.rings[0].nodes).filter(Cubic::is_line) {
        let step = line.0[3] - line.0[0];
        assert!(step.x.abs().min(step.y.abs()) < 0.02 && step.length() > 90.0, "{line:?}");
    }
}

#[test]
fn a_full_mask_is_the_pictures_rectangle() {
    for (width, height) in [(1, 1), (7, 1), (40, 30)] {
        let full = Mask::new(width, height, vec![255; (width * height) as usize]).unwrap();
        let outline = trace(&full, &EXACT);
        assert_eq!(signed_area(&outline.rings[0].points), f64::from(width * height));
        assert_eq!(outline.rasterise().unwrap(), full);
    }
    let full = Mask::new(40, 30, vec![255; 1200]).unwrap();
    let outline = trace(&full, &OutlineOptions::default());
    assert_eq!((outline.rings[0].points.len(), count(&outline)), (4, (4, 4, 4)), "{outline:?}");
    assert_eq!(outline.rasterise().unwrap(), full);
    let empty = trace(&Mask::empty(3, 2).unwrap(), &EXACT);
    assert!(empty.rings.is_empty() && empty.rasterise().unwrap().area() == 0 && empty.to_svg_path().is_empty());
}

#[test]
fn thin_and_touching_things_keep_their_shape() {
    let selected = |width: u32, height: u32, inside: fn(u32, u32) -> bool| {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Mask::new(width, height, pixels.map(|(x, y)| if inside(x, y) { 255 } else { 0 }).collect()).unwrap()
    };
    let board = selected(8, 8, |x, y| (x + y) % 2 == 0);
    let row = selected(60, 5, |x, y| y == 2 && (5..55).contains(&x));
    let diagonal = selected(40, 40, |x, y| x == y);
    let touching = selected(40, 40, |x, y| (x < 20) == (y < 20));
    for tolerance in [0.0, 0.2, 0.5, 3.0, 1e6] {
        for (mask, rings) in [(&board, 1..=33), (&row, 1..=1), (&diagonal, 1..=1), (&touching, 1..=2)] {
            let outline = trace(mask, &OutlineOptions { tolerance, ..EXACT });
            assert!(rings.contains(&outline.rings.len()), "{}", outline.rings.len());
            let kept = iou(mask, &outline.rasterise().unwrap());
            assert!(kept > if tolerance <= 0.5 { 0.5 } else { 0.2 }, "{kept} at {tolerance}");
        }
    }
}

#[test]
fn an_island_in_a_hole_knows_its_place() {
    let mask =
        blobs(200, 200, &[(100.0, 100.0, 90.0, false), (100.0, 100.0, 60.0, true), (100.0, 100.0, 30.0, false)], 2.0);
    let rings = trace(&mask, &OutlineOptions::default()).rings;
    let nesting: Vec<_> = rings.iter().map(|ring| (ring.hole, ring.parent)).collect();
    assert_eq!(nesting, [(false, None), (true, Some(0)), (false, Some(1))]);
    for (tolerance, smallest_area) in [(f64::NAN, 0.0), (f64::INFINITY, 0.0), (-1.0, 0.0), (1.0, f64::NAN), (1.0, -1.0)]
    {
        let error = Outline::trace(&mask, &OutlineOptions { tolerance, smallest_area, straight: false }).unwrap_err();
        assert!(error.to_string().contains("pass numbers from 0 up"), "{error}");
    }
}
