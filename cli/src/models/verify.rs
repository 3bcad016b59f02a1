//! `deepcrop models verify`: checks installed networks.

use std::process::ExitCode;

use clap::Args;
use deepcrop::Result;
use deepcrop::internals::network::models::record::{Record, RecordedFile};
use deepcrop::internals::network::store::installed;

use super::install::amount;
use crate::files::{self, say};

/// Check that installed networks are complete and unchanged
#[derive(Args)]
pub struct Verify {
    /// The networks to check [default: all]
    names: Vec<String>,
}

impl Verify {
    pub fn run(self) -> Result<ExitCode> {
        let names = if self.names.is_empty() { installed::names()? } else { self.names };
        if names.is_empty() {
            say("nothing is installed");
        }
        let mut damaged = false;
        for name in names {
            for line in faults(&name)? {
                damaged = true;
                files::complain(format!("deepcrop: {line}"));
            }
        }
        Ok(if damaged { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// Returns a sentence for each fault of a network. If there is none, prints that.
fn faults(name: &str) -> Result<Vec<String>> {
    let folder = installed::folder(name)?;
    let record = match Record::read(&folder) {
        Ok(Some(record)) => record,
        Ok(None) => {
            return Ok(vec![format!(
                "{name} was put there by hand, so there is no record to compare it with; `deepcrop models import {} --name {name} \
                 --force` makes one",
                folder.display()
            )]);
        }
        Err(error) => return Ok(vec![error.to_string()]),
    };
    let repair = if record.downloaded {
        format!("`deepcrop models install {name}` repairs it")
    } else {
        format!("import it again from {}, with --force", record.source)
    };
    let line = |(file, why): (&RecordedFile, String)| format!("{} {why}; {repair}", folder.join(&file.name).display());
    let faults: Vec<String> = record.faults(&folder).into_iter().map(line).collect();
    if faults.is_empty() {
        say(format!("{name} is complete and unchanged: {}", amount(&record)));
    }
    Ok(faults)
}
