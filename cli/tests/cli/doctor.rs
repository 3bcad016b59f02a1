//! `deepcrop doctor`, and what the program says of itself and its engines.

use std::fs;

use crate::{assert_sentence, deepcrop, folder, json};

#[test]
fn doctor_tells_all_and_its_exit_code_says_whether_the_network_runs() {
    let folder = folder();
    let run = deepcrop(folder.path(), &["doctor"]);
    for part in ["deepcrop 0.", "system: ", "processor: ", "ONNX Runtime: ", "classical engine: loaded in"] {
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
    assert_eq!((run.code, run.out.trim()), (0, concat!("deepcrop ", env!("CARGO_PKG_VERSION"))));
    for words in [
        &["--help"][..],
        &["segment", "--help"],
        &["batch", "--help"],
        &["eval", "--help"],
        &["doctor", "--help"],
        &["models", "--help"],
    ] {
        let run = deepcrop(folder.path(), words);
        assert!(run.code == 0 && run.out.contains("Exit codes: "), "{words:?}");
    }
}
