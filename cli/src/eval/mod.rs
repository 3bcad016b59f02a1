//! `deepcrop eval`: how good models are on pictures whose objects are known.

mod anywhere;
mod boxes;
mod clicks;
mod count;
mod proposals;
mod questions;
mod subject;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use deepcrop::types::DiskCache;
use deepcrop::{ErrorKind, Model, Result};
use serde::Serialize;

use crate::args::{EngineArgs, MODEL_HELP, StepArgs};
use crate::batch::progress_bar;
use crate::dataset::{self, Scene};
use crate::eval::count::{Count, How};
use crate::files::say;

const HELP: &str = "\
DIR holds images/NAME.jpg (or another kind) and masks/NAME.png: grey, 0 background, 1, 2, 3 … the objects, and 255
(or 65535 in 16 bits) where nobody knows. The first click falls into the middle of the object, each further one into
the middle of the largest error, until the IoU is 90 % or the clicks are spent.

Examples:
  deepcrop eval photos
  deepcrop eval photos --model builtin --model classical --model extractnet --limit 100 --json > table.json
  deepcrop eval photos; deepcrop eval photos --no-guard
      how often a correction harms, with the guard and without: the column `corrections that harm`
  deepcrop eval photos --measure anywhere; deepcrop eval photos --measure boxes
      how much it matters where an object is clicked, and how well a box alone does
  deepcrop eval photos --measure proposals --model deepmask.onnx --model sharpmask.onnx --edges none
      how many of the objects a model lists by itself: average recall of the first 10, 100 and 1000; without
      --edges none each of hundreds of masks is drawn along the picture's edges, which takes seconds
  deepcrop eval photos --measure subject --model extractnet-unet.onnx --model extractnet --min-area 0.1
      how well what stands out is all objects of a picture together, here those of a tenth of it or more

Exit codes: 0 done; 1 something failed or had to be left out; 2 the command line is wrong, or a model lists no objects.";

/// Measure how good a model is on pictures whose objects are known
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Eval {
    /// The folder with images/ and masks/
    folder: PathBuf,
    /// What is asked of the models
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Measure::Clicks)]
    measure: Measure,
    /// Only the pictures named in this file, one a line
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// At most so many clicks an object; 20 if you do not say
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    clicks: Option<u16>,
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

/// What a model is asked for.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum Measure {
    /// Each object, with as many clicks as it takes
    Clicks,
    /// Each object, by ten single clicks anywhere on it
    Anywhere,
    /// Each object, by the box round it
    Boxes,
    /// A list of all objects
    Proposals,
    /// What stands out, without a click
    Subject,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<F> {
    folder: PathBuf,
    /// Clicks if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    measure: Option<Measure>,
    pictures: usize,
    left_out: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    clicks: Option<u16>,
    min_area: f64,
    models: Vec<Row<F>>,
}

/// How good a model is.
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
                Err(ErrorKind::Argument
                    .error("--clicks says how often --measure clicks may click; leave one of them out"))
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
        let load = |name: &String| Ok((name.clone(), self.engine.load(Some(name), DiskCache::Off)?, C::default()));
        let mut counts = self.model.iter().map(load).collect::<Result<Vec<_>>>()?;
        let bar = progress_bar(entries.len());
        let (mut left_out, mut nothing) = (0, true);
        for entry in &entries {
            let counted = Scene::read(entry, self.min_area).and_then(|scene| {
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
                // A model that is not of that kind will not be so on the next picture.
                Err(error) if error.kind() == ErrorKind::Argument => return Err(error),
                Err(error) => {
                    left_out += 1;
                    bar.suspend(|| eprintln!("deepcrop: {} left out: {error}", entry.image.display()));
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        if nothing {
            return Err(ErrorKind::File.error(format!(
                "{} has no object that covers {} % of its picture; pass a smaller --min-area, and number objects from 1 (the \
                 highest number means unknown)",
                self.folder.display(),
                self.min_area * 100.0
            )));
        }
        let row = |(model, loaded, count): (String, Model, C)| {
            let info = loaded.info();
            Row { model, engine: info.name.clone(), provider: info.provider.clone(), figures: count.figures(&how) }
        };
        let models: Vec<Row<C::Figures>> = counts.into_iter().map(row).collect();
        if self.json {
            let Eval { folder, measure, min_area, .. } = self;
            let (measure, clicks) = match measure {
                Measure::Clicks => (None, Some(how.clicks)),
                other => (Some(other), None),
            };
            let report = Report { folder, measure, pictures: entries.len(), left_out, clicks, min_area, models };
            say(serde_json::to_string_pretty(&report).expect("plain data"));
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
