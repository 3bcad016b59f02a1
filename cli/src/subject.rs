//! `deepcrop subject`: one picture, and what stands out in it.

use std::process::ExitCode;

use clap::Args;
use deepcrop::Result;

use crate::single_picture::{OnePicture, Wanted};

const EXAMPLES: &str = "\
Examples:
  deepcrop subject cup.jpg -o cutout:cup-alone.png
      the cup alone on transparency, without a click
  deepcrop subject cup.jpg --model birefnet.onnx -o cutout:cup-alone.png
      the same by a network that is made for it: U²-Net, IS-Net, BiRefNet, YOLO-seg …
  deepcrop subject cup.jpg --model extractnet --json
      by colours alone

Exit codes: 0 done, also if nothing stands out; 1 something failed; 2 the command line is wrong.";

/// Select what stands out in one picture, without a click
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Subject {
    #[command(flatten)]
    one: OnePicture,
}

impl Subject {
    pub fn run(self) -> Result<ExitCode> {
        self.one.run(&Wanted::Subject)
    }
}
