//! ONNX Runtime: found, opened once a process, and used through `graph`. The only place that names `ort`.

pub mod encoder;
mod fingerprint;
pub mod graph;
mod library;
pub mod provider;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use once_cell::sync::OnceCell;
use ort::logging::LogLevel;

use crate::base::error::{ErrorKind, Result};
use crate::base::log::{Level, log};

/// The one runtime of this process. It is never let go: its threads run until the end.
pub struct Runtime {
    environment: ort::environment::Environment,
    /// Where the library lies.
    pub path: PathBuf,
    /// As it calls itself.
    pub version: String,
    /// What it was built with, by its own names, fastest first.
    pub providers: Vec<String>,
}

static RUNTIME: OnceCell<Runtime> = OnceCell::new();

impl Runtime {
    /// The runtime, opened at the first call. A failure is not kept: the next call looks again.
    pub fn get(chosen: Option<&Path>) -> Result<&'static Self> {
        let runtime = RUNTIME.get_or_try_init(|| Self::open(chosen, &mut Vec::new()))?;
        if let Some(chosen) = chosen
            && std::fs::canonicalize(chosen).ok().as_ref() != Some(&runtime.path)
        {
            return Err(ErrorKind::Runtime.error(format!(
                "this process already runs ONNX Runtime from {}; a process can hold one only, so start anew to use {}",
                runtime.path.display(),
                chosen.display()
            )));
        }
        Ok(runtime)
    }

    fn open(chosen: Option<&Path>, attempts: &mut library::Attempts) -> Result<Self> {
        let library::Library { path, version } = library::open(chosen, attempts)?;
        let sink = |level: LogLevel, _: &str, _: &str, place: &str, message: &str| {
            let level = match level {
                LogLevel::Fatal | LogLevel::Error => Level::Error,
                LogLevel::Warning => Level::Warning,
                LogLevel::Info | LogLevel::Verbose => Level::Debug,
            };
            log(level, &format!("ONNX Runtime: {message} ({place})"));
        };
        let environment =
            ort::init().with_name("deepcrop").with_telemetry(false).with_logger(Arc::new(sink)).build().map_err(
                |error| {
                    ErrorKind::Runtime.error(format!("ONNX Runtime {version} did not start: {error}")).caused_by(error)
                },
            )?;
        environment.set_log_level(LogLevel::Warning);
        log(Level::Info, &format!("ONNX Runtime {version} from {}", path.display()));
        if library::parse_version(&version) > Some(library::NEWEST_TESTED) {
            let (major, minor) = library::NEWEST_TESTED;
            log(
                Level::Warning,
                &format!("ONNX Runtime {version} is newer than {major}.{minor}, the newest that was tested"),
            );
        }
        Ok(Self { environment, path, version, providers: library::providers() })
    }
}

/// What a bug report needs to know about the runtime.
#[derive(Debug, Clone, Default)]
pub struct RuntimeReport {
    /// Every place that was looked at, and what came of it; empty when the runtime had been opened before.
    pub tried: Vec<String>,
    /// Where the library lies, if one was found.
    pub path: Option<PathBuf>,
    /// As it calls itself.
    pub version: Option<String>,
    /// What it was built with.
    pub providers: Vec<String>,
    /// Why there is none.
    pub error: Option<String>,
}

/// Looks for the runtime and tells everything about the search.
pub fn report(chosen: Option<&Path>) -> RuntimeReport {
    let mut report = RuntimeReport::default();
    match RUNTIME.get_or_try_init(|| Runtime::open(chosen, &mut report.tried)) {
        Ok(runtime) => {
            report.path = Some(runtime.path.clone());
            report.version = Some(runtime.version.clone());
            report.providers = runtime.providers.clone();
        }
        Err(error) => report.error = Some(error.to_string()),
    }
    report
}
