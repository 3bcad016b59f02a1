//! What holds for the outlines of random masks.

use proptest::prelude::*;

use super::*;

proptest! {
    // Every point is compared with every line.
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn an_outline_gives_its_mask_back(
        list in prop::collection::vec((0f64..300.0, 0f64..200.0, 30f64..120.0, prop::bool::weighted(0.3)), 1..8),
        softness in prop_oneof![Just(0.0), 1f64..20.0],
    ) {
        let mask = blobs(300, 200, &list, softness);
        let raw = trace(&mask, &OutlineOptions { tolerance: 0.0, ..STRAIGHT });
        let sum = |outline: &Outline| outline.rings.iter().map(|ring| ring.points.len()).sum::<usize>();
        for options in [STRAIGHT, OutlineOptions::default()] {
            let outline = trace(&mask, &options);
            prop_assert_eq!(outline.rings.len(), raw.rings.len());
            let iou = iou(&mask, &outline.rasterise().unwrap());
            prop_assert!(iou >= 0.995 || mask.area() < 20_000, "{} with {:?}", iou, options);
            let few = |count: usize| count * 10 <= sum(&raw) || sum(&raw) < 800;
            prop_assert!(few(sum(&outline)) && few(count(&outline).0), "{} {:?} of {}", sum(&outline), count(&outline), sum(&raw));
            for (ring, raw) in outline.rings.iter().zip(&raw.rings) {
                let curve = node::flatten(&ring.nodes, 0.1);
                // Corners that nearly touch may be drawn out past each other.
                let corners: Vec<Point> = ring.nodes.iter().filter(|node| node.corner).map(|node| node.point).collect();
                let at_corners = |place: &Point| corners.iter().any(|corner| corner.distance(*place) < 3.0);
                prop_assert!(crossings(&curve).iter().all(at_corners), "{:?}", ring);
                // Only what is rounded off at corners may be farther away than the tolerance, what a hard mask leaves open
                // and the step of the flat line.
                let far: Vec<f64> = raw.points.iter().map(|&point| distance(&curve, point)).collect();
                let beyond = far.iter().filter(|far| **far > 0.5 + 0.25 + 0.1).count();
                prop_assert!(far.len() < 100 || beyond * 30 <= far.len(), "{} of {}", beyond, far.len());
                prop_assert!(far.iter().all(|far| *far < 2.2), "{:?}", far);
                let worst = curve.iter().map(|&point| distance(&raw.points, point)).fold(0.0, f64::max);
                // Where corners were cut off.
                prop_assert!(worst < 2.7, "the curve is {} away", worst);
            }
        }
    }
}

proptest! {
    #[test]
    fn exact_rings_lie_within_their_parents(width in 1u32..12, data in prop::collection::vec(prop_oneof![Just(0u8), Just(255), any::<u8>()], 12 * 9),
                                            tolerance in prop_oneof![Just(1e-9), 0.01f64..2.0, Just(50.0), Just(1e300)]) {
        let mask = Mask::new(width, data.len() as u32 / width, data[..(data.len() as u32 / width * width) as usize].to_vec()).unwrap();
        let outline = trace(&mask, &EXACT);
        for ring in &outline.rings {
            let outside = |i: usize| !outline.rings[i].points.contains(&ring.points[0]) && holds(&outline.rings[i].points, ring.points[0]);
            let mut ancestors: Vec<usize> = std::iter::successors(ring.parent, |&i| outline.rings[i].parent).collect();
            ancestors.sort_unstable();
            let round: Vec<usize> = (0..outline.rings.len()).filter(|&i| outside(i)).collect();
            prop_assert_eq!(ancestors, round);
            prop_assert!(ring.nodes.iter().map(|node| node.point).eq(ring.points.iter().copied()));
        }
        // Every pixel's centre is on the side it belongs to.
        for (y, x) in (0..mask.height()).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let centre = Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
            let depth = outline.rings.iter().filter(|ring| holds(&ring.points, centre)).count();
            prop_assert_eq!(depth % 2 == 1, mask.at(x, y) >= HALF);
        }
        let rough = trace(&mask, &OutlineOptions { tolerance, ..EXACT });
        prop_assert_eq!(rough.rings.len(), outline.rings.len());
    }

    #[test]
    fn a_path_says_what_the_nodes_say(list in prop::collection::vec((0f64..90.0, 0f64..60.0, 5f64..40.0, any::<bool>()), 1..5),
                                      straight in any::<bool>()) {
        let outline = trace(&blobs(90, 60, &list, 1.0), &OutlineOptions { straight, ..OutlineOptions::default() });
        let parsed = parse(&outline.to_svg_path());
        prop_assert_eq!(parsed.len(), outline.rings.len());
        for (curves, ring) in parsed.iter().zip(&outline.rings) {
            let drawn: Vec<Cubic> = node::curves(&ring.nodes).collect();
            prop_assert_eq!(curves.len(), drawn.len(), "{:?}", ring);
            for (a, b) in curves.iter().zip(&drawn) {
                for (a, b) in a.0.iter().zip(b.0) {
                    // The corners of a square with sides of a hundredth.
                    prop_assert!((a.x - b.x).abs() <= 0.0051 && (a.y - b.y).abs() <= 0.0051, "{:?} {:?}", a, b);
                }
            }
        }
    }
}

/// The curves of a path of M, l, c and z, read as SVG says: a command that is left out is the last one again.
fn parse(path: &str) -> Vec<Vec<Cubic>> {
    let closed = path.split_terminator('z');
    let subpath = |text: &str| {
        let (mut curves, mut pen) = (Vec::new(), Point::new(0.0, 0.0));
        let text = text.replace('M', " M ").replace('l', " l ").replace('c', " c ").replace('-', " -");
        let (mut command, mut numbers) = ("", Vec::new());
        let mut start = pen;
        for word in text.split_whitespace() {
            match word.parse::<f64>() {
                Ok(number) => numbers.push(number),
                Err(_) => command = word,
            }
            let at = |i: usize| pen + Point::new(numbers[i], numbers[i + 1]);
            match (command, numbers.len()) {
                ("M", 2) => (pen, start) = (at(0), at(0)),
                ("l", 2) => curves.push(Cubic::line(pen, at(0))),
                ("c", 6) => curves.push(Cubic([pen, at(0), at(2), at(4)])),
                _ => continue,
            }
            pen = curves.last().map_or(pen, |curve: &Cubic| curve.0[3]);
            numbers.clear();
        }
        assert!(numbers.is_empty(), "{text}");
        if pen.distance(start) > 1e-6 {
            curves.push(Cubic::line(pen, start));
        }
        curves
    };
    closed.map(subpath).collect()
}
