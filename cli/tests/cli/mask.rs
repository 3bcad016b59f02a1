//! `deepcrop mask`, and the cut-outs that come of masks: colours, depth, size and colour profile.

use std::fs;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageEncoder, ImageReader, Luma, RgbImage};

use crate::{Run, assert_sentence, deepcrop, folder, object_at, scene, segment};

fn mask(folder: &Path, words: &str) -> Run {
    deepcrop(folder, &["mask"].into_iter().chain(words.split(' ')).collect::<Vec<_>>())
}

/// A folder with the scene and the mask of its disc with one pixel missing, and a speck.
fn with_mask() -> tempfile::TempDir {
    let folder = folder();
    let value = |x, y| match (x, y) {
        (60, 70) => 0,
        (5, 5) => 255,
        _ => u8::from(object_at(x, y) == 1) * 255,
    };
    GrayImage::from_fn(200, 140, |x, y| Luma([value(x, y)])).save(folder.path().join("disc.png")).unwrap();
    folder
}

fn area(path: &Path) -> usize {
    image::open(path).unwrap().into_luma8().pixels().filter(|pixel| pixel[0] >= 128).count()
}

#[test]
fn steps_change_a_mask_in_their_order() {
    let folder = with_mask();
    let at = |name: &str| folder.path().join(name);
    let disc = area(&at("disc.png"));
    for (words, wanted) in [
        ("--fill-holes all", disc + 1..=disc + 1),
        ("--drop-specks 2", disc - 1..=disc - 1),
        ("--keep 60,50 --keep 5.5,5.5", disc..=disc),
        ("--keep 60,50", disc - 1..=disc - 1),
        ("--invert", 28_000 - disc..=28_000 - disc),
        ("--subtract disc.png", 0..=0),
        ("--invert --add disc.png", 28_000..=28_000),
        ("--keep 60,50 --fill-holes 1 --grow 5 --shrink 5 --intersect disc.png", disc - 30..=disc - 1),
        // A speck that is dropped first does not grow.
        ("--drop-specks 2 --grow 4", disc + 800..=disc + 1000),
        ("--smooth 3 --feather 2", disc - 60..=disc + 30),
    ] {
        let run = mask(folder.path(), &format!("disc.png {words} -o out.png --force"));
        assert!(run.code == 0 && run.out.contains("mask -> out.png"), "{}", run.err);
        assert!(wanted.contains(&area(&at("out.png"))), "{words}: {} of {wanted:?}", area(&at("out.png")));
    }
    assert_eq!(mask(folder.path(), "disc.png -o o.svg").code, 0);
    assert!(fs::read_to_string(at("o.svg")).unwrap().contains("<path"));
}

#[test]
fn a_rough_mask_finds_the_edges_of_its_picture() {
    let folder = with_mask();
    let at = |name: &str| folder.path().join(name);
    let off = |name: &str| {
        let found = image::open(at(name)).unwrap().into_luma8();
        let wrong = |(x, y, pixel): &(u32, u32, &Luma<u8>)| (pixel[0] >= 128) != (object_at(*x, *y) == 1);
        found.enumerate_pixels().filter(|pixel| pixel.0 < 110 && wrong(pixel)).count()
    };
    GrayImage::from_fn(200, 140, |x, y| Luma([u8::from(object_at(x.saturating_sub(3), y + 2) == 1) * 255]))
        .save(at("rough.png"))
        .unwrap();
    for edges in ["auto", "hard", "smooth", "hair"] {
        let words = format!("rough.png --picture scene.png --refine 10 --edges {edges} -o fine.png --force");
        let run = mask(folder.path(), &words);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(off("fine.png") * 3 < off("rough.png"), "{edges}: {} of {}", off("fine.png"), off("rough.png"));
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = with_mask();
    GrayImage::new(3, 3).save(folder.path().join("small.png")).unwrap();
    for (words, parts) in [
        ("--grow -1 -o o.png", &["cannot grow by -1 pixels", "0 to 131072"][..]),
        ("--feather x -o o.png", &["`x` is not a number of pixels"]),
        ("--smooth nan -o o.png", &["not a number"]),
        ("--drop-specks -5 -o o.png", &["drop specks of -5"]),
        ("--keep 5 -o o.png", &["takes 2 numbers"]),
        ("--add small.png -o o.png", &["200 x 140 and 3 x 3"]),
        ("-o cutout:o.png", &["o.png needs the picture", "--picture"]),
        ("--refine 9 -o o.png", &["--refine needs the picture", "--picture"]),
        ("--refine 2 --picture scene.png -o o.png", &["within 2 pixels; pass 4 to 512"]),
        ("--refine 9 --picture scene.png --edges none -o o.png", &["--edges none changes nothing"]),
        ("--edges soft -o o.png", &["unknown edge mode `soft`", "auto, hard, smooth, hair, none"]),
        ("--picture small.png -o cutout:o.png", &["200 x 140", "small.png is 3 x 3"]),
    ] {
        assert_sentence(&mask(folder.path(), &format!("disc.png {words}")), 2, parts);
    }
    assert_sentence(&mask(folder.path(), "disc.png --add none.png -o o.png"), 1, &["cannot read none.png"]);
    assert_sentence(&mask(folder.path(), "disc.png -o disc.png --force"), 2, &["the input itself"]);
    assert!(!folder.path().join("o.png").exists());
}

#[test]
fn cut_outs_have_no_halo() {
    let folder = with_mask();
    let at = |name: &str| folder.path().join(name);
    // A red disc, two pixels soft, on green.
    let alpha = |x: u32, y: u32| {
        let inside = 35.0 - (f64::from(x) + 0.5 - 60.0).hypot(f64::from(y) + 0.5 - 70.0);
        ((inside / 4.0 + 0.5).clamp(0.0, 1.0) * 255.0).round() as u8
    };
    let mixed = |x, y| {
        let share = f64::from(alpha(x, y)) / 255.0;
        image::Rgb(
            [[200.0, 20.0], [30.0, 220.0], [40.0, 60.0]].map(|[a, b]| (a * share + b * (1.0 - share)).round() as u8),
        )
    };
    RgbImage::from_fn(200, 140, mixed).save(at("photo.png")).unwrap();
    GrayImage::from_fn(200, 140, |x, y| Luma([alpha(x, y)])).save(at("soft.png")).unwrap();
    let run = mask(folder.path(), "soft.png --picture photo.png --crop=5 -o cutout:c.png");
    assert_eq!(run.code, 0, "{}", run.err);
    let cutout = image::open(at("c.png")).unwrap().into_rgba8();
    let (left, top) = (60 - 37 - 5, 70 - 37 - 5);
    assert_eq!(cutout.dimensions(), (2 * (37 + 5), 2 * (37 + 5)));
    for (x, y, pixel) in cutout.enumerate_pixels() {
        assert_eq!(pixel[3], alpha(x + left, y + top));
        let off = pixel.0.iter().zip([200u8, 30, 40]).map(|(a, b)| a.abs_diff(b)).max().unwrap();
        // Where it cannot be seen its own colour goes on, more or less.
        assert!(off <= if pixel[3] > 0 { 3 } else { 40 }, "{pixel:?} at {x}, {y}");
    }
}

/// The shortest thing that looks like a colour profile for pixels of a kind.
fn profile(kind: &[u8; 4]) -> Vec<u8> {
    let mut bytes = vec![0; 132];
    bytes[3] = 132;
    bytes[16..20].copy_from_slice(kind);
    bytes[36..40].copy_from_slice(b"acsp");
    bytes
}

fn profile_of(path: &Path) -> Option<Vec<u8>> {
    ImageReader::open(path).unwrap().into_decoder().unwrap().icc_profile().unwrap()
}

#[test]
fn depth_and_colour_profile_are_kept() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let picture = DynamicImage::from(scene());
    let png = |name: &str, picture: DynamicImage, kind| {
        let mut encoder = PngEncoder::new(fs::File::create(at(name)).unwrap());
        encoder.set_icc_profile(profile(kind)).unwrap();
        picture.write_with_encoder(encoder).unwrap();
    };
    png("colour.png", picture.clone(), b"RGB ");
    png("deep.png", picture.to_rgb16().into(), b"RGB ");
    png("grey.png", picture.to_luma8().into(), b"GRAY");
    png("ink.png", picture.clone(), b"CMYK");
    let mut encoder = JpegEncoder::new(fs::File::create(at("photo.jpg")).unwrap());
    encoder.set_icc_profile(profile(b"RGB ")).unwrap();
    picture.write_with_encoder(encoder).unwrap();
    for (name, kept, cut) in [
        ("colour.png", Some(b"RGB "), image::ColorType::Rgba8),
        ("deep.png", Some(b"RGB "), image::ColorType::Rgba16),
        ("grey.png", Some(b"GRAY"), image::ColorType::La8),
        ("ink.png", None, image::ColorType::Rgba8),
        ("photo.jpg", Some(b"RGB "), image::ColorType::Rgba8),
        ("scene.png", None, image::ColorType::Rgba8),
    ] {
        let run = segment(folder.path(), &format!("{name} --at 155,70 -o cutout:cut.png -o mask.png --force"));
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{name}");
        assert_eq!(image::open(at("cut.png")).unwrap().color(), cut, "{name}");
        assert_eq!(profile_of(&at("cut.png")), kept.map(profile), "{name}");
        assert_eq!(profile_of(&at("mask.png")), None);
    }
    let deep = image::open(at("deep.png")).unwrap().into_rgb16();
    segment(folder.path(), "deep.png --at 155,70 -o cutout:cut.png --force");
    let cut = image::open(at("cut.png")).unwrap().into_rgba16();
    assert_eq!((&cut.get_pixel(155, 70).0[..3], cut.get_pixel(155, 70)[3]), (&deep.get_pixel(155, 70).0[..], 65535));
}

#[test]
fn cropped_to_nothing_is_the_whole_picture() {
    let folder = folder();
    let run = segment(folder.path(), "scene.png --not 60,70 --crop -o cutout:c.png");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert_eq!(image::image_dimensions(folder.path().join("c.png")).unwrap(), (200, 140));
}
