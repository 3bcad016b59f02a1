//! Prompts, as the command line and a batch list write them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use deepcrop::types::Rect;
use deepcrop::{Point, Prompt, Result};
use serde::Deserialize;

use crate::json;
use crate::pictures::ReadArgs;

/// One prompt as the user wrote it: `--at 3,4`, or `{"at": [3, 4]}` in a batch list.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    At([f64; 2]),
    Not([f64; 2]),
    Box([f64; 4]),
    Lasso(Vec<[f64; 2]>),
    Scribble(Vec<[f64; 2]>),
    ScribbleNot(Vec<[f64; 2]>),
    Mask(#[serde(deserialize_with = "json::path::deserialize")] PathBuf),
}

impl Ask {
    /// The library's prompt. A mask is read from its file; a relative path starts at `folder`.
    pub fn to_prompt(&self, folder: &Path, read: ReadArgs) -> Result<Prompt> {
        let point = |&[x, y]: &[f64; 2]| Point::new(x, y);
        let line = |points: &[[f64; 2]]| points.iter().map(point).collect();
        Ok(match self {
            Ask::At(at) => Prompt::Include(point(at)),
            Ask::Not(at) => Prompt::Exclude(point(at)),
            Ask::Box([x0, y0, x1, y1]) => Prompt::Box(Rect::new(*x0, *y0, *x1, *y1)),
            Ask::Lasso(points) => Prompt::Lasso(line(points)),
            Ask::Scribble(points) => Prompt::Scribble(line(points)),
            Ask::ScribbleNot(points) => Prompt::ScribbleOut(line(points)),
            Ask::Mask(path) => Prompt::Mask(Arc::new(read.mask(&folder.join(path))?)),
        })
    }
}

/// All prompts of a command line, in the order given.
#[derive(Debug, Clone, Default)]
pub struct PromptList(pub Vec<Ask>);

type Parse = fn(&OsStr) -> std::result::Result<Ask, String>;

/// Name, value name and help of each option, and the function that reads its value.
const KINDS: [(&str, &str, &str, Parse); 7] = [
    ("at", "X,Y", "A point on the object", |text| Ok(Ask::At(numbers(text)?))),
    ("not", "X,Y", "A point that is not on the object", |text| Ok(Ask::Not(numbers(text)?))),
    ("box", "X0,Y0,X1,Y1", "A box around the object", |text| Ok(Ask::Box(numbers(text)?))),
    ("lasso", "X,Y,X,Y,…", "A closed line around the object", |text| Ok(Ask::Lasso(points(text)?))),
    ("scribble", "X,Y,X,Y,…", "A stroke over the object", |text| Ok(Ask::Scribble(points(text)?))),
    ("scribble-not", "X,Y,X,Y,…", "A stroke that is not on the object", |text| Ok(Ask::ScribbleNot(points(text)?))),
    ("mask", "FILE", "A mask to start from", |text| Ok(Ask::Mask(text.into()))),
];

impl Args for PromptList {
    fn augment_args(command: Command) -> Command {
        KINDS.into_iter().fold(command, |command, (name, value, help, parse)| {
            let arg = Arg::new(name)
                .long(name)
                .value_name(value)
                .help(help)
                .value_parser(OsStringValueParser::new().try_map(move |text| parse(&text)));
            // `-5,20` is a value, not an option: the library's error about it is the better one.
            command.arg(
                arg.action(ArgAction::Append)
                    .allow_hyphen_values(true)
                    .help_heading("Prompts, applied in the order given"),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for PromptList {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let mut asks = Vec::new();
        for (name, ..) in KINDS {
            let values = matches.get_many::<Ask>(name).into_iter().flatten().cloned();
            asks.extend(matches.indices_of(name).into_iter().flatten().zip(values));
        }
        asks.sort_by_key(|(index, _)| *index);
        Ok(Self(asks.into_iter().map(|(_, ask)| ask).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn list(text: &OsStr) -> std::result::Result<Vec<f64>, String> {
    let text = text.to_string_lossy();
    let number = |part: &str| part.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    text.split(',')
        .map(|part| number(part).ok_or_else(|| format!("`{part}` is not a number of pixels; write 12 or 12.5")))
        .collect()
}

/// N numbers, separated by commas.
pub fn numbers<const N: usize>(text: &OsStr) -> std::result::Result<[f64; N], String> {
    let numbers = list(text)?;
    let count = numbers.len();
    numbers.try_into().map_err(|_| format!("it takes {N} numbers separated by commas, not {count}"))
}

fn points(text: &OsStr) -> std::result::Result<Vec<[f64; 2]>, String> {
    let numbers = list(text)?;
    let (points, rest) = numbers.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(format!("each point takes two numbers (X,Y,X,Y,…), but there are {} numbers", numbers.len()));
    }
    Ok(points.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_command_line_is_kept_across_options() {
        let command = PromptList::augment_args(Command::new("test"));
        let line = "test --not 1,2 --at 3,4 --box 5,6,7,8 --not -9,10 --lasso 1,1,5,1,5,5 --mask m.png --at 11,12.5";
        let matches = command.try_get_matches_from(line.split(' ')).unwrap();
        let asks = PromptList::from_arg_matches(&matches).unwrap().0;
        let expected = [
            Ask::Not([1.0, 2.0]),
            Ask::At([3.0, 4.0]),
            Ask::Box([5.0, 6.0, 7.0, 8.0]),
            Ask::Not([-9.0, 10.0]),
            Ask::Lasso(vec![[1.0, 1.0], [5.0, 1.0], [5.0, 5.0]]),
            Ask::Mask("m.png".into()),
            Ask::At([11.0, 12.5]),
        ];
        assert_eq!(asks, expected);
    }

    #[test]
    fn bad_coordinates_are_refused_in_a_sentence() {
        for (text, says) in [("1", "takes 2 numbers"), ("a,2", "`a` is not"), ("nan,2", "`nan`"), ("", "``")] {
            assert!(numbers::<2>(text.as_ref()).unwrap_err().contains(says), "{text}");
        }
        assert!(points("1,2,3".as_ref()).unwrap_err().contains("each point takes two"));
    }

    #[test]
    fn a_batch_list_says_the_same() {
        let text = r#"[{"at": [3, 4]}, {"scribble-not": [[1, 2], [3, 4]]}, {"mask": "a b.png"}]"#;
        let asks: Vec<Ask> = serde_json::from_str(text).unwrap();
        let expected =
            [Ask::At([3.0, 4.0]), Ask::ScribbleNot(vec![[1.0, 2.0], [3.0, 4.0]]), Ask::Mask("a b.png".into())];
        assert_eq!(asks, expected);
    }
}
