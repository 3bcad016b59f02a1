//! `deepcrop models import`: installs a user's network files under a name.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};

use clap::Args;
use deepcrop::internals::network::assembly::Assembly;
use deepcrop::internals::network::manifest::METADATA_KEY;
use deepcrop::internals::network::onnx::Header;
use deepcrop::internals::network::store::{installed, manifest_beside, network_files};
use deepcrop::{ErrorKind, Result};

use super::install::amount;
use super::record::{RECORD_NAME, Record, RecordedFile, copy_hashed};
use super::staging::{Staging, names_in, not_ours};
use crate::files::{self, say};

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

/// The files to copy, by their path in the network's folder.
type Files = BTreeMap<String, PathBuf>;

impl Import {
    pub fn run(self) -> Result<()> {
        let name = self.name()?;
        let (sources, licence) = gather(&self.paths)?;
        let staging = Staging::open(&name)?;
        if staging.last.exists() && !self.force {
            return Err(ErrorKind::File
                .error(format!("{name} is already installed; pass another --name, or --force to replace it")));
        }
        // Files that somebody put there by hand are replaced by a copy of all of them, never lost.
        if staging.last.exists() && Record::read(&staging.last)?.is_none() {
            let copied = |name: &OsStr| sources.iter().any(|(source, _)| OsStr::new(source) == name);
            if !names_in(&staging.last)?.iter().all(|name| copied(name)) {
                return Err(not_ours(&staging.last));
            }
        }
        staging.clear()?;
        let copied: Result<Vec<RecordedFile>> =
            sources.iter().map(|(name, source)| copy(source, &staging.folder, name)).collect();
        let files = copied.and_then(|files| usable(&staging.folder, &name).map(|()| files));
        let files = files.inspect_err(|_| drop(staging.clear()))?;
        let first = &self.paths[0];
        let source = fs::canonicalize(first).unwrap_or(first.clone()).display().to_string();
        let record = Record { title: name.clone(), licence, source, downloaded: false, files };
        record.write(&staging.folder)?;
        staging.publish()?;
        say(format!("{name} is imported: {}; use it with --model {name}", amount(&record)));
        let licence = if record.licence.is_empty() { "not stated in its files" } else { &record.licence };
        say(format!("licence: {licence}; check that it allows your use"));
        Ok(())
    }

    fn name(&self) -> Result<String> {
        let name = match (&self.name, self.paths.as_slice()) {
            (Some(name), _) => name.clone(),
            (None, [path]) => {
                let path = fs::canonicalize(path).map_err(|error| files::cannot("read", path, &error))?;
                let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
                let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
                let name = name.unwrap_or_default().to_string_lossy().to_lowercase();
                let name: String = name.chars().map(|letter| if plain(letter) { letter } else { '-' }).collect();
                name.trim_matches(['-', '_', '.']).to_owned()
            }
            (None, _) => return Err(ErrorKind::Argument.error("several files need one name; pass --name")),
        };
        installed::check_name(&name)
            .map_err(|error| ErrorKind::Argument.error(format!("{error}; pass it with --name")))?;
        Ok(name)
    }
}

/// Refuses files that could not be used later.
fn usable(folder: &Path, name: &str) -> Result<()> {
    let staged = format!("{}", folder.display());
    Assembly::of_path(folder).map(drop).map_err(|error| error.reworded(|why| why.replace(&staged, name)))
}

/// Collects the networks and all files that belong to them, and the licence that a manifest states.
fn gather(paths: &[PathBuf]) -> Result<(Files, String)> {
    let mut networks = Vec::new();
    for path in paths {
        networks.extend(network_files(path)?);
    }
    let (mut sources, mut licence) = (Files::new(), String::new());
    while let Some(network) = networks.pop() {
        let mut header = read_header(&network)?;
        let name = network.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for weights in &header.external {
            let plain = |part| matches!(part, Component::Normal(_));
            if weights.is_empty() || !Path::new(weights).components().all(plain) {
                return Err(ErrorKind::Model.error(format!(
                    "{} expects its weights in `{weights}`, outside its folder; export it again with plain file names",
                    network.display()
                )));
            }
            add(&mut sources, weights.clone(), network.with_file_name(weights))?;
        }
        let beside = manifest_beside(&network)?;
        if let Some((_, path)) = &beside {
            add(&mut sources, path.file_name().unwrap_or_default().to_string_lossy().into_owned(), path.clone())?;
        }
        if let Some((text, path)) = beside.or(header.metadata.remove(METADATA_KEY).map(|text| (text, network.clone())))
        {
            let manifest: toml::Table = toml::from_str(&text).map_err(|error| {
                let why = files::one_line(&error);
                ErrorKind::Model
                    .error(format!("the manifest in {}: {why}; models/README.md lists the fields", path.display()))
            })?;
            if let Some(stated) = manifest.get("licence").and_then(|value| value.as_str()) {
                licence = stated.to_owned();
            }
            // Some manifests name the second file of a pair.
            for other in networks_named(&manifest).into_iter().map(|name| network.with_file_name(name)) {
                if other != network && !networks.contains(&other) && !sources.values().any(|source| *source == other) {
                    networks.push(other);
                }
            }
        }
        add(&mut sources, name, network)?;
    }
    Ok((sources, licence))
}

fn read_header(network: &Path) -> Result<Header> {
    let file = File::open(network).map_err(|error| files::cannot("read", network, &error))?;
    Header::read(file).map_err(|error| ErrorKind::Model.error(format!("{}: {error}", network.display())))
}

/// The plain file names of networks in a manifest's tables.
fn networks_named(table: &toml::Table) -> Vec<String> {
    let found = table.values().flat_map(|value| match value {
        toml::Value::String(text) if text.ends_with(".onnx") && !text.contains(['/', '\\']) => vec![text.clone()],
        toml::Value::Table(inner) => networks_named(inner),
        _ => Vec::new(),
    });
    found.collect()
}

fn add(sources: &mut Files, name: String, source: PathBuf) -> Result<()> {
    if name == RECORD_NAME {
        return Err(ErrorKind::File
            .error(format!("{} has a name that is reserved for deepcrop; rename the file", source.display())));
    }
    match sources.insert(name.clone(), source.clone()) {
        Some(other) if other != source => Err(ErrorKind::File.error(format!(
            "{} and {} would both be called {name}; rename one, or put them into one folder and import that",
            other.display(),
            source.display()
        ))),
        _ => Ok(()),
    }
}

fn copy(source: &Path, folder: &Path, name: &str) -> Result<RecordedFile> {
    let last = folder.join(name);
    let from = File::open(source).map_err(|error| files::cannot("read", source, &error))?;
    let parent = last.parent().unwrap_or(folder);
    let copied = fs::create_dir_all(parent).and_then(|()| {
        let to = File::create(&last)?;
        let copied = copy_hashed(from, &to)?;
        to.sync_all().map(|()| copied)
    });
    let (bytes, sha256) = copied.map_err(|error| {
        ErrorKind::File.error(format!(
            "cannot copy {} to {}: {error}; free some disk space",
            source.display(),
            last.display()
        ))
    })?;
    Ok(RecordedFile { name: name.into(), bytes, sha256 })
}
