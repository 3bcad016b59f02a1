//! `deepcrop subject`: the main object of one picture.

use std::process::ExitCode;

use clap::Args;
use deepcrop::Result;

use crate::output::OUTPUT_FILES;
use crate::single_picture::{SinglePicture, Wanted};

const EXAMPLES: &str = "\
Examples:
  Cut out the main object:
      deepcrop subject cup.jpg -o cutout:cup-alone.png

  Use a network made for that (U²-Net, IS-Net, BiRefNet, YOLO-seg …):
      deepcrop subject cup.jpg --model birefnet.onnx -o cutout:cup-alone.png

  Find it by colours alone, and print the report as JSON:
      deepcrop subject cup.jpg --model extractnet --json

Exit codes: 0 success, also if nothing was found; 1 failure; 2 wrong command
line";

/// Select the main object of a picture, without a click
#[derive(Args)]
#[command(after_help = format!("{OUTPUT_FILES}\n\n{EXAMPLES}"))]
pub struct Subject {
    #[command(flatten)]
    one: SinglePicture,
}

impl Subject {
    pub fn run(self) -> Result<ExitCode> {
        self.one.run(&Wanted::Subject)
    }
}
