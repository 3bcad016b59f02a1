//! `deepcrop segment`: one picture, one object.

use std::process::ExitCode;

use clap::Args;
use deepcrop::{ErrorKind, Result};

use crate::output::OUTPUT_FILES;
use crate::prompts::PromptList;
use crate::single_picture::{SinglePicture, Wanted};

const EXAMPLES: &str = "\
Examples:
  Print what a click selects, and write nothing:
      deepcrop segment cup.jpg --at 640,400

  Write the mask, the outline, and the cup alone on transparency:
      deepcrop segment cup.jpg --at 640,400 \\
          -o cup.png -o cup.svg -o cutout:cup-alone.png

  Correct the click, and replace the earlier mask:
      deepcrop segment cup.jpg --at 640,400 --not 700,300 -o cup.png --force

  Draw each answer (the handle, the cup, the cup with its saucer) over the
  picture, as cup-overlay-1.png, cup-overlay-2.png and so on:
      deepcrop segment cup.jpg --at 640,400 --candidates -o cup-overlay.png

  Print the score alone:
      deepcrop segment cup.jpg --box 500,300,800,600 --json | jq .score

Exit codes: 0 success; 1 failure; 2 wrong command line or prompt";

/// Select an object in a picture with clicks, boxes or strokes
#[derive(Args)]
#[command(after_help = format!("{OUTPUT_FILES}\n\n{EXAMPLES}"))]
pub struct Segment {
    // Before the rest, so that the prompts are the first group of options in the help.
    #[command(flatten)]
    prompts: PromptList,
    /// Give all answers, best first; files get numbers
    #[arg(long, display_order = 50)]
    candidates: bool,
    #[command(flatten)]
    one: SinglePicture,
}

impl Segment {
    pub fn run(self) -> Result<ExitCode> {
        if self.prompts.0.is_empty() {
            return Err(ErrorKind::Argument.error(
                "no prompt says where the object is; pass --at X,Y, or select the main object with `deepcrop subject`",
            ));
        }
        self.one.run(&match self.candidates {
            true => Wanted::Candidates(&self.prompts),
            false => Wanted::Asked(&self.prompts),
        })
    }
}
