//! `deepcrop eval` on plain things whose outlines are known.

use std::fs;
use std::path::PathBuf;

use image::{DynamicImage, GrayImage, Luma};
use tempfile::TempDir;

use crate::{assert_sentence, deepcrop, folder, json, object_at, scene};

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
