//! Files and folders: opening, syncing, and the sentence for what the system refuses.

use std::fmt::Display;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::{Error, ErrorKind};

/// Opens a file of ours to read and write, or makes it. A link in its place is refused: in a folder that others can write,
/// it could lead to any file.
pub fn open_own(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW);
    options.open(path)
}

/// Waits until a folder and all that lies in it are on the disk, so that a power cut cannot take a part of it away.
pub fn sync_all_in(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            sync_all_in(&entry.path())?;
        } else if kind.is_file() {
            sync(&entry.path())?;
        }
    }
    sync(folder)
}

/// Waits until a file, or the list of names in a folder, is on the disk.
pub fn sync(path: &Path) -> io::Result<()> {
    #[cfg(test)]
    synced::add(path);
    // Windows keeps no list that a program could wait for, and syncs only files that are open for writing.
    if cfg!(windows) && path.is_dir() {
        return Ok(());
    }
    match File::options().read(true).write(cfg!(windows)).open(path)?.sync_all() {
        // Some network file systems cannot sync a folder.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        result => result,
    }
}

/// The error for a file or folder that the system refuses.
pub fn cannot(verb: &str, path: &Path, error: &io::Error) -> Error {
    let next = match error.kind() {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::PermissionDenied => "check its permissions",
        io::ErrorKind::StorageFull => "free some disk space",
        _ => "check that it is the right file",
    };
    ErrorKind::File.error(format!("cannot {verb} {}: {error}; {next}", path.display()))
}

/// A hash in hexadecimal.
pub fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The message of a foreign error, on one line.
pub fn one_line(error: &impl Display) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What was synced, for tests: nothing else tells it but a power cut.
#[cfg(test)]
pub mod synced {
    use std::cell::RefCell;
    use std::path::{Path, PathBuf};

    thread_local! {
        static PATHS: RefCell<Vec<PathBuf>> = const { RefCell::new(Vec::new()) };
    }

    /// Notes a path.
    pub fn add(path: &Path) {
        PATHS.with_borrow_mut(|paths| paths.push(path.to_owned()));
    }

    /// The paths that this thread synced since the last call, in their order.
    pub fn take() -> Vec<PathBuf> {
        PATHS.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_synced_after_what_lies_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("w")).unwrap();
        fs::write(path("w/1.bin"), "weights").unwrap();
        sync_all_in(folder.path()).unwrap();
        assert_eq!(synced::take(), [path("w/1.bin"), path("w"), folder.path().to_owned()]);
        assert_eq!(sync_all_in(&path("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_file_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("precious"), folder.path().join("link"));
        fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(open_own(&link).is_err() && open_own(&target).is_ok());
    }
}
