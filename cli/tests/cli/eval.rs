//! `deepcrop eval` on plain things whose outlines are known.

use std::fs;
use std::path::PathBuf;

use image::{DynamicImage, GrayImage, Luma};
use serde_json::Value;
use tempfile::TempDir;

use crate::objects::with;
use crate::{assert_sentence, deepcrop, folder, json, object_at, scene};

pub fn dataset() -> (TempDir, PathBuf) {
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

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort();
    keys
}

fn number(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("{key} of {row}"))
}

#[test]
fn what_scripts_read_of_clicks_keeps_its_names() {
    let (folder, _) = dataset();
    let words = ["eval", "data", "--model", "classical", "--clicks", "1", "--limit", "1", "--json"];
    let report = json(&deepcrop(folder.path(), &words));
    assert_eq!(keys(&report), ["clicks", "folder", "format", "left_out", "measure", "min_area", "models", "pictures"]);
    assert_eq!(
        keys(&report["models"][0]),
        [
            "analyse_ms",
            "boundary_iou_1",
            "click_ms",
            "clicks_to_85",
            "clicks_to_90",
            "corrections",
            "corrections_worse",
            "engine",
            "iou_1",
            "iou_3",
            "iou_5",
            "model",
            "objects",
            "provider",
            "share_70_after_1",
            "worse",
        ]
    );
}

#[test]
fn lists_are_measured_by_what_they_find() {
    let (folder, data) = dataset();
    // This network finds the disc of each picture, and not the square.
    let report = json(&with(folder.path(), "eval data --measure proposals --json", "objects"));
    assert_eq!(
        (&report["measure"], &report["pictures"], &report["left_out"]),
        (&"proposals".into(), &2.into(), &0.into())
    );
    assert_eq!(keys(&report), ["folder", "format", "left_out", "measure", "min_area", "models", "pictures"]);
    let row = &report["models"][0];
    assert_eq!((&row["objects"], number(row, "listed")), (&4.into(), 1.0));
    let recall = number(row, "ar_10");
    assert!(
        (0.3..=0.5).contains(&recall) && recall == number(row, "ar_100") && recall == number(row, "ar_1000"),
        "{row}"
    );
    assert!(number(row, "picture_ms") >= number(row, "analyse_ms") && number(row, "analyse_ms") > 0.0, "{row}");
    // The disc alone is large enough.
    let report = json(&with(folder.path(), "eval data --measure proposals --min-area 0.12 --json", "objects"));
    assert_eq!(number(&report["models"][0], "ar_10"), 2.0 * recall, "{report}");
    // A list that is longer finds more.
    let report = json(&with(folder.path(), "eval data --measure proposals --edges none --json", "proposals"));
    let row = &report["models"][0];
    assert!(number(row, "ar_10") > 0.1 && number(row, "ar_100") >= number(row, "ar_10"), "{row}");
    assert!(number(row, "listed") > 10.0, "{row}");

    let run = with(folder.path(), "eval data --measure proposals", "objects");
    let lines: Vec<&str> = run.out.lines().collect();
    assert!(run.code == 0 && lines[0].contains("AR@10  AR@100  AR@1000") && lines.len() == 3, "{}{}", run.out, run.err);
    fs::remove_file(data.join("masks/b.png")).unwrap();
    let run = with(folder.path(), "eval data --measure proposals --json", "objects");
    assert!(run.code == 1 && run.err.contains("b.bmp left out") && run.out.contains("\"left_out\": 1"), "{}", run.err);
}

#[test]
fn a_subject_is_measured_by_all_objects_together() {
    let (folder, _) = dataset();
    let iou = |words: &str, network: &str| {
        let report = json(&with(folder.path(), words, network));
        assert_eq!((&report["measure"], &report["models"][0]["subjects"]), (&"subject".into(), &2.into()));
        (report["models"][0]["iou"][0].as_f64().unwrap(), number(&report["models"][0], "share_70"))
    };
    // Both objects stand out; the disc, which alone is large enough, is a little more than half of them.
    let (both, share) = iou("eval data --measure subject --json", "subject");
    assert!(both > 0.9 && share == 1.0, "{both}");
    let (disc, share) = iou("eval data --measure subject --min-area 0.12 --json", "subject");
    assert!((0.45..0.6).contains(&disc) && share == 0.0, "{disc}");
    let run = deepcrop(folder.path(), &["eval", "data", "--measure", "subject", "--model", "extractnet"]);
    let lines: Vec<&str> = run.out.lines().collect();
    assert!(run.code == 0 && lines[0].contains("pictures  ") && lines[1].starts_with("extractnet"), "{}", run.out);
}

#[test]
fn boxes_and_clicks_anywhere_are_measured() {
    let (folder, _) = dataset();
    let run = |words: &str| json(&deepcrop(folder.path(), &words.split(' ').collect::<Vec<_>>()));
    let report = run("eval data --model classical --measure boxes --json");
    let row = &report["models"][0];
    assert_eq!((&report["measure"], &row["objects"]), (&"boxes".into(), &4.into()));
    assert!(row["iou"][0].as_f64().unwrap() > 0.9 && number(row, "share_70") == 1.0, "{row}");
    let report = run("eval data --model classical --measure anywhere --json");
    let row = &report["models"][0];
    assert_eq!(
        (&report["measure"], &row["objects"], &row["clicks_an_object"]),
        (&"anywhere".into(), &4.into(), &10.into())
    );
    let iou = row["iou"][0].as_f64().unwrap();
    assert!(iou > 0.9 && number(row, "worst") <= iou && number(row, "best") >= iou, "{row}");
    assert!(number(row, "spread") <= number(row, "best") - number(row, "worst"), "{row}");
    for (measure, title) in [("boxes", "ms per box"), ("anywhere", "worst")] {
        let run = deepcrop(folder.path(), &["eval", "data", "--model", "classical", "--measure", measure]);
        let lines: Vec<&str> = run.out.lines().collect();
        assert!(run.code == 0 && lines[0].contains(title) && lines[1].starts_with("classical"), "{}", run.out);
    }
}

#[test]
fn what_cannot_be_measured_is_said() {
    let (folder, _) = dataset();
    for (words, code, says) in [
        (
            "eval data --model classical --measure proposals",
            2,
            "classical: this model cannot list objects, it only answers prompts; click on an object",
        ),
        (
            "eval data --model classical --measure subject --clicks 5",
            2,
            "--clicks works only with --measure clicks; leave one of them out",
        ),
        ("eval data --model classical --measure words", 2, "invalid value 'words' for '--measure <WHAT>'"),
        ("eval data --model classical --measure subject --min-area 0.9", 1, "no object that covers 90 %"),
    ] {
        assert_sentence(&deepcrop(folder.path(), &words.split(' ').collect::<Vec<_>>()), code, &[says]);
    }
}
