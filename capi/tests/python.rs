//! plugins/python/deepcrop.py with the built library: runs capi/tests/python, which need nothing but Python.
//!
//! `cargo xtask test` sets DEEPCROP_DIST, and then the laid out library is tested; else the one that cargo has just built.

#[path = "../../tests/common/mod.rs"]
mod common;

use std::process::Command;

/// Fewer tests than this were not all found.
const LEAST: u32 = 95;

#[test]
fn the_python_binding_keeps_its_word() {
    let mut python = Command::new(if cfg!(windows) { "python" } else { "python3" });
    // As strict as Python gets, and without files of its own in the sources.
    python.args(["-B", "-X", "dev", "-W", "error", "-m", "unittest", "discover", "-s"]);
    python.arg(common::root().join("capi/tests/python"));
    python.env("DEEPCROP_LIBRARY", common::shared_library()).env("DEEPCROP_ONNXRUNTIME", common::runtime());
    let output = python.output().unwrap_or_else(|error| {
        panic!("`python3` does not run ({error}): install it (Debian, Ubuntu: `sudo apt install python3`)")
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}", output.status);
    let count = said.split_once("\nRan ").and_then(|(_, rest)| rest.split(' ').next()?.parse::<u32>().ok());
    assert!(count.is_some_and(|count| count >= LEAST) && !said.contains("skipped"), "tests are missing:\n{said}");
}
