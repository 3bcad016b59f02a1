//! The JSON that the program writes. docs/json.md describes it.

use serde::Serialize;

/// The version of the shape of every report, and of every line of results.jsonl. A new field needs no new version; a field
/// that goes, or that gets another meaning, does.
pub const FORMAT: u32 = 1;

/// A report, and before it the version of its shape.
#[derive(Serialize)]
struct Versioned<'a, T> {
    format: u32,
    #[serde(flatten)]
    report: &'a T,
}

/// The report as an object on one line.
pub fn line(report: &impl Serialize) -> String {
    serde_json::to_string(&Versioned { format: FORMAT, report }).expect("plain data")
}

/// The report as an object on many lines, for figures that people read too.
pub fn lines(report: &impl Serialize) -> String {
    serde_json::to_string_pretty(&Versioned { format: FORMAT, report }).expect("plain data")
}

/// Paths in JSON: a text, or an array of bytes for a path that is not UTF-8 (which only Unix has).
pub mod path {
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Text {
        Utf8(PathBuf),
        Bytes(Vec<u8>),
    }

    pub fn serialize<S: Serializer>(path: impl AsRef<Path>, serializer: S) -> Result<S::Ok, S::Error> {
        let path = path.as_ref();
        match path.to_str() {
            Some(text) => serializer.serialize_str(text),
            None => path.as_os_str().as_encoded_bytes().serialize(serializer),
        }
    }

    pub fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<PathBuf, D::Error> {
        Ok(match Text::deserialize(deserializer)? {
            Text::Utf8(path) => path,
            #[cfg(unix)]
            Text::Bytes(bytes) => {
                use std::os::unix::ffi::OsStringExt;
                std::ffi::OsString::from_vec(bytes).into()
            }
            #[cfg(not(unix))]
            Text::Bytes(_) => return Err(serde::de::Error::custom("a path in bytes works on Unix only; write a text")),
        })
    }
}
