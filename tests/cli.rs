//! The built program, as a shell would run it.
#![cfg(feature = "cli")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage};
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
    let output = Command::new(env!("CARGO_BIN_EXE_deepcrop")).args(words).current_dir(folder).output().unwrap();
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

#[test]
fn a_click_gives_all_outputs() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let run =
        segment(folder.path(), "scene.png --at 60,70 -o m.png -o cutout:c.png -o scene-overlay.png -o o.svg --json");
    let report = json(&run);
    assert_eq!((&report["picture"], &report["size"]), (&"scene.png".into(), &serde_json::json!([200, 140])));
    assert_eq!(report["files"].as_array().unwrap().len(), 4);
    assert!(report["score"].as_f64().unwrap() > 0.0 && report["timings_ms"]["total"].as_f64().unwrap() > 0.0);
    for (found, truth) in report["box"].as_array().unwrap().iter().zip([25.0, 35.0, 95.0, 105.0]) {
        assert!((found.as_f64().unwrap() - truth).abs() <= 3.0, "{report}");
    }
    for name in ["engine", "family", "version", "provider", "why", "runtime"] {
        assert!(report[name].is_string(), "{name}");
    }
    assert!(iou(&at("m.png"), 1) > 0.9, "{}", iou(&at("m.png"), 1));
    let cutout = image::open(at("c.png")).unwrap().into_rgba8();
    assert_eq!(cutout.dimensions(), (200, 140));
    assert_eq!(cutout.get_pixel(60, 70).0[..3], scene().get_pixel(60, 70).0, "colours stay");
    assert!(cutout.get_pixel(60, 70)[3] > 200 && cutout.get_pixel(155, 70)[3] < 50);
    let overlay = image::open(at("scene-overlay.png")).unwrap().into_rgb8();
    assert_eq!(overlay.get_pixel(60, 70).0, [0, 200, 60], "the click's green dot");
    assert_eq!(overlay.get_pixel(195, 135), scene().get_pixel(195, 135), "the rest as it was");
    let svg = fs::read_to_string(at("o.svg")).unwrap();
    assert!(svg.contains("<svg") && svg.contains("<path") && svg.trim_end().ends_with("</svg>"), "{svg}");
    assert!(fs::read_dir(folder.path()).unwrap().count() == 5, "nothing is left behind");
}

#[test]
fn without_output_nothing_is_written() {
    let folder = folder();
    let run = segment(folder.path(), "scene.png --at 155,70");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(
        run.out.contains("scene.png: ") && run.out.contains("score") && run.out.contains("classical"),
        "{}",
        run.out
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn candidates_are_numbered_and_ranked() {
    let folder = folder();
    let report = json(&segment(folder.path(), "scene.png --at 60,70 --candidates -o mask:c.png --json"));
    let candidates = report["candidates"].as_array().unwrap();
    assert!(!candidates.is_empty());
    assert_eq!(candidates[0]["score"], report["score"]);
    for rank in 1..=candidates.len() {
        assert!(folder.path().join(format!("c-{rank}.png")).is_file());
    }
}

#[test]
fn files_are_not_replaced_unless_forced() {
    let folder = folder();
    let old = folder.path().join("m.png");
    fs::write(&old, "precious").unwrap();
    let run = segment(folder.path(), "scene.png --at 60,70 -o m.png -o new.svg");
    assert_sentence(&run, 1, &["m.png", "exists", "--force"]);
    assert_eq!(fs::read_to_string(&old).unwrap(), "precious");
    assert!(!folder.path().join("new.svg").exists(), "refused before any work");
    assert_eq!(segment(folder.path(), "scene.png --at 60,70 -o m.png --force").code, 0);
    assert!(iou(&old, 1) > 0.9);
    assert_sentence(&segment(folder.path(), "scene.png --at 60,70 -o scene.png --force"), 2, &["the picture itself"]);
    assert_sentence(&segment(folder.path(), "scene.png --at 60,70 -o a.png -o a.png"), 2, &["twice"]);
    assert_sentence(&segment(folder.path(), "scene.png --at 60,70 -o no/a.png"), 1, &["no folder", "make it"]);
}

#[test]
fn prompts_keep_their_order_and_corrections_count() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    segment(folder.path(), "scene.png --at 60,70 --at 155,70 --not 155,70.5 --not 5,5 --box 20,30,100,110 -o m.png");
    assert!(iou(&at("m.png"), 1) > 0.8, "{}", iou(&at("m.png"), 1));
    // Of two boxes the last counts, whatever stands between.
    let boxes = ["--box 20,30,100,110", "--box 125,35,185,105"];
    segment(folder.path(), &format!("scene.png {} --not 3,3 {} -o second.png", boxes[0], boxes[1]));
    segment(folder.path(), &format!("scene.png {} --not 3,3 {} -o first.png", boxes[1], boxes[0]));
    assert!(iou(&at("second.png"), 2) > 0.8, "{}", iou(&at("second.png"), 2));
    assert!(iou(&at("first.png"), 1) > 0.8, "{}", iou(&at("first.png"), 1));
    // An exclude click alone selects nothing; a mask of another size is refused.
    let report = json(&segment(folder.path(), "scene.png --not 60,70 --json"));
    assert_eq!((&report["area"], &report["box"], report["score"].as_f64()), (&0.into(), &Value::Null, Some(0.0)));
    GrayImage::new(3, 3).save(at("small.png")).unwrap();
    assert_sentence(&segment(folder.path(), "scene.png --mask small.png --at 60,70"), 2, &["3 x 3", "200 x 140"]);
}

#[test]
fn bad_coordinates_are_refused() {
    let folder = folder();
    for (words, parts) in [
        ("--at 500,20", &["500", "outside the picture", "200 x 140"][..]),
        ("--at -5,20", &["outside"]),
        ("--at nan,20", &["nan", "not a number"]),
        ("--at 5", &["takes 2 numbers"]),
        ("--at 5,6,7", &["takes 2 numbers"]),
        ("--at x,y", &["not a number"]),
        ("--box 1,2,3", &["takes 4 numbers"]),
        ("--lasso 1,2,3", &["each point takes two"]),
        ("--lasso 1,2,3,4", &["at least 3"]),
        ("--at 5,5 -o what.xyz", &["does not say what to write"]),
        ("--at 5,5 --provider abacus", &["abacus", "auto"]),
        ("--json", &["nothing says where", "--at X,Y"]),
    ] {
        assert_sentence(&segment(folder.path(), &format!("scene.png {words}")), 2, parts);
    }
    assert_eq!(deepcrop(folder.path(), &["segment"]).code, 2);
    assert_eq!(deepcrop(folder.path(), &["crop"]).code, 2);
}

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
        assert_sentence(&run, 1, &[name, "cannot be read as a picture", "check that the file is whole"]);
    }
    for name in ["text.jpg", "empty.png"] {
        let run = segment(folder.path(), &format!("{name} --at 60,70 -o m.png"));
        assert_sentence(&run, 1, &[name, "not a picture of a known kind", "PNG"]);
    }
    assert_sentence(&segment(folder.path(), "none.png --at 1,1"), 1, &["cannot read none.png", "check the path"]);
    assert_sentence(&segment(folder.path(), "folder.png --at 1,1"), 1, &["cannot read folder.png"]);
    assert!(!at("m.png").exists());
    // The upper half of a picture is better than nothing, but the user is told.
    let run = segment(folder.path(), "half.jpg --at 60,30");
    assert!(run.code == 0 && run.err.contains("half.jpg ends too early"), "{}", run.err);
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

fn results(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("out/results.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_batch_goes_on_after_bad_lines_and_after_a_stop() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("broken.png"), b"\x89PNG\r\n\x1a\nbroken").unwrap();
    let good = r#"{"picture": "scene.png", "prompts": [{"at": [60, 70]}]}
{"picture": "scene.png", "prompts": [{"box": [125, 35, 185, 105]}, {"at": [155, 70]}], "outputs": ["sub/mask:s.png", "sub/s.svg"]}
"#
    .replace("sub/mask:s.png", "mask:sub/s.png");
    let bad = r#"this is no JSON

{"picture": "broken.png", "prompts": [{"at": [1, 1]}]}
{"picture": "gone.png", "prompts": [{"at": [1, 1]}]}
{"picture": "scene.png", "prompts": [{"at": [1000, 1]}]}
{"picture": "scene.png", "prompts": [{"at": [1, 1]}], "outputs": ["../out.png"]}
{"picture": "scene.png", "prompts": []}
{"picture": "scene.png", "prompt": []}
"#;
    fs::write(at("list.jsonl"), format!("{good}{bad}")).unwrap();
    let batch =
        || deepcrop(folder.path(), &["batch", "list.jsonl", "--out", "out", "--jobs", "2", "--model", "classical"]);

    let run = batch();
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("9 lines: 2 done now, 0 before, 7 failed"), "{}", run.out);
    assert_eq!(run.err.lines().count(), 7, "{}", run.err);
    let done = results(folder.path());
    assert_eq!(done.len(), 9);
    let error =
        |line: u64| done.iter().find(|r| r["line"] == line).unwrap()["error"].as_str().unwrap_or("").to_string();
    for (line, part) in [
        (3, "not understood"),
        (5, "broken.png"),
        (6, "gone.png"),
        (7, "outside"),
        (8, "leads out"),
        (9, "no prompts"),
        (10, "prompt"),
    ] {
        assert!(error(line).contains(part), "{line}: {}", error(line));
    }
    assert_eq!((error(1), error(2)), (String::new(), String::new()));
    assert!(iou(&at("out/scene-1.png"), 1) > 0.9 && iou(&at("out/sub/s.png"), 2) > 0.9);
    assert!(at("out/sub/s.svg").is_file() && !at("out.png").exists());

    // The second line's report is half written when the machine stops; its files are there.
    fs::write(at("list.jsonl"), &good).unwrap();
    let first = done.iter().find(|report| report["line"] == 1).unwrap();
    fs::write(at("out/results.jsonl"), format!("{first}\n{{\"line\":2,\"requ")).unwrap();
    let run = batch();
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.contains("2 lines: 1 done now, 1 before, 0 failed"), "{}", run.out);
    assert_eq!(results(folder.path()).len(), 2);
    let run = batch();
    assert!(run.code == 0 && run.out.contains("0 done now, 2 before"), "{}", run.out);

    // A file of somebody else is not replaced, unless told.
    fs::remove_file(at("out/results.jsonl")).unwrap();
    fs::write(at("out/scene-1.png"), "precious").unwrap();
    let run = batch();
    assert!(run.code == 1 && run.err.contains("exists"), "{}", run.err);
    assert_eq!(fs::read_to_string(at("out/scene-1.png")).unwrap(), "precious");
    let words = ["batch", "list.jsonl", "--out", "out", "--model", "classical", "--force"];
    assert_eq!(deepcrop(folder.path(), &words).code, 0);
    assert!(iou(&at("out/scene-1.png"), 1) > 0.9 && results(folder.path()).len() == 2);
    assert_sentence(&deepcrop(folder.path(), &["batch", "none.jsonl"]), 1, &["none.jsonl", "check the path"]);
}

fn dataset() -> (TempDir, PathBuf) {
    let folder = folder();
    let data = folder.path().join("data");
    fs::create_dir_all(data.join("images")).unwrap();
    fs::create_dir_all(data.join("masks")).unwrap();
    let label = |x: u32, y: u32| if x == 0 { 255 } else { object_at(x, y) };
    scene().save(data.join("images/a.png")).unwrap();
    GrayImage::from_fn(200, 140, |x, y| Luma([label(x, y)])).save(data.join("masks/a.png")).unwrap();
    scene().save(data.join("images/b.bmp")).unwrap();
    let deep = image::ImageBuffer::from_fn(200, 140, |x, y| Luma([u16::from(object_at(x, y)) * 300]));
    DynamicImage::ImageLuma16(deep).save(data.join("masks/b.png")).unwrap();
    (folder, data)
}

#[test]
fn eval_finds_plain_objects_nearly_perfect() {
    let (folder, data) = dataset();
    let words = ["eval", "data", "--model", "classical", "--clicks", "5", "--json"];
    let run = deepcrop(folder.path(), &words);
    let report = json(&run);
    let row = &report["models"][0];
    assert_eq!((&report["pictures"], &report["left_out"], &row["objects"]), (&2.into(), &0.into(), &4.into()));
    for number in [&row["iou_1"][0], &row["iou_1"][1], &row["iou_3"][0], &row["iou_5"][1], &row["share_70_after_1"]] {
        assert!(number.as_f64().unwrap() > 0.9, "{row}");
    }
    assert!(row["clicks_to_85"].as_f64().unwrap() < 2.0 && row["boundary_iou_1"].as_f64().unwrap() > 0.7, "{row}");
    assert!(row["click_ms"].as_f64().unwrap() > 0.0);

    let run = deepcrop(
        folder.path(),
        &["eval", "data", "--model", "classical", "--model", "extractnet", "--limit", "1", "--clicks", "2"],
    );
    assert_eq!(run.code, 0, "{}", run.err);
    let lines: Vec<&str> = run.out.lines().collect();
    assert!(lines[0].starts_with("model") && lines[1].starts_with("classical") && lines[2].starts_with("extractnet"));

    // A list, large objects only, a picture without its map.
    fs::write(folder.path().join("names.txt"), "b\n").unwrap();
    let some = ["eval", "data", "--model", "classical", "--list", "names.txt", "--min-area", "0.12", "--json"];
    assert_eq!(json(&deepcrop(folder.path(), &some))["models"][0]["objects"], 1);
    fs::remove_file(data.join("masks/b.png")).unwrap();
    let run = deepcrop(folder.path(), &words);
    assert!(run.code == 1 && run.err.contains("b.bmp left out") && run.out.contains("\"left_out\": 1"), "{}", run.err);
    assert_sentence(
        &deepcrop(folder.path(), &["eval", "none", "--model", "classical"]),
        1,
        &["none", "check the path"],
    );
    let none = ["eval", "data", "--model", "classical", "--min-area", "0.9", "--limit", "1"];
    assert_sentence(&deepcrop(folder.path(), &none), 1, &["no object", "--min-area"]);
}

#[test]
fn doctor_tells_all_and_its_exit_code_says_whether_the_network_runs() {
    let folder = folder();
    let run = deepcrop(folder.path(), &["doctor"]);
    for part in ["deepcrop 0.", "ABI", "system: ", "processor: ", "ONNX Runtime: ", "classical engine: loaded in"] {
        assert!(run.out.contains(part), "no `{part}` in:\n{}", run.out);
    }
    assert_eq!(run.code == 0, run.out.contains("result: the built-in network runs"), "{}", run.out);
    // A text file in place of the runtime is named, and nothing else is taken instead.
    fs::write(folder.path().join("libfake.so"), "text").unwrap();
    let run = deepcrop(folder.path(), &["doctor", "--runtime", "libfake.so"]);
    assert!(run.code == 1 && run.out.contains("libfake.so"), "{}", run.out);
}

#[test]
fn a_model_that_is_asked_for_is_taken_or_refused() {
    let folder = folder();
    fs::write(folder.path().join("fake.onnx"), "text").unwrap();
    for model in ["none.onnx", "fake.onnx"] {
        let run = deepcrop(folder.path(), &["segment", "scene.png", "--at", "60,70", "--model", model]);
        assert_sentence(&run, 1, &[]);
    }
    // Nothing is asked for: something runs, and says what.
    let run = deepcrop(folder.path(), &["segment", "scene.png", "--at", "60,70", "--json"]);
    let report = json(&run);
    assert!(report["family"] != "classical" || run.err.contains("warning"), "{}", run.err);
}

#[test]
fn version_and_help() {
    let folder = folder();
    let run = deepcrop(folder.path(), &["--version"]);
    assert_eq!((run.code, run.out.trim()), (0, format!("deepcrop {} (ABI 1)", env!("CARGO_PKG_VERSION")).as_str()));
    for words in
        [&["--help"][..], &["segment", "--help"], &["batch", "--help"], &["eval", "--help"], &["doctor", "--help"]]
    {
        let run = deepcrop(folder.path(), words);
        assert!(run.code == 0 && run.out.contains("Exit codes: "), "{words:?}");
    }
}
