//! `deepcrop segment`: outputs, prompts and refusals.

use std::fs;

use image::GrayImage;
use serde_json::Value;

use crate::{assert_sentence, deepcrop, folder, iou, json, scene, segment};

#[test]
fn a_click_gives_all_outputs() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let run =
        segment(folder.path(), "scene.png --at 60,70 -o m.png -o cutout:c.png -o scene-overlay.png -o o.svg --json");
    let report = json(&run);
    assert_eq!((&report["picture"], &report["size"]), (&"scene.png".into(), &serde_json::json!([200, 140])));
    assert_eq!(report["files"].as_array().unwrap().len(), 4);
    assert!((0.0..=1.0).contains(&report["score"].as_f64().unwrap()), "{report}");
    assert!(report["timings_ms"]["total"].as_f64().unwrap() > 0.0);
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
fn outlines_are_curves_lines_polygons_and_run_lengths() {
    let folder = folder();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let outputs = "-o m.png -o outline:o.svg -o outline:o.json -o coco:c.json --json";
    let report = json(&segment(folder.path(), &format!("scene.png --at 60,70 {outputs}")));
    let (svg, polygons, coco): (_, Value, Value) =
        (read("o.svg"), serde_json::from_str(&read("o.json")).unwrap(), serde_json::from_str(&read("c.json")).unwrap());
    assert!(svg.contains('c'), "smooth: {svg}");
    let points = polygons["rings"][0]["points"].as_array().unwrap();
    assert!(points.len() >= 3 && polygons["size"] == serde_json::json!([200, 140]), "{polygons}");
    assert_eq!(coco["segmentation"]["size"], serde_json::json!([140, 200]));
    assert_eq!(coco["area"], report["area"]);
    let corners: Vec<u64> = report["box"].as_array().unwrap().iter().map(|value| value.as_u64().unwrap()).collect();
    let [x0, y0, x1, y1] = corners[..] else { panic!("{report}") };
    assert_eq!(coco["bbox"], serde_json::json!([x0, y0, x1 - x0, y1 - y0]));

    segment(folder.path(), "scene.png --at 60,70 --straight --tolerance 3 -o s.svg -o s.json");
    let rough: Value = serde_json::from_str(&read("s.json")).unwrap();
    assert!(!read("s.svg")["<svg xmlns=".len()..].split(" d=").nth(1).unwrap().contains('c'), "straight");
    assert!(rough["rings"][0]["points"].as_array().unwrap().len() < points.len());
    for tolerance in ["-1", "nan", "inf"] {
        let run = segment(folder.path(), &format!("scene.png --at 60,70 --tolerance {tolerance} -o x.svg"));
        assert_sentence(&run, 2, &["tolerance", "from 0 up"]);
    }
    assert_sentence(&segment(folder.path(), "scene.png --at 60,70 -o coco:c.svg"), 2, &["kind coco", ".json"]);
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
    assert_sentence(&segment(folder.path(), "scene.png --at 60,70 -o scene.png --force"), 2, &["the input itself"]);
    assert_sentence(&segment(folder.path(), "scene.png --at 60,70 -o a.png -o a.png"), 2, &["twice"]);
    assert_sentence(&segment(folder.path(), "scene.png --at 60,70 -o no/a.png"), 1, &["does not exist", "create it"]);
}

#[test]
fn prompts_keep_their_order_and_corrections_count() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    segment(folder.path(), "scene.png --not 5,5 --at 60,70 --not 155,70 --at 45,60 -o m.png");
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
        ("--json", &["no prompt says where", "--at X,Y"]),
    ] {
        assert_sentence(&segment(folder.path(), &format!("scene.png {words}")), 2, parts);
    }
    assert_eq!(deepcrop(folder.path(), &["segment"]).code, 2);
    assert_eq!(deepcrop(folder.path(), &["crop"]).code, 2);
}
