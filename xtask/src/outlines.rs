//! Makes the reference outlines and run lengths again with OpenCV and pycocotools, and tests the library against them.

use std::process::Command;

use crate::{Place, Result, place, python, shell, usage};

/// The script's requirement file for pip.
const REQUIREMENTS: &str = "tests/outlines/requirements.txt";

/// `cargo xtask outlines`.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        return Err(usage("outlines"));
    }
    let python = python::environment(place, "outlines-venv", REQUIREMENTS)?;
    let out = place.target.join("outlines");
    place::remove_folder(&out)?;
    let mut make = Command::new(&python);
    shell::run(make.arg("tests/outlines/make.py").arg("--out").arg(&out).current_dir(&place.root))?;
    let mut test = shell::cargo(place, &["test", "--test", "outlines"]);
    shell::run(test.env("DEEPCROP_OUTLINES", &out))
}
