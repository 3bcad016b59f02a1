//! Makes the reference answers again with the networks' original code, and tests the library against them.

use std::path::PathBuf;
use std::process::Command;

use crate::{Place, Result, place, python, runtime, shell};

/// The original code's requirement file for pip.
pub const REQUIREMENTS: &str = "tests/golden/requirements.txt";

/// One set for each package and kind of network: quick to make, and enough to check that the committed answers are
/// right.
const SOME: &[&str] = &[
    "sam-official",
    "sam2-samexporter",
    "sam2-transformers",
    "mask-rcnn-torchvision",
    "deeplabv3-torchvision",
    "u2net",
    "vitmatte",
];

/// `cargo xtask golden [all | SET...]`.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    let sets: Vec<&str> = match arguments {
        [] => SOME.to_vec(),
        [all] if all == "all" => Vec::new(),
        named => named.iter().map(String::as_str).collect(),
    };
    let python = environment(place)?;
    let out = place.target.join("golden");
    place::remove_folder(&out)?;
    let mut make = Command::new(&python);
    make.arg("tests/golden/make").arg("--out").arg(&out).current_dir(&place.root).env("PYTHONDONTWRITEBYTECODE", "1");
    if !sets.is_empty() {
        make.arg("--only").args(&sets);
    }
    shell::run(&mut make)?;
    let library = runtime::ensure(place)?;
    let mut test = shell::cargo(place, &["test", "--test", "golden"]);
    shell::run(test.env(runtime::VARIABLE, library).env("DEEPCROP_GOLDEN", &out))
}

/// The Python with the packages that the original code needs.
pub fn environment(place: &Place) -> Result<PathBuf> {
    python::environment(place, "golden-venv", REQUIREMENTS)
}
