//! `deepcrop doctor`: a report on what was found and what works, ready to paste into a bug report.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use deepcrop::internals::session::doctor::examine;
use deepcrop::{Cancel, Result};

use crate::files::say;

const HELP: &str = "\
The report says what was found, what works, and why something does not work.

Exit codes: 0 the built-in network runs; 1 it does not; 2 wrong command line";

/// Print a report on this installation, for bug reports
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Doctor {
    /// Use this ONNX Runtime library, not the one found
    #[arg(long, value_name = "PATH")]
    runtime: Option<PathBuf>,
}

impl Doctor {
    pub fn run(self) -> Result<ExitCode> {
        let works = examine(
            concat!("deepcrop ", env!("CARGO_PKG_VERSION")),
            self.runtime.as_deref(),
            &Cancel::new(),
            &mut |line| say(line),
        )?;
        Ok(if works { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
