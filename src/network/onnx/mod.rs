//! The header of an ONNX file: its inputs, outputs and metadata, read without loading the network. That takes milliseconds
//! even for gigabytes. Field numbers are those of onnx.proto.

pub mod port;
mod reader;

use crate::network::onnx::port::Port;
use crate::network::onnx::port::broken;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

use crate::base::error::Result;
use crate::network::onnx::reader::{Field, Reader, Value};

/// The header of an ONNX file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// The program that wrote the file.
    pub producer: String,
    /// The version of the standard operators.
    pub opset: u64,
    /// The inputs, in the file's order. Find them by name: exports differ in the order.
    pub inputs: Vec<Port>,
    /// The outputs, in the file's order. Find them by name.
    pub outputs: Vec<Port>,
    /// The metadata: texts by key.
    pub metadata: BTreeMap<String, String>,
    /// The files beside this one that hold its weights.
    pub external: BTreeSet<String>,
    /// The numbers of planes that its filters take.
    pub planes: BTreeSet<u64>,
}

impl Header {
    /// Reads a file's header.
    pub fn read(source: impl Read + Seek) -> Result<Self> {
        let (mut reader, end) = Reader::open(source)?;
        let mut header = Header::default();
        let mut weights = BTreeSet::new();
        reader.message(end, |reader, field| {
            match field {
                Field { number: 2, length } => header.producer = reader.text(length)?,
                Field { number: 7, length } => header.graph(reader, length, &mut weights)?,
                Field { number: 8, length } => {
                    let (domain, version) = reader.pair(length)?;
                    if domain.is_empty() || domain == "ai.onnx" {
                        header.opset = version;
                    }
                }
                Field { number: 14, length } => {
                    let (key, value) = reader.entry(length)?;
                    header.metadata.insert(key, value);
                }
                other => reader.skip(other.length)?,
            }
            Ok(())
        })?;
        // Old files list their weights among the inputs.
        header.inputs.retain(|port| !weights.contains(&port.name));
        if header.outputs.is_empty() {
            return Err(broken("it has no outputs"));
        }
        Ok(header)
    }

    /// The input with this name.
    pub fn input(&self, name: &str) -> Option<&Port> {
        self.inputs.iter().find(|port| port.name == name)
    }

    /// The output with this name.
    pub fn output(&self, name: &str) -> Option<&Port> {
        self.outputs.iter().find(|port| port.name == name)
    }

    fn graph(
        &mut self,
        reader: &mut Reader<impl Read + Seek>,
        length: u64,
        weights: &mut BTreeSet<String>,
    ) -> Result<()> {
        reader.message(length, |reader, field| {
            match field.number {
                5 => self.weight(reader, field.length, weights)?,
                11 => self.inputs.push(reader.port(field.length)?),
                12 => self.outputs.push(reader.port(field.length)?),
                _ => reader.skip(field.length)?,
            }
            Ok(())
        })
    }

    fn weight(
        &mut self,
        reader: &mut Reader<impl Read + Seek>,
        length: u64,
        weights: &mut BTreeSet<String>,
    ) -> Result<()> {
        let mut shape = Vec::new();
        reader.fields(length, |reader, number, value| {
            match (number, value) {
                (1, Value::Number(length)) => shape.push(length),
                (1, Value::Bytes(length)) => shape = reader.numbers(length)?,
                (8, Value::Bytes(length)) => drop(weights.insert(reader.text(length)?)),
                (13, Value::Bytes(length)) => {
                    let (key, value) = reader.entry(length)?;
                    if key == "location" {
                        self.external.insert(value);
                    }
                }
                (_, Value::Bytes(length)) => reader.skip(length)?,
                _ => {}
            }
            Ok(())
        })?;
        if let [_, planes, _, _] = *shape.as_slice() {
            self.planes.insert(planes);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::network::onnx::port::Element;
    use std::io::Cursor;

    use super::*;

    const NETWORK: &[u8] = include_bytes!("../../../models/click.onnx");

    #[test]
    fn our_own_network_is_read() {
        let header = Header::read(Cursor::new(NETWORK)).unwrap();
        assert!(header.inputs.iter().all(|port| port.element == Element::F32 && port.shape.len() == 4));
        assert!(header.metadata["deepcrop"].contains("click_map") && header.opset >= 17);
        assert!(header.output("mask").is_some() && header.external.is_empty());
    }

    #[test]
    fn damaged_files_are_refused() {
        for cut in [0, 1, 7, 100, NETWORK.len() / 2, NETWORK.len() - 1] {
            let error = Header::read(Cursor::new(&NETWORK[..cut])).unwrap_err().to_string();
            assert!(error.contains("get it again"), "{cut}: {error}");
        }
        assert!(Header::read(Cursor::new(b"<!DOCTYPE html><html>not found</html>")).is_err());
        // A field whose number ONNX Runtime would read as 25, its functions.
        assert!(Header::read(Cursor::new([0xca, 0x81, 0x80, 0x80, 0x10, 0])).is_err());
        // A text that claims to be longer than any file.
        assert!(Header::read(Cursor::new([0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])).is_err());
    }
}
