//! `deepcrop segment`: one picture, one object.

use std::process::ExitCode;

use clap::Args;
use deepcrop::{ErrorKind, Result};

use crate::prompts::PromptList;
use crate::single_picture::{OnePicture, Wanted};

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

Exit codes: 0 done; 1 something failed; 2 the command line or a prompt is wrong.";

/// Select one object of one picture
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Segment {
    #[command(flatten)]
    one: OnePicture,
    #[command(flatten)]
    prompts: PromptList,
    /// Show all sensible answers, the best first; files get a number
    #[arg(long)]
    candidates: bool,
}

impl Segment {
    pub fn run(self) -> Result<ExitCode> {
        if self.prompts.0.is_empty() {
            return Err(ErrorKind::Argument.error(
                "nothing says where the object is; pass --at X,Y, or take what stands out by `deepcrop subject`",
            ));
        }
        self.one.run(&match self.candidates {
            true => Wanted::Candidates(&self.prompts),
            false => Wanted::Asked(&self.prompts),
        })
    }
}
