//! Tests of the families with tiny networks whose answers are known; tests/data/make_networks.py makes them.

mod answers;
mod cache;
#[path = "../common/mod.rs"]
mod common;
mod mapping;
mod objects_and_subject;
mod prompts;
mod proposals;
mod sources;
mod stopping;
mod wrong;

use std::path::{Path, PathBuf};

use deepcrop::internals::mask::soft::HALF;
use deepcrop::internals::pixels::rgb_image::RgbImage;
use deepcrop::types::{Provider, Rect};
use deepcrop::{
    Cancel, Edges, LoadOptions, Mask, Model, Picture, Point, Prompt, Result, SegmentOptions, Selection, Source,
};

/// The cells along each side of the networks' input.
const CELLS: f64 = 32.0;

/// The network's plain answer: no closer look, no guard, no edges.
const PLAIN: SegmentOptions = SegmentOptions::new().closer_look(false).guard(false).edges(Edges::None);

/// The path of a network in tests/data/networks.
fn network(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/networks/{name}.onnx"))
}

fn load_from(source: Source) -> Result<Model> {
    let options = LoadOptions::default().provider(Provider::Cpu).runtime(common::runtime());
    Model::load(&source, &options, &Cancel::new())
}

fn load(name: &str) -> Model {
    load_from(Source::Path(network(name))).unwrap()
}

fn paint(width: u32, height: u32, colour: impl Fn(f64, f64) -> [u8; 3]) -> RgbImage {
    let centre = |i: u32| f64::from(i) + 0.5;
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let pixels = pixels.flat_map(|(x, y)| colour(centre(x), centre(y))).collect();
    RgbImage::new(pixels, width, height).unwrap()
}

fn picture(model: &Model, image: &RgbImage) -> Picture<'static> {
    Picture::new(model, &image.view(), &Cancel::new()).unwrap()
}

fn segment(model: &Model, image: &RgbImage, prompts: &[Prompt], options: &SegmentOptions) -> Selection {
    picture(model, image).segment(prompts, options, &Cancel::new()).unwrap()
}

fn include(x: f64, y: f64) -> Prompt {
    Prompt::Include(Point::new(x, y))
}

fn exclude(x: f64, y: f64) -> Prompt {
    Prompt::Exclude(Point::new(x, y))
}

/// The depth of a point in a disk; negative outside.
fn in_disk(point: Point, centre: Point, radius: f64) -> f64 {
    radius - point.distance(centre)
}

/// The depth of a point in a rectangle; negative outside.
fn in_rect(point: Point, rect: Rect) -> f64 {
    [point.x - rect.x0, rect.x1 - point.x, point.y - rect.y0, rect.y1 - point.y].into_iter().fold(f64::MAX, f64::min)
}

/// Checks that exactly the pixels with a positive `depth` are selected. Within `margin` pixels of the boundary any
/// value is right.
#[track_caller]
fn assert_mask(mask: &Mask, margin: f64, depth: impl Fn(Point) -> f64) {
    for (y, x) in (0..mask.height()).flat_map(|y| (0..mask.width()).map(move |x| (y, x))) {
        let depth = depth(Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5));
        let value = mask.at(x, y);
        assert!(
            depth.abs() <= margin || (depth > 0.0) == (value >= HALF),
            "pixel {x}, {y} of {} x {} is {value}, but lies {depth:.2} deep",
            mask.width(),
            mask.height()
        );
    }
}
