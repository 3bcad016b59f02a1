//! Installed networks: a folder for each, named like the network, in one folder of the user.

use std::env;
use std::path::{Path, PathBuf};

use crate::base::error::{ErrorKind, Result};
use crate::network::engines::ENGINES;

/// The length of the longest name.
const MAX_NAME: usize = 64;

/// The folder of the installed networks: `DEEPCROP_MODELS`, else `deepcrop/models` in the user's data folder. It may not
/// exist yet.
pub fn root() -> Result<PathBuf> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = variable("DEEPCROP_MODELS") {
        return Ok(folder);
    }
    let home = |below: &str| env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(below));
    let data = if cfg!(windows) {
        variable("LOCALAPPDATA").or_else(|| home("AppData/Local"))
    } else if cfg!(target_os = "macos") {
        home("Library/Application Support")
    } else {
        // The XDG specification says to ignore a relative path.
        variable("XDG_DATA_HOME").filter(|folder| folder.is_absolute()).or_else(|| home(".local/share"))
    };
    data.map(|folder| folder.join("deepcrop").join("models")).ok_or_else(|| {
        ErrorKind::File.error("there is no home folder to keep networks in; set DEEPCROP_MODELS to a folder")
    })
}

/// Checks that a network can have this name. Capitals are refused, as some systems do not tell them from small letters.
pub fn check_name(name: &str) -> Result<()> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let inner = |byte: u8| letter(byte) || matches!(byte, b'-' | b'_' | b'.');
    let ends =
        |name: &[u8]| name.first().is_some_and(|&byte| letter(byte)) && name.last().is_some_and(|&byte| letter(byte));
    // `Source::parse` keeps these for the built-in network and the engines.
    if name == "builtin" || ENGINES.iter().any(|engine| engine.name == name) {
        return Err(
            ErrorKind::Argument.error(format!("`{name}` always means the engine of that name; choose another name"))
        );
    }
    if name.len() > MAX_NAME || !ends(name.as_bytes()) || !name.bytes().all(inner) {
        return Err(ErrorKind::Argument.error(format!(
            "`{name}` cannot be the name of a network; use at most {MAX_NAME} of a-z, 0-9, -, _ and ., and begin and end with a letter or digit"
        )));
    }
    Ok(())
}

/// The names of all installed networks, sorted.
pub fn names() -> Result<Vec<String>> {
    let root = root()?;
    let entries = match root.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(ErrorKind::File.error(format!(
                "the folder of installed networks {} cannot be read: {error}; check its permissions, or set DEEPCROP_MODELS",
                root.display()
            )));
        }
    };
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| check_name(name).is_ok())
        .collect();
    names.sort();
    Ok(names)
}

/// The folder of an installed network; else an error that lists the installed networks.
pub fn folder(name: &str) -> Result<PathBuf> {
    let folder = root()?.join(name);
    if check_name(name).is_ok() && folder.is_dir() {
        return Ok(folder);
    }
    let installed = match names()?.as_slice() {
        [] => "none is installed".to_owned(),
        names => format!("installed: {}", names.join(", ")),
    };
    Err(ErrorKind::File.error(format!(
        "`{name}` is neither a file or folder nor an installed network ({installed}); check the path, or see \
         `deepcrop models list`"
    )))
}

/// Whether a text can only be a name: it does not look like a path, and there is no file or folder of that name.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(['/', '\\', ':']) && !Path::new(text).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for name in ["mobilesam", "sam2.1-tiny", "a", "0_1"] {
            assert_eq!(check_name(name), Ok(()));
        }
        let long = "a".repeat(65);
        for name in ["", ".", "..", ".part", "-a", "a-", "a/b", "a\\b", "Ä", "MobileSAM", "a b", &long] {
            assert!(check_name(name).unwrap_err().to_string().contains("cannot be the name"), "{name}");
        }
        assert!(check_name("builtin").unwrap_err().to_string().contains("always means"));
    }

    #[test]
    fn a_path_is_no_name() {
        assert!(is_name("mobilesam") && is_name("none.onnx"));
        for path in ["", "./mobilesam", "a/b", "C:mobilesam", r"a\b", "src", "Cargo.toml"] {
            assert!(!is_name(path), "{path}");
        }
    }
}
