//! The folders of the repository, names of libraries on this system, and operations on files.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::path::{Path, PathBuf};

use crate::Result;

/// The folders that the steps read and write.
pub struct Place {
    /// The repository.
    pub root: PathBuf,
    /// Cargo's target folder: all output goes into it.
    pub target: PathBuf,
}

impl Place {
    /// Finds the repository by cargo's variable, and the target folder by the path of this program, since it is
    /// configurable.
    pub fn find() -> Result<Self> {
        let xtask = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&xtask).parent().ok_or("xtask/ lies in no folder; run it as `cargo xtask`")?;
        let program = std::env::current_exe().map_err(|e| format!("the path of this program is unknown ({e})"))?;
        let target =
            program.ancestors().nth(2).ok_or("this program lies in no target folder; run it as `cargo xtask`")?;
        Ok(Self { root: root.into(), target: target.into() })
    }

    /// The folder of `cargo build --release`.
    pub fn release(&self) -> PathBuf {
        self.target.join("release")
    }

    /// The program `deepcrop`.
    pub fn program(&self) -> PathBuf {
        self.release().join(format!("deepcrop{EXE_SUFFIX}"))
    }

    /// The shared library as cargo names it.
    pub fn library(&self) -> PathBuf {
        self.release().join(format!("{DLL_PREFIX}deepcrop{DLL_SUFFIX}"))
    }

    /// A path for messages: relative to the current folder if it lies below.
    pub fn show(&self, path: &Path) -> String {
        let here = std::env::current_dir().unwrap_or_else(|_| self.root.clone());
        path.strip_prefix(&here).unwrap_or(path).display().to_string()
    }
}

/// The path of a folder for one test. The test makes and removes it.
#[cfg(test)]
pub fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("deepcrop-{name}-{}", std::process::id()))
}

/// Copies a file and makes the folders above it. An old file is removed first: a program that still runs from it is not
/// changed.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    make_room(to)?;
    std::fs::copy(from, to).map_err(|e| format!("could not copy {} to {}: {e}", from.display(), to.display()))?;
    Ok(())
}

/// Writes a text file and makes the folders above it.
pub fn write(path: &Path, text: &str) -> Result<()> {
    make_room(path)?;
    std::fs::write(path, text).map_err(|e| format!("could not write {}: {e}", path.display()))
}

/// Reads a text file.
pub fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| format!("could not read {}: {e}", path.display()))
}

/// Makes an empty folder at `path`; what was there is removed.
pub fn empty_folder(path: &Path) -> Result<()> {
    remove_folder(path)?;
    make_folder(path)
}

/// Makes a folder and the folders above it, if they do not exist.
pub fn make_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|e| format!("could not make the folder {}: {e}", path.display()))
}

/// Removes a folder and everything in it, if it exists.
pub fn remove_folder(path: &Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(format!("could not remove {}: {e}", path.display())),
        _ => Ok(()),
    }
}

/// Makes the folders above `path`, and removes an old file at `path`.
pub fn make_room(path: &Path) -> Result<()> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(format!("could not replace {}: {e}", path.display())),
        _ => Ok(()),
    }
}
