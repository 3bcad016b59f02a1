//! Where things lie, and what libraries are called on this system.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::path::{Path, PathBuf};

use crate::Result;

/// The folders that the steps read and write.
pub struct Place {
    /// The repository.
    pub root: PathBuf,
    /// Cargo's target folder: everything we make lies in it.
    pub target: PathBuf,
}

impl Place {
    /// Cargo says where the sources are; where this program lies tells the target folder, however it was configured.
    pub fn find() -> Result<Self> {
        let xtask = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&xtask).parent().ok_or("xtask/ lies in no folder; run it as `cargo xtask`")?;
        let program = std::env::current_exe().map_err(|e| format!("where this program lies is unknown ({e})"))?;
        let target =
            program.ancestors().nth(2).ok_or("this program lies in no target folder; run it as `cargo xtask`")?;
        Ok(Self { root: root.into(), target: target.into() })
    }

    /// What `cargo build --release` makes.
    pub fn release(&self) -> PathBuf {
        self.target.join("release")
    }

    /// The command line program.
    pub fn program(&self) -> PathBuf {
        self.release().join(format!("deepcrop{EXE_SUFFIX}"))
    }

    /// The shared library as cargo names it.
    pub fn library(&self) -> PathBuf {
        self.release().join(format!("{DLL_PREFIX}deepcrop{DLL_SUFFIX}"))
    }

    /// A path as a reader likes it: relative to where the command was typed, if it lies below.
    pub fn show(&self, path: &Path) -> String {
        let here = std::env::current_dir().unwrap_or_else(|_| self.root.clone());
        path.strip_prefix(&here).unwrap_or(path).display().to_string()
    }
}

/// A folder for one test, which makes and removes it.
#[cfg(test)]
pub fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("deepcrop-{name}-{}", std::process::id()))
}

/// Copies a file, making the folders above it. An old file is removed first: a program that still runs from it keeps its own.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    make_room(to)?;
    std::fs::copy(from, to).map_err(|e| format!("could not copy {} to {}: {e}", from.display(), to.display()))?;
    Ok(())
}

/// Writes a text file, making the folders above it.
pub fn write(path: &Path, text: &str) -> Result<()> {
    make_room(path)?;
    std::fs::write(path, text).map_err(|e| format!("could not write {}: {e}", path.display()))
}

/// Reads a text file.
pub fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| format!("could not read {}: {e}", path.display()))
}

/// Leaves an empty folder at `path`.
pub fn empty_folder(path: &Path) -> Result<()> {
    remove_folder(path)?;
    make_folder(path)
}

/// Makes a folder and those above it, if they are not there.
pub fn make_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|e| format!("could not make the folder {}: {e}", path.display()))
}

/// Removes a folder with all in it, if there is one.
pub fn remove_folder(path: &Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(format!("could not remove {}: {e}", path.display())),
        _ => Ok(()),
    }
}

/// Makes the folders above `path` and removes a file that lies there.
pub fn make_room(path: &Path) -> Result<()> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(format!("could not replace {}: {e}", path.display())),
        _ => Ok(()),
    }
}
