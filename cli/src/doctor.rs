//! `deepcrop doctor`: what there is and what works, ready to paste into a bug report.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use deepcrop::internals::session::doctor::examine;
use deepcrop::{Cancel, Result};

use crate::files::say;

/// Tell what was found, what works and why not, for a bug report
///
/// Exit codes: 0 the built-in network runs; 1 it does not; 2 the command line is wrong.
#[derive(Args)]
pub struct Doctor {
    /// The ONNX Runtime library to use, instead of the one that is found
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
