//! `deepcrop objects` and `deepcrop subject`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Run, assert_sentence, common, deepcrop, folder, iou, json};

pub fn network(name: &str) -> PathBuf {
    common::root().join(format!("tests/data/networks/{name}.onnx"))
}

/// The words split at spaces, and a network of the tests.
pub fn with(folder: &Path, words: &str, name: &str) -> Run {
    let (network, runtime) = (network(name), common::runtime());
    let more = ["--model", network.to_str().unwrap(), "--runtime", runtime.to_str().unwrap(), "--provider", "cpu"];
    deepcrop(folder, &words.split(' ').chain(more).collect::<Vec<_>>())
}

#[test]
fn objects_are_listed_named_and_written() {
    let folder = folder();
    let run = with(folder.path(), "objects scene.png", "objects");
    assert!(run.code == 0 && run.out.contains("scene.png: 1 object\n"), "{}{}", run.out, run.err);
    assert!(run.out.contains("   1. red thing: ") && run.out.contains("score 0.90"), "{}", run.out);
    let report =
        json(&with(folder.path(), "objects scene.png -o mask:thing.png -o cutout:alone.png --json", "objects"));
    let [object] = report["objects"].as_array().unwrap().as_slice() else { panic!("{report}") };
    assert_eq!((&object["label"], &object["name"]), (&1.into(), &"red thing".into()));
    assert!(object["drawn"].as_array().unwrap().iter().all(Value::is_number), "{report}");
    assert!(iou(&folder.path().join("thing-1.png"), 1) > 0.8, "{}", iou(&folder.path().join("thing-1.png"), 1));
    assert!(folder.path().join("alone-1.png").is_file());
    let run = with(folder.path(), "objects scene.png -o mask:thing.png", "objects");
    assert!(run.code == 1 && run.err.contains("thing-1.png") && run.err.contains("--force"), "{}", run.err);
}

#[test]
fn a_subject_needs_no_click() {
    let folder = folder();
    for (network, family, least) in [("objects", "instances", 0.8), ("red", "click_map", 0.5)] {
        let report = json(&with(folder.path(), "subject scene.png -o m.png --force --json", network));
        assert_eq!(report["family"], family);
        assert!(iou(&folder.path().join("m.png"), 1) > least, "{network}: {}", iou(&folder.path().join("m.png"), 1));
    }
    let report = json(&deepcrop(folder.path(), &["subject", "scene.png", "--model", "classical", "--json"]));
    assert!(report["score"].as_f64().unwrap() > 0.0, "{report}");
}

#[test]
fn who_needs_a_click_says_so() {
    let folder = folder();
    let before = fs::read_dir(folder.path()).unwrap().count();
    for (words, code, says) in [
        (
            "objects scene.png -o m.png",
            2,
            "this model cannot list objects, it only answers prompts; click on an object",
        ),
        ("segment scene.png -o m.png", 2, "no prompt says where the object is"),
        ("segment scene.png --candidates", 2, "select the main object with `deepcrop subject`"),
    ] {
        let run = with(folder.path(), words, "red");
        assert_sentence(&run, code, &[says]);
    }
    let run = with(folder.path(), "segment scene.png --at 60,70", "matting");
    assert_sentence(&run, 1, &["matting network", "pass it as the option `matting`"]);
    let run = with(folder.path(), "segment scene.png --at 60,70 --matting classical", "red");
    assert_sentence(&run, 1, &["classical is not a matting network", "ViTMatte"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before);
}
