//! The hidden folder in which a network is assembled. It is moved to its place only when it is complete.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use deepcrop::internals::network::store::installed;
use deepcrop::{Error, ErrorKind, Result};

use super::record::{RECORD_NAME, Record};
use crate::files;

/// No network can have this name.
const HIDDEN: &str = ".part";

/// The staging folder of one network, locked for one process.
pub struct Staging {
    name: String,
    /// The final folder.
    pub last: PathBuf,
    /// The staging folder. It still holds the files of an earlier try.
    pub folder: PathBuf,
    /// The system unlocks it when the process ends, however it ends.
    _lock: File,
}

impl Staging {
    /// Whether an install of this name was started and not finished.
    pub fn begun(name: &str) -> Result<bool> {
        Ok(installed::root()?.join(HIDDEN).join(name).is_dir())
    }

    pub fn open(name: &str) -> Result<Self> {
        let root = installed::root()?;
        let folder = root.join(HIDDEN).join(name);
        fs::create_dir_all(&folder).map_err(|error| {
            ErrorKind::File.error(format!(
                "cannot create the folder {}: {error}; check its permissions and the free disk space, or set \
                 DEEPCROP_MODELS to another folder",
                folder.display()
            ))
        })?;
        let path = root.join(HIDDEN).join(format!("{name}.lock"));
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let lock = lock.map_err(|error| files::cannot("write", &path, &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(ErrorKind::File
                    .error(format!("another deepcrop is working on {name}; wait for it, then try again")));
            }
            Err(TryLockError::Error(error)) => return Err(files::cannot("lock", &path, &error)),
        }
        let staging = Self { name: name.into(), last: root.join(name), folder, _lock: lock };
        // An earlier process stopped in the middle of a replacement: put the old network back.
        if staging.aside().is_dir() && !staging.last.exists() {
            rename(&staging.aside(), &staging.last)?;
        }
        Ok(staging)
    }

    /// The place of the old network while the new one is moved in.
    fn aside(&self) -> PathBuf {
        self.folder.with_file_name(format!("{}.old", self.name))
    }

    /// Deletes the files of an earlier try.
    pub fn clear(&self) -> Result<()> {
        delete(&self.folder)?;
        fs::create_dir_all(&self.folder).map_err(|error| files::cannot("create", &self.folder, &error))
    }

    /// Moves the network to its final folder, and replaces an old one.
    pub fn publish(self) -> Result<()> {
        delete(&self.aside())?;
        if self.last.exists() {
            rename(&self.last, &self.aside())?;
        }
        if let Err(error) = rename(&self.folder, &self.last) {
            _ = fs::rename(self.aside(), &self.last);
            return Err(error);
        }
        delete(&self.aside())
    }

    /// Deletes an unfinished install and what was installed. Returns how many files of others stay in the network's folder.
    pub fn remove(self) -> Result<usize> {
        delete(&self.folder)?;
        delete(&self.aside())?;
        if !self.last.exists() {
            return Ok(0);
        }
        let Some(record) = Record::read(&self.last)? else { return Err(not_ours(&self.last)) };
        let installed = record.files.iter().map(|file| file.name.as_str()).chain([RECORD_NAME]);
        let installed: Vec<&OsStr> = installed.map(OsStr::new).collect();
        let names = names_in(&self.last)?;
        let others = names.iter().filter(|name| !installed.contains(&name.as_os_str())).count();
        if others == 0 {
            // Moved away first: the network is there completely or not at all.
            rename(&self.last, &self.folder)?;
            return delete(&self.folder).map(|()| 0);
        }
        for name in names.iter().filter(|name| installed.contains(&name.as_os_str())) {
            let path = self.last.join(name);
            fs::remove_file(&path).map_err(|error| files::cannot("delete", &path, &error))?;
        }
        Ok(others)
    }
}

/// The names of all that lies in a folder.
pub fn names_in(folder: &Path) -> Result<Vec<OsString>> {
    let names = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
    names.map_err(|error| files::cannot("read", folder, &error))
}

/// The error about a folder in which nothing was installed.
pub fn not_ours(folder: &Path) -> Error {
    ErrorKind::File.error(format!(
        "{} was not installed by deepcrop (it has no {RECORD_NAME}); delete or move it yourself",
        folder.display()
    ))
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| {
        ErrorKind::File.error(format!(
            "cannot move {} to {}: {error}; check the permissions, and that no other program uses the folder",
            from.display(),
            to.display()
        ))
    })
}

/// Deletes a folder, if there is one.
fn delete(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(files::cannot("delete", folder, &error)),
        _ => Ok(()),
    }
}
