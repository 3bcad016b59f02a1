//! Files and folders: opening, and the sentence for what the system refuses.

use std::fmt::Display;
use std::fs::File;
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_no_file_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("precious"), folder.path().join("link"));
        std::fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(open_own(&link).is_err() && open_own(&target).is_ok());
    }
}
