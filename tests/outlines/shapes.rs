//! Traces outlines of shapes of all sizes and fills them again: how much of each shape is lost, and how many points it
//! takes.

use std::f64::consts::TAU;

use deepcrop::internals::mask::soft::HALF;
use deepcrop::types::{Combine, OutlineOptions};
use deepcrop::{Mask, Outline, Point};

/// A closed line around (0, 0).
type Line = Vec<Point>;

fn round(count: u32, at: impl Fn(f64) -> Point) -> Line {
    (0..count).map(|i| at(f64::from(i) / f64::from(count) * TAU)).collect()
}

fn polar(angle: f64, radius: f64) -> Point {
    Point::new(radius * angle.cos(), radius * angle.sin())
}

fn disc(size: f64) -> Line {
    round(2000, |angle| polar(angle, size / 2.0))
}

fn blob(size: f64) -> Line {
    round(2000, |angle| polar(angle, size * (0.4 + 0.07 * (3.0 * angle).sin() + 0.03 * (7.0 * angle + 1.0).sin())))
}

fn rectangle(width: f64, height: f64) -> Line {
    let turned = |x: f64, y: f64| Point::new(0.94 * x - 0.34 * y, 0.34 * x + 0.94 * y);
    [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|(x, y)| turned(x * width / 2.0, y * height / 2.0)).into()
}

fn star(size: f64) -> Line {
    (0..10).map(|i| polar(f64::from(i) * TAU / 10.0 + 0.2, if i % 2 == 0 { size / 2.0 } else { size / 5.0 })).collect()
}

/// A curved hair, `width` wide, that ends in a point.
fn strand(size: f64, width: f64) -> Line {
    let side = |t: f64, side: f64| {
        let middle = Point::new((t - 0.5) * size * 0.95, 0.12 * size * (5.0 * t).sin());
        let slope = Point::new(0.95, 0.6 * (5.0 * t).cos());
        let normal = Point::new(-slope.y, slope.x) * (1.0 / slope.length());
        middle + normal * (side * width / 2.0 * (1.0 - t).sqrt())
    };
    let along = (0..=500).map(|i| f64::from(i) / 500.0);
    along.clone().map(|t| side(t, -1.0)).chain(along.rev().map(|t| side(t, 1.0))).collect()
}

/// A mask of the area inside the first line without the areas inside the others, with a little room around it. A
/// pixel's value is the part of it that is covered; if `hard`, it is 0 or 255.
fn drawn(lines: &[Line], hard: bool) -> Mask {
    let half = lines[0].iter().map(|point| point.x.abs().max(point.y.abs())).fold(0.0, f64::max).ceil() + 3.0;
    let side = 2 * half as u32;
    let mask = |line: &Line| {
        let line: Line = line.iter().map(|&point| point + Point::new(half + 0.31, half - 0.17)).collect();
        Mask::polygon(side, side, &line).unwrap()
    };
    let mut whole = mask(&lines[0]);
    for hole in &lines[1..] {
        whole.combine(&mask(hole), Combine::Subtract).unwrap();
    }
    if hard {
        whole.data_mut().iter_mut().for_each(|value| *value = if *value >= HALF { 255 } else { 0 });
    }
    whole
}

/// The share of a mask that its outline loses (1 - IoU), and the number of the outline's nodes.
struct Lost {
    share: f64,
    nodes: usize,
}

fn lost(mask: &Mask, options: &OutlineOptions) -> Lost {
    let outline = Outline::trace(mask, options).unwrap();
    let nodes = outline.rings.iter().map(|ring| ring.nodes.len()).sum();
    Lost { share: 1.0 - mask.overlap(&outline.rasterise().unwrap()).unwrap(), nodes }
}

/// Makes a shape of a size.
type Shape = fn(f64) -> Vec<Line>;

const SHAPES: [(&str, Shape); 13] = [
    ("disc", |size| vec![disc(size)]),
    ("blob", |size| vec![blob(size)]),
    ("square", |size| vec![rectangle(size * 0.7, size * 0.7)]),
    ("star", |size| vec![star(size)]),
    ("ring", |size| vec![disc(size), disc(size / 2.0)]),
    ("thin ring", |size| vec![disc(size), disc(size * 0.8)]),
    ("bar 2", |size| vec![rectangle(size, 2.0)]),
    ("bar 4", |size| vec![rectangle(size, 4.0)]),
    ("bar 12", |size| vec![rectangle(size, 12.0)]),
    ("strand 2", |size| vec![strand(size, 2.0)]),
    ("strand 5", |size| vec![strand(size, 5.0)]),
    ("strand 10", |size| vec![strand(size, 10.0)]),
    ("strand 20", |size| vec![strand(size, 20.0)]),
];

/// A contour with at least this many points must be described by a tenth of them, however many corners the shape has.
const LONG: usize = 120;

/// The share that may be lost: 0.5 % of a shape that is at least 100 pixels long and on average 8 pixels wide (15 if
/// the mask is hard). For smaller and narrower shapes it is the sum of one pixel, the loss of the raw contour, and the
/// loss if the whole edge were 0.03 pixels off (0.05 if the mask is hard). If the contour is shorter than `LONG`, that
/// distance is two or three times larger.
fn allowed(raw: &Lost, size: f64, width: f64, area: u64, hard: bool) -> f64 {
    if size >= 100.0 && width >= if hard { 15.0 } else { 8.0 } {
        return 0.005;
    }
    let off = match (raw.nodes >= LONG, hard) {
        (true, false) => 0.03,
        (true, true) => 0.05,
        (false, false) => 0.06,
        (false, true) => 0.15,
    };
    f64::max(0.005, raw.share + 2.0 * off / width + 1.0 / area as f64)
}

const SIZES: [f64; 8] = [6.0, 12.0, 25.0, 50.0, 100.0, 300.0, 1000.0, 2000.0];

#[test]
fn shapes_come_back() {
    println!("shape       size  wide       | raw points  lost % | nodes  lost %  allowed %");
    let mut wrong = Vec::new();
    for (name, shape) in SHAPES {
        for (size, hard) in SIZES.into_iter().flat_map(|size| [(size, false), (size, true)]) {
            let lines = shape(size);
            let mask = drawn(&lines, hard);
            let usual = OutlineOptions::default();
            let raw = lost(&mask, &usual.tolerance(0.0).straight(true));
            let smooth = lost(&mask, &usual);
            // The average width: twice the area divided by the length of the whole edge.
            let steps =
                |line: &Line| (0..line.len()).map(|i| line[i].distance(line[(i + 1) % line.len()])).sum::<f64>();
            let area = mask.data().iter().map(|&value| f64::from(value) / 255.0).sum::<f64>();
            let width = 2.0 * area / lines.iter().map(steps).sum::<f64>();
            let allowed = allowed(&raw, size, width, mask.area(), hard);
            let kind = if hard { "hard" } else { "soft" };
            let row = format!(
                "{name:10}{size:6}{width:7.1}  {kind} | {:10} {:7.2} | {:5} {:7.2} {:10.2}",
                raw.nodes,
                100.0 * raw.share,
                smooth.nodes,
                100.0 * smooth.share,
                100.0 * allowed
            );
            println!("{row}");
            let few = smooth.nodes * 10 <= raw.nodes || (raw.nodes < LONG && smooth.nodes <= 12);
            if !(few && smooth.share <= allowed) {
                wrong.push(row);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
