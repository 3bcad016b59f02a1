//! `deepcrop models`: networks that are installed under a name.

mod catalogue;
mod download;
mod http;
mod import;
mod inspect;
mod install;
mod list;
mod progress;
mod record;
mod staging;
mod verify;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use deepcrop::internals::network::store::installed;
use deepcrop::{ErrorKind, Result};

use crate::files::say;
use catalogue::Catalogue;
use inspect::Inspect;
use staging::Staging;

const HELP: &str = "\
Examples:
  deepcrop models list                              what there is, what it costs, what is installed
  deepcrop models list sam2.1-small                 all about one: licence, where it comes from, what to take
  deepcrop models install mobilesam                 download, check, install; start again to go on after a stop
  deepcrop models import sam_encoder.onnx sam_decoder.onnx --name sam
                                                    files of your own, under a name
  deepcrop segment cup.jpg --at 640,400 --model mobilesam
                                                    use it

Networks lie in one folder, a folder each: that of the variable DEEPCROP_MODELS, else deepcrop/models where the system
keeps your data (`deepcrop models path` prints it). Proxies are taken from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.

Exit codes: 0 done; 1 something failed or is damaged; 2 the command line is wrong.";

/// List, install, import, verify, inspect and remove networks
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Models {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    List(list::List),
    Install(install::Install),
    Import(import::Import),
    Verify(verify::Verify),
    Inspect(Inspect),
    /// Delete an installed network, and what an install left half-done
    Remove {
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Print the folder of a network, or of all
    Path {
        name: Option<String>,
    },
}

impl Models {
    pub fn run(self) -> Result<ExitCode> {
        match self.task {
            Task::List(task) => task.run()?,
            Task::Install(task) => task.run()?,
            Task::Import(task) => task.run()?,
            Task::Verify(task) => return task.run(),
            Task::Inspect(task) => return task.run(),
            Task::Remove { names } => names.iter().try_for_each(|name| remove(name))?,
            Task::Path { name: None } => say(installed::root()?.display()),
            Task::Path { name: Some(name) } => say(installed::folder(&name)?.display()),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn remove(name: &str) -> Result<()> {
    installed::check_name(name)?;
    if !Staging::begun(name)? {
        installed::folder(name)?;
    }
    Staging::open(name)?.remove()?;
    say(format!("{name} is removed"));
    Ok(())
}

/// Says how to get a network that is asked for by name, known, and not installed.
pub fn offer(name: &str) -> Result<()> {
    let Ok(catalogue) = Catalogue::ours() else { return Ok(()) };
    match catalogue.network.iter().find(|entry| entry.name == name) {
        Some(entry) if installed::folder(name).is_err() => Err(ErrorKind::File.error(if entry.files.is_empty() {
            format!("`{name}` is not installed; `deepcrop models list {name}` tells where to get its files")
        } else {
            format!("`{name}` is not installed; `deepcrop models install {name}` gets it ({})", entry.size())
        })),
        _ => Ok(()),
    }
}
