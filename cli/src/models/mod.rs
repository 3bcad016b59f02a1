//! `deepcrop models`: lists, installs and checks networks.

mod catalogue;
mod download;
mod http;
mod import;
mod inspect;
mod install;
mod list;
mod progress;
mod verify;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use deepcrop::internals::network::store::installed;
use deepcrop::{ErrorKind, Result, models};

use crate::files::say;
use catalogue::Catalogue;
use inspect::Inspect;

const HELP: &str = "\
Examples:
  List known networks with licence, size, speed and accuracy:
      deepcrop models list

  Show everything about one network:
      deepcrop models list sam2.1-small

  Download and install a network; the same command resumes after a stop:
      deepcrop models install mobilesam

  Install files of your own under a name:
      deepcrop models import sam_encoder.onnx sam_decoder.onnx --name sam

  Use an installed network:
      deepcrop segment cup.jpg --at 640,400 --model mobilesam

Environment variables:
  DEEPCROP_MODELS  the folder of installed networks [default: deepcrop/models in
                   the system's folder for user data]
  DEEPCROP_MIRROR  a mirror for downloads; see `deepcrop models install --help`
  HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY
                   the proxies for downloads

Exit codes: 0 success; 1 failure or damaged files; 2 wrong command line";

/// List, install, check and remove networks
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
    /// Remove installed networks and unfinished downloads
    Remove {
        /// The networks to remove
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Print the folder of a network, or of all networks
    Path {
        /// The network [default: the folder of all networks]
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
    say(match models::remove(name)? {
        0 => format!("{name} is removed"),
        1 => format!("{name} is removed; its folder keeps a file that deepcrop did not install"),
        others => format!("{name} is removed; its folder keeps {others} files that deepcrop did not install"),
    });
    Ok(())
}

/// If the network of this name is in the catalogue but not installed, says how to get it.
pub fn offer(name: &str) -> Result<()> {
    let Ok(catalogue) = Catalogue::ours() else { return Ok(()) };
    match catalogue.network.iter().find(|entry| entry.name == name) {
        Some(entry) if installed::folder(name).is_err() => Err(ErrorKind::File.error(if entry.files.is_empty() {
            format!("`{name}` is not installed; `deepcrop models list {name}` says where to get its files")
        } else {
            format!("`{name}` is not installed; `deepcrop models install {name}` downloads it ({})", entry.size())
        })),
        _ => Ok(()),
    }
}
