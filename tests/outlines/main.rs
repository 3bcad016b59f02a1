//! Compares outlines with OpenCV's contours, and run lengths with those of pycocotools. tests/outlines/data, or the
//! folder in DEEPCROP_OUTLINES, has the masks, and the results of OpenCV and pycocotools in expected.json.
//!
//! `tests/outlines/make.py` makes these files again; `cargo xtask outlines` does so and runs this test. In addition,
//! `shapes` draws shapes of all sizes and compares their outlines with the shapes.

mod shapes;

use std::fs;
use std::path::{Path, PathBuf};

use deepcrop::internals::mask::run_lengths::RunLengths;
use deepcrop::internals::mask::soft::HALF;
use deepcrop::types::OutlineOptions;
use deepcrop::{Mask, Outline, Point};
use serde_json::{Value, json};

/// The largest distance to OpenCV's contours. These go through the centres of the pixels at the edge, half a pixel
/// inside; where two pixels touch at a corner, up to this far.
const APART: f64 = 0.75;

fn folder() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outlines/data");
    std::env::var_os("DEEPCROP_OUTLINES").map_or(own, PathBuf::from)
}

/// Each mask with its expected results.
fn cases() -> Vec<(Mask, Value)> {
    let text = fs::read_to_string(folder().join("expected.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() >= 10);
    let mask = |name: &str| {
        let pixels = image::open(folder().join(format!("{name}.png"))).unwrap().to_luma8();
        Mask::new(pixels.width(), pixels.height(), pixels.into_raw()).unwrap()
    };
    cases.into_iter().map(|case| (mask(case["name"].as_str().unwrap()), case)).collect()
}

/// The distance of the farthest of the points from a closed line.
fn farthest(points: &[Point], line: &[Point]) -> f64 {
    let to = |point: Point, (a, b): (Point, Point)| {
        let step = b - a;
        let t = ((point - a).dot(step) / step.dot(step).max(1e-12)).clamp(0.0, 1.0);
        point.distance(a + step * t)
    };
    let pieces: Vec<(Point, Point)> = (0..line.len()).map(|i| (line[i], line[(i + 1) % line.len()])).collect();
    let nearest = |&point: &Point| pieces.iter().map(|&piece| to(point, piece)).fold(f64::INFINITY, f64::min);
    points.iter().map(nearest).fold(0.0, f64::max)
}

#[test]
fn run_lengths_are_those_of_pycocotools() {
    for (mask, expected) in cases() {
        let runs = RunLengths::of(&mask).unwrap();
        let name = &expected["name"];
        assert_eq!(json!(runs.counts), expected["counts"], "{name}");
        assert_eq!(json!(runs.to_compressed()), expected["packed"], "{name}");
        let annotation: Value = serde_json::from_str(&runs.to_json()).unwrap();
        assert_eq!(annotation["segmentation"]["counts"], expected["packed"], "{name}");
        assert_eq!(annotation["segmentation"]["size"], json!([mask.height(), mask.width()]), "{name}");
        assert_eq!((&annotation["area"], &annotation["bbox"]), (&expected["area"], &expected["bbox"]), "{name}");
    }
}

#[test]
fn rings_are_opencvs_contours() {
    for (mask, expected) in cases() {
        let name = expected["name"].as_str().unwrap();
        // OpenCV does not know soft pixels.
        let data = mask.data().iter().map(|&value| if value >= HALF { 255 } else { 0 }).collect();
        let mask = Mask::new(mask.width(), mask.height(), data).unwrap();
        let exact = OutlineOptions::default().tolerance(0.0).smallest_area(0.0);
        let rings = Outline::trace(&mask, &exact).unwrap().rings;
        let contours = expected["contours"].as_array().unwrap();
        assert_eq!(rings.len(), contours.len(), "{name}");
        // The number of our ring that equals the contour.
        let ring_of = |contour: &Value| {
            let coordinate = |value: &Value| value.as_f64().unwrap() + 0.5;
            let points: Vec<Point> = contour["points"]
                .as_array()
                .unwrap()
                .iter()
                .map(|point| Point::new(coordinate(&point[0]), coordinate(&point[1])))
                .collect();
            let same = |i: &usize| {
                rings[*i].hole == contour["hole"].as_bool().unwrap()
                    && farthest(&points, &rings[*i].points) <= APART
                    && farthest(&rings[*i].points, &points) <= APART
            };
            let found: Vec<usize> = (0..rings.len()).filter(same).collect();
            assert_eq!(found.len(), 1, "{name}: {contour} is the rings {found:?}");
            found[0]
        };
        let places: Vec<usize> = contours.iter().map(ring_of).collect();
        for (contour, &place) in contours.iter().zip(&places) {
            let parent = contour["parent"].as_u64().map(|parent| places[parent as usize]);
            assert_eq!(rings[place].parent, parent, "{name}: {contour}");
        }
    }
}
