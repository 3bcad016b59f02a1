//! A newcomer's first minutes: an object cut out of an example picture.

use std::process::Command;

use crate::{Place, Result, place, runtime, shell, usage};

/// The example picture and a click on one of its objects.
const PICTURE: &str = "tests/data/still_life.png";
const CLICK: &str = "511,231";

/// What is written, in the words of `deepcrop segment -o`, and what it is.
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
        println!("Going on without ONNX Runtime, which the classical engine does not need: {sentence}.\n");
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
        // Beside the program, so that it is found without a variable from now on.
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
    println!("\nNow try a picture of your own, with the click on the thing you want:");
    println!("  {program} segment PICTURE --at X,Y -o cutout:cutout.png");
    println!(
        "Take a part away with `--not X,Y`. `{program} --help` tells the rest, `{program} doctor` what was found here."
    );
    if library.is_err() {
        println!("The network needs ONNX Runtime: `cargo xtask runtime` tries again and says what is missing.");
    }
    Ok(())
}
