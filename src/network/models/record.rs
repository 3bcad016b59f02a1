//! The record of an installed network: `installed.toml` in its folder, with the hashes by which its files are verified.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::base::error::{ErrorKind, Result};
use crate::base::files::{self, hexadecimal};

/// The name of the file.
pub const RECORD_NAME: &str = "installed.toml";

/// What was installed, and where it came from.
#[derive(Deserialize, Serialize)]
pub struct Record {
    /// The title that is shown to users.
    pub title: String,
    /// Empty if no licence was stated.
    pub licence: String,
    /// Where the network came from: a page or a path.
    pub source: String,
    /// True if the program downloaded it and can repair it.
    pub downloaded: bool,
    /// What was installed.
    pub files: Vec<RecordedFile>,
}

/// A file as it was installed.
#[derive(Deserialize, Serialize)]
pub struct RecordedFile {
    /// Its path in the network's folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its hash in hexadecimal.
    pub sha256: String,
}

impl Record {
    /// Reads the record in a network's folder; `None` if the files were put there by hand.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(RECORD_NAME);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(files::cannot("read", &path, &error)),
        };
        let damaged = |why: String| {
            ErrorKind::File.error(format!(
                "{} is damaged ({why}); delete its folder and install the network again",
                path.display()
            ))
        };
        let record: Self = toml::from_str(&text).map_err(|error| damaged(files::one_line(&error)))?;
        let is_inside = |name: &str| Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        match record.files.iter().find(|file| !is_inside(&file.name)) {
            Some(file) => Err(damaged(format!("`{}` lies outside the folder", file.name))),
            None => Ok(Some(record)),
        }
    }

    /// Writes the record into a network's folder.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(RECORD_NAME);
        let text =
            toml::to_string(self).map_err(|error| ErrorKind::Internal.error(format!("{error}; please report this")))?;
        let written = files::open_own(&path).and_then(|mut file| {
            file.set_len(0)?;
            file.write_all(text.as_bytes())
        });
        written.map_err(|error| files::cannot("write", &path, &error))
    }

    /// The files in the network's folder that are missing or changed, each with a clause that says which.
    pub fn faults(&self, folder: &Path) -> Vec<(&RecordedFile, String)> {
        let why = |file: &RecordedFile| check(&folder.join(&file.name), file.bytes, &file.sha256).err();
        self.files.iter().filter_map(|file| Some((file, why(file)?))).collect()
    }

    /// The size of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Checks that a file is there, complete and unchanged. The error says what is wrong.
pub fn check(path: &Path, bytes: u64, sha256: &str) -> std::result::Result<(), String> {
    let copied = File::open(path).and_then(|file| copy_hashed(file, io::sink()));
    match copied {
        Ok((_, found)) if found == sha256 => Ok(()),
        Ok((found, _)) if found != bytes => Err(format!("has {found} bytes instead of {bytes}")),
        Ok(_) => Err("has changed: its SHA-256 is different".into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err("is missing".into()),
        Err(error) => Err(format!("cannot be read: {error}")),
    }
}

/// Copies everything. Returns the number of bytes and their SHA-256 in hexadecimal.
pub fn copy_hashed(mut from: impl Read, mut to: impl Write) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => return Ok((bytes, hexadecimal(hash))),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(&buffer[..count]);
        to.write_all(&buffer[..count])?;
        bytes += count as u64;
    }
}
