//! ONNX Runtime: found, opened once in a process, and used through `graph`. Only this folder names the crate `ort`.

pub mod encoder;
mod ending;
mod fingerprint;
pub mod graph;
mod library;
pub mod library_file;
pub mod provider;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use once_cell::sync::OnceCell;
use ort::logging::LogLevel;

use crate::base::error::{ErrorKind, Result};
use crate::base::log::{Level, log};

/// The one runtime of this process. It is never closed: its threads run until the process ends.
pub struct Runtime {
    environment: ort::environment::Environment,
    /// The path of its library.
    pub path: PathBuf,
    /// Its version, as the library states it.
    pub version: String,
    /// The providers that it was built with, by ONNX Runtime's names; the fastest first.
    pub providers: Vec<String>,
}

static RUNTIME: OnceCell<Runtime> = OnceCell::new();

impl Runtime {
    /// The runtime, opened at the first call. If that fails, the next call tries again.
    pub fn get(chosen: Option<&Path>) -> Result<&'static Self> {
        let runtime = RUNTIME.get_or_try_init(|| Self::open(chosen, &mut Vec::new()))?;
        if let Some(chosen) = chosen
            && std::fs::canonicalize(chosen).ok().as_ref() != Some(&runtime.path)
        {
            return Err(ErrorKind::Runtime.error(format!(
                "this process already uses the ONNX Runtime {}, and can use only one; restart it to use {}",
                runtime.path.display(),
                chosen.display()
            )));
        }
        Ok(runtime)
    }

    fn open(chosen: Option<&Path>, attempts: &mut library::Attempts) -> Result<Self> {
        library::register_end();
        let _running = ending::begin(|| ())?;
        let library::Library { path, version } = library::open(chosen, attempts)?;
        let sink = |level: LogLevel, _: &str, _: &str, place: &str, message: &str| {
            let level = match level {
                LogLevel::Fatal | LogLevel::Error => Level::Error,
                LogLevel::Warning => Level::Warning,
                LogLevel::Info | LogLevel::Verbose => Level::Debug,
            };
            log(level, &format!("ONNX Runtime: {message} ({place})"));
        };
        let environment = ort::init()
            .with_name("deepcrop")
            .with_telemetry(false)
            .with_logger(Arc::new(sink))
            .build()
            .map_err(|error| {
            ErrorKind::Runtime
                .error(format!("ONNX Runtime {version} did not start: {error}; install another build of ONNX Runtime"))
                .caused_by(error)
        })?;
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

/// The facts about the runtime that a bug report needs.
#[derive(Debug, Clone, Default)]
pub struct RuntimeReport {
    /// Every place that was tried, with the result; empty if the runtime was already open.
    pub tried: Vec<String>,
    /// The path of the library, if one was found.
    pub path: Option<PathBuf>,
    /// Its version.
    pub version: Option<String>,
    /// The providers that it was built with.
    pub providers: Vec<String>,
    /// Why no library was found.
    pub error: Option<String>,
}

/// Searches for the runtime and reports the whole search.
pub fn report(chosen: Option<&Path>) -> RuntimeReport {
    let (mut report, mut attempts) = (RuntimeReport::default(), Vec::new());
    match RUNTIME.get_or_try_init(|| Runtime::open(chosen, &mut attempts)) {
        Ok(runtime) => {
            report.path = Some(runtime.path.clone());
            report.version = Some(runtime.version.clone());
            report.providers = runtime.providers.clone();
        }
        Err(error) => report.error = Some(error.to_string()),
    }
    report.tried = attempts.iter().map(library::Attempt::to_string).collect();
    report
}
