//! Networks on disk: the files behind a path or a name, and the manifest beside them.

pub mod installed;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::base::error::{ErrorKind, Result};
use crate::network::engines::ENGINES;

/// Where a model comes from. Texts and paths are converted; see [`Source::parse`].
///
/// ```
/// use deepcrop::Source;
///
/// assert_eq!(Source::parse("builtin"), Source::Builtin);
/// assert_eq!(Source::from("classical"), Source::Engine("classical"));
/// assert_eq!(Source::from("nets/sam.onnx"), Source::Path("nets/sam.onnx".into()));
/// assert_eq!(Source::from("mobilesam"), Source::Installed("mobilesam".into()));
/// assert!(matches!(Source::from(vec![8, 7]), Source::Bytes(_)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The built-in network.
    Builtin,
    /// An engine that needs no network, by its name.
    Engine(&'static str),
    /// A network's file, or a folder that holds one network.
    Path(PathBuf),
    /// An installed network, by its name; see `deepcrop models list`.
    Installed(String),
    /// A network's file in memory.
    Bytes(Cow<'static, [u8]>),
}

impl Source {
    /// Reads a text. `builtin` is the built-in network, `classical` and `extractnet` are engines (write `./classical`
    /// for a file of that name). Any other text is a path or, if there is no such file and it contains no `/`, `\` or
    /// `:`, the name of an installed network.
    pub fn parse(text: &str) -> Self {
        let engine = || ENGINES.iter().find(|engine| engine.name == text);
        match text {
            "builtin" => Source::Builtin,
            _ if let Some(engine) = engine() => Source::Engine(engine.name),
            name if installed::is_name(name) => Source::Installed(name.into()),
            path => Source::Path(path.into()),
        }
    }
}

impl From<&Source> for Source {
    fn from(source: &Source) -> Self {
        source.clone()
    }
}

impl From<&str> for Source {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl From<String> for Source {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<Vec<u8>> for Source {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<&'static [u8]> for Source {
    fn from(bytes: &'static [u8]) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<&PathBuf> for Source {
    fn from(path: &PathBuf) -> Self {
        Self::Path(path.clone())
    }
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Self {
        Self::Path(path.into())
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

/// The network files behind a path: the file itself, or all in the folder, sorted by name.
pub fn network_files(path: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |error: std::io::Error| {
        ErrorKind::File
            .error(format!(
                "the network {} cannot be read: {error}; check the path and its permissions",
                path.display()
            ))
            .caused_by(error)
    };
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut networks = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx")) {
            networks.push(file);
        }
    }
    networks.sort();
    if networks.is_empty() {
        return Err(ErrorKind::File
            .error(format!("the folder {} holds no .onnx file; pass the path of a network's file", path.display())));
    }
    Ok(networks)
}

/// The manifest beside a network's file, and its path: the file's name with `.toml`, else `model.toml`.
pub fn manifest_beside(network: &Path) -> Result<Option<(String, PathBuf)>> {
    match read_manifest(network.with_extension("toml"))? {
        None => read_manifest(network.with_file_name("model.toml")),
        own => Ok(own),
    }
}

/// The manifest of a folder's network, whatever its files are called: `model.toml`.
pub fn manifest_of(folder: &Path) -> Result<Option<(String, PathBuf)>> {
    read_manifest(folder.join("model.toml"))
}

fn read_manifest(path: PathBuf) -> Result<Option<(String, PathBuf)>> {
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((text, path))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ErrorKind::File
            .error(format!("the manifest {} cannot be read: {error}; check its permissions", path.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stands_for_what_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        assert!(network_files(folder.path()).unwrap_err().to_string().contains("holds no .onnx"));
        std::fs::write(path("b.ONNX"), "").unwrap();
        std::fs::write(path("a.onnx"), "").unwrap();
        std::fs::write(path("a.txt"), "").unwrap();
        assert_eq!(network_files(folder.path()).unwrap(), [path("a.onnx"), path("b.ONNX")]);
        assert_eq!(network_files(&path("a.txt")).unwrap(), [path("a.txt")]);
        assert!(network_files(&path("none")).unwrap_err().to_string().contains("cannot be read"));
    }

    #[test]
    fn a_manifest_of_the_same_name_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let network = folder.path().join("a.onnx");
        assert_eq!(manifest_beside(&network).unwrap(), None);
        std::fs::write(folder.path().join("model.toml"), "general").unwrap();
        assert_eq!(manifest_beside(&network).unwrap().unwrap().0, "general");
        std::fs::write(folder.path().join("a.toml"), "own").unwrap();
        assert_eq!(manifest_beside(&network).unwrap().unwrap().0, "own");
    }
}
