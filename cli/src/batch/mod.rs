//! `deepcrop batch`: selects objects in a list of pictures, and resumes after a stop.

mod list;
mod results;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use clap::Args;
use deepcrop::internals::base::threads::limit;
use deepcrop::internals::network::store::installed;
use deepcrop::{Cancel, ErrorKind, Model, Picture, Result, Source};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use self::list::{Line, Request};
use self::results::{Basis, Report, Results, Written, state_of};
use crate::args::{SelectArgs, cores, source};
use crate::files::{self, say};
use crate::output::{self, Found, Output};
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
PICTURE-CODE.png, where CODE stands for the content of the line. Paths of
pictures and masks start at the folder of the list. Where JSON holds a path that
is not UTF-8, it is an array of the path's bytes. docs/json.md shows the list
and the results, and has a schema for each.

The result of each line is added to results.jsonl in the folder of --out. After
a stop, run the same command again: it skips finished lines and tries failed
lines again. A line is also done again if its picture, the model or the options
changed, or if a file that it wrote is missing or was changed. A bad line or
picture does not stop the others.

Exit codes: 0 all lines are done; 1 some lines failed; 2 wrong command line";

/// Select objects in many pictures, from a list
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Batch {
    /// The list: a text file with one JSON object per line; -
    /// reads standard input
    #[arg(verbatim_doc_comment)]
    list: PathBuf,
    /// The folder for results
    #[arg(long, value_name = "DIR", default_value = "deepcrop-out")]
    out: PathBuf,
    /// Pictures processed at the same time; 0 means all
    /// cores
    #[arg(long, verbatim_doc_comment, value_name = "N", default_value_t = 0)]
    jobs: usize,
    /// Process all lines again and replace their files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    select: SelectArgs,
}

impl Batch {
    pub fn run(self) -> Result<ExitCode> {
        self.select.form.form()?;
        let lines = list::read(&self.list)?;
        fs::create_dir_all(&self.out).map_err(|error| files::cannot("create", &self.out, &error))?;
        let threads = self.select.threads(self.jobs().min(lines.len()));
        let model = self.select.load(threads)?;
        if let Some(why) = self.select.stand_in(&model) {
            files::complain(format!("deepcrop: warning: {why}"));
        }
        // Opened last: with --force it forgets all that was done.
        let results = Results::open(&self.out, &lines, self.force)?;
        let inputs = self.inputs(&lines);
        let (mut open, mut again, mut taken) = (Vec::new(), BTreeMap::new(), HashMap::new());
        for line in &lines {
            let task = self.task(line, &model, &inputs, &mut taken);
            let basis = task.as_ref().map(|task| task.basis.clone()).unwrap_or_default();
            if let Some(why) = results.why(line, &basis) {
                *again.entry(why).or_insert(0) += 1;
                open.push((line, task));
            }
        }
        let done_earlier = lines.len() - open.len();
        let count = open.len();
        let failed = if open.is_empty() { 0 } else { self.work(open, done_earlier, (&model, threads), results)? };
        say(format!(
            "{} lines: {} done now, {done_earlier} done earlier, {failed} failed; see {}",
            lines.len(),
            count - failed,
            self.out.join(results::NAME).display()
        ));
        if again.keys().any(|why| *why != "new") {
            let parts: Vec<_> = again.iter().map(|(why, count)| format!("{count} {why}")).collect();
            say(format!("  of the lines that were open: {}", parts.join(", ")));
        }
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// The number of pictures that are processed at the same time.
    fn jobs(&self) -> usize {
        if self.jobs == 0 { cores() } else { self.jobs }
    }

    /// The pictures and masks that all lines read.
    fn inputs(&self, lines: &[Line]) -> HashSet<PathBuf> {
        let requests = lines.iter().filter_map(|line| line.request().ok());
        let paths =
            requests.flat_map(|request| request.inputs().map(|path| self.folder().join(path)).collect::<Vec<_>>());
        paths.filter_map(|path| path.canonicalize().ok()).collect()
    }

    /// The folder at which the paths in the list start.
    fn folder(&self) -> &Path {
        self.list.parent().unwrap_or(Path::new(""))
    }

    /// What is to be done for a line. `inputs` are the files that must not be replaced, `taken` those that the lines before
    /// it write.
    fn task(
        &self,
        line: &Line,
        model: &Model,
        inputs: &HashSet<PathBuf>,
        taken: &mut HashMap<PathBuf, usize>,
    ) -> Result<Task> {
        let request = line.request()?;
        let outputs = self.outputs(&request, line)?;
        for Output { path, .. } in &outputs {
            if path.canonicalize().is_ok_and(|path| inputs.contains(&path)) {
                return Err(ErrorKind::Argument
                    .error(format!("it writes {}, which the list reads; name another file", path.display())));
            }
            if let Some(other) = taken.insert(path.clone(), line.number) {
                return Err(ErrorKind::Argument
                    .error(format!("it writes {} as line {other} does; name another file", path.display())));
            }
        }
        let inputs = request.inputs().map(|path| state_of(&self.folder().join(path))).collect();
        let basis = Basis { model: self.model_state(model), options: self.options_state()?, inputs };
        Ok(Task { request, outputs, basis })
    }

    /// Name, version and files of the model, and files of the matting network.
    fn model_state(&self, model: &Model) -> String {
        let info = model.info();
        let files = [&self.select.model, &self.select.engine.matting].map(|name| name.as_deref().map(files_state));
        format!("{} {}; {files:?}", info.name, info.version)
    }

    fn options_state(&self) -> Result<String> {
        let (steps, form) = (&self.select.steps, self.select.form.form()?);
        let options = json!({
            "edges": steps.edges.name(), "closer_look": !steps.no_closer_look, "guard": !steps.no_guard,
            "crop": form.crop, "tolerance": form.outline.tolerance, "straight": form.outline.straight,
        });
        Ok(options.to_string())
    }

    /// Processes the open lines in parallel, each with so many threads, and returns how many failed.
    fn work(
        &self,
        open: Vec<(&Line, Result<Task>)>,
        done_earlier: usize,
        (model, threads): (&Model, usize),
        results: Results,
    ) -> Result<usize> {
        let bar = progress_bar(open.len() + done_earlier);
        bar.set_position(done_earlier as u64);
        let jobs = self.jobs();
        let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let results = Mutex::new(Ok(results));
        let take = || {
            // What the program itself does counts too, such as cut-outs.
            let _limited = limit(threads);
            while let Some((line, task)) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
                let start = Instant::now();
                let outputs = task.as_ref().map_or(&[][..], |task| &task.outputs);
                let before: Vec<String> = outputs.iter().map(|output| state_of(&output.path)).collect();
                let (own, given_up) = match &*results.lock().unwrap_or_else(PoisonError::into_inner) {
                    Ok(results) => {
                        let paths = outputs.iter().map(|output| output.path.as_path());
                        (results.own(line), paths.filter(|path| results.is_given_up(path)).collect())
                    }
                    Err(_) => return,
                };
                let replace: Vec<&Path> = own.iter().map(PathBuf::as_path).chain::<Vec<_>>(given_up).collect();
                // A decoder may panic on a hostile file.
                let found = catch_unwind(AssertUnwindSafe(|| {
                    self.segment(model, task.as_ref().map_err(Clone::clone)?, &replace)
                }))
                .unwrap_or_else(|_| Err(ErrorKind::Internal.error("this hit a bug in deepcrop; please report it")));
                if let Err(error) = &found {
                    failed.fetch_add(1, Ordering::Relaxed);
                    bar.suspend(|| files::complain(format!("deepcrop: line {}: {error}", line.number)));
                }
                let basis = task.as_ref().map(|task| task.basis.clone()).unwrap_or_default();
                let found = found.map_err(|error| error.to_string());
                // After a failure too the files that were written belong to the batch, and those of an earlier time.
                let changed = outputs.iter().zip(&before).filter(|(output, before)| {
                    found.is_ok() || (output.path.exists() && state_of(&output.path) != **before)
                });
                let mut files: Vec<&Path> = changed.map(|(output, _)| output.path.as_path()).collect();
                if found.is_err() {
                    files.extend(own.iter().map(PathBuf::as_path).filter(|path| path.exists()));
                    files.sort();
                    files.dedup();
                }
                let written = files.into_iter().map(|path| Written {
                    file: path.strip_prefix(&self.out).unwrap_or(path).into(),
                    state: state_of(path),
                });
                let report = Report {
                    line: line.number,
                    request: Value::from(*line),
                    copy: line.copy,
                    basis: &basis,
                    engine: &model.info().name,
                    provider: model.info().provider_name(),
                    outputs: written.collect(),
                    error: found.as_ref().err().cloned(),
                    found: found.ok(),
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
        };
        thread::scope(|scope| {
            for _ in 1..jobs.min(open.len()) {
                // If the system starts no more threads, those that run do the work.
                if thread::Builder::new().spawn_scoped(scope, take).is_err() {
                    break;
                }
            }
            take();
        });
        bar.finish_and_clear();
        results.into_inner().unwrap_or_else(PoisonError::into_inner)?;
        Ok(failed.into_inner())
    }

    /// Selects and writes; the files of `replace` may be replaced.
    fn segment(&self, model: &Model, task: &Task, replace: &[&Path]) -> Result<Found> {
        let folder = self.folder();
        for output in &task.outputs {
            if let Some(folder) = output.path.parent() {
                fs::create_dir_all(folder).map_err(|error| files::cannot("create", folder, &error))?;
            }
        }
        let image = self.select.read.photo(&folder.join(&task.request.picture))?;
        let prompts = task.request.prompts.iter().map(|ask| ask.to_prompt(folder, self.select.read));
        let prompts = prompts.collect::<Result<Vec<_>>>()?;
        let cancel = Cancel::new();
        let picture = Picture::borrowing(model, image.view()?, &cancel)?;
        let selection = picture.segment(&prompts, &self.select.steps.options(), &cancel)?;
        let replace = |path: &Path| self.force || replace.contains(&path);
        output::write(&task.outputs, &image, &prompts, &selection.mask, &self.select.form.form()?, replace)?;
        Ok(Found::new(&selection, task.outputs.clone()))
    }

    /// The line's output files, all of them in the folder of `--out`.
    fn outputs(&self, request: &Request, line: &Line) -> Result<Vec<Output>> {
        let Some(texts) = &request.outputs else {
            let mut name = request.picture.file_stem().unwrap_or_default().to_os_string();
            name.push(format!("-{}.png", line.code()));
            return Ok(vec![Output { kind: output::Kind::Mask, path: self.out.join(name) }]);
        };
        let mut outputs = Vec::new();
        for text in texts {
            let output = Output::parse(text.0.as_os_str()).map_err(|why| ErrorKind::Argument.error(why))?;
            let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
            if output.is_standard() || !output.path.components().all(inside) {
                return Err(ErrorKind::Argument
                    .error(format!("`{}` lies outside the folder of --out; name a file inside it", text.0.display())));
            }
            outputs.push(Output { path: self.out.join(output.path), ..output });
        }
        Ok(outputs)
    }
}

/// The states of a network's files; empty for an engine without any.
fn files_state(model: &OsStr) -> String {
    let place = match source(model) {
        Source::Path(path) => path,
        Source::Installed(name) => installed::folder(&name).unwrap_or_default(),
        _ => return String::new(),
    };
    let mut files: Vec<PathBuf> = match fs::read_dir(&place) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => vec![place],
    };
    files.sort();
    files.iter().map(|file| state_of(file)).collect::<Vec<_>>().join(", ")
}

/// A line that can be processed.
struct Task {
    request: Request,
    outputs: Vec<Output>,
    basis: Basis,
}

/// A progress bar on standard error, if that is a terminal.
pub fn progress_bar(length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len}, {eta} left").expect("a fixed template");
    ProgressBar::new(length as u64).with_style(style)
}
