//! Where a network is put together: a hidden folder beside the installed ones, which becomes visible at once and whole.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use deepcrop::internals::network::store::installed;
use deepcrop::{ErrorKind, Result};

use crate::files;

/// No network's name, so that nobody takes it for one.
const HIDDEN: &str = ".part";

/// One network's place, for one program at a time.
pub struct Staging {
    name: String,
    /// Where it shall lie.
    pub last: PathBuf,
    /// Where it is put together; what an earlier try left is still there.
    pub folder: PathBuf,
    /// The system opens it again when this program ends, however it ends.
    _lock: File,
}

impl Staging {
    /// Whether an install of this name was begun and not ended.
    pub fn begun(name: &str) -> Result<bool> {
        Ok(installed::root()?.join(HIDDEN).join(name).is_dir())
    }

    pub fn open(name: &str) -> Result<Self> {
        let root = installed::root()?;
        let folder = root.join(HIDDEN).join(name);
        fs::create_dir_all(&folder).map_err(|error| {
            ErrorKind::File.error(format!(
                "cannot make the folder {}: {error}; check its permissions and the room on the disk, or set \
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
        // Stopped between the two steps of replacing: the old one is back.
        if staging.aside().is_dir() && !staging.last.exists() {
            rename(&staging.aside(), &staging.last)?;
        }
        Ok(staging)
    }

    /// Where the old network lies while the new one takes its place.
    fn aside(&self) -> PathBuf {
        self.folder.with_file_name(format!("{}.old", self.name))
    }

    /// Throws away what an earlier try left.
    pub fn clear(&self) -> Result<()> {
        delete(&self.folder)?;
        fs::create_dir_all(&self.folder).map_err(|error| files::cannot("make", &self.folder, &error))
    }

    /// Makes the network visible under its name, in place of what may be there.
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

    /// Deletes the network and what is left of an install. It is gone at once, or not at all.
    pub fn remove(self) -> Result<()> {
        delete(&self.folder)?;
        if self.last.exists() {
            rename(&self.last, &self.folder)?;
        }
        delete(&self.aside())?;
        delete(&self.folder)
    }
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| {
        ErrorKind::File.error(format!(
            "cannot move {} to {}: {error}; check the permissions, and that no program uses it",
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
