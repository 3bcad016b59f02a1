//! `deepcrop models inspect`: shows what kind of network a file is, what is assumed, and how to change that.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use deepcrop::internals::network::assembly::Assembly;
use deepcrop::internals::network::onnx::Header;
use deepcrop::internals::network::onnx::port::Port;
use deepcrop::internals::network::store::network_files;
use deepcrop::{ErrorKind, Result};

use crate::files::say;

const HELP: &str = "\
The report shows how a network was recognised, which settings are assumed, and
how to change them. The files are only read: nothing runs, and ONNX Runtime is
not needed.";

/// Show what kind of network a file is, and the settings it runs with
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Inspect {
    /// A network file, one of two that belong together, or their folder
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// Print only the manifest, ready to save as model.toml
    #[arg(long)]
    toml: bool,
}

impl Inspect {
    pub fn run(self) -> Result<ExitCode> {
        let found = Assembly::of_path(&self.path);
        if self.toml {
            say(found?.manifest.to_text()?.trim_end());
            return Ok(ExitCode::SUCCESS);
        }
        match found {
            Ok(assembly) => {
                for (file, header) in assembly.files.iter().zip(&assembly.headers) {
                    tell_file(file, header);
                }
                tell_manifest(&assembly)?;
                Ok(ExitCode::SUCCESS)
            }
            Err(error) if error.kind() == ErrorKind::File => Err(error),
            // Inputs and outputs are shown even so: they tell what a model.toml has to describe.
            Err(error) => {
                for file in network_files(&self.path)? {
                    if let Some(header) = File::open(&file).ok().and_then(|bytes| Header::read(bytes).ok()) {
                        tell_file(&file, &header);
                    }
                }
                Err(error)
            }
        }
    }
}

fn tell_file(file: &Path, header: &Header) {
    say(file.display());
    let size = |path: &Path| fs::metadata(path).map_or(0, |about| about.len()) as f64 / 1e6;
    let producer = if header.producer.is_empty() { "an unnamed program" } else { &header.producer };
    say(format!("  {:.1} MB, written by {producer}, operator set {}", size(file), header.opset));
    for name in &header.external {
        say(format!("  weights in {name}, {:.1} MB", size(&file.with_file_name(name))));
    }
    tell_ports("inputs", &header.inputs);
    tell_ports("outputs", &header.outputs);
    say("");
}

fn tell_ports(heading: &str, ports: &[Port]) {
    for (i, port) in ports.iter().enumerate() {
        say(format!("  {:<7}  {port}", if i == 0 { heading } else { "" }));
    }
}

fn tell_manifest(assembly: &Assembly) -> Result<()> {
    let folder = assembly.files[0].with_file_name("");
    let place = folder.join("model.toml");
    say(format!("Recognised as a network of the family {}, because {}.", assembly.manifest.family, assembly.because));
    match &assembly.overridden_by {
        Some(own) => say(format!("{} was read. The complete manifest is:", own.display())),
        None => say(format!(
            "What the file does not say is assumed to be as in the authors' code. To change a setting, write it into {}; only \
             the lines that differ are needed. The complete manifest is:",
            place.display()
        )),
    }
    say("");
    for line in assembly.manifest.to_text()?.lines() {
        let key = line.split([' ', '=']).next().unwrap_or_default();
        match NOTES.iter().find(|(known, _)| *known == key) {
            Some((_, note)) => say(format!("{line}  # {note}")),
            None => say(line),
        }
    }
    say("");
    say("DeepCrop's models/README.md explains every field.");
    Ok(())
}

/// Explanations of the fields that people change most often.
const NOTES: &[(&str, &str)] = &[
    (
        "fit",
        "stretch, letterbox (padded on all sides), corner (padded right and below); for open sizes: inside, original, at_most, shorter",
    ),
    ("filter", "smooth, antialiased, bilinear, linear, bicubic, lanczos"),
    ("order", "rgb, bgr"),
    ("mean", "subtracted from red, green, blue (0 to 255) ..."),
    ("std", "... which are then divided by this"),
    ("licence", "under which the network may be used"),
];
