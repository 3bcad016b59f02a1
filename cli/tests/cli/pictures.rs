//! Picture files: of all kinds, under all names, and broken.

use std::fs;

use image::{DynamicImage, ImageFormat};

use crate::{assert_sentence, deepcrop, folder, iou, json, scene, segment};

#[test]
fn unreadable_pictures_are_refused() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let png = fs::read(at("scene.png")).unwrap();
    scene().save(at("scene.jpg")).unwrap();
    let jpeg = fs::read(at("scene.jpg")).unwrap();
    let noise = |bytes: &[u8], from: usize| -> Vec<u8> {
        bytes.iter().enumerate().map(|(i, &b)| if i < from { b } else { b.wrapping_mul(31) ^ i as u8 }).collect()
    };
    fs::write(at("truncated.png"), &png[..png.len() / 2]).unwrap();
    fs::write(at("corrupt.png"), noise(&png, 40)).unwrap();
    fs::write(at("corrupt.jpg"), noise(&jpeg, 20)).unwrap();
    fs::write(at("truncated.jpg"), &jpeg[..100]).unwrap();
    fs::write(at("half.jpg"), &jpeg[..jpeg.len() / 2]).unwrap();
    fs::write(at("text.jpg"), "this is no picture").unwrap();
    fs::write(at("empty.png"), "").unwrap();
    fs::create_dir(at("folder.png")).unwrap();
    for name in ["truncated.png", "corrupt.png", "corrupt.jpg", "truncated.jpg"] {
        let run = segment(folder.path(), &format!("{name} --at 60,70 -o m.png"));
        assert_sentence(&run, 1, &[name, "cannot be read as a picture", "check that the file is complete"]);
    }
    for name in ["text.jpg", "empty.png"] {
        let run = segment(folder.path(), &format!("{name} --at 60,70 -o m.png"));
        assert_sentence(&run, 1, &[name, "not a picture that deepcrop can read", "PNG"]);
    }
    assert_sentence(&segment(folder.path(), "none.png --at 1,1"), 1, &["cannot read none.png", "check the path"]);
    assert_sentence(&segment(folder.path(), "folder.png --at 1,1"), 1, &["cannot read folder.png"]);
    assert!(!at("m.png").exists());
    // The upper half of a picture is better than nothing, but the user is told.
    let run = segment(folder.path(), "half.jpg --at 60,30");
    assert!(run.code == 0 && run.err.contains("half.jpg is cut off"), "{}", run.err);
}

#[test]
fn a_header_that_claims_a_giant_picture_is_refused_without_the_memory() {
    let folder = folder();
    let mut png = fs::read(folder.path().join("scene.png")).unwrap();
    png[16..24].copy_from_slice(&[0, 4, 0, 0, 0, 4, 0, 0]); // 262,144 pixels a side
    fs::write(folder.path().join("giant.png"), png).unwrap();
    assert_sentence(&segment(folder.path(), "giant.png --at 1,1"), 1, &["giant.png"]);
}

#[test]
fn paths_may_have_spaces_and_any_letters() {
    let folder = folder();
    let deep = folder.path().join("Fotos – été 写真");
    fs::create_dir(&deep).unwrap();
    fs::copy(folder.path().join("scene.png"), deep.join("die Scheibe ü.png")).unwrap();
    let words = ["segment", "die Scheibe ü.png", "--at", "60,70", "--model", "classical", "-o", "Umriß ☕ mask.png"];
    let run = deepcrop(&deep, &words);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(iou(&deep.join("Umriß ☕ mask.png"), 1) > 0.9);
}

#[test]
fn pictures_of_all_kinds_are_read_upright() {
    let folder = folder();
    let picture = DynamicImage::from(scene());
    picture.to_luma8().save(folder.path().join("grey.png")).unwrap();
    picture.to_rgba16().save(folder.path().join("deep.png")).unwrap();
    picture.to_rgba8().save(folder.path().join("alpha.webp")).unwrap();
    picture.save(folder.path().join("scene.bmp")).unwrap();
    picture.save(folder.path().join("scene.tiff")).unwrap();
    for name in ["grey.png", "deep.png", "alpha.webp", "scene.bmp", "scene.tiff"] {
        assert_eq!(segment(folder.path(), &format!("{name} --at 155,70")).code, 0, "{name}");
    }
    // The camera was held upright: stored lying, to be turned by a quarter clockwise.
    let mut stored = std::io::Cursor::new(Vec::new());
    picture.rotate270().write_to(&mut stored, ImageFormat::Jpeg).unwrap();
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    exif.splice(0..0, [0xFF, 0xE1, 0, exif.len() as u8 + 2]);
    let mut jpeg = stored.into_inner();
    jpeg.splice(2..2, exif);
    fs::write(folder.path().join("camera.jpg"), jpeg).unwrap();
    let report = json(&segment(folder.path(), "camera.jpg --at 60,70 -o m.png --json"));
    assert_eq!(report["size"], serde_json::json!([200, 140]));
    assert!(iou(&folder.path().join("m.png"), 1) > 0.9);
}
