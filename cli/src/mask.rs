//! `deepcrop mask`: change a mask, whoever made it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use deepcrop::internals::mask::edge;
use deepcrop::internals::mask::soft::{HALF, Mask as SoftMask};
use deepcrop::types::{Change, Combine};
use deepcrop::{Cancel, Edges, ErrorKind, Point, Result};

use crate::args::FormArgs;
use crate::files::{self, Photo, say};
use crate::output::{self, Kind, Output};
use crate::prompts::numbers;

const EXAMPLES: &str = "\
Examples:
  deepcrop mask cup.png --fill-holes all --smooth 2 --grow 1.5 -o cup-mask.png
      close its holes, round its edge, then make it larger by a pixel and a half
  deepcrop mask cup.png --subtract handle.png --feather 3 -o rest.png
  deepcrop mask all.png --keep 640,400 --keep 90,80 -o two.png
      only the connected parts that hold these points
  deepcrop mask rough.png --picture photo.jpg --refine 12 -o cutout:cup-alone.png
      a rough mask finds the edges of the picture, at most 12 pixels off

Exit codes: 0 done; 1 something failed; 2 the command line is wrong.";

/// Change a mask: steps are taken in the order in which they stand there
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Mask {
    /// The mask: what is bright, or, in a picture with transparency, what is opaque
    mask: PathBuf,
    #[command(flatten)]
    steps: Steps,
    /// Write the mask (.png) or the outline (.svg); with --picture also cutout:FILE.png and overlay:FILE.png. Repeatable
    #[arg(short, long = "output", value_name = "[KIND:]FILE", required = true)]
    output: Vec<Output>,
    /// The picture that the mask belongs to
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// How --refine follows the picture's edges: auto, hard, smooth or hair
    #[arg(long, value_name = "HOW", default_value_t = Edges::Auto)]
    edges: Edges,
    #[command(flatten)]
    form: FormArgs,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

/// One step as written.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Change(Change),
    Keep([f64; 2]),
    Combine(Combine, PathBuf),
    Refine(f64),
}

/// All steps of a command line, in their order.
#[derive(Debug, Clone, Default)]
struct Steps(Vec<Step>);

type Parse = fn(&str) -> std::result::Result<Step, String>;

/// Name, value and help of each option, and how its value is read.
const KINDS: [(&str, &str, &str, Parse); 12] = [
    ("grow", "PIXELS", "Move the edge outwards", |text| pixels(text).map(|n| Step::Change(Change::Grow(n)))),
    ("shrink", "PIXELS", "Move the edge inwards", |text| pixels(text).map(|n| Step::Change(Change::Shrink(n)))),
    ("feather", "PIXELS", "Make the edge softer (the standard deviation of a Gaussian)", |text| {
        pixels(text).map(|n| Step::Change(Change::Feather(n)))
    }),
    ("smooth", "PIXELS", "Round off what is finer than that, and leave straight edges in place", |text| {
        pixels(text).map(|n| Step::Change(Change::Smooth(n)))
    }),
    ("refine", "PIXELS", "Follow the picture's edges, which lie at most so far off; needs --picture", |text| {
        pixels(text).map(Step::Refine)
    }),
    ("fill-holes", "AREA", "Select holes of at most so many pixels, or `all`", |text| {
        let area = if text == "all" { Ok(f64::INFINITY) } else { pixels(text) };
        area.map(|n| Step::Change(Change::FillHoles(n)))
    }),
    ("drop-specks", "AREA", "Deselect parts of fewer pixels", |text| {
        pixels(text).map(|n| Step::Change(Change::DropSpecks(n)))
    }),
    ("keep", "X,Y", "Keep only the part there; several in a row keep several", |text| Ok(Step::Keep(numbers(text)?))),
    ("invert", "", "Select what is not selected", |_| Ok(Step::Change(Change::Invert))),
    ("add", "FILE", "Add another mask", |text| Ok(Step::Combine(Combine::Add, text.into()))),
    ("subtract", "FILE", "Take another mask away", |text| Ok(Step::Combine(Combine::Subtract, text.into()))),
    ("intersect", "FILE", "Keep what is in another mask too", |text| {
        Ok(Step::Combine(Combine::Intersect, text.into()))
    }),
];

fn pixels(text: &str) -> std::result::Result<f64, String> {
    // The library has the better sentence about what is below nought or too large.
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| format!("`{text}` is not a number of pixels; write 12 or 12.5"))
}

impl Args for Steps {
    fn augment_args(command: Command) -> Command {
        KINDS.into_iter().fold(command, |command, (name, value, help, parse)| {
            let arg = Arg::new(name).long(name).help(help).value_parser(parse).action(ArgAction::Append);
            let arg = match value {
                "" => arg.num_args(0).default_missing_value(""),
                _ => arg.value_name(value).allow_hyphen_values(true),
            };
            command.arg(arg.help_heading("Steps, taken in their order"))
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
    fn take(&self, mask: &mut SoftMask, photo: &Photo, edges: Edges) -> Result<()> {
        for steps in self.0.chunk_by(|a, b| matches!((a, b), (Step::Keep(_), Step::Keep(_)))) {
            match &steps[0] {
                Step::Change(change) => mask.change(*change)?,
                Step::Combine(how, path) => mask.combine(&files::read_mask(path)?, *how)?,
                Step::Refine(_) if edges == Edges::None => {
                    return Err(ErrorKind::Argument.error("--refine with --edges none changes nothing; leave one out"));
                }
                Step::Refine(reach) => edge::follow(&files::view(&photo.pixels)?, mask, *reach, edges, &Cancel::new())?,
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
        output::check(&self.output, &self.mask, self.force)?;
        if let Some(picture) = &self.picture {
            output::check(&self.output, picture, self.force)?;
        }
        let mut mask = files::read_mask(&self.mask)?;
        let photo = self.photo(&mask)?;
        self.steps.take(&mut mask, &photo, self.edges)?;
        output::write(&self.output, &photo, &[], &mask, &self.form.form()?, self.force)?;
        let size = mask.bounds(HALF).map_or("nothing selected".into(), |bounds| {
            format!("{} x {} pixels at {},{}", bounds.x1 - bounds.x0, bounds.y1 - bounds.y0, bounds.x0, bounds.y0)
        });
        say(format!("{}: {size}", self.mask.display()));
        for Output { kind, path } in &self.output {
            say(format!("  {} -> {}", format!("{kind:?}").to_lowercase(), path.display()));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The picture; where none is needed, nothing in its place.
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
        let photo = files::read_picture(path)?;
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
