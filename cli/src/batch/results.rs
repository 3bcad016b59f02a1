//! The file results.jsonl: what was done to each line, and whether that still holds.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use deepcrop::{ErrorKind, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::list::Line;
use crate::files;
use crate::json;
use crate::output::Found;

pub const NAME: &str = "results.jsonl";

/// A line of results.jsonl.
#[derive(Serialize)]
pub struct Report<'a> {
    pub line: usize,
    /// The line's content: JSON, or for a line that is no JSON the reason.
    pub request: Value,
    /// How many equal lines come before it.
    pub copy: usize,
    /// What the result depends on, apart from the request.
    pub basis: &'a Basis,
    pub engine: &'a str,
    pub provider: &'a str,
    #[serde(flatten)]
    pub found: Option<Found>,
    /// The files that were written.
    pub outputs: Vec<Written>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub ms: f64,
}

/// What the result of a line depends on, apart from the line. If it changes, the line is done again.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct Basis {
    pub model: String,
    pub options: String,
    /// The states of the picture and of the masks among the prompts.
    pub inputs: Vec<String>,
}

/// What results.jsonl says of a line.
#[derive(Deserialize)]
struct Earlier {
    request: Value,
    #[serde(default)]
    copy: usize,
    #[serde(default)]
    basis: Basis,
    #[serde(default)]
    outputs: Vec<Written>,
    error: Option<String>,
}

/// A file that was written.
#[derive(Deserialize, Serialize)]
pub struct Written {
    /// Its path in the folder of the results.
    #[serde(with = "json::path")]
    pub file: PathBuf,
    pub state: String,
}

/// Size and time of the last change: enough to notice another file in its place.
pub fn state_of(path: &Path) -> String {
    let Ok(metadata) = fs::metadata(path) else { return "missing".into() };
    let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    format!("{} bytes, {}", metadata.len(), changed.map_or(0, |time| time.as_nanos()))
}

/// The file results.jsonl, open for adding lines.
pub struct Results {
    file: File,
    folder: PathBuf,
    earlier: HashMap<(String, usize), Earlier>,
    /// The files of lines that the list no longer has, with their states.
    given_up: HashMap<PathBuf, String>,
}

impl Results {
    /// Opens the file for these lines, and repairs its end. `anew` forgets what it says.
    pub fn open(folder: &Path, lines: &[Line], anew: bool) -> Result<Self> {
        let path = folder.join(NAME);
        let fault = |error| files::cannot("write", &path, &error);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(fault)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(ErrorKind::File
                .error(format!("another batch is writing {}; wait for it, or pass another --out", path.display())));
        }
        if anew {
            file.set_len(0).map_err(fault)?;
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(fault)?;
        // A program that was killed while it wrote leaves half a line.
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let reports = bytes[..whole].split(|&byte| byte == b'\n');
        let reports: Vec<Value> = reports.filter_map(|line| serde_json::from_slice(line).ok()).collect();
        // Older versions wrote no format; what they wrote means the same.
        let format = |report: &Value| report.get("format").filter(|format| **format != json::FORMAT).cloned();
        if let Some(format) = reports.iter().find_map(format) {
            return Err(ErrorKind::File.error(format!(
                "{} has format {format}, but this deepcrop reads format {}; install a newer deepcrop, or pass another --out",
                path.display(),
                json::FORMAT
            )));
        }
        file.set_len(whole as u64).and_then(|()| file.seek(SeekFrom::End(0))).map_err(fault)?;
        let reports = reports.into_iter().filter_map(|report| Earlier::deserialize(report).ok());
        // The last report of a line counts.
        let mut earlier: HashMap<_, _> =
            reports.map(|report| ((report.request.to_string(), report.copy), report)).collect();
        let listed: HashSet<_> = lines.iter().map(key).collect();
        let gone = earlier.extract_if(|key, _| !listed.contains(key));
        let written = gone.flat_map(|(_, report)| report.outputs);
        let given_up = written.map(|output| (folder.join(output.file), output.state)).collect();
        Ok(Self { file, folder: folder.into(), earlier, given_up })
    }

    fn earlier(&self, line: &Line) -> Option<&Earlier> {
        self.earlier.get(&key(line))
    }

    /// Why a line has to be done; `None` if it is done, and all that it wrote is still there.
    pub fn why(&self, line: &Line, basis: &Basis) -> Option<&'static str> {
        let Some(earlier) = self.earlier(line) else { return Some("new") };
        if earlier.error.is_some() {
            return Some("failed earlier");
        }
        let there = self.own(line).len() == earlier.outputs.len();
        match &earlier.basis {
            Basis { model, .. } if *model != basis.model => Some("with another model"),
            Basis { options, .. } if *options != basis.options => Some("with other options"),
            Basis { inputs, .. } if *inputs != basis.inputs => Some("whose picture changed"),
            _ if !there => Some("whose files are missing or changed"),
            _ => None,
        }
    }

    /// The files that this batch wrote for the line, and that nobody changed since. They may be replaced.
    pub fn own(&self, line: &Line) -> Vec<PathBuf> {
        let Some(earlier) = self.earlier(line) else { return Vec::new() };
        let written = earlier.outputs.iter().map(|output| (self.folder.join(&output.file), &output.state));
        written.filter(|(path, state)| state_of(path) == **state).map(|(path, _)| path).collect()
    }

    /// Whether this batch wrote a file for a line that was corrected or deleted since, and nobody changed the file. Any
    /// line may replace it.
    pub fn is_given_up(&self, path: &Path) -> bool {
        self.given_up.get(path).is_some_and(|state| state_of(path) == *state)
    }

    /// Writes each line at once, so that a stop loses no more than that line.
    pub fn append(&mut self, report: &Report) -> Result<()> {
        let line = json::line(report) + "\n";
        self.file.write_all(line.as_bytes()).map_err(|error| files::cannot("write", &self.folder.join(NAME), &error))
    }
}

/// What tells a line from others: its content, and how many equal lines come before it.
fn key(line: &Line) -> (String, usize) {
    (Value::from(line).to_string(), line.copy)
}

/// A line as its report shows it.
impl From<&Line> for Value {
    fn from(line: &Line) -> Self {
        line.request.clone().unwrap_or_else(Value::String)
    }
}
