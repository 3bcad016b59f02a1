//! `deepcrop models import`: installs a user's network files under a name.

use std::path::PathBuf;

use clap::Args;
use deepcrop::internals::network::models::import::name_of;
use deepcrop::internals::network::models::record::Record;
use deepcrop::internals::network::store::installed;
use deepcrop::models::{self, ImportOptions};
use deepcrop::{ErrorKind, Result};

use super::install::amount;
use crate::files::say;

const HELP: &str = "\
The files are copied, together with the weights that they refer to and the
manifest (model.toml) beside them.";

/// Install network files of your own under a name
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Import {
    /// A network file, several files that belong together
    /// (encoder and decoder), or their folder
    #[arg(verbatim_doc_comment, required = true, value_name = "FILE_OR_FOLDER")]
    paths: Vec<PathBuf>,
    /// The name [default: the name of the file or folder]
    #[arg(long)]
    name: Option<String>,
    /// Replace an installed network of that name
    #[arg(long)]
    force: bool,
}

impl Import {
    pub fn run(self) -> Result<()> {
        let name = self.name()?;
        if installed::folder(&name).is_ok() && !self.force {
            return Err(ErrorKind::File
                .error(format!("{name} is already installed; pass another --name, or --force to replace it")));
        }
        let options = ImportOptions::new().name(&name).replace(self.force);
        let network = models::import(self.paths, &options)?;
        let amount = Record::read(&network.folder)?.as_ref().map(amount).unwrap_or_default();
        say(format!("{name} is imported: {amount}; use it with --model {name}"));
        let licence = if network.licence.is_empty() { "not stated in its files" } else { &network.licence };
        say(format!("licence: {licence}; check that it allows your use"));
        Ok(())
    }

    /// The name, checked here because only the program knows its options.
    fn name(&self) -> Result<String> {
        let name = match (&self.name, self.paths.as_slice()) {
            (Some(name), _) => name.clone(),
            (None, [path]) => name_of(path)?,
            (None, _) => return Err(ErrorKind::Argument.error("several files need one name; pass --name")),
        };
        installed::check_name(&name)
            .map_err(|error| ErrorKind::Argument.error(format!("{error}; pass it with --name")))?;
        Ok(name)
    }
}
