//! The hidden folder in which a network is assembled. It is moved to its place only when it is complete.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::base::error::{Error, ErrorKind as Kind, Result};
use crate::base::files;
use crate::network::models::record::{RECORD_NAME, Record};
use crate::network::store::installed;

/// No network can have this name.
const HIDDEN: &str = ".part";

/// The staging folder of one network, locked for one process.
pub struct Staging {
    name: String,
    /// The final folder.
    pub last: PathBuf,
    /// The staging folder. It still holds the files of an earlier try.
    pub folder: PathBuf,
    /// The system unlocks it when the process ends, however it ends.
    _lock: File,
}

impl Staging {
    /// Whether an installation of this name was started and not finished.
    pub fn begun(name: &str) -> Result<bool> {
        let folder = installed::root()?.join(HIDDEN).join(name);
        Ok(names_in(&folder).is_ok_and(|names| !names.is_empty()))
    }

    /// Makes the folder, or opens that of an earlier try, and waits for nobody: if another process has it, this fails.
    pub fn open(name: &str) -> Result<Self> {
        let root = installed::root()?;
        let hidden = root.join(HIDDEN);
        let (folder, last) = (hidden.join(name), root.join(name));
        for place in [&last, &hidden, &folder] {
            if place.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
                return Err(Kind::File.error(format!(
                    "{} is a link, which could lead anywhere; remove it, then try again",
                    place.display()
                )));
            }
        }
        for place in [&hidden, &folder] {
            fs::create_dir_all(place).map_err(|error| {
                Kind::File.error(format!(
                    "cannot create the folder {}: {error}; check its permissions and the free disk space, or set \
                     DEEPCROP_MODELS to another folder",
                    place.display()
                ))
            })?;
        }
        let path = hidden.join(format!("{name}.lock"));
        let lock = files::open_own(&path).map_err(|error| files::cannot("write", &path, &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(
                    Kind::File.error(format!("another deepcrop is working on {name}; wait for it, then try again"))
                );
            }
            Err(TryLockError::Error(error)) => return Err(files::cannot("lock", &path, &error)),
        }
        let staging = Self { name: name.into(), last, folder, _lock: lock };
        staging.repair()?;
        Ok(staging)
    }

    /// If an earlier process stopped in the middle of a replacement, puts the old network back, or ends the replacement.
    fn repair(&self) -> Result<()> {
        match (self.aside().is_dir(), self.last.exists()) {
            (true, false) => rename(&self.aside(), &self.last),
            (true, true) => self.end_replacement(),
            (false, _) => Ok(()),
        }
    }

    /// The place of the old network while the new one is moved in.
    fn aside(&self) -> PathBuf {
        self.folder.with_file_name(format!("{}.old", self.name))
    }

    /// Deletes the files of an earlier try.
    pub fn clear(&self) -> Result<()> {
        delete(&self.folder)?;
        fs::create_dir_all(&self.folder).map_err(|error| files::cannot("create", &self.folder, &error))
    }

    /// Moves the network to its final folder, and replaces an old one. What others put beside that stays.
    pub fn publish(self) -> Result<()> {
        // Complete on the disk before it has its place, so that even a power cut leaves a whole network or none.
        files::sync_all_in(&self.folder).map_err(|error| files::cannot("write", &self.folder, &error))?;
        if self.last.exists() {
            rename(&self.last, &self.aside())?;
        }
        if let Err(error) = rename(&self.folder, &self.last) {
            _ = fs::rename(self.aside(), &self.last);
            return Err(error);
        }
        self.end_replacement()
    }

    /// Moves what others put beside the old network to the new one, then deletes the old one. A file whose name the new
    /// network has too gets `.old` after its name.
    fn end_replacement(&self) -> Result<()> {
        let aside = self.aside();
        // Without a record the files were put there by hand, and the new network is made of copies of them.
        let others = if aside.join(RECORD_NAME).exists() { foreign(&aside)? } else { Vec::new() };
        for file in others {
            let mut place = self.last.join(&file);
            while place.symlink_metadata().is_ok() {
                place.as_mut_os_string().push(".old");
            }
            let folder = place.parent().unwrap_or(&self.last);
            fs::create_dir_all(folder).map_err(|error| files::cannot("create", folder, &error))?;
            rename(&aside.join(&file), &place)?;
        }
        // The new name is on the disk before the old network is deleted.
        let root = self.last.parent().unwrap_or(&self.last);
        files::sync(root).map_err(|error| files::cannot("write", root, &error))?;
        delete(&aside)
    }

    /// Deletes an unfinished installation and what was installed. Returns how many files of others stay in the network's
    /// folder.
    pub fn remove(self) -> Result<usize> {
        delete(&self.folder)?;
        if !self.last.exists() {
            return Ok(0);
        }
        let Some(record) = Record::read(&self.last)? else { return Err(not_ours(&self.last)) };
        let others = foreign(&self.last)?.len();
        if others == 0 {
            // Moved away first: the network is there completely or not at all.
            rename(&self.last, &self.folder)?;
            return delete(&self.folder).map(|()| 0);
        }
        // Only what really lies in the folder. The record goes last, so that a removal that was stopped can be repeated.
        let installed = |path: &PathBuf| record.files.iter().any(|file| Path::new(&file.name) == path);
        let ours = files_in(&self.last)?.into_iter().filter(installed);
        for name in ours.chain([RECORD_NAME.into()]) {
            let path = self.last.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(files::cannot("delete", &path, &error));
                }
                _ => {}
            }
            if let Some(folder) = path.parent().filter(|folder| *folder != self.last) {
                // Only if it is empty.
                _ = fs::remove_dir(folder);
            }
        }
        Ok(others)
    }
}

/// The files in a network's folder that deepcrop did not install, by their paths in it.
fn foreign(folder: &Path) -> Result<Vec<PathBuf>> {
    let record = Record::read(folder)?;
    let installed: Vec<&Path> = record.iter().flat_map(|record| &record.files).map(|file| file.name.as_ref()).collect();
    let is_ours = |path: &PathBuf| installed.contains(&path.as_path()) || path == Path::new(RECORD_NAME);
    Ok(files_in(folder)?.into_iter().filter(|path| !is_ours(path)).collect())
}

/// All files in a folder and in the folders in it, by their paths in it.
pub fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(inside) = folders.pop() {
        for name in names_in(&folder.join(&inside))? {
            let path = inside.join(name);
            // A link is a file here: what it points to is not looked at.
            let is_folder = folder.join(&path).symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
            if is_folder { folders.push(path) } else { found.push(path) }
        }
    }
    Ok(found)
}

/// The names of all that lies in a folder.
fn names_in(folder: &Path) -> Result<Vec<OsString>> {
    let names = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
    names.map_err(|error| files::cannot("read", folder, &error))
}

/// The error about a folder in which nothing was installed.
pub fn not_ours(folder: &Path) -> Error {
    Kind::File.error(format!(
        "{} was not installed by deepcrop (it has no {RECORD_NAME}); delete or move it yourself",
        folder.display()
    ))
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| {
        Kind::File.error(format!(
            "cannot move {} to {}: {error}; check the permissions, and that no other program uses the folder",
            from.display(),
            to.display()
        ))
    })
}

/// Deletes a folder, if there is one.
fn delete(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(files::cannot("delete", folder, &error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::files::synced;
    use crate::network::models::record::RecordedFile;

    /// A folder with a network in staging: a file, and the record of it.
    fn staged(root: &Path) -> Staging {
        let folder = root.join(HIDDEN).join("net");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("net.onnx"), "network").unwrap();
        let file = RecordedFile { name: "net.onnx".into(), bytes: 7, sha256: String::new() };
        let [title, licence, source] = [(); 3].map(|()| String::new());
        Record { title, licence, source, downloaded: false, files: vec![file] }.write(&folder).unwrap();
        let lock = files::open_own(&root.join(HIDDEN).join("net.lock")).unwrap();
        Staging { name: "net".into(), last: root.join("net"), folder, _lock: lock }
    }

    #[test]
    fn a_network_is_on_the_disk_before_it_has_its_place() {
        let root = tempfile::tempdir().unwrap();
        let staging = staged(root.path());
        let folder = staging.folder.clone();
        staging.publish().unwrap();
        let mut order = synced::take();
        order[..2].sort();
        let wanted = [folder.join(RECORD_NAME), folder.join("net.onnx"), folder, root.path().to_owned()];
        assert_eq!(order, wanted);
        assert!(root.path().join("net/net.onnx").exists());
    }

    #[test]
    fn what_others_put_beside_a_network_stays() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        staged(root.path()).publish().unwrap();
        fs::create_dir(path("net/mine")).unwrap();
        for name in ["net/notes.txt", "net/mine/notes.txt"] {
            fs::write(path(name), "mine").unwrap();
        }
        staged(root.path()).publish().unwrap();
        assert_eq!(foreign(&path("net")).unwrap().len(), 2);
        assert_eq!(staged(root.path()).remove(), Ok(2));
        assert!(path("net/mine/notes.txt").exists() && !path("net/net.onnx").exists() && !path(".part/net").exists());
        assert!(staged(root.path()).remove().unwrap_err().to_string().contains("not installed by deepcrop"));
    }

    #[test]
    fn a_replacement_that_was_stopped_is_ended_and_a_name_that_is_taken_is_kept() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        staged(root.path()).publish().unwrap();
        fs::write(path("net/notes.txt"), "mine").unwrap();
        fs::write(path("net/model.toml"), "mine").unwrap();
        // The new network has a manifest too. The process ends when it has its place.
        fs::rename(path("net"), path(".part/net.old")).unwrap();
        let staging = staged(root.path());
        fs::write(path(".part/net/model.toml"), "new").unwrap();
        fs::rename(path(".part/net"), path("net")).unwrap();
        staging.repair().unwrap();
        let read = |name: &str| fs::read_to_string(path(name)).unwrap();
        assert_eq!(
            [read("net/model.toml"), read("net/model.toml.old"), read("net/notes.txt")],
            ["new", "mine", "mine"]
        );
        assert!(!path(".part/net.old").exists());
        // It ends before that: the old network is put back.
        fs::rename(path("net"), path(".part/net.old")).unwrap();
        staging.repair().unwrap();
        assert_eq!(read("net/notes.txt"), "mine");
    }

    #[test]
    fn a_record_of_files_elsewhere_deletes_nothing() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        staged(root.path()).publish().unwrap();
        fs::write(path("precious.txt"), "precious").unwrap();
        fs::write(path("net/notes.txt"), "mine").unwrap();
        for name in ["../precious.txt", path("precious.txt").to_str().unwrap()] {
            let record = fs::read_to_string(path("net/installed.toml")).unwrap();
            fs::write(path("net/installed.toml"), record.replace("net.onnx", name)).unwrap();
            let refused = staged(root.path()).remove().unwrap_err().to_string();
            assert!(refused.contains("installed.toml is damaged"), "{refused}");
            fs::write(path("net/installed.toml"), record).unwrap();
        }
        assert!(path("precious.txt").exists() && path("net/net.onnx").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_folder_in_a_network_is_not_looked_into() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        staged(root.path()).publish().unwrap();
        fs::create_dir(path("precious")).unwrap();
        fs::write(path("precious/1.bin"), "precious").unwrap();
        std::os::unix::fs::symlink(path("precious"), path("net/w")).unwrap();
        let record = fs::read_to_string(path("net/installed.toml")).unwrap();
        fs::write(path("net/installed.toml"), record.replace("net.onnx", "w/1.bin")).unwrap();
        assert_eq!(staged(root.path()).remove(), Ok(2), "the link, and the network's own file");
        assert!(path("precious/1.bin").exists());
    }
}
