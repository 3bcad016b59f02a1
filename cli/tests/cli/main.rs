//! The built program, as a shell would run it.

mod batch;
mod bench;
mod cache;
#[path = "../../../tests/common/mod.rs"]
mod common;
mod doctor;
mod eval;
mod inspect;
mod killed;
mod mask;
mod models;
mod objects;
mod pictures;
mod schema;
mod segment;
mod shapes;

use std::path::Path;
use std::process::Command;

use image::{Rgb, RgbImage};
use serde_json::Value;
use tempfile::TempDir;

/// How a run of the program ended.
struct Run {
    code: i32,
    out: String,
    err: String,
}

/// Runs `deepcrop` in the folder; a word is one argument.
fn deepcrop(folder: &Path, words: &[&str]) -> Run {
    run(Command::new(env!("CARGO_BIN_EXE_deepcrop")).args(words).current_dir(folder))
}

fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// `deepcrop segment … --model classical`, the words split at spaces.
fn segment(folder: &Path, words: &str) -> Run {
    let words: Vec<&str> = ["segment", "--model", "classical"].into_iter().chain(words.split(' ')).collect();
    deepcrop(folder, &words)
}

fn json(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

/// The object at a pixel of the scene: 1 a red disc, 2 a yellow square, 0 the bluish ground.
fn object_at(x: u32, y: u32) -> u8 {
    if (f64::from(x) + 0.5 - 60.0).hypot(f64::from(y) + 0.5 - 70.0) < 35.0 {
        1
    } else if (130..180).contains(&x) && (40..100).contains(&y) {
        2
    } else {
        0
    }
}

/// 200 x 140 pixels, each thing of its own colour, lightly shaded and grained.
fn scene() -> RgbImage {
    RgbImage::from_fn(200, 140, |x, y| {
        let shade = (x + y) as u8 / 20 + ((x * 7 + y * 13) % 5) as u8;
        Rgb([[60, 80, 120], [190, 40, 40], [220, 200, 60]][usize::from(object_at(x, y))]
            .map(|colour: u8| colour + shade))
    })
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    scene().save(folder.path().join("scene.png")).unwrap();
    folder
}

/// How well a mask file shows an object.
fn iou(mask: &Path, object: u8) -> f64 {
    let mask = image::open(mask).unwrap().into_luma8();
    let (mut shared, mut all) = (0, 0);
    for (x, y, pixel) in mask.enumerate_pixels() {
        let (found, truth) = (pixel[0] >= 128, object_at(x, y) == object);
        shared += u32::from(found && truth);
        all += u32::from(found || truth);
    }
    f64::from(shared) / f64::from(all)
}

/// One sentence for people: what the program says on failure, checked for shape and for what it must name.
fn assert_sentence(run: &Run, code: i32, parts: &[&str]) {
    assert_eq!((run.code, run.out.as_str()), (code, ""), "{}", run.err);
    let line = run.err.lines().next().unwrap_or_default();
    let by_us = line.starts_with("deepcrop: ") && run.err.lines().count() == 1;
    assert!(by_us || line.starts_with("error: "), "{}", run.err);
    for part in parts {
        assert!(line.contains(part), "no `{part}` in: {line}");
    }
    assert!(!run.err.contains("panicked"), "{}", run.err);
}

/// The help of a command and, below it, of its subcommands.
fn all_help(folder: &Path, command: &[&str]) -> Vec<String> {
    let help = deepcrop(folder, &[command, &["--help"]].concat());
    assert_eq!(help.code, 0, "{command:?}: {}", help.err);
    let listed = help.out.split_once("Commands:\n").map_or("", |(_, rest)| rest);
    let lines = listed.lines().take_while(|line| !line.is_empty());
    // A description that is broken goes on further to the right.
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let below = names.flat_map(|name| all_help(folder, &[command, &[name]].concat()));
    std::iter::once(help.out.clone()).chain(below).collect()
}

#[test]
fn all_help_fits_a_terminal_of_80_columns() {
    let help = all_help(folder().path(), &[]);
    assert!(help.len() > 15, "only {} commands", help.len());
    for line in help.iter().flat_map(|text| text.lines()) {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
}
