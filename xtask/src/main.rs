//! `cargo xtask STEP`: the development commands that cargo does not have. `cargo xtask help` lists them.

mod api;
mod cargo_c;
mod chroot;
mod compat;
mod count;
mod demo;
mod dist;
mod elf;
mod endurance;
mod fuzz;
mod golden;
mod header;
mod outlines;
mod place;
mod plugins;
mod portable;
mod python;
mod rehearse;
mod runtime;
mod shell;
mod test;
mod toml;
mod tools;
mod wheel;
mod zip;

use std::process::ExitCode;

use place::Place;

/// Every error is a sentence that says what went wrong and what to do.
type Result<T> = std::result::Result<T, String>;

/// A step of `cargo xtask`: its name, its arguments, its help text, and its function.
struct Step {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&Place, &[String]) -> Result<()>,
}

const STEPS: &[Step] = &[
    Step {
        name: "demo",
        arguments: "",
        about: "Start here: fetch ONNX Runtime, build, and cut an object out of an example picture.",
        run: demo::run,
    },
    Step {
        name: "test",
        arguments: "[--list] [--all] [STEP...]",
        about: "Run every test, with one summary at the end; with names, only those steps.\n      \
            --all: a step that this machine cannot run is a failure.",
        run: test::run,
    },
    Step {
        name: "runtime",
        arguments: "[--from FILE]",
        about: "Fetch ONNX Runtime into target/onnxruntime; --from: copy it from a wheel, archive, folder or library.",
        run: runtime::run,
    },
    Step {
        name: "dist",
        arguments: "[--out DIR]",
        about: "Write library, headers, programs and pkg-config file to target/dist, for C developers and packagers.",
        run: dist::run,
    },
    Step {
        name: "dist-plugin",
        arguments: "NAME [--out FILE.zip]",
        about: "Make the zip of a plug-in. NAME: gimp, krita, or another folder of plugins/ with a plugin.toml.\n      \
            On Linux the zip works with glibc 2.28 and newer.",
        run: zip::run,
    },
    Step {
        name: "chroot",
        arguments: "SUITE [COMMAND...]",
        about: "Run a command, or else a shell, in a chroot of the plug-ins' tests. Root only.\n      \
            SUITE: a release of Debian, such as trixie.",
        run: chroot::run,
    },
    Step {
        name: "header",
        arguments: "",
        about: "Update include/deepcrop.h after a change in capi/src.",
        run: header::run,
    },
    Step {
        name: "api",
        arguments: "[--write]",
        about: "Compare the public Rust interface with docs/rust-api.txt; --write: update that list.",
        run: api::run,
    },
    Step {
        name: "cargo-c",
        arguments: "",
        about: "Install the C interface with cargo-c into target/cargo-c, and build a C program with it.",
        run: cargo_c::run,
    },
    Step {
        name: "compat",
        arguments: "[REVISION]",
        about: "Check that programs made for the last release, or for a revision, still work.\n      \
            It uses cargo-semver-checks and abidiff.",
        run: compat::run,
    },
    Step {
        name: "endurance",
        arguments: "[SECONDS]",
        about: "Click, kill and fuzz for long: a soak of threads, a batch that is killed fifty times,\n      \
            and so many seconds (usually 1800) of each fuzz target.",
        run: endurance::run,
    },
    Step {
        name: "fuzz",
        arguments: "[SECONDS]",
        about: "Test the library with random input; the fuzz targets share the seconds [default: 60].",
        run: fuzz::run,
    },
    Step {
        name: "golden",
        arguments: "[all | SET...]",
        about: "Make reference answers again with the networks' own code (3 GB of packages), and test against them.",
        run: golden::run,
    },
    Step {
        name: "outlines",
        arguments: "",
        about: "Make reference outlines again with OpenCV and pycocotools (100 MB of packages), and test against them.",
        run: outlines::run,
    },
    Step {
        name: "rehearse",
        arguments: "",
        about: "Train a very small network on drawn scenes, export it, and click with it (minutes; 3 GB of packages).",
        run: rehearse::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = match arguments.split_first() {
        Some((name, rest)) => (name.as_str(), rest),
        None => ("help", &[][..]),
    };
    let asks_help = |word: &str| matches!(word, "help" | "--help" | "-h");
    if asks_help(name) || rest.iter().any(|word| asks_help(word)) {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(step) = STEPS.iter().find(|step| step.name == name) else {
        eprintln!("There is no step `{name}`.\n\n{}", help());
        return ExitCode::from(2);
    };
    match Place::find().and_then(|place| (step.run)(&place, rest)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("cargo xtask {name}: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let mut text =
        String::from("cargo xtask STEP: set-up, tests and packages of DeepCrop. All output goes to target/.\n\n");
    for step in STEPS {
        let call = format!("{} {}", step.name, step.arguments);
        text += &format!("  cargo xtask {}\n      {}\n", call.trim_end(), step.about);
    }
    text += "\nNew here? `cargo xtask demo`, then `cargo xtask test`.\n\
        To use your own ONNX Runtime instead of the fetched one, set DEEPCROP_ONNXRUNTIME to its path.\n";
    text
}

/// The error for arguments that a step does not know.
fn usage(name: &str) -> String {
    let arguments = STEPS.iter().find(|step| step.name == name).map_or("", |step| step.arguments);
    format!("the arguments are `{}`, see `cargo xtask help`", format!("{name} {arguments}").trim_end())
}
