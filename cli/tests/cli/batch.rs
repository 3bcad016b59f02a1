//! `deepcrop batch`: bad lines, stops and going on.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{assert_sentence, common, deepcrop, folder, iou};

fn results(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("out/results.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The file that a line wrote, in the folder of the results.
fn written(results: &[Value], line: u64) -> String {
    let report = results.iter().rev().find(|report| report["line"] == line).unwrap();
    report["outputs"][0]["file"].as_str().unwrap().to_owned()
}

const LINE: &str = r#"{"picture": "scene.png", "prompts": [{"at": [60, 70]}]}"#;

#[test]
fn what_changed_is_done_again_and_told() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let batch = |words: &[&str], says: &str| {
        let words = [&["batch", "list.jsonl", "--out", "out"], words].concat();
        let run = deepcrop(folder.path(), &words);
        assert!(run.code == 0 && run.err.is_empty() && run.out.contains(says), "{}{}", run.out, run.err);
    };
    let (classical, baseline) = (["--model", "classical"], ["--model", "extractnet"]);
    // Equal lines are different lines.
    fs::write(at("list.jsonl"), format!("{LINE}\n{LINE}\n")).unwrap();
    batch(&classical, "2 lines: 2 done now, 0 done earlier");
    let done = results(folder.path());
    let (first, second) = (written(&done, 1), written(&done, 2));
    assert!(first != second && at("out").join(&first).is_file() && at("out").join(&second).is_file());
    batch(&classical, "0 done now, 2 done earlier");

    // A line before them changes neither their names nor what is done.
    fs::write(at("list.jsonl"), format!("{}\n{LINE}\n{LINE}\n", LINE.replace("60, 70", "155, 70"))).unwrap();
    batch(&classical, "3 lines: 1 done now, 2 done earlier");
    assert!(!at("out").join(written(&results(folder.path()), 1)).starts_with(&first));

    batch(&baseline, "3 with another model");
    batch(&[&baseline[..], &["--edges", "hard"]].concat(), "3 with other options");
    fs::remove_file(at("out").join(&first)).unwrap();
    fs::write(at("out").join(&second), "edited").unwrap();
    let run =
        deepcrop(folder.path(), &["batch", "list.jsonl", "--out", "out", "--model", "extractnet", "--edges", "hard"]);
    assert!(run.out.contains("2 whose files are missing or changed"), "{}", run.out);
    // The missing one is made again; the one that somebody edited is not replaced.
    assert!(run.code == 1 && run.err.contains(&second) && run.err.contains("already exists"), "{}", run.err);
    assert!(at("out").join(&first).is_file() && fs::read(at("out").join(&second)).unwrap() == b"edited");
    fs::remove_file(at("out").join(&second)).unwrap();
    let words = [&baseline[..], &["--edges", "hard"]].concat();
    batch(&words, "1 done now, 2 done earlier");
    crate::scene().save_with_format(at("scene.png"), image::ImageFormat::Bmp).unwrap();
    batch(&words, "3 whose picture changed");
    batch(&words, "0 done now, 3 done earlier");
}

#[test]
fn a_corrected_line_replaces_the_files_of_the_wrong_one() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let batch = |lines: &[&str]| {
        fs::write(at("list.jsonl"), lines.join("\n")).unwrap();
        deepcrop(folder.path(), &["batch", "list.jsonl", "--out", "out", "--model", "classical"])
    };
    let wrong = LINE.replace("}]}", r#"}], "outputs": ["a.png"]}"#);
    let right = wrong.replace("60, 70", "155, 70");
    assert_eq!(batch(&[&wrong]).code, 0);
    let first = fs::read(at("out/a.png")).unwrap();
    let run = batch(&[&right]);
    assert!(run.code == 0 && fs::read(at("out/a.png")).unwrap() != first, "{}", run.err);
    // Not if somebody changed the file.
    fs::write(at("out/a.png"), "edited").unwrap();
    let run = batch(&[&wrong]);
    assert!(run.code == 1 && run.err.contains("already exists"), "{}", run.err);
    assert_eq!(fs::read(at("out/a.png")).unwrap(), b"edited");
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_may_be_named_by_its_bytes() {
    use std::os::unix::ffi::OsStrExt;

    let folder = folder();
    let raw: Vec<u8> = [&b"mask:"[..], &[0xff], b".png"].concat();
    let list = LINE.replace("}]}", &format!(r#"}}], "outputs": [{raw:?}]}}"#));
    fs::write(folder.path().join("list.jsonl"), list).unwrap();
    let run = deepcrop(folder.path(), &["batch", "list.jsonl", "--out", "out", "--model", "classical"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(folder.path().join("out").join(std::ffi::OsStr::from_bytes(b"\xff.png")).is_file());
}

/// Threads with stacks of 64 TiB cannot be started.
#[cfg(unix)]
#[test]
fn without_further_threads_the_work_is_done_all_the_same() {
    let folder = folder();
    fs::write(folder.path().join("list.jsonl"), format!("{LINE}\n{LINE}\n")).unwrap();
    let words = ["batch", "list.jsonl", "--jobs", "4", "--model", "classical", "--edges", "hair"];
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_deepcrop"));
    let run =
        crate::run(command.args(words).current_dir(folder.path()).env("RUST_MIN_STACK", (1u64 << 46).to_string()));
    assert!(run.code == 0 && run.out.contains("2 done now"), "{}{}", run.out, run.err);
}

#[test]
fn results_of_an_older_version_count_and_those_of_a_newer_one_are_kept() {
    let folder = folder();
    let path = folder.path().join("out/results.jsonl");
    fs::write(folder.path().join("list.jsonl"), LINE).unwrap();
    let batch = || deepcrop(folder.path(), &["batch", "list.jsonl", "--out", "out", "--model", "classical"]);
    assert_eq!(batch().code, 0);
    let written = fs::read_to_string(&path).unwrap();
    // Older versions wrote no format.
    let old = written.replacen("\"format\":1,", "", 1);
    assert!(old.len() < written.len());
    fs::write(&path, &old).unwrap();
    assert!(batch().out.contains("0 done now, 1 done earlier"), "{}", batch().out);
    assert_eq!(fs::read_to_string(&path).unwrap(), old);

    let new = written.replacen("\"format\":1,", "\"format\":2,", 1) + "{\"half";
    fs::write(&path, &new).unwrap();
    let says = ["out/results.jsonl has format 2", "reads format 1", "install a newer deepcrop, or pass another --out"];
    assert_sentence(&batch(), 1, &says);
    assert_eq!(fs::read_to_string(&path).unwrap(), new);
}

#[test]
fn another_network_under_the_same_name_is_noticed() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let network = common::root().join("tests/data/networks/red.onnx");
    let runtime = common::runtime();
    fs::write(at("list.jsonl"), LINE).unwrap();
    fs::create_dir_all(at("models/mine")).unwrap();
    for (model, file) in [("net.onnx", "net.onnx"), ("mine", "models/mine/net.onnx")] {
        let batch = || {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_deepcrop"));
            command.args(["batch", "list.jsonl", "--out", "out", "--model", model, "--runtime"]).arg(&runtime);
            crate::run(command.current_dir(folder.path()).env("DEEPCROP_MODELS", at("models")))
        };
        fs::copy(&network, at(file)).unwrap();
        assert_eq!(batch().code, 0, "{}", batch().err);
        assert!(batch().out.contains("0 done now, 1 done earlier"));
        fs::write(at(file), fs::read(&network).unwrap()).unwrap();
        let run = batch();
        assert!(run.out.contains("1 with another model"), "{model}: {}{}", run.out, run.err);
    }
}

#[test]
fn no_input_is_replaced_and_no_failure_forgets_what_was_written() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let batch = |words: &[&str]| deepcrop(folder.path(), &[&["batch", "list.jsonl"], words].concat());
    let picture = fs::read(at("scene.png")).unwrap();
    let line = LINE.replace("}]}", "}], \"outputs\": [\"scene.png\"]}");
    fs::write(at("list.jsonl"), &line).unwrap();
    let run = batch(&["--out", ".", "--force", "--model", "classical"]);
    assert!(run.code == 1 && run.err.contains("it writes ./scene.png, which the list reads"), "{}", run.err);
    assert_eq!(fs::read(at("scene.png")).unwrap(), picture);

    // A model that cannot be loaded costs nothing.
    fs::write(at("list.jsonl"), LINE).unwrap();
    let words = ["--out", "out", "--model", "classical"];
    assert_eq!(batch(&words).code, 0);
    let report = fs::read(at("out/results.jsonl")).unwrap();
    assert_eq!(batch(&["--out", "out", "--model", "none.onnx", "--force"]).code, 1);
    assert_eq!(fs::read(at("out/results.jsonl")).unwrap(), report);

    // After a failure the file of an earlier time is still the batch's own.
    fs::rename(at("scene.png"), at("away.png")).unwrap();
    let run = batch(&["--out", "out", "--model", "extractnet"]);
    assert!(run.code == 1 && run.err.contains("cannot read scene.png"), "{}", run.err);
    fs::rename(at("away.png"), at("scene.png")).unwrap();
    let run = batch(&["--out", "out", "--model", "extractnet"]);
    assert!(run.code == 0 && run.out.contains("1 failed earlier"), "{}{}", run.out, run.err);
}

#[test]
fn lists_of_all_kinds_are_read() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let long = format!("{{\"picture\": \"{}\"}}", "a".repeat(20 << 20));
    let same = LINE.replace("}]}", "}], \"outputs\": [\"one.png\"]}");
    let other = same.replace("60, 70", "155, 70");
    fs::write(at("list.jsonl"), format!("\u{feff}{LINE}\r\n\r\n{long}\n{same}\n{other}\n{{\"picture\": 7}}\n{LINE}"))
        .unwrap();
    let run = deepcrop(folder.path(), &["batch", "list.jsonl", "--out", "out", "--model", "classical"]);
    assert!(
        run.code == 1 && run.out.contains("6 lines: 3 done now, 0 done earlier, 3 failed"),
        "{}{}",
        run.out,
        run.err
    );
    for says in [
        "line 3: this is no valid request (it is longer than 16777216 bytes)",
        "line 5: it writes out/one.png as line 4 does; name another file",
        "line 6: this is no valid request",
    ] {
        assert!(run.err.contains(says), "no `{says}` in {}", run.err);
    }
    // A list from standard input.
    let list = fs::File::open(at("list.jsonl")).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_deepcrop"));
    command.args(["batch", "-", "--out", "out", "--model", "classical"]).current_dir(folder.path()).stdin(list);
    let run = crate::run(&mut command);
    assert!(run.out.contains("6 lines: 0 done now, 3 done earlier, 3 failed"), "{}{}", run.out, run.err);
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
    let mask = written(&done, 1);
    assert!(iou(&at("out").join(&mask), 1) > 0.9 && iou(&at("out/sub/s.png"), 2) > 0.9);
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
    fs::write(at("out").join(&mask), "precious").unwrap();
    let run = batch();
    assert!(run.code == 1 && run.err.contains("exists"), "{}", run.err);
    assert_eq!(fs::read_to_string(at("out").join(&mask)).unwrap(), "precious");
    let words = ["batch", "list.jsonl", "--out", "out", "--model", "classical", "--force"];
    assert_eq!(deepcrop(folder.path(), &words).code, 0);
    assert!(iou(&at("out").join(&mask), 1) > 0.9 && results(folder.path()).len() == 2);
    assert_sentence(&deepcrop(folder.path(), &["batch", "none.jsonl"]), 1, &["none.jsonl", "check the path"]);
}
