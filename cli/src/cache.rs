//! `deepcrop cache`: what is kept on disk of pictures that were opened.

use std::process::ExitCode;

use clap::Args;
use deepcrop::internals::network::cache::disk::{Disk, Usage, megabytes, told};
use deepcrop::types::DiskCache;
use deepcrop::{ErrorKind, Result};

use crate::files::say;

const HELP: &str = "\
What a network with an encoder says of a picture is kept, so that the picture opens at once the next time. The environment
variables DEEPCROP_CACHE (a folder of your own, or `off`) and DEEPCROP_CACHE_SIZE (in MiB, 2048 unless set) change that.

Examples:
  deepcrop cache
  deepcrop cache --clear

Exit codes: 0 done; 1 something could not be removed; 2 the command line is wrong.";

/// Tell what is kept on disk of pictures that were opened, or remove it
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Cache {
    /// Remove all of it
    #[arg(long)]
    clear: bool,
}

impl Cache {
    pub fn run(self) -> Result<ExitCode> {
        if let (true, Some(disk)) = (self.clear, Disk::choose(&DiskCache::Usual)) {
            let Usage { entries, bytes } = disk.clear();
            say(format!("removed: {entries} analyses, {}", megabytes(bytes)));
            if disk.usage().entries > 0 {
                return Err(ErrorKind::File.error(format!(
                    "not all could be removed from {}; check its permissions",
                    disk.folder().display()
                )));
            }
        }
        say(told());
        Ok(ExitCode::SUCCESS)
    }
}
