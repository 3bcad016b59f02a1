//! `deepcrop cache`: shows or clears the encoder output that is kept on disk.

use std::process::ExitCode;

use clap::Args;
use deepcrop::internals::network::cache::disk::{Disk, Usage, megabytes, summary};
use deepcrop::types::DiskCache;
use deepcrop::{ErrorKind, Result};

use crate::files::say;

const HELP: &str = "\
Networks with an encoder, such as SAM, first compute data from the picture,
which takes most of the time. The cache keeps this encoder output on disk, so
that the same picture opens at once the next time.

Environment variables:
  DEEPCROP_CACHE       the folder of the cache, or `off`
  DEEPCROP_CACHE_SIZE  the size limit in MiB [default: 2048]

Examples:
  Show where the cache is and how large it is:
      deepcrop cache

  Clear it:
      deepcrop cache --clear

Exit codes: 0 success; 1 some files could not be removed; 2 wrong command line";

/// Show or clear the cache, which lets pictures open faster
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Cache {
    /// Remove everything from the cache
    #[arg(long)]
    clear: bool,
}

impl Cache {
    pub fn run(self) -> Result<ExitCode> {
        if let (true, Some(disk)) = (self.clear, Disk::open(&DiskCache::Default)?) {
            let Usage { entries, bytes } = disk.clear();
            let unit = if entries == 1 { "entry" } else { "entries" };
            say(format!("removed: {entries} {unit}, {}", megabytes(bytes)));
            if disk.usage().entries > 0 {
                return Err(ErrorKind::File.error(format!(
                    "some files in {} could not be removed; check the folder's permissions",
                    disk.folder().display()
                )));
            }
        }
        say(summary());
        Ok(ExitCode::SUCCESS)
    }
}
