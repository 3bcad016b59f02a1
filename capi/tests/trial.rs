//! `deepcrop-trial` with the built library: networks that do not crash, that do, and that are none.

#[path = "../../tests/common/mod.rs"]
mod common;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn trial(library: impl AsRef<OsStr>, network: impl AsRef<OsStr>, provider: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_deepcrop-trial"));
    program.arg(library).arg(network).arg(provider).env("DEEPCROP_ONNXRUNTIME", common::runtime());
    program.output().unwrap()
}

fn network(name: &str) -> PathBuf {
    common::root().join("tests/data/networks").join(name)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_network_that_works_is_run_in_silence() {
    for network in [network("red.onnx"), common::root().join("models/click.onnx"), Path::new("classical").into()] {
        let output = trial(common::shared_library(), &network, "0");
        assert!(output.status.success() && output.stderr.is_empty(), "{}: {}", network.display(), said(&output));
    }
}

#[test]
fn a_network_that_divides_by_zero_crashes_the_trial() {
    let output = trial(common::shared_library(), network("divides_by_zero.onnx"), "0");
    assert!(!output.status.success() && output.status.code() != Some(64), "{}: {}", output.status, said(&output));
}

#[test]
fn an_error_of_the_library_is_no_crash() {
    for (file, provider, says) in [
        (network("wrong_channels.onnx"), "0", "the manifest describes"),
        (network("calls_itself.onnx"), "0", "calls itself"),
        (network("nowhere.onnx"), "0", "nowhere.onnx"),
        (network("red.onnx"), "99", "provider"),
    ] {
        let output = trial(common::shared_library(), &file, provider);
        assert!(output.status.success() && said(&output).contains(says), "{}: {}", output.status, said(&output));
    }
}

#[test]
fn what_cannot_be_tried_is_told() {
    let library = common::shared_library();
    let usage = Command::new(env!("CARGO_BIN_EXE_deepcrop-trial")).output().unwrap();
    for (output, says) in [
        (usage, "usage: deepcrop-trial LIBRARY NETWORK PROVIDER"),
        (trial(&library, "classical", "cpu"), "PROVIDER is a number"),
        (trial(common::root().join("README.md"), "classical", "0"), "README.md"),
        (trial(common::runtime(), "classical", "0"), "deepcrop_model_load"),
    ] {
        assert!(
            output.status.code() == Some(64) && said(&output).contains(says),
            "{}: {}",
            output.status,
            said(&output)
        );
    }
}
