//! What an ONNX file says of itself, read without loading it: a network of gigabytes takes milliseconds. Field numbers are
//! those of onnx.proto.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{BufReader, ErrorKind, Read, Seek};

use crate::error::{Error, Result};

/// What the numbers of a tensor are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// Bytes.
    U8,
    /// 32-bit integers.
    I32,
    /// 64-bit integers.
    I64,
    /// True or false.
    Bool,
    /// What this library neither feeds nor reads, by its name.
    Other(String),
}

impl Element {
    /// By the number in the file.
    fn numbered(number: u64) -> Self {
        match number {
            1 => Element::F32,
            2 => Element::U8,
            6 => Element::I32,
            7 => Element::I64,
            9 => Element::Bool,
            10 => Element::F16,
            3 => Element::Other("i8".into()),
            8 => Element::Other("string".into()),
            11 => Element::Other("f64".into()),
            16 => Element::Other("bf16".into()),
            other => Element::Other(format!("element type {other}")),
        }
    }

    /// Whether pictures and masks can be given in it.
    pub fn is_float(&self) -> bool {
        matches!(self, Element::F32 | Element::F16)
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Element::F32 => "f32",
            Element::F16 => "f16",
            Element::U8 => "u8",
            Element::I32 => "i32",
            Element::I64 => "i64",
            Element::Bool => "bool",
            Element::Other(name) => name,
        })
    }
}

/// A named input or output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name in the file.
    pub name: String,
    /// What its numbers are.
    pub element: Element,
    /// Its dimensions, -1 where any length will do; empty also where the file says nothing.
    pub shape: Vec<i64>,
}

impl fmt::Display for Port {
    /// `image f32[1, 3, ?, ?]`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = |n: &i64| if *n < 0 { "?".to_owned() } else { n.to_string() };
        let shape: Vec<String> = self.shape.iter().map(length).collect();
        write!(f, "{} {}[{}]", self.name, self.element, shape.join(", "))
    }
}

/// The inputs or outputs of a graph in one line.
pub fn list(ports: &[Port]) -> String {
    ports.iter().map(Port::to_string).collect::<Vec<_>>().join(", ")
}

/// What a file says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// What wrote the file.
    pub producer: String,
    /// The version of the standard operators.
    pub opset: u64,
    /// What is to be fed, in the file's order; bind by name.
    pub inputs: Vec<Port>,
    /// What comes out, in the file's order; bind by name.
    pub outputs: Vec<Port>,
    /// Texts by their key.
    pub metadata: BTreeMap<String, String>,
    /// Files beside this one that hold its weights.
    pub external: BTreeSet<String>,
}

impl Header {
    /// Reads the file from its beginning.
    pub fn read(source: impl Read + Seek) -> Result<Self> {
        let mut reader = Reader { source: BufReader::new(source), at: 0 };
        let length = reader.source.seek(std::io::SeekFrom::End(0)).and_then(|end| {
            reader.source.rewind()?;
            Ok(end)
        });
        let mut header = Header::default();
        let mut weights = BTreeSet::new();
        let end = length.map_err(|error| broken(&error.to_string()))?;
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
        reader.message(length, |reader, field| {
            match field.number {
                8 => drop(weights.insert(reader.text(field.length)?)),
                13 => {
                    let (key, value) = reader.entry(field.length)?;
                    if key == "location" {
                        self.external.insert(value);
                    }
                }
                _ => reader.skip(field.length)?,
            }
            Ok(())
        })
    }
}

fn broken(why: &str) -> Error {
    Error::Model(format!("this is no ONNX file, or it is damaged or cut short ({why}); get it again"))
}

/// The head of a field: what follows is `length` bytes long, or a number where `length` is itself.
struct Field {
    number: u64,
    length: u64,
}

/// A walk through nested messages.
struct Reader<R> {
    source: BufReader<R>,
    at: u64,
}

impl<R: Read + Seek> Reader<R> {
    /// Calls `each` with every field that has a length, until the message is over; plain numbers are passed over.
    fn message(&mut self, length: u64, mut each: impl FnMut(&mut Self, Field) -> Result<()>) -> Result<()> {
        self.fields(length, |reader, number, value| match value {
            Value::Number(_) => Ok(()),
            Value::Bytes(length) => each(reader, Field { number, length }),
        })
    }

    fn fields(&mut self, length: u64, mut each: impl FnMut(&mut Self, u64, Value) -> Result<()>) -> Result<()> {
        let end = self.at.checked_add(length).ok_or_else(|| broken("a length makes no sense"))?;
        while self.at < end {
            let tag = self.varint()?;
            let value = match tag & 7 {
                0 => Value::Number(self.varint()?),
                1 => Value::Number(u64::from_le_bytes(self.bytes()?)),
                2 => Value::Bytes(self.varint()?),
                5 => Value::Number(u32::from_le_bytes(self.bytes()?).into()),
                _ => return Err(broken("a field of no known kind")),
            };
            let after = match value {
                Value::Number(_) => self.at,
                Value::Bytes(length) => self.at.saturating_add(length),
            };
            if tag >> 3 == 0 || after > end {
                return Err(broken("a field reaches over its end"));
            }
            each(self, tag >> 3, value)?;
        }
        Ok(())
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => broken("it ends too early"),
            _ => broken(&error.to_string()),
        })?;
        self.at += N as u64;
        Ok(bytes)
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.bytes()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(broken("a number is too long"))
    }

    fn skip(&mut self, length: u64) -> Result<()> {
        let step = i64::try_from(length).map_err(|_| broken("a length makes no sense"))?;
        self.source.seek_relative(step).map_err(|error| broken(&error.to_string()))?;
        self.at += length;
        Ok(())
    }

    fn text(&mut self, length: u64) -> Result<String> {
        // No more is taken than there is, whatever the length claims: every length was held against its message's.
        let mut bytes = Vec::new();
        let read = self.source.by_ref().take(length).read_to_end(&mut bytes);
        self.at += length;
        match read {
            Ok(read) if read as u64 == length => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Ok(_) => Err(broken("it ends too early")),
            Err(error) => Err(broken(&error.to_string())),
        }
    }

    /// A key and its text.
    fn entry(&mut self, length: u64) -> Result<(String, String)> {
        let mut entry = (String::new(), String::new());
        self.message(length, |reader, field| {
            match field.number {
                1 => entry.0 = reader.text(field.length)?,
                2 => entry.1 = reader.text(field.length)?,
                _ => reader.skip(field.length)?,
            }
            Ok(())
        })?;
        Ok(entry)
    }

    /// A text and a number.
    fn pair(&mut self, length: u64) -> Result<(String, u64)> {
        let mut pair = (String::new(), 0);
        self.fields(length, |reader, number, value| {
            match (number, value) {
                (1, Value::Bytes(length)) => pair.0 = reader.text(length)?,
                (2, Value::Number(version)) => pair.1 = version,
                (_, Value::Bytes(length)) => reader.skip(length)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(pair)
    }

    fn port(&mut self, length: u64) -> Result<Port> {
        let mut port = Port { name: String::new(), element: Element::Other("nothing".into()), shape: Vec::new() };
        self.message(length, |reader, field| match field.number {
            1 => {
                port.name = reader.text(field.length)?;
                Ok(())
            }
            // The type, if it is a tensor's.
            2 => reader.message(field.length, |reader, field| match field.number {
                1 => reader.fields(field.length, |reader, number, value| match (number, value) {
                    (1, Value::Number(element)) => {
                        port.element = Element::numbered(element);
                        Ok(())
                    }
                    (2, Value::Bytes(length)) => reader.message(length, |reader, field| {
                        port.shape.push(reader.dimension(field.length)?);
                        Ok(())
                    }),
                    (_, Value::Bytes(length)) => reader.skip(length),
                    _ => Ok(()),
                }),
                _ => reader.skip(field.length),
            }),
            _ => reader.skip(field.length),
        })?;
        Ok(port)
    }

    fn dimension(&mut self, length: u64) -> Result<i64> {
        let mut dimension = -1;
        self.fields(length, |reader, number, value| {
            match (number, value) {
                (1, Value::Number(n)) => dimension = i64::try_from(n).unwrap_or(-1),
                (_, Value::Bytes(length)) => reader.skip(length)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(dimension)
    }
}

enum Value {
    Number(u64),
    Bytes(u64),
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const NETWORK: &[u8] = include_bytes!("../models/click-192.onnx");

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
        // A text that claims to be longer than any file.
        assert!(Header::read(Cursor::new([0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])).is_err());
    }
}
