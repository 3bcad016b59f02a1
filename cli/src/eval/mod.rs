//! `deepcrop eval`: measures models on pictures whose objects are known.

mod anywhere;
mod boxes;
mod clicks;
mod count;
mod proposals;
mod questions;
mod subject;
mod table;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use deepcrop::types::DiskCache;
use deepcrop::{ErrorKind, Model, Result};
use serde::Serialize;

use crate::args::{EngineArgs, MODEL_HELP, StepArgs, cores};
use crate::batch::progress_bar;
use crate::dataset::{self, Scene};
use crate::eval::count::{Count, How};
use crate::files::{complain, say};
use crate::json;
use crate::pictures::ReadArgs;

const HELP: &str = "\
FOLDER holds pictures as images/NAME.jpg (or another format) and the true
objects as masks/NAME.png. That is a grey PNG: 0 is background, 1, 2, 3 … are
the objects, and 255 (65535 with 16 bits) is unknown.

Measures:
  clicks     each object, with as many clicks as it needs. The first click is in
             the middle of the object, each further click in the middle of the
             largest error, until the IoU is 90 % or --clicks is reached
  anywhere   each object, with ten single clicks anywhere on it
  boxes      each object, with the smallest box around it
  proposals  a list of all objects: average recall of its first 10, 100 and 1000
  subject    the main object, compared with all objects of the picture together

Examples:
  Measure the built-in network:
      deepcrop eval photos

  Compare models on 100 pictures, and write the figures as JSON:
      deepcrop eval photos --model builtin --model classical --limit 100 --json

  See how many corrections harm with and without the guard:
      deepcrop eval photos; deepcrop eval photos --no-guard

  See how much the place of a click matters:
      deepcrop eval photos --measure anywhere

  Measure a network that lists objects. Without --edges none, the edges of
  hundreds of masks are fitted, which takes seconds:
      deepcrop eval photos --measure proposals --model sharpmask/ --edges none

  Measure the subject against objects of at least a tenth of the picture:
      deepcrop eval photos --measure subject --model extractnet --min-area 0.1

Exit codes: 0 success; 1 something failed or was left out; 2 wrong command line,
or the model cannot list objects";

/// Measure the accuracy of models on pictures with known objects
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Eval {
    /// The folder with images/ and masks/
    folder: PathBuf,
    /// What to measure: clicks, anywhere, boxes, proposals or
    /// subject (see "Measures" below)
    #[arg(
        long,
        value_enum,
        verbatim_doc_comment,
        hide_possible_values = true,
        value_name = "WHAT",
        default_value_t = Measure::Clicks
    )]
    measure: Measure,
    /// Use only the pictures named in this file, one per line
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// The most clicks for one object [default: 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    clicks: Option<u16>,
    /// The most pictures to use, spread evenly over all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Leave out objects that cover less than this share of
    /// the picture
    #[arg(long, verbatim_doc_comment, value_name = "SHARE", default_value_t = 0.01)]
    min_area: f64,
    /// Print the figures as one JSON object (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    steps: StepArgs,
    #[arg(long, value_name = "MODEL", help = format!("{MODEL_HELP}.\nRepeatable: each gets a row"), help_heading = "Engine", default_value = "builtin")]
    model: Vec<OsString>,
    #[command(flatten)]
    engine: EngineArgs,
}

/// What is measured. HELP describes the values.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum Measure {
    Clicks,
    Anywhere,
    Boxes,
    Proposals,
    Subject,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<F> {
    #[serde(serialize_with = "json::path::serialize")]
    folder: PathBuf,
    measure: Measure,
    pictures: usize,
    left_out: usize,
    /// Only for the measure clicks.
    #[serde(skip_serializing_if = "Option::is_none")]
    clicks: Option<u16>,
    min_area: f64,
    models: Vec<Row<F>>,
}

/// The figures of one model.
#[derive(Serialize)]
struct Row<F> {
    model: String,
    engine: String,
    provider: String,
    #[serde(flatten)]
    figures: F,
}

impl Eval {
    pub fn run(self) -> Result<ExitCode> {
        match self.measure {
            Measure::Clicks => self.count::<clicks::Clicks>(),
            _ if self.clicks.is_some() => {
                Err(ErrorKind::Argument.error("--clicks works only with --measure clicks; leave one of them out"))
            }
            Measure::Anywhere => self.count::<anywhere::Anywhere>(),
            Measure::Boxes => self.count::<boxes::Boxes>(),
            Measure::Proposals => self.count::<proposals::Proposals>(),
            Measure::Subject => self.count::<subject::Subject>(),
        }
    }

    fn count<C: Count>(self) -> Result<ExitCode> {
        let how = How { clicks: self.clicks.unwrap_or(20), options: self.steps.options() };
        let limit = self.limit.map(|limit| limit as usize);
        let entries = dataset::entries(&self.folder, self.list.as_deref(), limit)?;
        let load = |name: &OsString| {
            Ok((
                name.to_string_lossy().into_owned(),
                self.engine.load(Some(name), DiskCache::Off, cores())?,
                C::default(),
            ))
        };
        let mut counts = self.model.iter().map(load).collect::<Result<Vec<_>>>()?;
        let bar = progress_bar(entries.len());
        let (mut left_out, mut nothing) = (0, true);
        for entry in &entries {
            let counted = Scene::read(entry, self.min_area, self.read).and_then(|scene| {
                if scene.objects.is_empty() {
                    return Ok(());
                }
                counts.iter_mut().try_for_each(|(name, model, count)| {
                    count.add(model, &scene, &how).map_err(|error| match error.kind() {
                        ErrorKind::Argument => error.reworded(|why| format!("{name}: {why}")),
                        _ => error,
                    })?;
                    nothing = false;
                    Ok(())
                })
            });
            match counted {
                Ok(()) => {}
                // A model that cannot do this will not do it on the next picture either.
                Err(error) if error.kind() == ErrorKind::Argument => return Err(error),
                Err(error) => {
                    left_out += 1;
                    bar.suspend(|| complain(format!("deepcrop: {} left out: {error}", entry.image.display())));
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        if nothing {
            return Err(ErrorKind::File.error(format!(
                "{} has no object that covers {} % of its picture; pass a smaller --min-area, and check that objects are \
                 numbered from 1 (the highest number means unknown)",
                self.folder.display(),
                self.min_area * 100.0
            )));
        }
        let row = |(model, loaded, count): (String, Model, C)| {
            let info = loaded.info();
            Row {
                model,
                engine: info.name.clone(),
                provider: info.provider_name().into(),
                figures: count.figures(&how),
            }
        };
        let models: Vec<Row<C::Figures>> = counts.into_iter().map(row).collect();
        if self.json {
            let Eval { folder, measure, min_area, .. } = self;
            let clicks = (measure == Measure::Clicks).then_some(how.clicks);
            let report = Report { folder, measure, pictures: entries.len(), left_out, clicks, min_area, models };
            say(json::lines(&report));
        } else {
            let titles = ["model", "provider"].iter().chain(C::TITLES).map(|title| title.to_string()).collect();
            let cells = |row: &Row<C::Figures>| {
                [row.model.clone(), row.provider.clone()].into_iter().chain(C::cells(&row.figures)).collect()
            };
            let mut lines = table::aligned(&[titles].into_iter().chain(models.iter().map(cells)).collect::<Vec<_>>());
            lines.push(C::NOTE.into());
            say(lines.join("\n"));
        }
        Ok(if left_out == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
