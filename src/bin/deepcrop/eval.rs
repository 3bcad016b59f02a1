//! `deepcrop eval`: a simulated person clicks objects whose outlines are known.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use deepcrop::cache::disk::DiskCache;
use deepcrop::cancel::Cancel;
use deepcrop::error::{Error, Result};
use deepcrop::metrics::{Session, Truth, mean, median, share_at_least};
use deepcrop::model::Model;
use deepcrop::picture::Picture;
use serde::Serialize;

use crate::args::{EngineArgs, MODEL_HELP, StepArgs};
use crate::batch::progress_bar;
use crate::dataset::{self, Scene};
use crate::files::{self, say};
use crate::one::milliseconds;

const HELP: &str = "\
DIR holds images/NAME.jpg (or another kind) and masks/NAME.png: grey, 0 background, 1, 2, 3 … the objects, and 255
(or 65535 in 16 bits) where nobody knows. The first click falls into the middle of the object, each further one into
the middle of the largest error, until the IoU is 90 % or the clicks are spent.

Examples:
  deepcrop eval photos
  deepcrop eval photos --model builtin --model classical --model extractnet --limit 100 --json > table.json
  deepcrop eval photos; deepcrop eval photos --no-guard
      how often a correction harms, with the guard and without: the column `corrections that harm`

Exit codes: 0 done; 1 something failed or had to be left out; 2 the command line is wrong.";

/// Measure how good a model is on pictures whose objects are known
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Eval {
    /// The folder with images/ and masks/
    folder: PathBuf,
    /// Only the pictures named in this file, one a line
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// At most so many clicks an object
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    clicks: u16,
    /// At most so many pictures, spread evenly
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Leave out objects that cover less than this share of the picture
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    min_area: f64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[arg(long, value_name = "MODEL", help = format!("{MODEL_HELP}. Repeatable: one row each"), help_heading = "Engine", default_value = "builtin")]
    model: Vec<String>,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    steps: StepArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    folder: PathBuf,
    pictures: usize,
    left_out: usize,
    clicks: u16,
    min_area: f64,
    models: Vec<Row>,
}

/// How good a model is.
#[derive(Serialize)]
struct Row {
    model: String,
    engine: String,
    provider: String,
    objects: usize,
    /// Mean and median IoU after 1, 3 and 5 clicks.
    iou_1: [f64; 2],
    iou_3: [f64; 2],
    iou_5: [f64; 2],
    share_70_after_1: f64,
    clicks_to_85: f64,
    clicks_to_90: f64,
    boundary_iou_1: f64,
    /// Clicks after an object's first.
    corrections: usize,
    /// How many of them lowered the IoU by more than one point.
    worse: usize,
    corrections_worse: f64,
    analyse_ms: f64,
    click_ms: f64,
}

/// What was measured of a model.
struct Tally {
    name: String,
    model: Model,
    sessions: Vec<Session>,
    analyse_ms: Vec<f64>,
    click_ms: Vec<f64>,
}

impl Eval {
    pub fn run(self) -> Result<ExitCode> {
        let limit = self.limit.map(|limit| limit as usize);
        let entries = dataset::entries(&self.folder, self.list.as_deref(), limit)?;
        let load = |name: &String| {
            let model = self.engine.load(Some(name), DiskCache::Off)?;
            Ok(Tally { name: name.clone(), model, sessions: vec![], analyse_ms: vec![], click_ms: vec![] })
        };
        let mut tallies = self.model.iter().map(load).collect::<Result<Vec<_>>>()?;
        let bar = progress_bar(entries.len());
        let mut left_out = 0;
        for entry in &entries {
            let measured = Scene::read(entry, self.min_area)
                .and_then(|scene| tallies.iter_mut().try_for_each(|tally| self.measure(&scene, tally)));
            if let Err(error) = measured {
                left_out += 1;
                bar.suspend(|| eprintln!("deepcrop: {} left out: {error}", entry.image.display()));
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        if tallies.iter().all(|tally| tally.sessions.is_empty()) {
            return Err(Error::File(format!(
                "{} has no object that covers {} % of its picture; pass a smaller --min-area, and number objects from 1 (the \
                 highest number means unknown)",
                self.folder.display(),
                self.min_area * 100.0
            )));
        }
        let models: Vec<Row> = tallies.iter().map(|tally| self.row(tally)).collect();
        if self.json {
            let Eval { folder, clicks, min_area, .. } = self;
            let report = Report { folder, pictures: entries.len(), left_out, clicks, min_area, models };
            say(serde_json::to_string_pretty(&report).expect("plain data"));
        } else {
            say(table(&models));
        }
        Ok(if left_out == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Clicks every object of the scene. A picture that fails half-way counts for nothing.
    fn measure(&self, scene: &Scene, tally: &mut Tally) -> Result<()> {
        if scene.objects.is_empty() {
            return Ok(());
        }
        let (cancel, options) = (Cancel::new(), self.steps.options());
        let start = Instant::now();
        let picture = Picture::new(&tally.model, &files::view(&scene.picture)?, &cancel)?;
        let analyse_ms = milliseconds(start.elapsed());
        let (mut sessions, mut click_ms) = (Vec::new(), Vec::new());
        for &label in &scene.objects {
            let object = scene.mask(label)?;
            let truth = Truth { object: &object, unknown: scene.unknown.as_ref() };
            sessions.push(Session::simulate(truth, usize::from(self.clicks), |prompts| {
                let start = Instant::now();
                let selection = picture.segment(prompts, &options, &cancel)?;
                click_ms.push(milliseconds(start.elapsed()));
                Ok(selection.mask)
            })?);
        }
        tally.analyse_ms.push(analyse_ms);
        tally.sessions.append(&mut sessions);
        tally.click_ms.append(&mut click_ms);
        Ok(())
    }

    fn row(&self, tally: &Tally) -> Row {
        let most = usize::from(self.clicks);
        let each = |value: &dyn Fn(&Session) -> f64| tally.sessions.iter().map(value).collect::<Vec<f64>>();
        let after = |clicks: usize| each(&|session| session.iou_after(clicks));
        let both = |values: &[f64]| [mean(values), median(values)];
        let to = |goal: f64| mean(&each(&|session| session.clicks_to(goal, most) as f64));
        let (all, worse) = tally.sessions.iter().map(Session::corrections).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        Row {
            model: tally.name.clone(),
            engine: tally.model.info().name.clone(),
            provider: tally.model.info().provider.clone(),
            objects: tally.sessions.len(),
            iou_1: both(&after(1)),
            iou_3: both(&after(3)),
            iou_5: both(&after(5)),
            share_70_after_1: share_at_least(&after(1), 0.7),
            clicks_to_85: to(0.85),
            clicks_to_90: to(0.90),
            boundary_iou_1: mean(&each(&|session| session.first_boundary_iou)),
            corrections: all,
            worse,
            corrections_worse: worse as f64 / all.max(1) as f64,
            analyse_ms: median(&tally.analyse_ms),
            click_ms: median(&tally.click_ms),
        }
    }
}

/// The rows for people: IoU in per cent, mean / median.
fn table(rows: &[Row]) -> String {
    let both = |[mean, median]: [f64; 2]| format!("{:.1} / {:.1}", mean * 100.0, median * 100.0);
    let percent = |share: f64| format!("{:.1}", share * 100.0);
    let titles = [
        "model",
        "provider",
        "objects",
        "IoU, 1 click",
        "3 clicks",
        "5 clicks",
        "≥ 70, 1 click",
        "to 85 %",
        "to 90 %",
        "border, 1 click",
        "corrections that harm",
        "ms a click",
    ];
    let mut lines = vec![titles.map(String::from)];
    lines.extend(rows.iter().map(|row| {
        [
            row.model.clone(),
            row.provider.clone(),
            row.objects.to_string(),
            both(row.iou_1),
            both(row.iou_3),
            both(row.iou_5),
            percent(row.share_70_after_1),
            format!("{:.2}", row.clicks_to_85),
            format!("{:.2}", row.clicks_to_90),
            percent(row.boundary_iou_1),
            format!("{} of {} ({} %)", row.worse, row.corrections, percent(row.corrections_worse)),
            format!("{:.1}", row.click_ms),
        ]
    }));
    let widths: Vec<usize> =
        (0..titles.len()).map(|i| lines.iter().map(|line| line[i].chars().count()).max().unwrap_or(0)).collect();
    let aligned = lines.iter().map(|line| {
        let cells = line
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(i, (cell, &width))| if i < 2 { format!("{cell:<width$}") } else { format!("{cell:>width$}") });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_string()
    });
    let note = "IoU is mean / median in per cent. A correction, which is every click after an object's first, harms if it \
                lowers the IoU by more than one point; with --no-guard nothing holds it back.";
    aligned.chain([note.to_string()]).collect::<Vec<_>>().join("\n")
}
