//! Installs network files under a name.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::base::error::{ErrorKind, Result};
use crate::base::files;
use crate::network::assembly::Assembly;
use crate::network::models::Installed;
use crate::network::models::gather::{Files, gather};
use crate::network::models::record::{Record, RecordedFile, copy_hashed};
use crate::network::models::staging::{Staging, files_in, not_ours};
use crate::network::store::installed;

/// Options for importing a network.
///
/// ```
/// use deepcrop::models::ImportOptions;
///
/// let options = ImportOptions::new().name("sam").replace(true).title("Segment Anything").licence("Apache-2.0");
/// // A file that was downloaded is refused if its SHA-256 is another one.
/// let options = options.source("https://example.org/sam").sha256("sam_decoder.onnx", "0a".repeat(32));
/// assert_eq!(options.name.as_deref(), Some("sam"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportOptions {
    /// The name that the network gets: at most 64 characters of a-z, 0-9, -, _ and ., of which the first and the last are a
    /// letter or digit. `None` takes that of the file or folder.
    pub name: Option<String>,
    /// Whether to replace an installed network of that name.
    pub replace: bool,
    /// The SHA-256 that files must have, by their paths. A file that belongs to the network, such as its weights, may be
    /// named too. Files that are not named are not checked.
    pub sha256: Vec<(PathBuf, String)>,
    /// The title that is shown to users; `None` takes the name.
    pub title: Option<String>,
    /// The licence; `None` takes the one that the network's manifest states.
    pub licence: Option<String>,
    /// Where the network comes from; `None` takes the path that it is imported from.
    pub source: Option<String>,
}

impl ImportOptions {
    /// The usual options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name that the network gets.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Sets whether to replace an installed network of that name.
    pub fn replace(self, replace: bool) -> Self {
        Self { replace, ..self }
    }

    /// Adds the SHA-256 that a file must have, in hexadecimal; see the field.
    pub fn sha256(mut self, path: impl Into<PathBuf>, sha256: impl Into<String>) -> Self {
        self.sha256.push((path.into(), sha256.into()));
        self
    }

    /// Sets the title that is shown to users.
    pub fn title(self, title: impl Into<String>) -> Self {
        Self { title: Some(title.into()), ..self }
    }

    /// Sets the licence.
    pub fn licence(self, licence: impl Into<String>) -> Self {
        Self { licence: Some(licence.into()), ..self }
    }

    /// Sets where the network comes from.
    pub fn source(self, source: impl Into<String>) -> Self {
        Self { source: Some(source.into()), ..self }
    }
}

/// Installs network files of your own under a name. Each path is a network's file, one of several that belong together
/// (encoder and decoder), or their folder. The files are copied, together with the weights that they refer to and the
/// manifest (`model.toml`) beside them. Either the whole network is installed or nothing.
///
/// ```no_run
/// use deepcrop::models::{self, ImportOptions};
/// use deepcrop::{Cancel, LoadOptions, Model};
///
/// let sam = models::import(["encoder.onnx", "decoder.onnx"], &ImportOptions::new().name("sam"))?;
/// println!("{} bytes in {}", sam.bytes, sam.folder.display());
/// let model = Model::load("sam", &LoadOptions::new(), &Cancel::new())?;
/// # Ok::<(), deepcrop::Error>(())
/// ```
pub fn import(paths: impl IntoIterator<Item = impl Into<PathBuf>>, options: &ImportOptions) -> Result<Installed> {
    let paths: Vec<PathBuf> = paths.into_iter().map(Into::into).collect();
    let name = match (&options.name, paths.as_slice()) {
        (_, []) => return Err(ErrorKind::Argument.error("no file to import; pass the path of a network's file")),
        (Some(name), _) => name.clone(),
        (None, [path]) => name_of(path)?,
        (None, _) => {
            return Err(ErrorKind::Argument.error("several files need one name; pass the name for their network"));
        }
    };
    installed::check_name(&name)?;
    let (sources, stated) = gather(&paths)?;
    let hashes = hashes(&options.sha256, &sources)?;
    let staging = Staging::open(&name)?;
    if staging.last.exists() {
        if !options.replace {
            return Err(ErrorKind::File
                .error(format!("{name} is already installed; choose another name, or ask to replace it")));
        }
        check_replaceable(&staging.last, &sources)?;
    }
    staging.clear()?;
    let staged = stage(&sources, &hashes, &staging.folder, &name).and_then(|files| {
        let source = fs::canonicalize(&paths[0]).unwrap_or(paths[0].clone()).display().to_string();
        let record = Record {
            title: options.title.clone().unwrap_or(name.clone()),
            licence: options.licence.clone().unwrap_or(stated),
            source: options.source.clone().unwrap_or(source),
            downloaded: false,
            files,
        };
        record.write(&staging.folder)
    });
    staged.inspect_err(|_| drop(staging.clear()))?;
    let folder = staging.last.clone();
    staging.publish()?;
    Ok(Installed::read(name, folder))
}

/// The name that a network gets if none is given: that of its file or folder, in the letters that a name may have.
pub fn name_of(path: &Path) -> Result<String> {
    let path = fs::canonicalize(path).map_err(|error| files::cannot("read", path, &error))?;
    let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let name = name.unwrap_or_default().to_string_lossy().to_lowercase();
    let name: String = name.chars().map(|letter| if plain(letter) { letter } else { '-' }).collect();
    Ok(name.trim_matches(['-', '_', '.']).to_owned())
}

/// The hashes by the files' paths in the network's folder.
fn hashes<'a>(given: &'a [(PathBuf, String)], sources: &'a Files) -> Result<BTreeMap<&'a str, &'a str>> {
    let hash = |(path, sha256): &'a (PathBuf, String)| {
        if sha256.len() != 64 || !sha256.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(ErrorKind::Argument
                .error(format!("`{sha256}` is not the SHA-256 of {}; pass 64 digits of 0-9 and a-f", path.display())));
        }
        let whole = fs::canonicalize(path).map_err(|error| files::cannot("read", path, &error))?;
        let is_it = |source: &Path| fs::canonicalize(source).is_ok_and(|source| source == whole);
        let name = sources.iter().find_map(|(name, source)| is_it(source).then_some(name.as_str()));
        let name = name.ok_or_else(|| {
            let names: Vec<&str> = sources.keys().map(String::as_str).collect();
            ErrorKind::Argument.error(format!(
                "{} has a SHA-256 but does not belong to the network; pass only those of its files: {}",
                path.display(),
                names.join(", ")
            ))
        })?;
        Ok((name, sha256.as_str()))
    };
    let mut hashes = BTreeMap::new();
    for (name, sha256) in given.iter().map(hash).collect::<Result<Vec<_>>>()? {
        if hashes.insert(name, sha256).is_some_and(|other| !other.eq_ignore_ascii_case(sha256)) {
            return Err(ErrorKind::Argument.error(format!("{name} has two different SHA-256; pass one of them")));
        }
    }
    Ok(hashes)
}

/// Refuses to replace files that somebody put there by hand, unless all of them are among the files to copy.
fn check_replaceable(folder: &Path, sources: &Files) -> Result<()> {
    let copied = |path: &PathBuf| sources.keys().any(|source| Path::new(source) == path);
    if Record::read(folder)?.is_none() && !files_in(folder)?.iter().all(copied) {
        return Err(not_ours(folder));
    }
    Ok(())
}

/// Copies the files into the staging folder, and refuses those that could not be used later.
fn stage(sources: &Files, hashes: &BTreeMap<&str, &str>, folder: &Path, name: &str) -> Result<Vec<RecordedFile>> {
    let copied = sources.iter().map(|(file, source)| copy(source, folder, file, hashes.get(file.as_str()).copied()));
    let copied = copied.collect::<Result<_>>()?;
    let staged = folder.display().to_string();
    Assembly::of_path(folder).map_err(|error| error.reworded(|why| why.replace(&staged, name)))?;
    Ok(copied)
}

fn copy(source: &Path, folder: &Path, name: &str, sha256: Option<&str>) -> Result<RecordedFile> {
    let last = folder.join(name);
    let from = File::open(source).map_err(|error| files::cannot("read", source, &error))?;
    let parent = last.parent().unwrap_or(folder);
    let copied = fs::create_dir_all(parent).and_then(|()| copy_hashed(from, File::create(&last)?));
    let (bytes, found) = copied.map_err(|error| {
        ErrorKind::File.error(format!(
            "cannot copy {} to {}: {error}; free some disk space",
            source.display(),
            last.display()
        ))
    })?;
    match sha256 {
        Some(wanted) if !found.eq_ignore_ascii_case(wanted) => Err(ErrorKind::File.error(format!(
            "{} is damaged or the wrong file: its SHA-256 is {found} instead of {wanted}; nothing was installed; get the \
             file again",
            source.display()
        ))),
        _ => Ok(RecordedFile { name: name.into(), bytes, sha256: found }),
    }
}
