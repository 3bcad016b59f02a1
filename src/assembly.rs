//! Which files make a network, and the manifest that they go by.

use std::fs::File;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::family::recognise::{Recognised, half, pair, whole};
use crate::manifest::{METADATA_KEY, Manifest};
use crate::onnx::{Header, list};
use crate::store::{manifest_beside, network_files};

/// Words in the names of files that hold the same network with fewer bits; of several files the plain one is meant.
const FEWER_BITS: [&str; 8] = ["quant", "int8", "uint8", "fp16", "float16", "half", "q4", "bnb4"];

/// A network as it lies on disk or in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Assembly {
    /// Where it comes from, as a person would say it.
    pub origin: String,
    /// One file, or an encoder and its decoder; none for a network in memory.
    pub files: Vec<PathBuf>,
    /// What each file says of itself.
    pub headers: Vec<Header>,
    /// What it goes by: its authors' rules and what its owner says otherwise.
    pub manifest: Manifest,
    /// By what it was recognised, as it follows "because".
    pub because: String,
    /// The manifest beside the network.
    pub overridden_by: Option<PathBuf>,
}

/// A file that was looked at.
struct Seen {
    path: PathBuf,
    header: Header,
}

impl Assembly {
    /// The network behind a path: a file, one of two files that belong together, or a folder.
    pub fn of_path(path: &Path) -> Result<Self> {
        let origin = path.display().to_string();
        let files = network_files(path)?;
        let beside = manifest_beside(&files[0])?;
        let mut seen = Vec::new();
        for file in &files {
            match look(file) {
                Ok(header) => seen.push(Seen { path: file.clone(), header }),
                Err(error) if files.len() == 1 => return Err(error),
                // One broken file among several is told of only if nothing else is found.
                Err(_) => {}
            }
        }
        let named = beside.as_ref().map(|(text, place)| named_pair(text, place)).transpose()?.flatten();
        if let Some(names) = named {
            let pair = names.map(|name| path_beside(&files[0], &name));
            let headers = pair.iter().map(|file| look(file)).collect::<Result<Vec<_>>>()?;
            return Self::of_files(origin, pair.into(), headers, beside);
        }
        if path.is_file() {
            let Some(own) = seen.pop() else { return Err(unknown(&origin, &Header::default())) };
            if half(&own.header).is_some() && !own.header.metadata.contains_key(METADATA_KEY) {
                let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
                let others: Vec<Seen> = network_files(folder)?
                    .into_iter()
                    .filter(|other| *other != own.path)
                    .filter_map(|path| Some(Seen { header: look(&path).ok()?, path }))
                    .collect();
                return Self::of_pair(origin, &[own], &others, beside);
            }
            return Self::of_files(origin, vec![own.path], vec![own.header], beside);
        }
        let known = |seen: &Seen| seen.header.metadata.contains_key(METADATA_KEY) || whole(&seen.header).is_some();
        let halves: Vec<&Seen> = seen.iter().filter(|seen| half(&seen.header).is_some()).collect();
        if !halves.is_empty() {
            return Self::of_pair(origin, &seen, &seen, beside);
        }
        let mut wholes: Vec<&Seen> = seen.iter().filter(|seen| known(seen) || seen_alone(&files)).collect();
        wholes.sort_by_key(|seen| plainness(&seen.path));
        let chosen = match wholes.as_slice() {
            [] => None,
            [one] => Some(*one),
            several => several.iter().find(|seen| seen.path.file_stem().is_some_and(|stem| stem == "model")).copied(),
        };
        match (chosen, wholes.len(), seen.first()) {
            (Some(one), ..) => {
                Self::of_files(origin, vec![one.path.clone()], vec![one.header.clone()], manifest_beside(&one.path)?)
            }
            (None, 0, Some(first)) => Err(unknown(&first.path.display().to_string(), &first.header)),
            (None, 0, None) => look(&files[0]).and(Err(Error::Internal("a file was read only once".into()))),
            (None, count, _) => Err(Error::File(format!(
                "the folder {origin} holds {count} networks; pass the file of one, or name it model.onnx"
            ))),
        }
    }

    /// A whole file in memory, which says of itself what it is.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self> {
        let origin = "the network in memory".to_owned();
        let header = Header::read(Cursor::new(bytes)).map_err(|error| about(&origin, error))?;
        Self::of_files(origin, Vec::new(), vec![header], None)
    }

    fn of_pair(origin: String, these: &[Seen], those: &[Seen], beside: Option<(String, PathBuf)>) -> Result<Self> {
        let couples = these.iter().flat_map(|this| those.iter().flat_map(move |that| [(this, that), (that, this)]));
        let mut fitting: Vec<_> = couples
            .filter_map(|(encoder, decoder)| {
                let preference = pair(&encoder.header, &decoder.header)?.preference;
                let (a, b) = (&encoder.path, &decoder.path);
                let bits = plainness(a) + plainness(b);
                let unlike = usize::MAX - likeness(a, b);
                Some(((bits, -preference, unlike, a.clone(), b.clone()), [encoder, decoder]))
            })
            .collect();
        fitting.sort_by(|a, b| a.0.cmp(&b.0));
        match fitting.first() {
            Some((_, couple)) => Self::of_files(
                origin,
                couple.map(|seen| seen.path.clone()).into(),
                couple.map(|seen| seen.header.clone()).into(),
                beside,
            ),
            None => {
                let lonely = these.iter().find_map(|seen| Some((&seen.path, half(&seen.header)?)));
                let (path, what) = lonely.map_or((Path::new(""), String::new()), |(path, what)| (path.as_path(), what));
                Err(Error::Model(format!(
                    "{} is {what}; put that file into the same folder and pass either of them or the folder",
                    path.display()
                )))
            }
        }
    }

    /// Files that belong together, with what lies beside them.
    fn of_files(
        origin: String,
        mut files: Vec<PathBuf>,
        mut headers: Vec<Header>,
        beside: Option<(String, PathBuf)>,
    ) -> Result<Self> {
        let own = headers[0].metadata.get(METADATA_KEY);
        let recognised = match (own, headers.as_slice()) {
            (Some(text), _) => Some(Recognised {
                manifest: Manifest::parse(text, &format!("the manifest in {origin}"))?,
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
                // A text that names its family describes a network from the ground up, unless it is the one that the names
                // tell too.
                let family = Manifest::family_named(text, &place)?;
                match base.filter(|base| family.as_ref().is_none_or(|family| own.is_none() && *family == base.family)) {
                    Some(base) => base.overridden(text, &place)?,
                    None => Manifest::parse(text, &place)?,
                }
            }
        };
        if let (Some(decoder), [encoder]) =
            (manifest.click_map.as_ref().and_then(|own| own.decoder.as_ref()), files.as_slice())
        {
            let decoder = path_beside(encoder, decoder);
            headers.push(look(&decoder)?);
            files.push(decoder);
        }
        if manifest.name.is_empty() {
            manifest.name = call(&files, &origin);
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

/// What the file says of itself.
fn look(path: &Path) -> Result<Header> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| {
        Error::File(format!("the network {name} cannot be read: {error}; check the path and its permissions"))
    })?;
    let header = Header::read(file).map_err(|error| about(&name, error))?;
    for weights in &header.external {
        let weights = path_beside(path, weights);
        if !weights.is_file() {
            return Err(Error::File(format!(
                "{name} keeps its weights in {}, which is not there; get that file too and put it there",
                weights.display()
            )));
        }
    }
    Ok(header)
}

fn about(origin: &str, error: Error) -> Error {
    match error {
        Error::Model(why) => Error::Model(format!("{origin}: {why}")),
        other => other,
    }
}

fn path_beside(file: &Path, name: &str) -> PathBuf {
    file.with_file_name("").join(name)
}

fn seen_alone(files: &[PathBuf]) -> bool {
    files.len() == 1
}

/// The files that a manifest names as encoder and decoder.
fn named_pair(text: &str, place: &Path) -> Result<Option<[String; 2]>> {
    Manifest::pair_named(text, &place.display().to_string())
}

/// How far a name is from that of a plain file.
fn plainness(path: &Path) -> usize {
    let name = stem(path);
    FEWER_BITS.iter().filter(|word| name.contains(*word)).count()
}

/// How much two names have in common, from their beginnings and their ends.
fn likeness(a: &Path, b: &Path) -> usize {
    let (a, b) = (stem(a), stem(b));
    let same = |pairs: &mut dyn Iterator<Item = (char, char)>| pairs.take_while(|(a, b)| a == b).count();
    same(&mut a.chars().zip(b.chars())) + same(&mut a.chars().rev().zip(b.chars().rev()))
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// What to call a network without a name: its file, or the folder of several.
fn call(files: &[PathBuf], origin: &str) -> String {
    let name = match files {
        [] => None,
        [one] => one.file_stem(),
        [first, ..] => first.parent().and_then(Path::file_name).or(first.file_stem()),
    };
    name.map_or_else(|| origin.to_owned(), |name| name.to_string_lossy().into_owned())
}

fn unknown(origin: &str, header: &Header) -> Error {
    Error::Model(format!(
        "{origin} is a network of a kind that is not known: it takes {} and gives {}; describe it in a model.toml beside it (models/README.md says how)",
        list(&header.inputs),
        list(&header.outputs)
    ))
}

#[cfg(test)]
mod tests;
