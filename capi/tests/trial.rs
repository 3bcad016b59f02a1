//! `deepcrop-trial` with the built library: networks that work, that the library refuses, that crash, and that never answer.

#[path = "../../tests/common/mod.rs"]
mod common;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const BEGINS: &str = "deepcrop-trial: begins\n";

fn trial(library: impl AsRef<OsStr>, network: impl AsRef<OsStr>, provider: &str, seconds: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_deepcrop-trial"));
    program.arg(library).arg(network).args([provider, seconds]).env("DEEPCROP_ONNXRUNTIME", common::runtime());
    program.output().unwrap()
}

fn network(name: &str) -> PathBuf {
    common::root().join("tests/data/networks").join(name)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_network_that_works_is_said_to_work() {
    let golden = |name| common::root().join("tests/golden/data").join(name);
    for network in [
        network("red.onnx"),
        common::root().join("models/click.onnx"),
        golden("sam2-darktable"),
        golden("yolo-seg/yolov8-seg.onnx"),
        Path::new("classical").into(),
    ] {
        let output = trial(common::shared_library(), &network, "0", "60");
        assert!(output.status.success() && output.stdout.is_empty(), "{}: {}", network.display(), output.status);
        assert_eq!(said(&output), format!("{BEGINS}deepcrop-trial: works\n"), "{}", network.display());
    }
}

#[test]
fn a_network_that_crashes_ends_the_trial() {
    for name in ["writes_outside.onnx", "calls_itself.onnx"] {
        let output = trial(common::shared_library(), network(name), "0", "60");
        assert!(![Some(0), Some(64), Some(65), Some(66)].contains(&output.status.code()), "{}", output.status);
        assert!(said(&output).starts_with(BEGINS) && !said(&output).contains("works"), "{}", said(&output));
    }
}

#[test]
fn what_the_library_refuses_is_no_crash() {
    for (file, provider, says) in [
        (network("wrong_channels.onnx"), "0", "the manifest describes"),
        (network("nan.onnx"), "0", "not numbers"),
        (network("nowhere.onnx"), "0", "nowhere.onnx"),
        (network("red.onnx"), "99", "provider"),
    ] {
        let output = trial(common::shared_library(), &file, provider, "60");
        assert_eq!(output.status.code(), Some(65), "{}", said(&output));
        assert!(said(&output).starts_with(BEGINS) && said(&output).contains(says), "{}", said(&output));
    }
}

#[test]
fn a_network_that_gives_no_answer_is_stopped() {
    let output = trial(common::shared_library(), network("slow.onnx"), "0", "0");
    assert_eq!(output.status.code(), Some(66), "{}", said(&output));
    assert!(said(&output).ends_with("it gives no answer within 0 seconds\n"), "{}", said(&output));
}

#[test]
fn what_cannot_be_tried_is_told() {
    let library = common::shared_library();
    let usage = Command::new(env!("CARGO_BIN_EXE_deepcrop-trial")).output().unwrap();
    for (output, says) in [
        (usage, "usage: deepcrop-trial LIBRARY NETWORK PROVIDER SECONDS"),
        (trial(&library, "classical", "cpu", "60"), "PROVIDER is a number"),
        (trial(&library, "classical", "0", "a minute"), "SECONDS is a number"),
        (trial(common::root().join("README.md"), "classical", "0", "60"), "README.md"),
        (trial(common::runtime(), "classical", "0", "60"), "deepcrop_model_load"),
    ] {
        assert!(
            output.status.code() == Some(64) && said(&output).contains(says),
            "{}: {}",
            output.status,
            said(&output)
        );
    }
}

/// A trial of a stranger's network keeps nothing.
#[test]
fn no_encoder_output_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_deepcrop-trial"));
    program
        .arg(common::shared_library())
        .arg(common::root().join("tests/golden/data/sam2-darktable"))
        .args(["0", "60"]);
    program.env("DEEPCROP_ONNXRUNTIME", common::runtime()).env("DEEPCROP_CACHE", folder.path());
    assert!(program.output().unwrap().status.success());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
