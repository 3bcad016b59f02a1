//! `deepcrop objects`: every object of one picture.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use deepcrop::types::{DiskCache, Object};
use deepcrop::{Cancel, Picture, Result};
use serde::Serialize;

use crate::args::{EngineArgs, FormArgs, StepArgs, cores};
use crate::files::say;
use crate::json;
use crate::output::{self, Found, OUTPUT_FILES, Output};
use crate::pictures::ReadArgs;

const EXAMPLES: &str = "\
Every file gets the number of its object: -o cutout:cup.png writes cup-1.png,
cup-2.png and so on.

Examples:
  List the objects and their places:
      deepcrop objects street.jpg --model yolov8n-seg.onnx

  Write each object alone on transparency, as one-1.png, one-2.png and so on:
      deepcrop objects street.jpg --model FastSAM-s.onnx -o cutout:one.png

  Print the boxes of all persons:
      deepcrop objects street.jpg --model mask_rcnn/ --json |
          jq '.objects[] | select(.name == \"person\") | .box'

Exit codes: 0 success; 1 failure; 2 wrong command line, or the model cannot list
objects";

/// List every object in a picture, with a network that finds them
#[derive(Args)]
#[command(after_help = format!("{OUTPUT_FILES}\n\n{EXAMPLES}"))]
pub struct Objects {
    /// The picture: PNG, JPEG, WebP, TIFF, BMP or GIF; - reads
    /// standard input
    #[arg(verbatim_doc_comment)]
    picture: PathBuf,
    /// Write this file for each object (see "Output
    /// files"). Repeatable
    #[arg(verbatim_doc_comment, short, long = "output", value_name = "[KIND:]FILE", value_parser = Output::parser())]
    output: Vec<Output>,
    /// Replace files that already exist
    #[arg(long)]
    force: bool,
    /// Print the report as one JSON object (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    steps: StepArgs,
    #[command(flatten)]
    form: FormArgs,
    /// A network that finds objects (YOLO-seg, FastSAM,
    /// Mask R-CNN …): its path or its installed name
    #[arg(long, verbatim_doc_comment, value_name = "MODEL", help_heading = "Engine")]
    model: OsString,
    #[command(flatten)]
    engine: EngineArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(serialize_with = "json::path::serialize")]
    picture: &'a Path,
    size: [u32; 2],
    engine: &'a str,
    family: &'a str,
    provider: &'a str,
    objects: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    /// The number of the object's class.
    label: u32,
    /// The name of the class; empty if the network does not say.
    name: String,
    /// Left, top, right and bottom of the box that the model gave.
    drawn: [f64; 4],
    #[serde(flatten)]
    found: Found,
}

impl Objects {
    pub fn run(self) -> Result<ExitCode> {
        // The number of objects is not known yet: the first one stands for all.
        let first: Vec<Output> = self.output.iter().map(|output| output.numbered(1)).collect();
        output::check_several(&self.output, true)?;
        output::check(&first, &self.picture, self.force, self.json)?;
        let form = self.form.form()?;
        let image = self.read.photo(&self.picture)?;
        let view = image.view()?;
        // Networks that list objects run once for a picture: there is nothing to cache.
        let model = self.engine.load(Some(&self.model), DiskCache::Off, cores())?;
        let cancel = Cancel::new();
        let objects = Picture::borrowing(&model, view, &cancel)?.objects(&self.steps.options(), &cancel)?;
        let outputs = |number: usize| -> Vec<Output> { self.output.iter().map(|o| o.numbered(number)).collect() };
        let all: Vec<Output> = (1..=objects.len()).flat_map(outputs).collect();
        output::check(&all, &self.picture, self.force, self.json)?;
        let mut lines = Vec::new();
        for (number, object) in (1..).zip(objects) {
            let selection = object.selection()?;
            let Object { bounds, label, name, .. } = object;
            output::write(&outputs(number), &image, &[], &selection.mask, &form, |_| self.force)?;
            let drawn = [bounds.x0, bounds.y0, bounds.x1, bounds.y1];
            lines.push(Line { label, name, drawn, found: Found::new(&selection, outputs(number)) });
        }
        if !self.json {
            self.tell(&lines);
            return Ok(ExitCode::SUCCESS);
        }
        let info = model.info();
        let report = Report {
            picture: &self.picture,
            size: [view.width(), view.height()],
            engine: &info.name,
            family: &info.family,
            provider: info.provider_name(),
            objects: lines,
        };
        say(json::line(&report));
        Ok(ExitCode::SUCCESS)
    }

    /// The report for people.
    fn tell(&self, lines: &[Line]) {
        let count = match lines.len() {
            0 => "no objects".into(),
            1 => "1 object".into(),
            many => format!("{many} objects"),
        };
        let tell = |line: String| output::tell(&self.output, line);
        tell(format!("{}: {count}", self.picture.display()));
        for (number, Line { label, name, found, drawn: [x0, y0, x1, y1] }) in (1..).zip(lines) {
            let name = if name.is_empty() { format!("class {label}") } else { name.clone() };
            tell(format!(
                "{number:4}. {name}: {:.0} x {:.0} pixels at {x0:.0},{y0:.0}, {:.1} % of the picture, score {:.2}",
                x1 - x0,
                y1 - y0,
                found.share * 100.0,
                found.score
            ));
            for output in &found.files {
                tell(format!("        {output}"));
            }
        }
    }
}
