//! Choosing among several files, by their inputs and outputs and by their names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::base::error::{ErrorKind, Result};
use crate::network::families::{half, pair, read_manifest, second_file, whole};
use crate::network::manifest::METADATA_KEY;
use crate::network::onnx::Header;

/// Words in the names of quantised files: the same network with fewer bits. The plain file is preferred.
const FEWER_BITS: [&str; 8] = ["quant", "int8", "uint8", "fp16", "float16", "half", "q4", "bnb4"];
/// Words in the names of files that do not tell one network from another: its parts, and how many masks a decoder gives.
const PARTS: [&str; 10] =
    ["encoder", "decoder", "image", "vision", "mask", "prompt", "preprocess", "single", "multi", "model"];

/// A file and its header.
pub struct Seen {
    pub path: PathBuf,
    pub header: Header,
}

impl Seen {
    /// Whether the file is a whole network.
    pub fn is_whole(&self) -> bool {
        let known = || half(&self.header).is_none() && whole(&self.header).is_some();
        self.header.metadata.contains_key(METADATA_KEY) || known()
    }

    /// The second file that the manifest in this file names. It may look like a whole network.
    pub fn second_file(&self) -> Option<String> {
        let text = self.header.metadata.get(METADATA_KEY)?;
        // If the text is wrong, the error comes when the network is chosen.
        second_file(&read_manifest(text, "").ok()?).map(|(_, name)| name)
    }
}

/// A file's name, split into words.
struct Name {
    /// The words that tell one network from another.
    network: BTreeSet<String>,
    /// The number of words that say the file is quantised.
    fewer_bits: usize,
}

impl Name {
    fn of(path: &Path) -> Self {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
        let mut name = Self { network: BTreeSet::new(), fewer_bits: 0 };
        for word in stem.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
            if FEWER_BITS.iter().any(|known| word.contains(known)) {
                name.fewer_bits += 1;
            } else if !PARTS.contains(&word) {
                name.network.insert(word.to_owned());
            }
        }
        name
    }

    /// The number of words that only one of two names has.
    fn unlike(&self, other: &Self) -> usize {
        self.network.symmetric_difference(&other.network).count()
    }
}

/// The encoder and decoder that fit and whose names are most alike, one of them from each list. Plain files come before
/// quantised ones, decoders with several answers before others. None if none fit; an error if several networks fit alike.
pub fn couple<'s>(these: &'s [Seen], those: &'s [Seen]) -> Result<Option<[&'s Seen; 2]>> {
    let couples = these.iter().flat_map(|this| those.iter().flat_map(move |that| [[this, that], [that, this]]));
    let mut fitting: Vec<_> = couples
        .filter_map(|[encoder, decoder]| {
            let preference = pair(&encoder.header, &decoder.header)?.preference;
            let (a, b) = (Name::of(&encoder.path), Name::of(&decoder.path));
            let key = (a.unlike(&b), a.fewer_bits + b.fewer_bits, -preference, &encoder.path, &decoder.path);
            Some((key, a.network, [encoder, decoder]))
        })
        .collect();
    fitting.sort_by(|a, b| a.0.cmp(&b.0));
    let Some((best, network, couple)) = fitting.first() else { return Ok(None) };
    match fitting.iter().find(|(key, other, _)| key.0 == best.0 && other != network) {
        None => Ok(Some(*couple)),
        Some((.., other)) => Err(ErrorKind::File.error(format!(
            "{} and {} both fit, and their names do not tell which one to use; pass the path of the encoder, move each network into its own folder, or name both files in a model.toml (models/README.md shows how)",
            couple[0].path.display(),
            other[0].path.display()
        ))),
    }
}

/// The file called `model`; else the only whole network, or the plain one if all others are quantised.
pub fn single<'s>(wholes: &[&'s Seen]) -> Option<&'s Seen> {
    let called = |seen: &&&Seen| seen.path.file_stem().is_some_and(|stem| stem == "model");
    let plain = wholes.iter().min_by_key(|seen| Name::of(&seen.path).fewer_bits)?;
    let alike = |seen: &&Seen| Name::of(&seen.path).unlike(&Name::of(&plain.path)) == 0;
    wholes.iter().find(called).or(Some(plain).filter(|_| wholes.iter().all(alike))).copied()
}
