//! `deepcrop batch`: selects objects in a list of pictures, and resumes after a stop.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use clap::Args;
use deepcrop::{Cancel, Error, ErrorKind, Model, Picture, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::args::{CacheArgs, EngineArgs, FormArgs, StepArgs, model_help, stand_in};
use crate::files::{self, say};
use crate::output::{self, Found, Output};
use crate::pictures::ReadArgs;
use crate::prompts::Ask;
use crate::single_picture::milliseconds;

const HELP: &str = "\
The list is a text file. Each line is one JSON object:
  {\"picture\": \"a.jpg\", \"prompts\": [{\"at\": [640, 400]}, {\"not\": [700, 300]}]}
  {\"picture\": \"b.jpg\", \"prompts\": [{\"box\": [5, 3, 9, 6]}], \"outputs\": [\"b.svg\"]}

Prompts:
  at, not                        [x, y]
  box                            [x0, y0, x1, y1]
  lasso, scribble, scribble-not  [[x, y], …]
  mask                           \"file\"

Outputs are written as by `deepcrop segment -o` (\"cutout:cup.png\", \"cup.svg\"),
into the folder of --out. A line without outputs writes its mask, as
PICTURE-LINE.png. Paths of pictures and masks start at the folder of the list.

The result of each line is added to results.jsonl in the folder of --out. After
a stop, run the same command again: it skips finished lines and tries failed
lines again. A bad line or picture does not stop the others.

Exit codes: 0 all lines are done; 1 some lines failed; 2 wrong command line";

/// Select objects in many pictures, from a list
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Batch {
    /// The list: a text file with one JSON object per line
    list: PathBuf,
    /// The folder for results
    #[arg(long, value_name = "DIR", default_value = "deepcrop-out")]
    out: PathBuf,
    /// Pictures processed at the same time; 0 means half the cores
    #[arg(long, verbatim_doc_comment, value_name = "N", default_value_t = 0)]
    jobs: usize,
    /// Process all lines again and replace their files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    steps: StepArgs,
    #[command(flatten)]
    form: FormArgs,
    #[arg(long, value_name = "MODEL", help = model_help(), help_heading = "Engine")]
    model: Option<OsString>,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    cache: CacheArgs,
}

/// A line of the list.
struct Line {
    number: usize,
    /// The line as JSON, or its text if it is not JSON.
    request: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    #[serde(deserialize_with = "files::json_path::deserialize")]
    picture: PathBuf,
    prompts: Vec<Ask>,
    outputs: Option<Vec<String>>,
}

/// A line of results.jsonl.
#[derive(Serialize)]
struct Report<'a> {
    line: usize,
    request: &'a Value,
    engine: &'a str,
    provider: &'a str,
    #[serde(flatten)]
    found: Option<Found>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    ms: f64,
}

impl Batch {
    pub fn run(self) -> Result<ExitCode> {
        self.form.form()?;
        let list = fs::read(&self.list).map_err(|error| files::cannot("read", &self.list, &error))?;
        let lines = parse(&String::from_utf8_lossy(&list));
        fs::create_dir_all(&self.out).map_err(|error| files::cannot("create", &self.out, &error))?;
        let (results, done) = Results::open(&self.out.join("results.jsonl"), self.force)?;
        let open: Vec<&Line> = lines.iter().filter(|line| !done.contains(&line.request.to_string())).collect();

        let failed = if open.is_empty() { 0 } else { self.work(&open, lines.len(), results)? };
        say(format!(
            "{} lines: {} done now, {} done earlier, {failed} failed; see {}",
            lines.len(),
            open.len() - failed,
            lines.len() - open.len(),
            self.out.join("results.jsonl").display()
        ));
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Processes the open lines in parallel, and returns how many failed.
    fn work(&self, open: &[&Line], all: usize, results: Results) -> Result<usize> {
        let model = self.engine.load(self.model.as_deref(), self.cache.place())?;
        if let Some(why) = stand_in(&model, self.model.as_deref()) {
            eprintln!("deepcrop: warning: {why}");
        }
        let bar = progress_bar(all);
        bar.set_position((all - open.len()) as u64);
        let jobs = match self.jobs {
            0 => thread::available_parallelism().map_or(1, |cores| cores.get() / 2).max(1),
            jobs => jobs,
        };
        let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let results = Mutex::new(Ok(results));
        thread::scope(|scope| {
            for _ in 0..jobs.min(open.len()) {
                scope.spawn(|| {
                    while let Some(line) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let start = Instant::now();
                        // A decoder may panic on a hostile file.
                        let found =
                            catch_unwind(AssertUnwindSafe(|| self.segment(&model, line))).unwrap_or_else(|_| {
                                Err(ErrorKind::Internal.error("this line hit a bug in deepcrop; please report it"))
                            });
                        if let Err(error) = &found {
                            failed.fetch_add(1, Ordering::Relaxed);
                            bar.suspend(|| eprintln!("deepcrop: line {}: {error}", line.number));
                        }
                        let error = found.as_ref().err().map(Error::to_string);
                        let report = Report {
                            line: line.number,
                            request: &line.request,
                            engine: &model.info().name,
                            provider: model.info().provider_name(),
                            found: found.ok(),
                            error,
                            ms: milliseconds(start.elapsed()),
                        };
                        let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                        let Ok(open) = &mut *results else { return };
                        if let Err(error) = open.append(&report) {
                            *results = Err(error); // Nothing can be recorded: stop all.
                            return;
                        }
                        bar.inc(1);
                    }
                });
            }
        });
        bar.finish_and_clear();
        results.into_inner().unwrap_or_else(PoisonError::into_inner)?;
        Ok(failed.into_inner())
    }

    fn segment(&self, model: &Model, line: &Line) -> Result<Found> {
        let request: Request = Request::deserialize(&line.request).map_err(|error| {
            ErrorKind::Argument.error(format!("this line is no valid request ({error}); see `deepcrop batch --help`"))
        })?;
        let folder = self.list.parent().unwrap_or(Path::new(""));
        let outputs = self.outputs(&request, line.number)?;
        let image = self.read.photo(&folder.join(&request.picture))?;
        let prompts = request.prompts.iter().map(|ask| ask.to_prompt(folder, self.read)).collect::<Result<Vec<_>>>()?;
        if prompts.is_empty() {
            return Err(ErrorKind::Prompt.error("this line has no prompts; add one, such as {\"at\": [x, y]}"));
        }
        let cancel = Cancel::new();
        let picture = Picture::borrowing(model, image.view()?, &cancel)?;
        let selection = picture.segment(&prompts, &self.steps.options(), &cancel)?;
        output::write(&outputs, &image, &prompts, &selection.mask, &self.form.form()?, self.force)?;
        Ok(Found::new(&selection, outputs))
    }

    /// The line's output files, all of them in the folder of `--out`.
    fn outputs(&self, request: &Request, number: usize) -> Result<Vec<Output>> {
        let Some(texts) = &request.outputs else {
            let stem = request.picture.file_stem().unwrap_or_default().to_string_lossy();
            let path = self.out.join(format!("{stem}-{number}.png"));
            return Ok(vec![Output { kind: output::Kind::Mask, path }]);
        };
        let mut outputs = Vec::new();
        for text in texts {
            let Output { kind, path } = Output::parse(text.as_ref()).map_err(|why| ErrorKind::Argument.error(why))?;
            if !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
                return Err(ErrorKind::Argument
                    .error(format!("`{text}` lies outside the folder of --out; name a file inside it")));
            }
            let path = self.out.join(path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(|error| files::cannot("create", folder, &error))?;
            }
            outputs.push(Output { kind, path });
        }
        Ok(outputs)
    }
}

fn parse(list: &str) -> Vec<Line> {
    let lines = list.lines().enumerate().map(|(index, text)| (index + 1, text.trim()));
    lines
        .filter(|(_, text)| !text.is_empty())
        .map(|(number, text)| Line {
            number,
            request: serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.into())),
        })
        .collect()
}

/// A progress bar on standard error, if that is a terminal.
pub fn progress_bar(length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len}, {eta} left").expect("a fixed template");
    ProgressBar::new(length as u64).with_style(style)
}

/// The file results.jsonl, open for adding lines.
struct Results(File);

impl Results {
    /// Opens the file, repairs its end, and returns the finished requests as JSON text.
    fn open(path: &Path, anew: bool) -> Result<(Self, HashSet<String>)> {
        let fault = |error| files::cannot("write", path, &error);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(fault)?;
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
        file.set_len(whole as u64).and_then(|()| file.seek(SeekFrom::End(0))).map_err(fault)?;
        let reports = bytes[..whole].split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
        let done = reports.filter(|report: &Value| report.get("error").is_none());
        Ok((Self(file), done.filter_map(|report| report.get("request").map(Value::to_string)).collect()))
    }

    /// Writes each line at once, so that a stop loses no more than that line.
    fn append(&mut self, report: &Report) -> Result<()> {
        let line = serde_json::to_string(report).expect("plain data") + "\n";
        self.0.write_all(line.as_bytes()).map_err(|error| files::cannot("write", Path::new("results.jsonl"), &error))
    }
}
