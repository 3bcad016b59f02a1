//! Picture files: of all kinds, under all names, and broken.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageDecoder, ImageFormat, ImageReader, Rgba, RgbaImage};
use tiff::encoder::{TiffEncoder, colortype};
use tiff::tags::Tag;

use crate::{assert_sentence, deepcrop, folder, iou, json, object_at, scene, segment};

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

/// Files of a few bytes whose header claims 65,500 x 65,500 pixels.
fn giants(folder: &Path) {
    const SIDE: u32 = 65_500;
    let mut png = fs::read(folder.join("scene.png")).unwrap();
    png[16..24].copy_from_slice([SIDE.to_be_bytes(), SIDE.to_be_bytes()].as_flattened());
    let sum = crc(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    fs::write(folder.join("giant.png"), png).unwrap();

    let mut jpeg = Cursor::new(Vec::new());
    scene().write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    let mut jpeg = jpeg.into_inner();
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let side = (SIDE as u16).to_be_bytes();
    jpeg[frame + 5..frame + 9].copy_from_slice([side, side].as_flattened());
    fs::write(folder.join("giant.jpg"), jpeg).unwrap();

    let mut tiff = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, kind, value) in [
        (256u16, 4u16, SIDE), // width
        (257, 4, SIDE),       // height
        (258, 3, 8),          // bits
        (259, 3, 1),          // not compressed
        (262, 3, 1),          // grey
        (273, 4, 8),          // where the pixels are
        (277, 3, 1),          // numbers for each pixel
        (278, 4, SIDE),       // rows
        (279, 4, SIDE),       // bytes
    ] {
        tiff.extend([&tag.to_le_bytes()[..], &kind.to_le_bytes(), &1u32.to_le_bytes(), &value.to_le_bytes()].concat());
    }
    tiff.extend([0; 4]);
    fs::write(folder.join("giant.tif"), tiff).unwrap();
}

/// The checksum of a PNG chunk.
pub fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum: u32, &byte| (0..8).fold(sum ^ u32::from(byte), step))
}

#[test]
fn giants_are_refused_with_the_same_words_everywhere() {
    let folder = folder();
    giants(folder.path());
    for name in ["giant.png", "giant.jpg", "giant.tif"] {
        let says = [name, "65500 x 65500 pixels, more than the limit of 268435456", "--max-pixels 4290250000"];
        assert_sentence(&segment(folder.path(), &format!("{name} --at 1,1")), 1, &says);
        let mask = deepcrop(folder.path(), &["mask", name, "-o", "m.png"]);
        assert_sentence(&mask, 1, &says);
    }
    // A lower limit refuses what is usually read.
    let run = segment(folder.path(), "scene.png --at 60,70 --max-pixels 27999");
    assert_sentence(&run, 1, &["scene.png has 200 x 140 pixels", "--max-pixels 28000"]);
    assert_eq!(segment(folder.path(), "scene.png --at 60,70 --max-pixels 28000").code, 0);
}

/// A frame of 65,500 x 65,500 pixels in a GIF of 1 x 1.
#[test]
#[cfg(target_os = "linux")]
fn a_frame_that_is_larger_than_its_picture_does_not_take_the_memory() {
    let folder = folder();
    let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF,\0\0\0\0".to_vec();
    gif.extend([65_500u16.to_le_bytes(), 65_500u16.to_le_bytes()].as_flattened());
    gif.extend(b"\0\x02\x02\x44\x01\0;");
    fs::write(folder.path().join("frame.gif"), gif).unwrap();
    let program = env!("CARGO_BIN_EXE_deepcrop");
    let limited = format!("ulimit -v 4000000; exec {program} segment frame.gif --at 0,0 --model classical");
    let run = crate::run(Command::new("sh").args(["-c", &limited]).current_dir(folder.path()));
    assert_sentence(&run, 1, &["frame.gif"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_picture_that_needs_more_memory_than_there_is_does_not_end_a_batch() {
    let folder = folder();
    giants(folder.path());
    let lines: String = ["giant.png", "giant.jpg", "giant.tif", "scene.png"]
        .map(|name| format!("{{\"picture\": \"{name}\", \"prompts\": [{{\"at\": [60, 70]}}]}}\n"))
        .concat();
    fs::write(folder.path().join("list.jsonl"), lines).unwrap();
    let program = env!("CARGO_BIN_EXE_deepcrop");
    let limited = format!(
        "ulimit -v 4000000; exec {program} batch list.jsonl --out out --model classical --max-pixels 5000000000"
    );
    let run = crate::run(Command::new("sh").args(["-c", &limited]).current_dir(folder.path()));
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("4 lines: 1 done now, 0 done earlier, 3 failed"), "{}", run.out);
    assert_eq!(run.err.matches("MB of memory, which is not free").count(), 3, "{}", run.err);
    let out = fs::read_dir(folder.path().join("out")).unwrap().map(|entry| entry.unwrap().path());
    let masks: Vec<_> = out.filter(|path| path.extension().is_some_and(|ending| ending == "png")).collect();
    assert!(masks.len() == 1 && iou(&masks[0], 1) > 0.9);
}

#[test]
fn formats_that_are_not_read_are_named_with_the_command_that_converts_them() {
    let folder = folder();
    for (name, start, says) in [
        (
            "a.heic",
            &b"\0\0\0\x18ftypheic\0\0\0\0"[..],
            "is a HEIC picture, which deepcrop cannot read; convert it first: heif-convert a.heic a.png",
        ),
        ("b.avif", b"\0\0\0\x18ftypavif\0\0\0\0", "avifdec b.avif b.png"),
        ("c.jxl", b"\xFF\x0A\0\0\0\0\0\0", "JPEG XL picture"),
        ("d.jxl", b"\0\0\0\x0CJXL \r\n\x87\n", "djxl d.jxl d.png"),
    ] {
        fs::write(folder.path().join(name), start).unwrap();
        assert_sentence(&segment(folder.path(), &format!("{name} --at 1,1")), 1, &[name, says]);
    }
}

#[test]
fn further_frames_and_pages_are_left_out_with_a_warning() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let mut gif = GifEncoder::new(File::create(at("film.gif")).unwrap());
    gif.encode_frames([0, 1].map(|_| Frame::new(DynamicImage::from(scene()).into_rgba8()))).unwrap();
    drop(gif);
    DynamicImage::from(scene()).save(at("still.gif")).unwrap();
    let mut pages = TiffEncoder::new(File::create(at("pages.tif")).unwrap()).unwrap();
    for _ in 0..2 {
        pages.write_image::<colortype::RGB8>(200, 140, scene().as_raw()).unwrap();
    }
    for (name, says) in [("film.gif", "its first frame"), ("pages.tif", "reads the first"), ("still.gif", "")] {
        let run = segment(folder.path(), &format!("{name} --at 60,70 -o m.png --force"));
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.err.contains(says) && run.err.is_empty() == says.is_empty(), "{name}: {}", run.err);
        assert!(iou(&at("m.png"), 1) > 0.9, "{name}");
    }
    // Animated PNG and WebP say so in their headers.
    let mut png = fs::read(at("scene.png")).unwrap();
    let chunk = b"acTL\0\0\0\x01\0\0\0\0";
    png.splice(33..33, [&8u32.to_be_bytes()[..], chunk, &crc(chunk).to_be_bytes()].concat());
    fs::write(at("film.png"), png).unwrap();
    let run = segment(folder.path(), "film.png --at 60,70");
    assert!(run.code == 0 && run.err.contains("film.png is animated"), "{}", run.err);
}

#[test]
fn bytes_after_the_end_of_a_jpeg_are_no_fault() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    scene().save(at("phone.jpg")).unwrap();
    let mut jpeg = fs::read(at("phone.jpg")).unwrap();
    jpeg.extend(b"\0\0\0\x18ftypmp42 a film with \xFF\xDA in it");
    fs::write(at("phone.jpg"), jpeg).unwrap();
    let run = segment(folder.path(), "phone.jpg --at 60,70");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
}

#[test]
fn floats_keep_their_precision() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let floats = DynamicImage::from(scene()).into_rgb32f();
    floats.save(at("colour.tif")).unwrap();
    let grey: Vec<f32> = DynamicImage::from(scene()).into_luma16().iter().map(|&v| f32::from(v) / 65535.0).collect();
    let mut file = TiffEncoder::new(File::create(at("grey.tif")).unwrap()).unwrap();
    file.write_image::<colortype::Gray32Float>(200, 140, &grey).unwrap();
    for name in ["colour.tif", "grey.tif"] {
        let run = segment(folder.path(), &format!("{name} --at 155,70 -o m.png -o cutout:c.png --force"));
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{name}");
        assert!(iou(&at("m.png"), 2) > 0.9, "{name}");
        let cutout = image::open(at("c.png")).unwrap();
        assert_eq!(cutout.color(), image::ColorType::Rgba16, "{name}");
        let [red, .., alpha] = cutout.into_rgba16().get_pixel(155, 70).0;
        let exact = if name == "grey.tif" { grey[70 * 200 + 155] } else { floats.get_pixel(155, 70)[0] };
        assert!(alpha == u16::MAX && (f32::from(red) / 65535.0 - exact).abs() < 1e-4, "{name}");
    }
}

#[test]
fn grey_floats_keep_their_orientation_and_profile() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let grey: Vec<f32> = DynamicImage::from(scene()).into_luma8().iter().map(|&v| f32::from(v) / 255.0).collect();
    let mut profile = [0; 128];
    profile[16..20].copy_from_slice(b"GRAY");
    let mut file = TiffEncoder::new(File::create(at("turned.tif")).unwrap()).unwrap();
    let mut picture = file.new_image::<colortype::Gray32Float>(200, 140).unwrap();
    picture.encoder().write_tag(Tag::Orientation, 6u16).unwrap();
    picture.encoder().write_tag(Tag::IccProfile, &profile[..]).unwrap();
    picture.write_data(&grey).unwrap();
    // Turned by a quarter to the right: column 155, row 70 becomes column 69, row 155.
    let run = segment(folder.path(), "turned.tif --at 69,155 -o m.png -o cutout:c.png");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let mask = image::open(at("m.png")).unwrap().into_luma8();
    assert_eq!((mask.dimensions(), mask.get_pixel(69, 155).0), ((140, 200), [255]));
    let mut cutout = ImageReader::open(at("c.png")).unwrap().into_decoder().unwrap();
    assert_eq!(cutout.icc_profile().unwrap().as_deref(), Some(&profile[..]));
    assert_eq!(DynamicImage::from_decoder(cutout).unwrap().color(), image::ColorType::La16);
}

/// A TIFF of one grey float, whose colour profile claims to have 4 GiB.
fn grey_float_with_a_huge_profile() -> Vec<u8> {
    let fields: [(u16, u16, u32, u32); 11] = [
        (256, 4, 1, 1),            // width
        (257, 4, 1, 1),            // height
        (258, 3, 1, 32),           // bits
        (259, 3, 1, 1),            // not compressed
        (262, 3, 1, 1),            // grey
        (273, 4, 1, 8),            // where the pixel is
        (277, 3, 1, 1),            // numbers for each pixel
        (278, 4, 1, 1),            // rows
        (279, 4, 1, 4),            // bytes
        (339, 3, 1, 3),            // floats
        (34675, 1, u32::MAX, 142), // colour profile
    ];
    let mut tiff = b"II*\0\x0c\0\0\0\0\0\0\x3f\x0b\0".to_vec();
    for (tag, kind, count, value) in fields {
        tiff.extend([&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat());
    }
    tiff.extend([0; 4]);
    tiff
}

#[test]
fn a_profile_that_claims_gigabytes_is_left_out() {
    let folder = folder();
    fs::write(folder.path().join("a.tif"), grey_float_with_a_huge_profile()).unwrap();
    let run = segment(folder.path(), "a.tif --at 0.5,0.5 -o m.png");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
}

#[test]
fn a_mask_with_an_opaque_alpha_channel_is_read_by_its_brightness() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let disc = |x, y| if object_at(x, y) == 1 { 255 } else { 0 };
    RgbaImage::from_fn(200, 140, |x, y| Rgba([disc(x, y), disc(x, y), disc(x, y), 255]))
        .save(at("opaque.png"))
        .unwrap();
    RgbaImage::from_fn(200, 140, |x, y| Rgba([9, 9, 9, disc(x, y)])).save(at("alpha.png")).unwrap();
    for name in ["opaque.png", "alpha.png"] {
        assert_eq!(deepcrop(folder.path(), &["mask", name, "-o", "m.png", "--force"]).code, 0);
        assert_eq!(iou(&at("m.png"), 1), 1.0, "{name}");
    }
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

/// Runs `deepcrop` with these bytes on standard input.
fn piped(folder: &Path, words: &[&OsStr], input: &[u8]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deepcrop"));
    command.args(words).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command line that is refused reads nothing.
    _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

#[test]
fn pictures_and_files_go_through_pipes() {
    let folder = folder();
    let png = fs::read(folder.path().join("scene.png")).unwrap();
    let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
    let run = |line: &str, input: &[u8]| {
        let words = words(line);
        piped(folder.path(), &words.iter().map(OsString::as_os_str).collect::<Vec<_>>(), input)
    };
    let mask = run("segment - --at 60,70 --model classical -o -", &png);
    assert!(mask.status.success() && !mask.stderr.is_empty(), "the report goes to standard error");
    fs::write(folder.path().join("m.png"), &mask.stdout).unwrap();
    assert!(iou(&folder.path().join("m.png"), 1) > 0.9);
    let outline = run("mask - --grow 1 -o outline:-", &mask.stdout);
    assert!(outline.stdout.starts_with(b"<svg"), "{}", String::from_utf8_lossy(&outline.stdout));
    let json = run("segment - --at 60,70 --model classical --json", &png);
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(report["picture"], "-");
    for (line, says) in [
        ("segment - --at 60,70 --model classical -o - --json", "both write to standard output"),
        ("segment - --at 60,70 --model classical -o - -o cutout:-", "names - twice"),
    ] {
        let run = run(line, &png);
        assert!(run.status.code() == Some(2) && run.stdout.is_empty(), "{line}");
        assert!(String::from_utf8_lossy(&run.stderr).contains(says), "{line}");
    }
    // A stream without an end is given up, not read until the memory is full.
    let run = segment(folder.path(), "/dev/zero --at 1,1 --max-pixels 1000");
    assert_sentence(&run, 1, &["/dev/zero has more than 67124864 bytes"]);
}

#[test]
#[cfg(unix)]
fn paths_need_not_be_utf8() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder();
    let name = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
    let (picture, mask) = (name(b"\xff.png"), name(b"m\xfe.png"));
    fs::rename(folder.path().join("scene.png"), folder.path().join(&picture)).unwrap();
    let plain = |text: &str| OsString::from(text);
    let words =
        [plain("segment"), picture.clone(), plain("--at"), plain("60,70"), plain("--model"), plain("classical")];
    let with = |more: &[OsString]| {
        let words = [&words[..], more].concat();
        crate::run(Command::new(env!("CARGO_BIN_EXE_deepcrop")).args(words).current_dir(folder.path()))
    };
    let report = json(&with(&[plain("--json"), plain("-o"), mask.clone(), plain("-o"), name(b"cutout:c\xfe.png")]));
    assert_eq!(report["picture"], serde_json::json!([255, 46, 112, 110, 103]));
    assert_eq!(report["files"][0]["path"], serde_json::json!([109, 254, 46, 112, 110, 103]));
    assert!(iou(&folder.path().join(&mask), 1) > 0.9 && folder.path().join(name(b"c\xfe.png")).exists());
    assert_eq!(with(&[plain("--mask"), mask.clone()]).code, 0);
    let words = [plain("mask"), mask.clone(), plain("--add"), mask, plain("-o"), plain("sum.png")];
    let sum = crate::run(Command::new(env!("CARGO_BIN_EXE_deepcrop")).args(words).current_dir(folder.path()));
    assert_eq!((sum.code, sum.err.as_str()), (0, ""));
    // A batch list names such a picture by its bytes.
    let line = r#"{"picture": [255, 46, 112, 110, 103], "prompts": [{"at": [60, 70]}]}"#;
    fs::write(folder.path().join("list.jsonl"), line).unwrap();
    let run = deepcrop(folder.path(), &["batch", "list.jsonl", "--out", "out", "--model", "classical"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
}
