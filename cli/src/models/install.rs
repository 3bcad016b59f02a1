//! `deepcrop models install`: a network of the list, downloaded and checked.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use deepcrop::{ErrorKind, Result};

use super::catalogue::{CatalogueArgs, Entry};
use super::download::Downloader;
use super::progress::megabytes;
use super::record::{Record, RecordedFile, check};
use super::staging::Staging;
use crate::files::{self, say};

/// Download a network of the list, check it and install it; start again to go on after a stop, or to repair
#[derive(Args)]
pub struct Install {
    /// As `deepcrop models list` shows it
    name: String,
    /// Accept a licence that forbids commercial use
    #[arg(long)]
    accept_licence: bool,
    /// Take the files from here: the address's path stays, all before it is replaced. Else the variable DEEPCROP_MIRROR
    #[arg(long, value_name = "URL")]
    mirror: Option<String>,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    /// Seconds without a byte after which to give up
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
                "{} is not downloaded, because no hash of its files is known to check them by; get them yourself: {take}; \
                 then `deepcrop models import FILES --name {}`",
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
            if !Record::read(&staging.last).is_ok_and(|record| record.is_none_or(|record| record.downloaded)) {
                return Err(ErrorKind::File.error(format!(
                    "a network of your own has the name {0}; `deepcrop models remove {0}` first, or import yours under \
                     another name",
                    entry.name
                )));
            }
            if entry.is_whole_in(&staging.last) {
                // Nothing half-done stays behind.
                staging.clear()?;
                say(format!("{} is installed already, and whole", entry.name));
                return Ok(());
            }
        }
        let mirror = self.mirror.or_else(|| std::env::var("DEEPCROP_MIRROR").ok().filter(|text| !text.is_empty()));
        let downloader = Downloader { mirror, patience: Duration::from_secs(self.patience) };
        for file in &entry.files {
            let there = staging.last.join(&file.name);
            if check(&there, file.bytes, &file.sha256).is_ok() {
                let copy = staging.folder.join(&file.name);
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

/// So many files of so much.
pub fn amount(record: &Record) -> String {
    let plural = if record.files.len() == 1 { "" } else { "s" };
    format!("{} file{plural}, {}", record.files.len(), megabytes(record.bytes()))
}
