//! `deepcrop mask`: edits a mask from any program.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use deepcrop::types::{Change, Combine, RefineOptions};
use deepcrop::{Cancel, Edges, ErrorKind, Mask as SoftMask, Point, Result};

use crate::args::FormArgs;
use crate::output::{self, Kind, OUTPUT_FILES, Output};
use crate::pictures::{Photo, ReadArgs};
use crate::prompts::numbers;

const EXAMPLES: &str = "\
With --picture, cut-outs and overlays can be written too.

Examples:
  Fill the holes, smooth the edge, then move it outwards by 1.5 pixels:
      deepcrop mask cup.png --fill-holes all --smooth 2 --grow 1.5 -o new.png

  Subtract another mask, and soften the edge:
      deepcrop mask cup.png --subtract handle.png --feather 3 -o rest.png

  Keep only the connected parts at two points:
      deepcrop mask all.png --keep 640,400 --keep 90,80 -o two.png

  Fit a rough mask to the edges of its picture, up to 12 pixels away:
      deepcrop mask rough.png --picture photo.jpg --refine 12 -o cutout:cup.png

Exit codes: 0 success; 1 failure; 2 wrong command line";

/// Edit a mask: grow, smooth, feather, combine, refine …
#[derive(Args)]
#[command(after_help = format!("{OUTPUT_FILES}\n\n{EXAMPLES}"))]
pub struct Mask {
    /// The mask: bright pixels are selected, or opaque pixels if
    /// the file has transparency
    #[arg(verbatim_doc_comment)]
    mask: PathBuf,
    #[command(flatten)]
    steps: Steps,
    /// Write this file (see "Output files"). Repeatable
    #[arg(short, long = "output", value_name = "[KIND:]FILE", value_parser = Output::parser(), required = true)]
    output: Vec<Output>,
    /// The picture that the mask belongs to
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// How --refine fits the edge to the picture: auto,
    /// hard, smooth or hair
    #[arg(long, verbatim_doc_comment, value_name = "HOW", default_value_t = Edges::Auto)]
    edges: Edges,
    /// Replace files that already exist
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    form: FormArgs,
}

/// One step of the command line.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Change(Change),
    Keep([f64; 2]),
    Combine(Combine, PathBuf),
    Refine(f64),
}

/// All steps of a command line, in the order given.
#[derive(Debug, Clone, Default)]
struct Steps(Vec<Step>);

type Parse = fn(&OsStr) -> std::result::Result<Step, String>;

/// Name, value name and help of each option, and the function that reads its value.
const KINDS: [(&str, &str, &str, Parse); 12] = [
    ("grow", "PIXELS", "Move the edge outwards", |text| pixels(text).map(|n| Step::Change(Change::Grow(n)))),
    ("shrink", "PIXELS", "Move the edge inwards", |text| pixels(text).map(|n| Step::Change(Change::Shrink(n)))),
    ("feather", "PIXELS", "Soften the edge by a Gaussian blur of this standard\ndeviation", |text| {
        pixels(text).map(|n| Step::Change(Change::Feather(n)))
    }),
    ("smooth", "PIXELS", "Round off details finer than this; straight edges\nstay in place", |text| {
        pixels(text).map(|n| Step::Change(Change::Smooth(n)))
    }),
    ("refine", "PIXELS", "Fit the edge to the picture, moving it by at most\nthis distance; needs --picture", |text| {
        pixels(text).map(Step::Refine)
    }),
    ("fill-holes", "AREA", "Fill holes of at most this many pixels, or `all`", |text| {
        let area = if text == "all" { Ok(f64::INFINITY) } else { pixels(text) };
        area.map(|n| Step::Change(Change::FillHoles(n)))
    }),
    ("drop-specks", "AREA", "Remove parts of fewer than this many pixels", |text| {
        pixels(text).map(|n| Step::Change(Change::DropSpecks(n)))
    }),
    ("keep", "X,Y", "Keep only the connected part at this point; several\nin a row keep several parts", |text| {
        Ok(Step::Keep(numbers(text)?))
    }),
    ("invert", "", "Swap selected and not selected", |_| Ok(Step::Change(Change::Invert))),
    ("add", "FILE", "Add another mask", |text| Ok(Step::Combine(Combine::Add, text.into()))),
    ("subtract", "FILE", "Subtract another mask", |text| Ok(Step::Combine(Combine::Subtract, text.into()))),
    ("intersect", "FILE", "Keep only what another mask selects too", |text| {
        Ok(Step::Combine(Combine::Intersect, text.into()))
    }),
];

fn pixels(text: &OsStr) -> std::result::Result<f64, String> {
    let text = text.to_string_lossy();
    // The library has the better error for numbers that are negative or too large.
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| format!("`{text}` is not a number of pixels; write 12 or 12.5"))
}

impl Args for Steps {
    fn augment_args(command: Command) -> Command {
        KINDS.into_iter().fold(command, |command, (name, value, help, parse)| {
            let arg = Arg::new(name)
                .long(name)
                .help(help)
                .value_parser(OsStringValueParser::new().try_map(move |text| parse(&text)))
                .action(ArgAction::Append);
            let arg = match value {
                "" => arg.num_args(0).default_missing_value(""),
                _ => arg.value_name(value).allow_hyphen_values(true),
            };
            command.arg(arg.help_heading("Steps, applied in the order given"))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Steps {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let mut steps = Vec::new();
        for (name, ..) in KINDS {
            let values = matches.get_many::<Step>(name).into_iter().flatten().cloned();
            steps.extend(matches.indices_of(name).into_iter().flatten().zip(values));
        }
        steps.sort_by_key(|(index, _)| *index);
        Ok(Self(steps.into_iter().map(|(_, step)| step).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Steps {
    fn take(&self, mask: &mut SoftMask, photo: &Photo, edges: Edges, read: ReadArgs) -> Result<()> {
        for steps in self.0.chunk_by(|a, b| matches!((a, b), (Step::Keep(_), Step::Keep(_)))) {
            match &steps[0] {
                Step::Change(change) => mask.change(*change)?,
                Step::Combine(how, path) => mask.combine(&read.mask(path)?, *how)?,
                Step::Refine(_) if edges == Edges::None => {
                    return Err(
                        ErrorKind::Argument.error("--refine with --edges none changes nothing; leave one of them out")
                    );
                }
                Step::Refine(reach) => {
                    mask.refine(&photo.view()?, &RefineOptions::new(*reach).edges(edges), &Cancel::new())?
                }
                Step::Keep(_) => {
                    let point = |step: &Step| match *step {
                        Step::Keep([x, y]) => Some(Point::new(x, y)),
                        _ => None,
                    };
                    mask.keep_parts(&steps.iter().filter_map(point).collect::<Vec<_>>())?;
                }
            }
        }
        Ok(())
    }
}

impl Mask {
    pub fn run(self) -> Result<ExitCode> {
        output::check(&self.output, &self.mask, self.force, false)?;
        if let Some(picture) = &self.picture {
            output::check(&self.output, picture, self.force, false)?;
        }
        let mut mask = self.read.mask(&self.mask)?;
        let photo = self.photo(&mask)?;
        self.steps.take(&mut mask, &photo, self.edges, self.read)?;
        output::write(&self.output, &photo, &[], &mask, &self.form.form()?, |_| self.force)?;
        let size = mask.bounds(SoftMask::HALF).map_or("nothing selected".into(), |bounds| {
            format!("{} x {} pixels at {},{}", bounds.x1 - bounds.x0, bounds.y1 - bounds.y0, bounds.x0, bounds.y0)
        });
        output::tell(&self.output, format!("{}: {size}", self.mask.display()));
        for output in &self.output {
            output::tell(&self.output, format!("  {output}"));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The picture, or an empty one if none is needed.
    fn photo(&self, mask: &SoftMask) -> Result<Photo> {
        let Some(path) = &self.picture else {
            let output = self.output.iter().find(|output| matches!(output.kind, Kind::Cutout | Kind::Overlay));
            let refined = self.steps.0.iter().any(|step| matches!(step, Step::Refine(_)));
            let asking = output.map(|output| output.path.display().to_string());
            return match asking.or(refined.then(|| "--refine".into())) {
                Some(asking) => Err(ErrorKind::Argument.error(format!(
                    "{asking} needs the picture that the mask belongs to; pass it with --picture FILE"
                ))),
                None => Ok(Photo::default()),
            };
        };
        let photo = self.read.photo(path)?;
        same_size(&photo, path, mask)?;
        Ok(photo)
    }
}

fn same_size(photo: &Photo, path: &Path, mask: &SoftMask) -> Result<()> {
    let (width, height) = (photo.pixels.width(), photo.pixels.height());
    if (width, height) != (mask.width(), mask.height()) {
        return Err(ErrorKind::Argument.error(format!(
            "the mask is {} x {} pixels, but {} is {width} x {height}; pass the picture that the mask was made for",
            mask.width(),
            mask.height(),
            path.display()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_taken_as_they_stand() {
        let command = Steps::augment_args(Command::new("test"));
        let line = "test --keep 3,4 --invert --grow 2.5 --add a.png --invert --fill-holes all --keep 1,1 --shrink -1";
        let matches = command.try_get_matches_from(line.split(' ')).unwrap();
        let expected = [
            Step::Keep([3.0, 4.0]),
            Step::Change(Change::Invert),
            Step::Change(Change::Grow(2.5)),
            Step::Combine(Combine::Add, "a.png".into()),
            Step::Change(Change::Invert),
            Step::Change(Change::FillHoles(f64::INFINITY)),
            Step::Keep([1.0, 1.0]),
            Step::Change(Change::Shrink(-1.0)),
        ];
        assert_eq!(Steps::from_arg_matches(&matches).unwrap().0, expected);
    }
}
