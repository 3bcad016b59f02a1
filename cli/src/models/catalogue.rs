//! The catalogue of networks: the built-in one, or a file of the user's.

use std::path::{Component, Path};

use clap::Args;
use deepcrop::internals::network::models::record::RECORD_NAME;
use deepcrop::internals::network::store::installed;
use deepcrop::{ErrorKind, Result};
use serde::{Deserialize, Serialize};

use super::progress::megabytes;
use crate::files;

const OURS: &str = include_str!("catalogue.toml");

/// Which catalogue to read.
#[derive(Args)]
pub struct CatalogueArgs {
    /// Read this catalogue instead of the built-in one;
    /// models/README.md describes the format
    #[arg(long, verbatim_doc_comment, value_name = "FILE")]
    catalogue: Option<std::path::PathBuf>,
}

impl CatalogueArgs {
    pub fn read(&self) -> Result<Catalogue> {
        match &self.catalogue {
            None => Catalogue::ours(),
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| files::cannot("read", path, &error))?;
                Catalogue::parse(&text, &path.display().to_string())
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    format: u32,
    #[serde(default)]
    pub network: Vec<Entry>,
}

/// One network of the catalogue.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub name: String,
    pub title: String,
    pub family: String,
    pub licence: String,
    pub licence_url: Option<String>,
    /// False where the licence forbids commercial use.
    #[serde(default = "yes")]
    pub commercial: bool,
    /// The page of its authors.
    pub source: String,
    /// The side of its input, in pixels.
    pub side: Option<u32>,
    pub speed: Option<String>,
    pub accuracy: Option<String>,
    /// Where the speed and accuracy were published.
    pub figures_from: Option<String>,
    pub note: Option<String>,
    /// The files to download; none if their hashes are not known.
    #[serde(default)]
    pub files: Vec<RemoteFile>,
    /// If there is nothing to download: which files to get, and how.
    pub take: Option<String>,
}

/// A file on a server, with the size and hash to check it by.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteFile {
    pub url: String,
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

fn yes() -> bool {
    true
}

impl Catalogue {
    /// The built-in catalogue.
    pub fn ours() -> Result<Self> {
        Self::parse(OURS, "the built-in catalogue")
    }

    fn parse(text: &str, origin: &str) -> Result<Self> {
        let catalogue: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(0, |span| text[..span.start].lines().count().max(1));
            ErrorKind::File
                .error(format!("{origin}, line {line}: {}; models/README.md lists the fields", error.message()))
        })?;
        if catalogue.format != 1 {
            return Err(ErrorKind::File.error(format!(
                "{origin} has format {}, but this deepcrop reads format 1; install a newer deepcrop",
                catalogue.format
            )));
        }
        for (i, entry) in catalogue.network.iter().enumerate() {
            let double = catalogue.network[..i].iter().any(|other| other.name == entry.name);
            let fault = if double { Some("the name occurs twice".into()) } else { entry.fault() };
            if let Some(fault) = fault {
                return Err(ErrorKind::File.error(format!("{origin}, network `{}`: {fault}", entry.name)));
            }
        }
        Ok(catalogue)
    }

    pub fn find(&self, name: &str) -> Result<&Entry> {
        self.network.iter().find(|entry| entry.name == name).ok_or_else(|| {
            ErrorKind::Argument
                .error(format!("there is no network `{name}` in the catalogue; `deepcrop models list` shows all"))
        })
    }
}

impl Entry {
    /// The size of the download; empty if there is none.
    pub fn size(&self) -> String {
        match self.files.iter().map(|file| file.bytes).sum() {
            0 => String::new(),
            bytes => megabytes(bytes),
        }
    }

    /// What is wrong with the entry, and what to write instead.
    fn fault(&self) -> Option<String> {
        if let Err(error) = installed::check_name(&self.name) {
            return Some(error.to_string());
        }
        if [&self.title, &self.family, &self.licence, &self.source].iter().any(|text| text.trim().is_empty()) {
            return Some("title, family, licence or source is empty; fill it in".into());
        }
        if self.files.is_empty() == self.take.is_none() {
            return Some("write either `files` or `take`".into());
        }
        self.files.iter().enumerate().find_map(|(i, file)| {
            let double = self.files[..i].iter().any(|other| other.name == file.name);
            let fault = if double { Some("occurs twice; name it once") } else { file.fault() };
            fault.map(|fault| format!("the file `{}` {fault}", file.name))
        })
    }
}

impl RemoteFile {
    fn fault(&self) -> Option<&'static str> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let mut parts = Path::new(&self.name).components();
        let plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
        if !plain || self.name.starts_with('.') || self.name.contains(['/', '\\', ':']) || self.name == RECORD_NAME {
            Some("needs a plain file name, without folders")
        } else if self.sha256.len() != 64 || !self.sha256.bytes().all(hex) {
            Some("needs its SHA-256: 64 digits of 0-9 and a-f")
        } else if self.bytes == 0 {
            Some("needs its size: the number of bytes")
        } else if !["https://", "http://"].iter().any(|scheme| self.url.starts_with(scheme)) {
            Some("needs an address that begins with https://")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        format = 1
        [[network]]
        name = "net"
        title = "Net"
        family = "saliency"
        licence = "MIT"
        source = "https://example.org"
        files = [{ url = "https://example.org/a.onnx", name = "a.onnx", bytes = 7, sha256 = "HASH" }]
    "#;

    fn parse(change: impl Fn(String) -> String) -> Result<Catalogue> {
        Catalogue::parse(&change(TEXT.replace("HASH", &"0a".repeat(32))), "list.toml")
    }

    #[test]
    fn the_built_in_catalogue_is_complete() {
        let catalogue = Catalogue::ours().unwrap();
        assert!(catalogue.network.len() > 20 && catalogue.find("mobilesam").unwrap().files.len() == 3);
        for entry in &catalogue.network {
            let urls = entry.files.iter().map(|file| &file.url).chain([&entry.source]).chain(&entry.licence_url);
            assert!(urls.clone().all(|url| url.starts_with("https://")), "{}", entry.name);
            assert!(entry.licence_url.is_some(), "{}: where is the licence?", entry.name);
            // A figure needs its source, and must fit the table.
            assert_eq!(
                entry.speed.is_some() || entry.accuracy.is_some(),
                entry.figures_from.is_some(),
                "{}",
                entry.name
            );
            for (text, most) in [
                (Some(&entry.name), 16),
                (Some(&entry.licence), 18),
                (entry.speed.as_ref(), 18),
                (entry.accuracy.as_ref(), 19),
            ] {
                assert!(text.is_none_or(|text| text.chars().count() <= most), "{}: {text:?}", entry.name);
            }
        }
    }

    #[test]
    fn a_bad_catalogue_is_named_with_its_fault() {
        assert_eq!(parse(|text| text).unwrap().network[0].size(), "7 bytes");
        let network = TEXT.split_once("format = 1").unwrap().1.replace("HASH", &"0a".repeat(32));
        let again = format!("{network}\n        [[network]]");
        for (from, to, says) in [
            ("format = 1", "format = 2", "format 2"),
            ("title", "titel", "list.toml, line 5: unknown field `titel`"),
            ("\"net\"", "\"Net\"", "cannot be the name of a network"),
            ("\"MIT\"", "\" \"", "licence"),
            ("0a0a", "0A0A", "64 digits"),
            ("0a0a", "0a", "64 digits"),
            ("bytes = 7", "bytes = 0", "number of bytes"),
            ("bytes = 7", "bytes = -7", "line 9"),
            ("name = \"a.onnx\"", "name = \"../a.onnx\"", "plain file name"),
            ("name = \"a.onnx\"", "name = \"installed.toml\"", "plain file name"),
            ("https://example.org/a", "file:///a", "address"),
            ("files", "take = \"it\"\nfiles", "either"),
            ("\n        [[network]]", again.as_str(), "`net`: the name occurs twice"),
        ] {
            let error =
                parse(|text| text.replacen(from, to, 1)).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(says) && error.contains("list.toml"), "{to}: {error}");
        }
    }
}
