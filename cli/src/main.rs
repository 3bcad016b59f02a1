//! The command line: `deepcrop --help` tells what it does.

mod args;
mod batch;
mod bench;
mod cache;
mod dataset;
mod doctor;
mod eval;
mod files;
mod mask;
mod metrics;
mod models;
mod objects;
mod output;
mod overlay;
mod prompts;
mod segment;
mod single_picture;
mod subject;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use deepcrop::ErrorKind;

const EXAMPLES: &str = "\
Examples:
  deepcrop segment cup.jpg --at 640,400 -o cutout:cup.png     cut out what lies at a point
  deepcrop segment cup.jpg --at 640,400 --not 700,300 -o cup.svg
                                                              its outline, without what lies at another
  deepcrop segment cup.jpg --box 500,300,800,600 -o cup-overlay.png
                                                              see what was found
  deepcrop subject cup.jpg -o cutout:cup.png                  without a click: what stands out
  deepcrop objects street.jpg --model yolov8n-seg.onnx        all objects that a network finds by itself
  deepcrop mask cup.png --grow 2 --feather 1 -o softer.png    grow, shrink, feather, smooth, add, subtract …
  deepcrop batch list.jsonl --out masks                       many pictures; start again to go on
  deepcrop eval photos --model builtin --model classical      how good, next to how good
  deepcrop models list                                        more networks, and how to get them
  deepcrop doctor                                             what to paste into a bug report

Exit codes: 0 done; 1 something failed; 2 the command line or a prompt is wrong.";

/// Click an object in a picture, get its outline.
///
/// Points are picture pixels counted from the top left corner, after the picture was turned upright.
#[derive(Parser)]
#[command(name = "deepcrop", version, after_help = EXAMPLES, arg_required_else_help = true)]
struct Cli {
    /// Say on standard error what is chosen and why
    #[arg(long, short, global = true, display_order = 100)]
    verbose: bool,
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Segment(segment::Segment),
    Subject(subject::Subject),
    Objects(objects::Objects),
    Mask(mask::Mask),
    Batch(batch::Batch),
    Eval(eval::Eval),
    Bench(bench::Bench),
    Cache(cache::Cache),
    Doctor(doctor::Doctor),
    Models(models::Models),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.verbose {
        deepcrop::internals::base::log::set_sink(Some(Arc::new(|level, message| eprintln!("{level:?}: {message}"))));
    }
    let done = match cli.task {
        Task::Segment(task) => task.run(),
        Task::Subject(task) => task.run(),
        Task::Objects(task) => task.run(),
        Task::Mask(task) => task.run(),
        Task::Batch(task) => task.run(),
        Task::Eval(task) => task.run(),
        Task::Bench(task) => task.run(),
        Task::Cache(task) => task.run(),
        Task::Doctor(task) => task.run(),
        Task::Models(task) => task.run(),
    };
    done.unwrap_or_else(|error| {
        eprintln!("deepcrop: {error}");
        match error.kind() {
            ErrorKind::Argument | ErrorKind::Prompt => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    })
}
