//! `deepcrop models install`: downloads, checks and installs a network of the catalogue.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use deepcrop::internals::network::models::record::{Record, RecordedFile, check};
use deepcrop::internals::network::models::staging::{Staging, not_ours};
use deepcrop::{ErrorKind, Result};

use super::catalogue::{CatalogueArgs, Entry};
use super::download::Downloader;
use super::progress::megabytes;
use crate::files::{self, say};

const HELP: &str = "\
Run the same command again to resume after a stop, or to repair damaged files. A
file is installed only if its SHA-256 is the one in the catalogue.";

/// Download, check and install a network
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Install {
    /// The name that `deepcrop models list` shows
    name: String,
    /// Accept a licence that forbids commercial use
    #[arg(long)]
    accept_licence: bool,
    /// Download from this mirror: it replaces the host of
    /// each address, the path stays [env: DEEPCROP_MIRROR]
    #[arg(long, verbatim_doc_comment, value_name = "URL")]
    mirror: Option<String>,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    /// Give up after this many seconds without data
    #[arg(long, value_name = "SECONDS", default_value_t = 60, hide = true, value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,
}

impl Install {
    pub fn run(self) -> Result<()> {
        let catalogue = self.catalogue.read()?;
        let entry = catalogue.find(&self.name)?;
        say(format!("{} ({})", entry.title, entry.name));
        say(format!("licence: {}", entry.terms()));
        say(format!("source:  {}", entry.source));
        if let Some(take) = &entry.take {
            return Err(ErrorKind::File.error(format!(
                "{} cannot be downloaded, because no SHA-256 is known to check its files with; get the files yourself: {take}; \
                 then run `deepcrop models import FILES --name {}`",
                entry.name, entry.name
            )));
        }
        if !entry.commercial && !self.accept_licence {
            return Err(ErrorKind::Argument.error(format!(
                "the licence of {} forbids commercial use; read it, and pass --accept-licence if your use is allowed",
                entry.name
            )));
        }
        let staging = Staging::open(&entry.name)?;
        if staging.last.exists() {
            let Some(record) = Record::read(&staging.last)? else { return Err(not_ours(&staging.last)) };
            if !record.downloaded {
                return Err(ErrorKind::File.error(format!(
                    "{0} is the name of a network that you imported; run `deepcrop models remove {0}` first, or import it \
                     under another name",
                    entry.name
                )));
            }
            if entry.is_whole_in(&staging.last) {
                // An unfinished download is removed.
                staging.clear()?;
                say(format!("{} is already installed and complete", entry.name));
                return Ok(());
            }
        }
        let mirror = self.mirror.or_else(|| std::env::var("DEEPCROP_MIRROR").ok().filter(|text| !text.is_empty()));
        let downloader = Downloader { mirror, patience: Duration::from_secs(self.patience) };
        for file in &entry.files {
            let there = staging.last.join(&file.name);
            if check(&there, file.bytes, &file.sha256).is_ok() {
                let copy = staging.folder.join(&file.name);
                // Not written through a link.
                _ = std::fs::remove_file(&copy);
                std::fs::copy(&there, &copy).map_err(|error| files::cannot("write", &copy, &error))?;
            }
            downloader.fetch(file, &staging.folder)?;
        }
        entry.record().write(&staging.folder)?;
        staging.publish()?;
        say(format!("{} is installed; use it with --model {}", entry.name, entry.name));
        Ok(())
    }
}

impl Entry {
    /// The licence, where to read it, and what it forbids.
    pub fn terms(&self) -> String {
        let url = self.licence_url.as_ref().map_or(String::new(), |url| format!(", {url}"));
        let forbids = if self.commercial { "" } else { " (no commercial use)" };
        format!("{}{forbids}{url}", self.licence)
    }

    fn is_whole_in(&self, folder: &Path) -> bool {
        let has_record = Record::read(folder).is_ok_and(|record| record.is_some());
        has_record && self.files.iter().all(|file| check(&folder.join(&file.name), file.bytes, &file.sha256).is_ok())
    }

    fn record(&self) -> Record {
        let files = self.files.iter().map(|file| RecordedFile {
            name: file.name.clone(),
            bytes: file.bytes,
            sha256: file.sha256.clone(),
        });
        Record {
            title: self.title.clone(),
            licence: self.licence.clone(),
            source: self.source.clone(),
            downloaded: true,
            files: files.collect(),
        }
    }
}

/// The number of files and their size.
pub fn amount(record: &Record) -> String {
    let plural = if record.files.len() == 1 { "" } else { "s" };
    format!("{} file{plural}, {}", record.files.len(), megabytes(record.bytes()))
}
