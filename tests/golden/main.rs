//! Compares answers of networks from other projects with the answers of their authors' own code. tests/golden/data, or
//! the folder in DEEPCROP_GOLDEN, has a folder for each network, with its files and with the expected answers in
//! cases.json.
//!
//! `tests/golden/make` makes them again.

mod clicks;
#[path = "../common/mod.rs"]
mod common;
mod matting;
mod objects;
mod subject;

use std::fs;
use std::path::{Path, PathBuf};

use deepcrop::internals::mask::soft::HALF;
use deepcrop::internals::network::runtime::Runtime;
use deepcrop::internals::network::runtime::graph::{Graph, GraphSource};
use deepcrop::internals::network::store::network_files;
use deepcrop::internals::pixels::rgb_image::RgbImage;
use deepcrop::types::Provider;
use deepcrop::{Cancel, LoadOptions, Mask, Model, Picture, Source};
use serde_json::Value;

/// Masks must have this IoU ...
const LEAST_IOU: f64 = 0.999;
/// ... or differ in this many pixels, in tiny pictures.
const PIXELS_OFF: usize = 1;
/// Scores may differ by this.
const SCORE_OFF: f64 = 1e-3;
/// The sides of boxes may differ by this many pixels.
const BOX_OFF: f64 = 0.5;
/// Soft masks may differ by this on average, of 255.
const MAP_OFF: f64 = 2.0;

/// The results for one network with its cases.
struct Set {
    name: String,
    folder: PathBuf,
    pictures: PathBuf,
    model: Model,
    worst_iou: f64,
    worst_score: f64,
    worst_map: f64,
    wrong: Vec<String>,
}

impl Set {
    fn pixels(&self, name: &str) -> RgbImage {
        let pixels = image::open(self.pictures.join(name)).unwrap_or_else(|error| panic!("{name}: {error}")).to_rgb8();
        let (width, height) = pixels.dimensions();
        RgbImage::new(pixels.into_raw(), width, height).unwrap()
    }

    fn picture(&self, name: &str) -> Picture<'static> {
        let image = self.pixels(name);
        Picture::new(&self.model, &image.view(), &Cancel::new())
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    fn mask(&self, name: &str) -> Mask {
        let pixels = image::open(self.folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}")).to_luma8();
        let (width, height) = pixels.dimensions();
        Mask::new(width, height, pixels.into_raw()).unwrap()
    }

    /// Records how far an answer is from the expected one.
    fn compare(&mut self, what: &str, (mask, score): (&Mask, f64), (expected, expected_score): (&Mask, Option<f64>)) {
        // Scores are not compared for networks without scores.
        let expected_score = expected_score.unwrap_or(score);
        let (iou, gap) = (iou(mask, expected), (score - expected_score).abs());
        let off = differing(mask, expected);
        if off > PIXELS_OFF {
            self.worst_iou = self.worst_iou.min(iou);
        }
        self.worst_score = self.worst_score.max(gap);
        if (iou < LEAST_IOU && off > PIXELS_OFF) || gap > SCORE_OFF {
            self.wrong.push(format!("{what}: IoU {iou:.4} ({off} pixels), score {score:.4} for {expected_score:.4}"));
        }
    }

    /// Records how far a soft mask is from the expected one.
    fn compare_map(&mut self, what: &str, map: &Mask, expected: &Mask) {
        assert_eq!((map.width(), map.height()), (expected.width(), expected.height()));
        let gaps = map.data().iter().zip(expected.data()).map(|(a, b)| f64::from(a.abs_diff(*b)));
        let (sum, most) = gaps.fold((0.0, 0f64), |(sum, most), gap| (sum + gap, most.max(gap)));
        let mean = sum / map.data().len() as f64;
        self.worst_map = self.worst_map.max(mean);
        if mean > MAP_OFF {
            self.wrong.push(format!("{what}: the map is off by {mean:.2} of 255, at most by {most}"));
        }
    }
}

fn differing(a: &Mask, b: &Mask) -> usize {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    a.data().iter().zip(b.data()).filter(|(a, b)| (**a >= HALF) != (**b >= HALF)).count()
}

fn iou(a: &Mask, b: &Mask) -> f64 {
    let either = a.data().iter().zip(b.data()).filter(|(a, b)| **a >= HALF || **b >= HALF).count();
    if either == 0 { 1.0 } else { 1.0 - differing(a, b) as f64 / either as f64 }
}

fn check(folder: &Path, pictures: &Path) -> Set {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let text = fs::read_to_string(folder.join("cases.json")).unwrap_or_else(|error| panic!("{name}: {error}"));
    let all: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let options = LoadOptions::default().provider(Provider::Cpu).runtime(common::runtime());
    let network = folder.join(all["network"].as_str().expect("cases.json names its network"));
    let cases = all["cases"].as_array().expect("cases.json has cases");
    assert!(!cases.is_empty(), "{name} has no cases");
    // A matting network selects nothing alone.
    let (source, options) = match cases[0]["trimap"].is_string() {
        true => (Source::Engine("classical"), options.matting(Source::Path(network))),
        false => (Source::Path(network), options),
    };
    let model = Model::load(&source, &options, &Cancel::new());
    let model = model.unwrap_or_else(|error| panic!("{name}: {error}"));
    let (folder, pictures) = (folder.to_owned(), pictures.to_owned());
    let (worst_iou, worst_score, worst_map) = (1.0, 0.0, 0.0);
    let mut set = Set { name, folder, pictures, model, worst_iou, worst_score, worst_map, wrong: Vec::new() };
    for (number, case) in cases.iter().enumerate() {
        let title = format!("{} {}", number + 1, case["picture"].as_str().expect("a case names its picture"));
        match case {
            case if case["prompts"].is_array() => clicks::check(&mut set, &title, case),
            case if case["objects"].is_array() => objects::check(&mut set, &title, case),
            case if case["subject"].is_string() => subject::check(&mut set, &title, case),
            case if case["trimap"].is_string() => matting::check(&mut set, &title, case),
            other => panic!("{} {title}: no kind of case that is known: {other}", set.name),
        }
    }
    set
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The folders of the networks.
fn folders() -> Vec<PathBuf> {
    let data = std::env::var_os("DEEPCROP_GOLDEN").map_or(golden().join("data"), PathBuf::from);
    let entries = fs::read_dir(&data).unwrap_or_else(|error| panic!("{}: {error}", data.display()));
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(!folders.is_empty(), "{} holds no sets", data.display());
    folders
}

/// Every network can be compared with itself, in the way in which other providers are compared with the CPU.
#[test]
fn a_providers_numbers_can_be_checked() {
    let runtime = Runtime::get(Some(&common::runtime())).unwrap();
    let files: Vec<PathBuf> = folders().iter().flat_map(|folder| network_files(folder).unwrap()).collect();
    let open = |file: &Path| Graph::open(runtime, GraphSource::File(file), Provider::Cpu, 1).unwrap();
    let mut unchecked = 0;
    for file in &files {
        let (one, other) = (open(file), open(file));
        let note = one.agrees_with(&other).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        println!("{}: {}", file.display(), if note.is_empty() { "compared" } else { &note });
        unchecked += usize::from(!note.is_empty());
    }
    assert!(unchecked * 2 < files.len(), "{unchecked} of {} networks", files.len());
}

#[test]
fn networks_answer_as_their_authors_code_does() {
    let sets: Vec<Set> = folders().iter().map(|folder| check(folder, &golden().join("pictures"))).collect();
    println!("{:28} {:>9} {:>9} {:>9}", "network", "worst IoU", "score gap", "map gap");
    for set in &sets {
        println!("{:28} {:9.5} {:9.5} {:9.5}", set.name, set.worst_iou, set.worst_score, set.worst_map);
    }
    let wrong: Vec<String> =
        sets.iter().flat_map(|set| set.wrong.iter().map(|wrong| format!("{}: {wrong}", set.name))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
