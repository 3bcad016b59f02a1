//! `deepcrop segment`: one picture, one object.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use deepcrop::cancel::Cancel;
use deepcrop::error::{Error, Result};
use deepcrop::model::Model;
use deepcrop::picture::{Picture, Selection};
use deepcrop::prompt::Prompt;
use serde::Serialize;

use crate::args::{CacheArgs, EngineArgs, MODEL_HELP, OutlineArgs, StepArgs, stand_in};
use crate::files::{self, say};
use crate::output::{self, Found, Output};
use crate::prompts::PromptList;

const EXAMPLES: &str = "\
Examples:
  deepcrop segment cup.jpg --at 640,400
      say what lies there, and write nothing
  deepcrop segment cup.jpg --at 640,400 -o cup.png -o cup.svg -o cutout:cup-alone.png
      its mask, its outline and the cup alone on transparency
  deepcrop segment cup.jpg --at 640,400 --not 700,300 -o cup.png --force
      the same click, corrected; replace the earlier mask
  deepcrop segment cup.jpg --at 640,400 --candidates -o cup-overlay.png
      every sensible answer (the handle, the cup, cup and saucer) as cup-overlay-1.png, -2, …
  deepcrop segment cup.jpg --box 500,300,800,600 --json | jq .score
  deepcrop segment cup.jpg --model u2net.onnx -o cutout:cup.png
      no click: the picture's subject, with a model that finds it

Exit codes: 0 done; 1 something failed; 2 the command line or a prompt is wrong.";

/// Select one object of one picture, by clicks or, with a model that finds it, without
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Segment {
    /// PNG, JPEG, WebP, TIFF or BMP
    picture: PathBuf,
    #[command(flatten)]
    prompts: PromptList,
    /// Write the mask (.png), the outline (.svg) or its polygons (.json); cutout:FILE.png, overlay:FILE.png and
    /// coco:FILE.json (run lengths) write those. Repeatable
    #[arg(short, long = "output", value_name = "[KIND:]FILE")]
    output: Vec<Output>,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    /// Show all sensible answers, the best first; files get a number
    #[arg(long)]
    candidates: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[arg(long, value_name = "MODEL", help = MODEL_HELP, help_heading = "Engine")]
    model: Option<String>,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    outlines: OutlineArgs,
    #[command(flatten)]
    steps: StepArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    picture: &'a Path,
    size: [u32; 2],
    engine: &'a str,
    family: &'a str,
    version: &'a str,
    provider: &'a str,
    /// Why not a faster provider, or why not the network.
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

impl Segment {
    pub fn run(self) -> Result<ExitCode> {
        let start = Instant::now();
        if self.prompts.0.is_empty() && self.candidates {
            return Err(Error::Argument(
                "candidates are answers to a click; pass --at X,Y, or leave out --candidates".into(),
            ));
        }
        // How many candidates there will be is not known yet.
        let outputs: Vec<Output> = self
            .output
            .iter()
            .map(|output| if self.candidates { output.numbered(1) } else { output.clone() })
            .collect();
        output::check(&outputs, &self.picture, self.force)?;
        self.outlines.options()?;

        let mut timings = Timings::default();
        let mut lap = Instant::now();
        let mut take = || milliseconds(std::mem::replace(&mut lap, Instant::now()).elapsed());
        let image = files::read_picture(&self.picture)?;
        let view = files::view(&image)?;
        let prompts = self.prompts.0.iter().map(|ask| ask.to_prompt(Path::new("")));
        let prompts = prompts.collect::<Result<Vec<Prompt>>>()?;
        prompts.iter().try_for_each(|prompt| prompt.check(view.width(), view.height()))?;
        timings.read = take();
        let model = self.engine.load(self.model.as_deref(), self.cache.place())?;
        timings.load = take();
        let cancel = Cancel::new();
        let picture = Picture::borrowing(&model, view, &cancel)?;
        timings.analyse = take();
        let options = self.steps.options();
        let selections = if prompts.is_empty() {
            vec![picture.subject(&options, &cancel)?]
        } else if self.candidates {
            picture.candidates(&prompts, &options, &cancel)?
        } else {
            vec![picture.segment(&prompts, &options, &cancel)?]
        };
        take();
        let found = self.write(&image, &prompts, &selections)?;
        timings.write = take();
        timings.total = milliseconds(start.elapsed());
        let [best, ..] = &found[..] else {
            return Err(Error::Internal("no answer came, not even an empty one; please report this".into()));
        };
        let parts = &selections[0].timings;
        timings.prepare = milliseconds(parts.prepare);
        timings.network = milliseconds(parts.network);
        timings.render = milliseconds(parts.render);
        timings.edge = milliseconds(parts.edge);

        if let Some(why) = stand_in(&model, self.model.as_deref()) {
            eprintln!("deepcrop: warning: {why}");
        }
        if !self.json {
            self.tell(&model, &found, &timings);
            return Ok(ExitCode::SUCCESS);
        }
        let info = model.info();
        let report = Report {
            picture: &self.picture,
            size: [view.width(), view.height()],
            engine: &info.name,
            family: &info.family,
            version: &info.version,
            provider: &info.provider,
            why: &info.provider_note,
            runtime: &info.runtime,
            best,
            candidates: self.candidates.then_some(&found),
            timings_ms: timings,
        };
        say(serde_json::to_string(&report).expect("plain data"));
        Ok(ExitCode::SUCCESS)
    }

    /// Writes each selection in all the ways asked for.
    fn write(&self, image: &image::DynamicImage, prompts: &[Prompt], selections: &[Selection]) -> Result<Vec<Found>> {
        let outputs = |rank: usize| -> Vec<Output> {
            self.output.iter().map(|o| if self.candidates { o.numbered(rank + 1) } else { o.clone() }).collect()
        };
        let all: Vec<Output> = (0..selections.len()).flat_map(outputs).collect();
        output::check(&all, &self.picture, self.force)?;
        let mut found = Vec::new();
        for (rank, selection) in selections.iter().enumerate() {
            output::write(&outputs(rank), image, prompts, &selection.mask, &self.outlines.options()?, self.force)?;
            found.push(Found::new(selection, outputs(rank)));
        }
        Ok(found)
    }

    /// The same for a person.
    fn tell(&self, model: &Model, found: &[Found], timings: &Timings) {
        for (rank, found) in found.iter().enumerate() {
            let number = if self.candidates { format!("{}. ", rank + 1) } else { String::new() };
            say(match found.bounds {
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
            for Output { kind, path } in &found.files {
                say(format!("  {} -> {}", format!("{kind:?}").to_lowercase(), path.display()));
            }
        }
        let info = model.info();
        let click = timings.analyse + timings.prepare + timings.network + timings.render + timings.edge;
        let place = if info.provider == "none" { String::new() } else { format!(" on {}", info.provider) };
        say(format!("  {}{place} took {click:.0} ms of {:.0} ms in all", info.name, timings.total));
        if !info.provider_note.is_empty() && stand_in(model, self.model.as_deref()).is_none() {
            say(format!("  {}", info.provider_note));
        }
    }
}
