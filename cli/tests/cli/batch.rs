//! `deepcrop batch`: bad lines, stops and going on.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{assert_sentence, deepcrop, folder, iou};

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
    assert!(run.out.contains("9 lines: 2 done now, 0 done earlier, 7 failed"), "{}", run.out);
    assert_eq!(run.err.lines().count(), 7, "{}", run.err);
    let done = results(folder.path());
    assert_eq!(done.len(), 9);
    let error =
        |line: u64| done.iter().find(|r| r["line"] == line).unwrap()["error"].as_str().unwrap_or("").to_string();
    for (line, part) in [
        (3, "no valid request"),
        (5, "broken.png"),
        (6, "gone.png"),
        (7, "outside"),
        (8, "outside the folder of --out"),
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
    assert!(run.out.contains("2 lines: 1 done now, 1 done earlier, 0 failed"), "{}", run.out);
    assert_eq!(results(folder.path()).len(), 2);
    let run = batch();
    assert!(run.code == 0 && run.out.contains("0 done now, 2 done earlier"), "{}", run.out);

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
