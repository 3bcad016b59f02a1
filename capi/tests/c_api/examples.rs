//! The examples, built as a user would, find the duck.

use std::path::Path;
use std::process::Command;

use crate::common;
use crate::toolchain::{Toolchain, VARIABLE, source, succeed, write};

/// On the duck in tests/data/still_life.png.
const CLICK: [&str; 2] = ["511", "231"];

fn overlap(mask: &Path) -> f64 {
    let truth = image::open(source("tests/data/masks/still_life_duck.png")).unwrap().into_luma8();
    let mask = match mask.extension() {
        Some(ending) if ending == "pgm" => {
            let file = std::fs::read(mask).unwrap();
            let pixels = file.strip_prefix(b"P5 640 480 255\n").expect("a PGM of the picture's size");
            image::GrayImage::from_raw(640, 480, pixels.to_vec()).unwrap()
        }
        _ => image::open(mask).unwrap().into_luma8(),
    };
    assert_eq!(mask.dimensions(), truth.dimensions());
    let (mut both, mut either) = (0, 0);
    for (a, b) in mask.pixels().zip(truth.pixels()) {
        both += u32::from(a[0] >= 128 && b[0] >= 128);
        either += u32::from(a[0] >= 128 || b[0] >= 128);
    }
    f64::from(both) / f64::from(either)
}

fn finds_the_duck(program: &Path, picture: &Path, out: &Path, ending: &str) {
    let mut command = Command::new(program);
    let said = succeed(command.arg(picture).args(CLICK).arg(out).env(VARIABLE, common::runtime()));
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.len() == 5 && lines[0].contains(" on cpu "), "{said}");
    let area = |line: &str| line.split([' ', ':']).find_map(|word| word.parse::<u32>().ok());
    assert_eq!(area(lines[1]), area(lines[3]), "undone is not as before: {said}");
    let iou = overlap(&out.with_extension(ending));
    assert!(iou > 0.9, "{iou}");
    let svg = std::fs::read_to_string(out.with_extension("svg")).unwrap().replace('"', "'");
    assert!(svg.contains("width='640' height='480'") && svg.contains(" d='M"), "{svg}");
}

#[test]
fn the_examples_in_c_and_cpp_find_the_duck() {
    let tools = Toolchain::new();
    let picture = tools.path("still life.ppm");
    let pixels = image::open(source("tests/data/still_life.png")).unwrap().into_rgb8();
    write(&picture, &[format!("P6 {} {} 255\n", pixels.width(), pixels.height()).as_bytes(), &pixels].concat());
    for name in ["examples/click.c", "examples/click.cpp"] {
        let program = tools.program("click", &[name], &[]);
        finds_the_duck(&program, &picture, &tools.path("duck"), "pgm");
        let missing = Command::new(&program).args(["none.ppm", "1", "1", "out"]).output().unwrap();
        assert!(missing.status.code() == Some(1) && !missing.stderr.is_empty());
        let outside =
            Command::new(&program).arg(&picture).args(["9999", "1", "out"]).env(VARIABLE, common::runtime()).output();
        assert!(String::from_utf8_lossy(&outside.unwrap().stderr).contains("outside the picture"));
    }
}

#[test]
fn the_example_in_rust_finds_the_duck() {
    let tools = Toolchain::new();
    // target/PROFILE/deps/c_api-HASH; the example is not built when this test alone was asked for.
    let own = std::env::current_exe().unwrap();
    let profile = own.ancestors().nth(2).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--quiet", "--package", "deepcrop", "--features", "image", "--example", "click"])
        .current_dir(source(""));
    cargo.env("CARGO_TARGET_DIR", profile.parent().unwrap());
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    succeed(&mut cargo);
    let picture = source("tests/data/still_life.png");
    finds_the_duck(&profile.join("examples/click"), &picture, &tools.path("duck"), "png");
}
