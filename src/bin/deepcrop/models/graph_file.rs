//! What an ONNX file says of its surroundings, without loading it: its inputs and outputs, and the files that hold its
//! weights. Field numbers are those of onnx.proto.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use deepcrop::error::{Error, Result};
use deepcrop::manifest::METADATA_KEY;

use crate::files;

/// What encoders give and decoders take.
const EMBEDDINGS: [&str; 6] =
    ["image_embeddings", "image_embeddings.0", "image_embed", "image_feats", "high_res_feats_0", "interm_embeddings"];

/// Nobody nests graphs deeper.
const MAX_DEPTH: usize = 64;
/// A longer text is neither name, path nor manifest.
const MAX_TEXT: u64 = 1 << 20;

#[derive(Default)]
pub struct GraphFile {
    inputs: Vec<String>,
    outputs: Vec<String>,
    /// Paths relative to the file.
    pub external: BTreeSet<String>,
    /// The manifest inside the file.
    pub manifest: Option<String>,
    has_graph: bool,
}

/// One half of a network in two files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Half {
    Encoder,
    Decoder,
}

/// The messages on the way to what is wanted.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Subgraph,
    Function,
    Node,
    Attribute,
    Tensor,
    SparseTensor,
    Input,
    Output,
    ExternalData,
    Metadata,
}

impl Message {
    /// What lies in this field of it, if that matters.
    fn child(self, field: u64) -> Option<Self> {
        use Message::*;
        Some(match (self, field) {
            (Model, 7) => Graph,
            (Model, 14) => Metadata,
            (Model, 25) => Function,
            (Graph | Subgraph, 1) | (Function, 7) => Node,
            (Graph | Subgraph, 5) => Tensor,
            (Graph | Subgraph, 15) => SparseTensor,
            (Graph, 11) => Input,
            (Graph, 12) => Output,
            (Node, 5) => Attribute,
            (Attribute, 5 | 10) | (SparseTensor, 1 | 2) => Tensor,
            (Attribute, 6 | 11) => Subgraph,
            (Attribute, 22 | 23) => SparseTensor,
            (Tensor, 13) => ExternalData,
            _ => return None,
        })
    }

    /// Whether this field of it is a text that matters.
    fn is_text(self, field: u64) -> bool {
        matches!(
            (self, field),
            (Message::Input | Message::Output, 1) | (Message::ExternalData | Message::Metadata, 1 | 2)
        )
    }
}

impl GraphFile {
    pub fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| files::cannot("read", path, &error))?;
        let length = file.metadata().map_err(|error| files::cannot("read", path, &error))?.len();
        let mut graph = Self::default();
        let whole = Walk { file: BufReader::new(file), at: 0 }.message(Message::Model, length, 0, &mut graph);
        if whole.is_none() || !graph.has_graph {
            return Err(Error::Model(format!(
                "{} is no ONNX network, or not the whole of one (a page or a pointer saved instead of the file, a download \
                 that stopped, a network of another format); get the .onnx file again, or export it",
                path.display()
            )));
        }
        Ok(graph)
    }

    /// Which half of a pair it is, if it is one.
    pub fn half(&self) -> Option<Half> {
        let embeddings = |names: &[String]| names.iter().any(|name| EMBEDDINGS.contains(&name.as_str()));
        match (embeddings(&self.inputs), embeddings(&self.outputs)) {
            (true, false) => Some(Half::Decoder),
            (false, true) => Some(Half::Encoder),
            _ => None,
        }
    }
}

/// Reads forward and skips what does not matter, as weights. `None` means that the file is not of the format.
struct Walk {
    file: BufReader<File>,
    at: u64,
}

impl Walk {
    fn message(&mut self, kind: Message, end: u64, depth: usize, found: &mut GraphFile) -> Option<()> {
        let mut texts = [const { String::new() }; 2];
        while self.at < end {
            let key = self.varint()?;
            let (field, wire) = (key >> 3, key & 7);
            if wire == 0 {
                self.varint()?;
                continue;
            }
            let length = match wire {
                1 => 8,
                2 => self.varint()?,
                5 => 4,
                _ => return None,
            };
            let stop = self.at.checked_add(length).filter(|&stop| stop <= end)?;
            match kind.child(field).filter(|_| wire == 2) {
                Some(child) if depth < MAX_DEPTH => {
                    found.has_graph |= matches!(child, Message::Graph);
                    self.message(child, stop, depth + 1, found)?;
                }
                Some(_) => return None,
                None if wire == 2 && kind.is_text(field) => texts[usize::from(field == 2)] = self.text(length)?,
                None => self.skip(length)?,
            }
        }
        let [first, second] = texts;
        match kind {
            Message::Input => found.inputs.push(first),
            Message::Output => found.outputs.push(first),
            Message::ExternalData if first == "location" => drop(found.external.insert(second)),
            Message::Metadata if first == METADATA_KEY => found.manifest = Some(second),
            _ => {}
        }
        (self.at == end).then_some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            self.file.read_exact(&mut byte).ok()?;
            self.at += 1;
            value |= u64::from(byte[0] & 0x7F) << shift;
            if byte[0] < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn text(&mut self, length: u64) -> Option<String> {
        if length > MAX_TEXT {
            return self.skip(length).map(|()| String::new());
        }
        let mut bytes = vec![0; length as usize];
        self.file.read_exact(&mut bytes).ok()?;
        self.at += length;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn skip(&mut self, length: u64) -> Option<()> {
        self.file.seek_relative(i64::try_from(length).ok()?).ok()?;
        self.at += length;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, content.len() as u8], content].concat()
    }

    fn read(bytes: &[u8]) -> Result<GraphFile> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.onnx");
        std::fs::write(&path, bytes).unwrap();
        GraphFile::read(&path)
    }

    #[test]
    fn names_and_external_files_are_found_wherever_they_stand() {
        let entry =
            |key: &str, value: &str| field(13, &[field(1, key.as_bytes()), field(2, value.as_bytes())].concat());
        let tensor = [vec![16, 1], entry("location", "sub/w.bin"), entry("offset", "0")].concat();
        let hidden = field(5, &field(6, &field(5, &entry("location", "x.data"))));
        let graph = [
            field(1, &hidden),
            field(5, &tensor),
            field(11, &field(1, b"image")),
            field(12, &field(1, b"image_embeddings")),
        ]
        .concat();
        let note = field(14, &[field(1, b"deepcrop"), field(2, b"text")].concat());
        let model = [vec![8, 9], field(2, b"maker"), note, field(7, &graph)].concat();
        let found = read(&model).unwrap();
        assert_eq!(Vec::from_iter(&found.external), ["sub/w.bin", "x.data"]);
        assert_eq!(
            (found.inputs.as_slice(), found.outputs.as_slice()),
            (&["image".into()][..], &["image_embeddings".into()][..])
        );
        assert!(found.half() == Some(Half::Encoder) && found.manifest.as_deref() == Some("text"));
        for cut in 0..model.len() {
            assert!(read(&model[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn other_files_are_refused() {
        let deep = (0..100).fold(field(1, b""), |inner, _| if inner.len() < 120 { field(6, &inner) } else { inner });
        for bytes in [
            &b""[..],
            b"version https://git-lfs.github.com/spec/v1\n",
            b"<html></html>",
            b"PK\x03\x04",
            &[0xFF; 20],
            &[58, 5, 0],
            &deep,
        ] {
            assert!(read(bytes).err().is_some_and(|error| error.to_string().contains("is no ONNX network")));
        }
    }
}
