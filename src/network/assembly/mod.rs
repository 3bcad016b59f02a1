//! Assembling a network: which files belong to it, and which manifest describes it.

mod choice;

use std::fs::File;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use crate::base::error::{Error, ErrorKind, Result};
use crate::network::assembly::choice::{Seen, couple, single};
use crate::network::families::family::Recognised;
use crate::network::families::{half, override_manifest, pair, pair_named, read_manifest, second_file, whole};
use crate::network::manifest::{self, METADATA_KEY, Manifest};
use crate::network::onnx::Header;
use crate::network::onnx::port::list;
use crate::network::store::{manifest_beside, manifest_of, network_files};

/// A network as it lies on disk or in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Assembly {
    /// Where the network comes from, for messages: its path, or "the network in memory".
    pub origin: String,
    /// The files: one, or an encoder and its decoder; none for a network in memory.
    pub files: Vec<PathBuf>,
    /// The header of each file.
    pub headers: Vec<Header>,
    /// The manifest: the rules of the network's authors, overridden by the text beside it.
    pub manifest: Manifest,
    /// How the network was recognised, as a clause that follows "because".
    pub because: String,
    /// The path of the manifest beside the network, if there is one.
    pub overridden_by: Option<PathBuf>,
}

impl Assembly {
    /// Assembles the network behind a path: a file, one of two files that belong together, or a folder.
    pub fn of_path(path: &Path) -> Result<Self> {
        let origin = path.display().to_string();
        let files = network_files(path)?;
        let alone = path.is_file();
        // A manifest beside a file describes that file, the one in a folder describes all its files.
        let folder = path.with_file_name("");
        let general = if alone { manifest_beside(path)? } else { manifest_of(path)? };
        if let Some((text, place)) = &general
            && let Some(names) = pair_named(&manifest::fields(text, &place.display().to_string())?)
        {
            let pair = names.map(|name| path_beside(&files[0], &name));
            let headers = pair.iter().map(|file| look(file)).collect::<Result<Vec<_>>>()?;
            return Self::of_files(origin, pair.into(), headers, general);
        }
        let (seen, broken) = look_at(files);
        if !alone {
            return Self::of_folder(origin, &seen, broken);
        }
        let [own] = seen.as_slice() else { return Err(broken.unwrap_or_else(|| unknown(&origin, &Header::default()))) };
        if own.header.metadata.contains_key(METADATA_KEY) || half(&own.header).is_none() {
            return Self::of_files(origin, vec![own.path.clone()], vec![own.header.clone()], general);
        }
        let folder = if folder == Path::new("") { Path::new(".") } else { &folder };
        let (others, broken) = look_at(network_files(folder)?.into_iter().filter(|file| *file != own.path).collect());
        match couple(&seen, &others)? {
            Some(couple) => Self::of_couple(origin, couple),
            None => Err(broken.unwrap_or_else(|| without_partner(&seen))),
        }
    }

    /// Assembles the network in a folder. `broken` is the error of the first file that could not be read.
    fn of_folder(origin: String, seen: &[Seen], broken: Option<Error>) -> Result<Self> {
        // A file alone in its folder is taken even if only its manifest says what it is.
        let named: Vec<String> = seen.iter().filter_map(Seen::second_file).collect();
        let part = |seen: &Seen| named.iter().any(|name| seen.path.ends_with(name));
        let wholes: Vec<&Seen> = match seen {
            [one] if half(&one.header).is_none() => vec![one],
            several => several.iter().filter(|seen| seen.is_whole() && !part(seen)).collect(),
        };
        let pair = couple(seen, seen)?;
        match (single(&wholes), pair) {
            (None, Some(couple)) if wholes.is_empty() => Self::of_couple(origin, couple),
            (Some(one), None) => {
                let beside = manifest_beside(&one.path)?;
                Self::of_files(origin, vec![one.path.clone()], vec![one.header.clone()], beside)
            }
            (None, None) if wholes.is_empty() => Err(match (broken, seen.first()) {
                (Some(error), _) => error,
                (None, Some(_)) => without_partner(seen),
                (None, None) => ErrorKind::Internal.error(format!("the folder {origin} is empty")),
            }),
            _ => Err(ErrorKind::File.error(format!(
                "the folder {origin} holds {} networks; pass the path of one file, or rename it to model.onnx",
                wholes.len() + usize::from(pair.is_some())
            ))),
        }
    }

    /// Assembles a network from a file in memory. It must have its manifest inside, or be recognised.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self> {
        let origin = "the network in memory".to_owned();
        let header = Header::read(Cursor::new(bytes)).map_err(|error| with_origin(&origin, error))?;
        Self::of_files(origin, Vec::new(), vec![header], None)
    }

    /// Assembles an encoder and its decoder. Either may have a manifest beside it.
    fn of_couple(origin: String, [encoder, decoder]: [&Seen; 2]) -> Result<Self> {
        let own = |seen: &Seen| seen.path.with_extension("toml").is_file();
        let told = if own(encoder) || !own(decoder) { encoder } else { decoder };
        let files = vec![encoder.path.clone(), decoder.path.clone()];
        let beside = manifest_beside(&told.path)?;
        Self::of_files(origin, files, vec![encoder.header.clone(), decoder.header.clone()], beside)
    }

    /// Where the manifest was read, for error sentences.
    pub fn place(&self) -> String {
        self.overridden_by.as_ref().map_or_else(|| self.origin.clone(), |place| place.display().to_string())
    }

    /// Assembles files that belong together. `beside` is the manifest beside them.
    fn of_files(
        origin: String,
        mut files: Vec<PathBuf>,
        mut headers: Vec<Header>,
        beside: Option<(String, PathBuf)>,
    ) -> Result<Self> {
        let own = headers[0].metadata.get(METADATA_KEY);
        let recognised = match (own, headers.as_slice()) {
            (Some(text), _) => Some(Recognised {
                manifest: read_manifest(text, &format!("the manifest in {origin}"))?,
                because: format!("its metadata `{METADATA_KEY}` says so"),
                preference: 0,
            }),
            (None, [one]) => whole(one),
            (None, [encoder, decoder, ..]) => pair(encoder, decoder),
            (None, []) => None,
        };
        let because = recognised.as_ref().map(|known| known.because.clone());
        let base = recognised.map(|known| known.manifest);
        let mut manifest = match (&beside, base) {
            (None, None) => return Err(unknown(&origin, &headers[0])),
            (None, Some(base)) => base,
            (Some((text, place)), base) => {
                let place = place.display().to_string();
                // A manifest that names a family is complete, unless the network was recognised as of that family
                // anyway: then it only overrides.
                let fields = manifest::fields(text, &place)?;
                let family = fields.get("family").and_then(toml::Value::as_str);
                match base.filter(|base| family.is_none_or(|family| own.is_none() && family == base.family)) {
                    Some(base) => override_manifest(&base, text, &place)?,
                    None => read_manifest(text, &place)?,
                }
            }
        };
        if let (Some((_, second)), [first]) = (second_file(&manifest), files.as_slice()) {
            let second = path_beside(first, &second);
            headers.push(look(&second)?);
            files.push(second);
        }
        if manifest.name.is_empty() {
            manifest.name = default_name(&files, &origin);
        }
        let overridden_by = beside.map(|(_, place)| place);
        let because = match (because, &overridden_by) {
            (Some(because), _) => because,
            (None, Some(place)) => format!("{} says so", place.display()),
            (None, None) => String::new(),
        };
        Ok(Self { origin, files, headers, manifest, because, overridden_by })
    }
}

/// Reads a file's header, and checks that its weights are there.
fn look(path: &Path) -> Result<Header> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| {
        ErrorKind::File
            .error(format!("the network {name} cannot be read: {error}; check the path and its permissions"))
            .caused_by(error)
    })?;
    let header = Header::read(file).map_err(|error| with_origin(&name, error))?;
    for weights in &header.external {
        let weights = path_beside(path, weights);
        if !weights.is_file() {
            return Err(ErrorKind::File.error(format!(
                "{name} keeps its weights in {}, which does not exist; get that file too and put it there",
                weights.display()
            )));
        }
    }
    Ok(header)
}

/// Puts the origin before a sentence about the network.
fn with_origin(origin: &str, error: Error) -> Error {
    match error.kind() {
        ErrorKind::Model => error.reworded(|why| format!("{origin}: {why}")),
        _ => error,
    }
}

fn path_beside(file: &Path, name: &str) -> PathBuf {
    file.with_file_name("").join(name)
}

/// The files that can be read, and the error of the first that cannot.
fn look_at(files: Vec<PathBuf>) -> (Vec<Seen>, Option<Error>) {
    let (mut seen, mut broken) = (Vec::new(), None);
    for path in files {
        match look(&path) {
            Ok(header) => seen.push(Seen { path, header }),
            Err(error) => broken = broken.or(Some(error)),
        }
    }
    (seen, broken)
}

/// The error if no two files fit together, or none is recognised.
fn without_partner(seen: &[Seen]) -> Error {
    match seen.iter().find_map(|seen| Some((&seen.path, half(&seen.header)?))) {
        Some((path, what)) => ErrorKind::Model.error(format!(
            "{} is {what}; put both files into one folder and pass the path of either file or of the folder",
            path.display()
        )),
        None => unknown(&seen[0].path.display().to_string(), &seen[0].header),
    }
}

/// The name of a network whose manifest has none: its file's, or its folder's if it has several files.
fn default_name(files: &[PathBuf], origin: &str) -> String {
    let name = match files {
        [] => None,
        [one] => one.file_stem(),
        [first, ..] => first.parent().and_then(Path::file_name).or(first.file_stem()),
    };
    name.map_or_else(|| origin.to_owned(), |name| name.to_string_lossy().into_owned())
}

fn unknown(origin: &str, header: &Header) -> Error {
    ErrorKind::Model.error(format!(
        "{origin} is a network of an unknown family: it takes {} and gives {}; describe it in a model.toml beside it (see models/README.md)",
        list(&header.inputs),
        list(&header.outputs)
    ))
}

#[cfg(test)]
mod tests;
