//! The command line. `deepcrop --help` describes it.

mod args;
mod batch;
mod bench;
mod cache;
mod dataset;
mod doctor;
mod eval;
mod files;
mod json;
mod mask;
mod metrics;
mod models;
mod objects;
mod output;
mod overlay;
mod pictures;
mod prompts;
mod segment;
mod single_picture;
mod subject;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use deepcrop::ErrorKind;
use deepcrop::types::LogSink;

const EXAMPLES: &str = "\
Points are X,Y in pixels, counted from the top left corner of the picture as
you see it: a camera's rotation is applied first.

Examples:
  Cut out the object at 640, 400:
      deepcrop segment cup.jpg --at 640,400 -o cutout:cup.png

  Leave out what lies at 700, 300, and write the outline:
      deepcrop segment cup.jpg --at 640,400 --not 700,300 -o cup.svg

  Select the object in a box, and draw the selection over the picture:
      deepcrop segment cup.jpg --box 500,300,800,600 -o cup-overlay.png

  Cut out the main object, without a click:
      deepcrop subject cup.jpg -o cutout:cup.png

  List every object that a network finds:
      deepcrop objects street.jpg --model yolov8n-seg.onnx

  Grow a mask by 2 pixels, then soften its edge:
      deepcrop mask cup.png --grow 2 --feather 1 -o softer.png

  Select objects in many pictures; the same command resumes after a stop:
      deepcrop batch list.jsonl --out masks

  Compare the accuracy of two models:
      deepcrop eval photos --model builtin --model classical

  List the networks that can be installed:
      deepcrop models list

  Print a report to paste into a bug report:
      deepcrop doctor

`deepcrop COMMAND --help` describes the options of a command.

Exit codes: 0 success; 1 failure; 2 wrong command line or prompt";

/// Click an object in a picture and get its outline, mask or cut-out
#[derive(Parser)]
#[command(name = "deepcrop", version, after_help = EXAMPLES, arg_required_else_help = true)]
struct Cli {
    /// Print what was chosen and why, on standard error
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
        deepcrop::set_log(Some(LogSink::new(|level, message| files::complain(format!("{level:?}: {message}")))));
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
        files::complain(format!("deepcrop: {error}"));
        match error.kind() {
            ErrorKind::Argument | ErrorKind::Prompt => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    })
}
