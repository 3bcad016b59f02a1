//! `cargo xtask STEP`: what cargo alone does not do, from the first demo to a package. `cargo xtask help` lists the steps.

mod api;
mod cargo_c;
mod chroot;
mod compat;
mod count;
mod demo;
mod dist;
mod elf;
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

/// Every error is a sentence that names the cause and the next step.
type Result<T> = std::result::Result<T, String>;

/// A step of `cargo xtask`: its name, its arguments, what it is for, and what it runs.
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
        about: "Run every test there is, with one summary at the end; with names, only those steps.\n      \
            --all: what this machine cannot run is a failure, not only a line in the summary.",
        run: test::run,
    },
    Step {
        name: "runtime",
        arguments: "[--from FILE]",
        about: "Fetch ONNX Runtime into target/onnxruntime, or take it from a wheel, archive, folder or library of yours.",
        run: runtime::run,
    },
    Step {
        name: "dist",
        arguments: "[--out DIR]",
        about: "Lay out library, headers, command line and pkg-config file as a C developer or packager wants them.",
        run: dist::run,
    },
    Step {
        name: "dist-plugin",
        arguments: "NAME [--out FILE.zip]",
        about: "Make the zip that users of an editor install: gimp, krita, or another folder of plugins/ with a plugin.toml.\n      \
            On Linux it runs with glibc 2.28 and newer.",
        run: zip::run,
    },
    Step {
        name: "chroot",
        arguments: "SUITE [COMMAND...]",
        about: "Run a command (a shell unless told) in the Debian where plug-ins are tested, `trixie` for example; root only.",
        run: chroot::run,
    },
    Step {
        name: "header",
        arguments: "",
        about: "Write include/deepcrop.h anew after a change in capi/src.",
        run: header::run,
    },
    Step {
        name: "api",
        arguments: "[--write]",
        about: "Compare what a Rust program sees of the library with docs/rust-api.txt; --write: write that list anew.",
        run: api::run,
    },
    Step {
        name: "cargo-c",
        arguments: "",
        about: "Install the C interface by cargo-c into target/cargo-c, and build a C program with it.",
        run: cargo_c::run,
    },
    Step {
        name: "compat",
        arguments: "[REVISION]",
        about: "Check that programs made for the last release (or a revision) still work: cargo-semver-checks and abidiff.",
        run: compat::run,
    },
    Step {
        name: "fuzz",
        arguments: "[SECONDS]",
        about: "Throw random input at the library; the fuzz targets share the seconds (60 unless told).",
        run: fuzz::run,
    },
    Step {
        name: "golden",
        arguments: "[all | SET...]",
        about: "Remake reference answers with the networks' original Python code (3 GB of packages), and test against them.",
        run: golden::run,
    },
    Step {
        name: "outlines",
        arguments: "",
        about: "Remake reference outlines with OpenCV and pycocotools (100 MB of packages), and test against them.",
        run: outlines::run,
    },
    Step {
        name: "rehearse",
        arguments: "",
        about: "Train a very small network on drawn scenes, export it and have the library click (minutes; 3 GB of packages).",
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
        String::from("cargo xtask STEP: set-up, tests and packages of deepcrop. All it makes lies under target/.\n\n");
    for step in STEPS {
        let call = format!("{} {}", step.name, step.arguments);
        text += &format!("  cargo xtask {}\n      {}\n", call.trim_end(), step.about);
    }
    text += "\nNew here? `cargo xtask demo`, then `cargo xtask test`.\n\
        An ONNX Runtime of your own is used instead of a fetched one when DEEPCROP_ONNXRUNTIME holds its path.\n";
    text
}

/// What a step says to arguments that it does not know.
fn usage(name: &str) -> String {
    let arguments = STEPS.iter().find(|step| step.name == name).map_or("", |step| step.arguments);
    format!("the arguments are `{}`, see `cargo xtask help`", format!("{name} {arguments}").trim_end())
}
