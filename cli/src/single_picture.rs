//! The common part of `segment` and `subject`: one picture, one selection, files and a report.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use deepcrop::internals::base::threads::limit;
use deepcrop::{Cancel, ErrorKind, Model, Picture, Prompt, Result, Selection};
use serde::Serialize;

use crate::args::SelectArgs;
use crate::files::{complain, say};
use crate::json;
use crate::output::{self, Found, Output};
use crate::pictures::Photo;
use crate::prompts::PromptList;

/// What to select.
pub enum Wanted<'a> {
    /// The object that the prompts describe.
    Asked(&'a PromptList),
    /// Every sensible answer to the prompts.
    Candidates(&'a PromptList),
    /// The main object.
    Subject,
}

/// The options for one picture and its output.
#[derive(Args)]
pub struct SinglePicture {
    /// The picture: PNG, JPEG, WebP, TIFF, BMP or GIF; - reads
    /// standard input
    #[arg(verbatim_doc_comment)]
    picture: PathBuf,
    /// Write this file (see "Output files"). Repeatable
    #[arg(short, long = "output", value_name = "[KIND:]FILE", value_parser = Output::parser())]
    output: Vec<Output>,
    /// Replace files that already exist
    #[arg(long)]
    force: bool,
    /// Print the report as one JSON object (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    select: SelectArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(serialize_with = "json::path::serialize")]
    picture: &'a Path,
    size: [u32; 2],
    engine: &'a str,
    family: &'a str,
    version: &'a str,
    provider: &'a str,
    /// Why no faster provider runs, or why the network does not run.
    why: &'a str,
    runtime: &'a str,
    #[serde(flatten)]
    best: &'a Found,
    #[serde(skip_serializing_if = "Option::is_none")]
    candidates: Option<&'a [Found]>,
    timings_ms: Timings,
}

#[derive(Default, Serialize)]
struct Timings {
    read: f64,
    load: f64,
    analyse: f64,
    prepare: f64,
    network: f64,
    render: f64,
    edge: f64,
    write: f64,
    total: f64,
}

/// Milliseconds, to the microsecond.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}

impl SinglePicture {
    /// Selects, writes the files and reports.
    pub fn run(&self, wanted: &Wanted) -> Result<ExitCode> {
        let start = Instant::now();
        let several = matches!(wanted, Wanted::Candidates(_));
        let asked = match wanted {
            Wanted::Asked(list) | Wanted::Candidates(list) => list.0.as_slice(),
            Wanted::Subject => &[],
        };
        // The number of candidates is not known yet: the first one stands for all.
        let outputs: Vec<Output> =
            self.output.iter().map(|output| if several { output.numbered(1) } else { output.clone() }).collect();
        output::check_several(&self.output, several)?;
        output::check(&outputs, &self.picture, self.force, self.json)?;
        self.select.form.form()?;

        // What the program itself does counts too, such as cut-outs.
        let threads = self.select.threads(1);
        let _limited = limit(threads);
        let mut timings = Timings::default();
        let mut lap = Instant::now();
        let mut take = || milliseconds(std::mem::replace(&mut lap, Instant::now()).elapsed());
        let image = self.select.read.photo(&self.picture)?;
        let view = image.view()?;
        let prompts = asked.iter().map(|ask| ask.to_prompt(Path::new(""), self.select.read));
        let prompts = prompts.collect::<Result<Vec<Prompt>>>()?;
        prompts.iter().try_for_each(|prompt| prompt.check(view.width(), view.height()))?;
        timings.read = take();
        let model = self.select.load(threads)?;
        timings.load = take();
        let cancel = Cancel::new();
        let picture = Picture::borrowing(&model, view, &cancel)?;
        timings.analyse = take();
        let options = self.select.steps.options();
        let selections = match wanted {
            Wanted::Asked(_) => vec![picture.segment(&prompts, &options, &cancel)?],
            Wanted::Candidates(_) => picture.candidates(&prompts, &options, &cancel)?,
            Wanted::Subject => vec![picture.subject(&options, &cancel)?],
        };
        take();
        let found = self.write(&image, &prompts, &selections, several)?;
        timings.write = take();
        timings.total = milliseconds(start.elapsed());
        let [best, ..] = &found[..] else {
            return Err(
                ErrorKind::Internal.error("the model gave no answer, not even an empty one; please report this")
            );
        };
        let parts = &selections[0].timings;
        timings.prepare = milliseconds(parts.prepare);
        timings.network = milliseconds(parts.network);
        timings.render = milliseconds(parts.render);
        timings.edge = milliseconds(parts.edge);

        if let Some(why) = self.select.stand_in(&model) {
            complain(format!("deepcrop: warning: {why}"));
        }
        if !self.json {
            self.tell(&model, &found, &timings, several);
            return Ok(ExitCode::SUCCESS);
        }
        let info = model.info();
        let report = Report {
            picture: &self.picture,
            size: [view.width(), view.height()],
            engine: &info.name,
            family: &info.family,
            version: &info.version,
            provider: info.provider_name(),
            why: &info.provider_note,
            runtime: &info.runtime,
            best,
            candidates: several.then_some(&found),
            timings_ms: timings,
        };
        say(json::line(&report));
        Ok(ExitCode::SUCCESS)
    }

    /// Writes all output files of each selection.
    fn write(&self, image: &Photo, prompts: &[Prompt], selections: &[Selection], several: bool) -> Result<Vec<Found>> {
        let outputs = |rank: usize| -> Vec<Output> {
            self.output.iter().map(|o| if several { o.numbered(rank + 1) } else { o.clone() }).collect()
        };
        let all: Vec<Output> = (0..selections.len()).flat_map(outputs).collect();
        output::check(&all, &self.picture, self.force, self.json)?;
        let mut found = Vec::new();
        for (rank, selection) in selections.iter().enumerate() {
            output::write(&outputs(rank), image, prompts, &selection.mask, &self.select.form.form()?, |_| self.force)?;
            found.push(Found::new(selection, outputs(rank)));
        }
        Ok(found)
    }

    /// The report for people.
    fn tell(&self, model: &Model, found: &[Found], timings: &Timings, several: bool) {
        let tell = |line: String| output::tell(&self.output, line);
        for (rank, found) in found.iter().enumerate() {
            let number = if several { format!("{}. ", rank + 1) } else { String::new() };
            tell(match found.bounds {
                None => format!("{number}{}: nothing selected", self.picture.display()),
                Some([x0, y0, x1, y1]) => format!(
                    "{number}{}: {} x {} pixels at {x0},{y0}, {:.1} % of the picture, score {:.2}",
                    self.picture.display(),
                    x1 - x0,
                    y1 - y0,
                    found.share * 100.0,
                    found.score
                ),
            });
            for output in &found.files {
                tell(format!("  {output}"));
            }
        }
        let info = model.info();
        let click = timings.analyse + timings.prepare + timings.network + timings.render + timings.edge;
        let place = info.provider.map_or(String::new(), |provider| format!(" on {provider}"));
        tell(format!("  {}{place}: {click:.0} ms of {:.0} ms in total", info.name, timings.total));
        if !info.provider_note.is_empty() && self.select.stand_in(model).is_none() {
            tell(format!("  {}", info.provider_note));
        }
    }
}
