//! `cargo xtask demo`, the first command for newcomers: cuts an object out of an example picture.

use std::process::Command;

use crate::{Place, Result, place, runtime, shell, usage};

/// The example picture.
const PICTURE: &str = "tests/data/still_life.png";
/// A click on one of its objects.
const CLICK: &str = "511,231";

/// The output files: the kind for `deepcrop segment -o`, the name, and a description.
const FILES: [(&str, &str, &str); 4] = [
    ("mask", "mask.png", "white where the object is, soft at its edge"),
    ("cutout", "cutout.png", "the object alone, the rest transparent"),
    ("outline", "outline.svg", "its outline as a path"),
    ("overlay", "overlay.png", "the picture with the object marked"),
];

/// `cargo xtask demo`.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        return Err(usage("demo"));
    }
    let library = runtime::ensure(place);
    if let Err(sentence) = &library {
        println!("Continuing with the classical engine, which does not need ONNX Runtime: {sentence}.\n");
    }
    shell::build_release(place)?;

    let mut deepcrop = Command::new(place.program());
    let folder = place.target.join("demo");
    std::fs::create_dir_all(&folder).map_err(|e| format!("could not make the folder {}: {e}", folder.display()))?;
    let output = folder.strip_prefix(&place.root).unwrap_or(&folder);
    deepcrop.args(["segment", PICTURE, "--at", CLICK]).current_dir(&place.root);
    for (kind, name, _) in FILES {
        deepcrop.arg("-o").arg(format!("{kind}:{}", output.join(name).display()));
    }
    deepcrop.arg("--force");
    if let Ok(library) = &library {
        // Beside the program, where it is found without a variable.
        for (file, name) in runtime::files(library) {
            place::copy(&file, &place.release().join(name))?;
        }
        deepcrop.env(runtime::VARIABLE, library);
    }
    println!();
    shell::run(&mut deepcrop)?;

    println!("\nA click at {CLICK} in {PICTURE} made these files in {}:", place.show(&folder));
    for (_, name, about) in FILES {
        println!("  {name:<12} {about}");
    }
    let program = place.show(&place.program());
    println!("\nNow try a picture of your own; click on the object that you want:");
    println!("  {program} segment PICTURE --at X,Y -o cutout:cutout.png");
    println!(
        "Remove a part with `--not X,Y`. `{program} --help` explains more; `{program} doctor` says what runs here."
    );
    if library.is_err() {
        println!(
            "The built-in network needs ONNX Runtime: `cargo xtask runtime` tries again and says what is missing."
        );
    }
    Ok(())
}
