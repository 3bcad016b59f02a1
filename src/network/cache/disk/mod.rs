//! The cache: encoder output on disk, for the next time that the same picture is opened.
//!
//! Each encoder output is one file, named by its key. It is written under another name and then renamed, so that it is
//! never seen half-written, even if other processes write or this one is killed. A damaged file is deleted, and its
//! content computed again. Nothing here is an error for the caller.

use std::fs::{self, DirBuilder, File};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ndarray::ArrayD;

use crate::base::error;
use crate::base::log::{Level, log};
use crate::network::cache::key::Key;
use crate::network::cache::{Tensors, entry};

/// The environment variable with the folder of the cache, or `off`.
pub const FOLDER_VARIABLE: &str = "DEEPCROP_CACHE";

/// The environment variable with the largest size of the cache, in MiB.
pub const SIZE_VARIABLE: &str = "DEEPCROP_CACHE_SIZE";

/// The largest size of the cache in MiB, unless the variable says otherwise: some five hundred pictures of Segment Anything.
const USUAL_SIZE: u64 = 2048;

const ENDING: &str = ".embedding";
const UNFINISHED: &str = ".deepcrop-unfinished";

/// The age at which an unfinished file is deleted. Writing takes seconds, so its writer was killed.
const ABANDONED: Duration = Duration::from_secs(3600);

/// The cache: where encoder output is kept on disk.
///
/// ```
/// use deepcrop::LoadOptions;
/// use deepcrop::types::DiskCache;
///
/// let private = LoadOptions::default().disk_cache(DiskCache::Off);
/// let own = LoadOptions::default().disk_cache(DiskCache::Folder("/var/cache/my-program".into()));
/// # assert_ne!(private, own);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiskCache {
    /// In the folder that the variable `DEEPCROP_CACHE` names (`off`: nowhere), else in the user's cache folder.
    #[default]
    Default,
    /// Nowhere.
    Off,
    /// In this folder.
    Folder(PathBuf),
}

/// An open cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    folder: PathBuf,
    limit: u64,
}

/// How full a cache is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// The number of files.
    pub entries: usize,
    /// Their size in bytes.
    pub bytes: u64,
}

/// A file of the cache.
struct Entry {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
    finished: bool,
}

impl Disk {
    /// A cache of at most `limit` bytes in `folder`, which is created when it is needed.
    pub fn new(folder: PathBuf, limit: u64) -> Self {
        Self { folder, limit }
    }

    /// The chosen cache; none if it is off. If it cannot be used, the reason goes to the log, and there is none either.
    pub fn choose(choice: &DiskCache) -> Option<Self> {
        Self::open(choice).unwrap_or_else(|error| {
            log(Level::Warning, &format!("nothing is kept on disk: {error}"));
            None
        })
    }

    /// The chosen cache; none if it is off. An error says why it cannot be used.
    pub fn open(choice: &DiskCache) -> error::Result<Option<Self>> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let folder = match choice {
            DiskCache::Off => return Ok(None),
            DiskCache::Folder(folder) => Some(folder.clone()),
            DiskCache::Default => match set(FOLDER_VARIABLE) {
                Some(value) if value.eq_ignore_ascii_case("off") => return Ok(None),
                Some(folder) => Some(folder.into()),
                None => usual_folder(|name| set(name).map(PathBuf::from).filter(|path| path.is_absolute())),
            },
        };
        let Some(folder) = folder else { return Ok(None) };
        let size = set(SIZE_VARIABLE).map_or(Some(USUAL_SIZE), |size| size.to_str()?.trim().parse().ok());
        let mebibytes = size.ok_or_else(|| {
            error::ErrorKind::Argument.error(format!(
                "{SIZE_VARIABLE} is `{}`, which is not a number of MiB; correct it or remove it",
                set(SIZE_VARIABLE).unwrap_or_default().display()
            ))
        })?;
        trust(&folder)?;
        Ok(Some(Self::new(folder, mebibytes.saturating_mul(1 << 20))).filter(|disk| disk.limit > 0))
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The largest size in bytes.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// How full the cache is now.
    pub fn usage(&self) -> Usage {
        Self::sum(self.entries().iter())
    }

    /// Deletes all files; returns how many.
    pub fn clear(&self) -> Usage {
        Self::sum(self.entries().iter().filter(|entry| remove(&entry.path)))
    }

    /// The encoder output with this key, if it is in the cache.
    pub fn get(&self, key: &Key) -> Option<Tensors> {
        let path = self.path(key);
        let file = match self.read(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => {
                log(Level::Debug, &format!("{} cannot be read: {error}", path.display()));
                return None;
            }
        };
        let value = entry::decode(key, &file);
        if value.is_none() {
            log(Level::Debug, &format!("{} is damaged and was deleted", path.display()));
            remove(&path);
        } else {
            // Marks the file as used. If that fails, the file is only deleted sooner.
            let _ = File::options().write(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
        }
        value
    }

    /// Adds an encoder output, and deletes the least recently used ones until all fit.
    pub fn put(&self, key: &Key, tensors: &[(String, ArrayD<f32>)]) {
        let file = entry::encode(key, tensors);
        if file.len() as u64 > self.limit {
            log(Level::Debug, "the encoder output is larger than the whole cache may be and was not kept");
        } else if let Err(error) = self.write(&self.path(key), &file) {
            log(
                Level::Warning,
                &format!(
                    "the encoder output cannot be written to the cache {}: {error}; set {FOLDER_VARIABLE} to another folder or to `off`",
                    self.folder.display()
                ),
            );
        }
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{key}{ENDING}"))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>> {
        let found = fs::metadata(path)?;
        if !found.is_file() || found.len() > self.limit {
            return Err(Error::other("this is not a file of the cache"));
        }
        fs::read(path)
    }

    fn write(&self, path: &Path, file: &[u8]) -> Result<()> {
        let mut folder = DirBuilder::new();
        // Encoder output is as private as the picture.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.recursive(true).create(&self.folder)?;
        self.make_room(file.len() as u64);
        let mut unfinished = tempfile::Builder::new().prefix("").suffix(UNFINISHED).tempfile_in(&self.folder)?;
        unfinished.write_all(file)?;
        unfinished.persist(path)?;
        Ok(())
    }

    fn make_room(&self, needed: u64) {
        let (mut finished, unfinished): (Vec<_>, Vec<_>) = self.entries().into_iter().partition(|entry| entry.finished);
        let now = SystemTime::now();
        let abandoned = |entry: &&Entry| now.duration_since(entry.used).is_ok_and(|age| age > ABANDONED);
        unfinished.iter().filter(abandoned).for_each(|entry| _ = remove(&entry.path));
        let mut bytes = needed + Self::sum(finished.iter()).bytes;
        finished.sort_by_key(|entry| entry.used);
        for entry in finished {
            if bytes <= self.limit {
                break;
            }
            remove(&entry.path);
            bytes -= entry.bytes;
        }
    }

    /// The files of the cache; the folder may hold others.
    fn entries(&self) -> Vec<Entry> {
        let Ok(files) = fs::read_dir(&self.folder) else { return Vec::new() };
        let entry = |file: fs::DirEntry| {
            let name = file.file_name();
            let name = name.to_str()?;
            let key = name.strip_suffix(ENDING).is_some_and(|key| {
                key.len() == 64 && key.bytes().all(|letter| letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter))
            });
            if !key && !name.ends_with(UNFINISHED) {
                return None;
            }
            // Another process may have deleted it meanwhile.
            let found = file.metadata().ok().filter(fs::Metadata::is_file)?;
            Some(Entry { path: file.path(), bytes: found.len(), used: found.modified().ok()?, finished: key })
        };
        files.filter_map(|file| entry(file.ok()?)).collect()
    }

    fn sum<'a>(entries: impl Iterator<Item = &'a Entry>) -> Usage {
        entries.fold(Usage::default(), |sum, entry| Usage { entries: sum.entries + 1, bytes: sum.bytes + entry.bytes })
    }
}

/// Refuses a folder that somebody else could fill: what is read from it becomes a selection.
fn trust(folder: &Path) -> error::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let Ok(metadata) = fs::metadata(folder) else { return Ok(()) };
        let own = [rustix::process::geteuid().as_raw(), 0].contains(&metadata.uid());
        let open = metadata.mode() & 0o002 != 0;
        if open || !own {
            return Err(error::ErrorKind::File.error(format!(
                "the cache folder {} {}; choose another with {FOLDER_VARIABLE}, or change its owner and permissions",
                folder.display(),
                if own { "can be written by everybody" } else { "belongs to another user" }
            )));
        }
    }
    Ok(())
}

/// A line about the cache: its folder and how full it is.
pub fn summary() -> String {
    let disk = match Disk::open(&DiskCache::Default) {
        Ok(Some(disk)) => disk,
        Ok(None) => {
            return format!(
                "encoder outputs on disk: none are kept ({FOLDER_VARIABLE} is `off`, {SIZE_VARIABLE} is 0, or there is no home folder)"
            );
        }
        Err(error) => return format!("encoder outputs on disk: none are kept: {error}"),
    };
    let Usage { entries, bytes } = disk.usage();
    let place = disk.folder().display();
    format!(
        "encoder outputs on disk: {entries} in {place}, {} of at most {}",
        megabytes(bytes),
        megabytes(disk.limit())
    )
}

/// A number of bytes, as text in MB.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// Deletes a file; returns whether this call did it. Another process may have been faster, or hold the file open.
fn remove(path: &Path) -> bool {
    fs::remove_file(path).is_ok()
}

/// The user's cache folder. `folder` returns the folder that an environment variable names.
fn usual_folder(folder: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    if cfg!(windows) {
        Some(folder("LOCALAPPDATA")?.join("deepcrop").join("cache"))
    } else if cfg!(target_os = "macos") {
        Some(folder("HOME")?.join("Library/Caches/deepcrop"))
    } else {
        Some(folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")))?.join("deepcrop"))
    }
}

#[cfg(test)]
mod tests;
