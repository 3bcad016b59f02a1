//! The fingerprint of a network: a hash of its file and of the files with its weights.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::base::cancel::Cancel;
use crate::base::error::{ErrorKind, Result};

/// The SHA-256 of the network's file and of the files that it names. Their paths do not matter. Takes some 20 ms for 28 MB.
pub fn fingerprint(network: &Path, external: &BTreeSet<String>, cancel: &Cancel) -> Result<[u8; 32]> {
    let mut all = Sha256::new_with_prefix(hash(network, cancel)?);
    for name in external {
        // The names need no hash: they stand in the network's file.
        all.update(hash(&network.with_file_name(name), cancel)?);
    }
    Ok(all.finalize().into())
}

fn hash(path: &Path, cancel: &Cancel) -> Result<[u8; 32]> {
    let unreadable =
        |error| ErrorKind::File.error(format!("the network's file {} cannot be read: {error}", path.display()));
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hash = Sha256::new();
    let mut piece = Vec::new();
    loop {
        cancel.check()?;
        piece.clear();
        if file.by_ref().take(1 << 20).read_to_end(&mut piece).map_err(unreadable)? == 0 {
            return Ok(hash.finalize().into());
        }
        hash.update(&piece);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::base::error::Error;

    #[test]
    fn all_bytes_of_all_files_count_and_their_place_does_not() {
        let names = ["model.onnx", "a.data", "b.data", "beside.data"];
        let external = BTreeSet::from(["a.data".to_owned(), "b.data".to_owned()]);
        let [folder, copy] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let of = |folder: &Path| fingerprint(&folder.join("model.onnx"), &external, &Cancel::new()).unwrap();
        for (number, name) in names.iter().enumerate() {
            // One longer than what is read at once.
            let text = vec![number as u8; if number == 1 { 3 << 20 } else { 100 }];
            fs::write(folder.path().join(name), &text).unwrap();
            fs::write(copy.path().join(name), &text).unwrap();
        }
        let before = of(folder.path());
        assert_eq!(of(copy.path()), before);
        for name in names {
            let path = folder.path().join(name);
            let text = fs::read(&path).unwrap();
            for place in [0, text.len() / 2, text.len() - 1] {
                let mut other = text.clone();
                other[place] ^= 1;
                fs::write(&path, other).unwrap();
                assert_eq!(of(folder.path()) == before, name == "beside.data", "{name} {place}");
            }
            fs::write(&path, text).unwrap();
        }
        assert_eq!(of(folder.path()), before);
        let [a, b] = ["a.data", "b.data"].map(|name| fs::read(folder.path().join(name)).unwrap());
        fs::write(folder.path().join("a.data"), b).unwrap();
        fs::write(folder.path().join("b.data"), a).unwrap();
        assert_ne!(of(folder.path()), before, "exchanged");
    }

    #[test]
    fn a_missing_file_and_a_raised_flag_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let network = folder.path().join("model.onnx");
        let cancel = Cancel::new();
        assert!(fingerprint(&network, &BTreeSet::new(), &cancel).is_err_and(|error| error.kind() == ErrorKind::File));
        fs::write(&network, "text").unwrap();
        let missing = BTreeSet::from(["none.data".to_owned()]);
        assert!(fingerprint(&network, &missing, &cancel).unwrap_err().to_string().contains("none.data"));
        cancel.raise();
        assert_eq!(fingerprint(&network, &BTreeSet::new(), &cancel), Err(Error::cancelled()));
    }
}
