//! Which network a file holds: a hash of its bytes and of the files that it names.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use memchr::memmem;
use sha2::{Digest, Sha256};

use crate::cancel::Cancel;
use crate::error::{Error, Result};

/// How an ONNX file says that weights lie in a file beside it: the pair of `location` and a name (StringStringEntryProto in
/// onnx.proto: field 1, length 8, the key; field 2, its length, the name).
const LOCATION: &[u8] = b"\x0a\x08location\x12";

/// A name is shorter than this.
const LONGEST_NAME: usize = 4096;

/// SHA-256 of the network's file and of the external files that it names. The same bytes in another place are the same
/// network. Takes some 20 ms for 28 MB.
pub fn fingerprint(network: &Path, cancel: &Cancel) -> Result<[u8; 32]> {
    let mut names = BTreeSet::new();
    let mut all = Sha256::new();
    all.update(hash(network, cancel, |bytes| names.extend(locations(bytes)))?);
    for name in names {
        let path = network.with_file_name(&name);
        // A text that only looks like a name costs nothing: there is no such file.
        if fs::metadata(&path).is_ok_and(|found| found.is_file()) {
            all.update((name.len() as u64).to_le_bytes());
            all.update(name.as_bytes());
            all.update(hash(&path, cancel, |_| {})?);
        }
    }
    Ok(all.finalize().into())
}

/// Of one file, whose bytes are also shown piece by piece; a piece begins with the end of the one before, so that a name
/// lies whole in one of them.
fn hash(path: &Path, cancel: &Cancel, mut look: impl FnMut(&[u8])) -> Result<[u8; 32]> {
    let unreadable = |error| Error::File(format!("the network {} cannot be read: {error}", path.display()));
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; LONGEST_NAME + (1 << 20)];
    let mut before = 0;
    loop {
        cancel.check()?;
        match file.read(&mut piece[before..]) {
            Ok(0) => return Ok(hash.finalize().into()),
            Ok(count) => {
                let end = before + count;
                hash.update(&piece[before..end]);
                look(&piece[..end]);
                let start = end.saturating_sub(LONGEST_NAME);
                piece.copy_within(start..end, 0);
                before = end - start;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
}

/// The names of external files.
fn locations(bytes: &[u8]) -> impl Iterator<Item = String> {
    memmem::find_iter(bytes, LOCATION).filter_map(|place| {
        let (length, rest) = match &bytes[place + LOCATION.len()..] {
            [short @ ..=0x7f, rest @ ..] => (usize::from(*short), rest),
            [low, high @ ..=0x1f, rest @ ..] => (usize::from(low & 0x7f) | usize::from(*high) << 7, rest),
            _ => return None,
        };
        String::from_utf8(rest.get(..length)?.to_owned()).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pair as protobuf writes it.
    fn named(name: &str) -> Vec<u8> {
        let length = name.len();
        let length = if length < 128 { vec![length as u8] } else { vec![length as u8 | 0x80, (length >> 7) as u8] };
        [LOCATION, &length, name.as_bytes()].concat()
    }

    #[test]
    fn bytes_and_external_files_count_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let network = folder.path().join("model.onnx");
        let of = || fingerprint(&network, &Cancel::new()).unwrap();
        // The names lie across the borders of what is read at once.
        for padding in [0, 100, LONGEST_NAME + (1 << 20) - 20, (2 << 20) + LONGEST_NAME - 5] {
            let long = "n".repeat(200);
            let text = [vec![b'x'; padding], named("model.onnx_data"), named(&long), named("none")].concat();
            fs::write(&network, &text).unwrap();
            fs::write(folder.path().join("model.onnx_data"), "weights").unwrap();
            fs::write(folder.path().join(&long), "more").unwrap();
            let before = of();
            fs::write(folder.path().join("beside.onnx_data"), padding.to_string()).unwrap();
            assert_eq!(of(), before, "{padding}");
            for name in ["model.onnx_data", &long, "model.onnx"] {
                let path = folder.path().join(name);
                let old = fs::read(&path).unwrap();
                fs::write(&path, [&old[..], b"."].concat()).unwrap();
                assert_ne!(of(), before, "{padding} {name}");
                fs::write(&path, old).unwrap();
            }
            assert_eq!(of(), before);
            let copy = tempfile::tempdir().unwrap();
            for name in ["model.onnx_data", &long, "model.onnx"] {
                fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
            }
            let elsewhere = copy.path().join("model.onnx");
            assert_eq!(fingerprint(&elsewhere, &Cancel::new()).unwrap(), before, "a copy is the same network");
        }
    }

    #[test]
    fn what_is_no_name_is_passed_over() {
        for bytes in [&[0xff, 0xff, 0xff, 0xff][..], &[0x05, 0x61], &[0x80], &[], &[0x01, 0xff]] {
            assert_eq!(locations(&[LOCATION, bytes].concat()).count(), 0, "{bytes:?}");
        }
        assert_eq!(locations(&[named("a"), named("b/c")].concat()).collect::<Vec<_>>(), ["a", "b/c"]);
    }

    #[test]
    fn a_missing_file_and_a_raised_flag_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let network = folder.path().join("model.onnx");
        let cancel = Cancel::new();
        assert!(matches!(fingerprint(&network, &cancel), Err(Error::File(_))));
        fs::write(&network, "text").unwrap();
        cancel.raise();
        assert_eq!(fingerprint(&network, &cancel), Err(Error::Cancelled));
    }
}
