//! `deepcrop models inspect`: what a network's file is taken for, what was assumed, and how to say otherwise.

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

/// Tell what a network is taken for, what was assumed, and how to say otherwise
///
/// Reads the files only; nothing is run and no ONNX Runtime is needed.
#[derive(Args)]
pub struct Inspect {
    /// A network, one of two that belong together, or their folder
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// Print nothing but the manifest, ready to be saved as model.toml
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
            // What can be read is shown all the same: it tells which model.toml is needed.
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
    say(format!("  {:.1} MB, written by {producer}, operators of version {}", size(file), header.opset));
    for name in &header.external {
        say(format!("  its weights lie in {name}, {:.1} MB", size(&file.with_file_name(name))));
    }
    tell_ports("takes", &header.inputs);
    tell_ports("gives", &header.outputs);
    say("");
}

fn tell_ports(verb: &str, ports: &[Port]) {
    for (i, port) in ports.iter().enumerate() {
        say(format!("  {}  {port}", if i == 0 { verb } else { "     " }));
    }
}

fn tell_manifest(assembly: &Assembly) -> Result<()> {
    let folder = assembly.files[0].with_file_name("");
    let place = folder.join("model.toml");
    say(format!("Taken for a network of the family {}, because {}.", assembly.manifest.family, assembly.because));
    match &assembly.overridden_by {
        Some(own) => say(format!("{} was read. All in all the network goes by this:", own.display())),
        None => say(format!(
            "What the file does not say was assumed as the network's authors had it. The network goes by this; what is wrong \
             can be said otherwise in {} (only the lines that differ are needed):",
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
    say("models/README.md of DeepCrop explains every field.");
    Ok(())
}

/// What the fields mean that are most often to be changed.
const NOTES: &[(&str, &str)] = &[
    (
        "fit",
        "stretch, letterbox (padded all round), corner (padded right and below); inside, original, at_most, shorter (open sizes)",
    ),
    ("filter", "smooth, antialiased, bilinear, linear, bicubic, lanczos"),
    ("order", "rgb, bgr"),
    ("mean", "taken off red, green, blue (0 to 255) ..."),
    ("std", "... which are then divided by this"),
    ("licence", "under which the network may be used"),
];
