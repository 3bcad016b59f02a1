//! Installed networks: listed, verified and removed; `import` installs.

pub mod gather;
pub mod import;
pub mod record;
pub mod staging;

use std::path::PathBuf;

use crate::base::error::{ErrorKind, Result};
use crate::network::models::record::Record;
use crate::network::models::staging::{Staging, files_in};
use crate::network::store::installed;

/// An installed network.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Installed {
    /// The name; as a [`Source`](crate::Source) it stands for the network.
    pub name: String,
    /// The title that is shown to users; the name if there is no other.
    pub title: String,
    /// The licence; empty if none was stated.
    pub licence: String,
    /// Where the network comes from: a page or a path; empty if unknown.
    pub source: String,
    /// The folder of its files.
    pub folder: PathBuf,
    /// The size of its files.
    pub bytes: u64,
    /// Whether there is a record, with which [`verify`] compares the files. There is none if they were put there by hand.
    pub has_record: bool,
}

impl Installed {
    fn read(name: String, folder: PathBuf) -> Self {
        // `verify` reports a record that cannot be read.
        if let Ok(Some(record)) = Record::read(&folder) {
            let bytes = record.bytes();
            let Record { title, licence, source, .. } = record;
            return Self { name, title, licence, source, folder, bytes, has_record: true };
        }
        let size = |file: PathBuf| folder.join(file).metadata().map_or(0, |data| data.len());
        let bytes = files_in(&folder).unwrap_or_default().into_iter().map(size).sum();
        let (licence, source) = (String::new(), String::new());
        Self { title: name.clone(), name, licence, source, folder, bytes, has_record: false }
    }
}

/// All installed networks, sorted by name. They lie in the folder `DEEPCROP_MODELS`, else in `deepcrop/models` in the
/// user's data folder.
///
/// ```no_run
/// use deepcrop::models;
///
/// for network in models::list()? {
///     println!("{}: {}, {} bytes, licence {}", network.name, network.title, network.bytes, network.licence);
///     if network.has_record {
///         models::verify(&network.name)?;
///     }
/// }
/// # Ok::<(), deepcrop::Error>(())
/// ```
pub fn list() -> Result<Vec<Installed>> {
    let root = installed::root()?;
    Ok(installed::names()?.into_iter().map(|name| Installed::read(name.clone(), root.join(name))).collect())
}

/// Checks that the files of an installed network are complete and unchanged. The error names every file that is not.
///
/// ```no_run
/// use deepcrop::models;
///
/// if let Err(error) = models::verify("sam") {
///     println!("{error}"); // "1 of 2 files of sam is missing or changed; import it again: sam_decoder.onnx is missing"
/// }
/// ```
pub fn verify(name: &str) -> Result<()> {
    let folder = installed::folder(name)?;
    let Some(record) = Record::read(&folder)? else {
        return Err(ErrorKind::File.error(format!(
            "{name} was put there by hand, so there is no record to compare it with; import its folder {} under this name \
             to make one",
            folder.display()
        )));
    };
    let faults = record.faults(&folder);
    if faults.is_empty() {
        return Ok(());
    }
    let are = if faults.len() == 1 { "is" } else { "are" };
    let again = if record.downloaded { "install" } else { "import" };
    // The list comes last: where there is room for a short message only, it loses least.
    let listed: Vec<String> = faults.iter().map(|(file, why)| format!("{} {why}", file.name)).collect();
    Err(ErrorKind::File.error(format!(
        "{} of {} files of {name} {are} missing or changed; {again} it again: {}",
        faults.len(),
        record.files.len(),
        listed.join("; ")
    )))
}

/// Removes an installed network, and what is left of an installation of that name that was stopped. Only what was
/// installed is deleted. Returns how many files of others stay in the network's folder.
///
/// ```no_run
/// use deepcrop::models;
///
/// let others = models::remove("sam")?;
/// assert_eq!(others, 0, "somebody put files of their own there");
/// # Ok::<(), deepcrop::Error>(())
/// ```
pub fn remove(name: &str) -> Result<usize> {
    installed::check_name(name)?;
    if !Staging::begun(name)? {
        installed::folder(name)?;
    }
    Staging::open(name)?.remove()
}
