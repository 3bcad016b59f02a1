//! ONNX Runtime that is missing or not what it should be: a sentence that names the cause. Each in a process of its own,
//! since a process keeps its runtime.

#[path = "../../tests/common/mod.rs"]
mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// `deepcrop`, which finds no other runtime than the one it is told of.
fn deepcrop(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deepcrop"));
    command.args(words).env_remove("DEEPCROP_ONNXRUNTIME");
    command
}

/// A segmentation with the built-in network and this runtime.
fn segment(folder: &Path, runtime: &Path) -> Output {
    let picture = common::root().join("tests/data/eval/images/garden.png");
    let mut command = deepcrop(&["segment", "--model", "builtin", "--at", "100,200", "-o", "mask.png", "--runtime"]);
    command.arg(runtime).arg(picture).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Neither the command line nor the doctor may crash over it, and both give the sentence.
#[track_caller]
fn refused(folder: &Path, runtime: &Path, says: &[&str]) {
    let output = segment(folder, runtime);
    let sentence = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{sentence}");
    let path = runtime.display().to_string();
    for part in says.iter().copied().chain([path.as_str(), "correct it or remove it"]) {
        assert!(sentence.contains(part), "`{part}` is missing: {sentence}");
    }
    assert!(!folder.join("mask.png").exists());

    let output = deepcrop(&["doctor", "--runtime"]).arg(runtime).output().unwrap();
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert!(says.iter().all(|part| report.contains(part)), "{report}");
    assert!(report.contains("the built-in network does not run"), "{report}");
}

#[test]
fn a_good_runtime_works() {
    let folder = TempDir::new().unwrap();
    let output = segment(folder.path(), &common::runtime());
    assert!(output.status.success() && folder.path().join("mask.png").exists(), "{}", text(&output.stderr));
}

#[test]
fn a_path_without_a_runtime_is_told() {
    let folder = TempDir::new().unwrap();
    refused(
        folder.path(),
        &folder.path().join("no such file ä.so"),
        &["the given path names an ONNX Runtime that cannot"],
    );
    refused(folder.path(), folder.path(), &["cannot be used"]);
    let letter = folder.path().join("libonnxruntime.so.1");
    fs::write(&letter, "This is a letter, not a library.").unwrap();
    refused(folder.path(), &letter, &["cannot be used"]);
    let network = common::root().join("tests/data/networks/red.onnx");
    refused(folder.path(), &network, &["cannot be used"]);
}

#[test]
fn a_runtime_that_is_cut_off_is_refused_before_it_is_opened() {
    let folder = TempDir::new().unwrap();
    let whole = fs::read(common::runtime()).unwrap();
    let cut = folder.path().join("libonnxruntime.so.1");
    for size in [100, 4096, whole.len() / 2, whole.len() - 300_000] {
        fs::write(&cut, &whole[..size]).unwrap();
        refused(
            folder.path(),
            &cut,
            &["the file is cut off or damaged", &format!("it has {size} bytes"), "get it again"],
        );
    }
}

#[test]
#[cfg(unix)]
fn a_pipe_or_a_device_is_no_runtime_and_does_not_hang() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe.as_path(), Path::new("/dev/zero")] {
        refused(folder.path(), path, &["it is not a file"]);
    }
}

#[test]
fn the_variable_is_named_when_it_is_wrong() {
    let mut command = deepcrop(&["doctor"]);
    let report = text(&command.env("DEEPCROP_ONNXRUNTIME", "/nowhere/onnxruntime").output().unwrap().stdout);
    assert!(report.contains("DEEPCROP_ONNXRUNTIME names an ONNX Runtime that cannot be used: /nowhere/"), "{report}");
}

#[test]
fn without_a_runtime_the_search_is_told_and_the_classical_engine_works() {
    // A copy of the program, so that nothing lies beside it.
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("deepcrop");
    fs::copy(env!("CARGO_BIN_EXE_deepcrop"), &program).unwrap();
    let output = Command::new(&program).arg("doctor").env_remove("DEEPCROP_ONNXRUNTIME").output().unwrap();
    let report = text(&output.stdout);
    if output.status.success() {
        // The system has one.
        assert!(report.contains("of the system: ONNX Runtime"), "{report}");
        return;
    }
    for part in ["no usable ONNX Runtime was found; put ", "looked for ONNX Runtime at ", "not there"] {
        assert!(report.contains(part), "{report}");
    }
    assert!(report.contains("classical engine: ") && !report.contains("classical engine: does not run"), "{report}");
}

/// A shared library from C.
#[cfg(unix)]
fn library(folder: &Path, name: &str, code: &str) -> PathBuf {
    let (source, library) = (folder.join(format!("{name}.c")), folder.join(format!("lib{name}.so")));
    fs::write(&source, format!("#include <stddef.h>\n#include <stdint.h>\n{code}")).unwrap();
    let status = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    assert!(status.expect("a C compiler is needed (Debian, Ubuntu: `sudo apt install build-essential`)").success());
    library
}

/// ONNX Runtime's one entry point, of this version and without any function table.
#[cfg(unix)]
fn entry_point(version: &str) -> String {
    format!(
        "struct base {{ const void *(*table)(uint32_t); const char *(*version)(void); }};\n\
         static const void *table(uint32_t number) {{ return NULL; }}\n\
         static const char *version(void) {{ return \"{version}\"; }}\n\
         static const struct base base = {{ table, version }};\n\
         const struct base *OrtGetApiBase(void) {{ return &base; }}\n"
    )
}

#[test]
#[cfg(unix)]
fn libraries_that_are_not_the_right_runtime_are_refused() {
    let folder = TempDir::new().unwrap();
    for (name, code, says) in [
        ("other", "int answer(void) { return 42; }".to_owned(), "it is not ONNX Runtime (it has no OrtGetApiBase)"),
        ("old", entry_point("1.16.3"), "ONNX Runtime 1.16.3 is too old; use 1.23 or newer"),
        ("older", entry_point("1.9.0"), "ONNX Runtime 1.9.0 is too old"),
        ("strange", entry_point(""), "its version `` is not a version number"),
        ("nightly", entry_point("nightly"), "its version `nightly` is not a version number"),
        ("new", entry_point("2.0.0"), "ONNX Runtime 2.0.0 does not offer interface version 17"),
        ("null", "void *OrtGetApiBase(void) { return NULL; }".to_owned(), "OrtGetApiBase returned NULL"),
    ] {
        refused(folder.path(), &library(folder.path(), name, &code), &[says]);
    }
}

#[test]
fn a_process_holds_one_runtime() {
    use deepcrop::internals::network::runtime::Runtime;
    let path = common::runtime();
    Runtime::get(Some(&path)).unwrap();
    Runtime::get(None).unwrap();
    let error = Runtime::get(Some(Path::new("/nowhere/libonnxruntime.so"))).err().unwrap().to_string();
    assert!(error.contains("can use only one") && error.contains("/nowhere/libonnxruntime.so"), "{error}");
}
