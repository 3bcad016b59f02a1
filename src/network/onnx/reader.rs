//! A reader of protobuf files.

use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};

use crate::base::error::Result;
use crate::network::onnx::port::{Element, Port, broken};

/// A field with a length: its number, and the bytes that follow.
pub struct Field {
    pub number: u64,
    pub length: u64,
}

/// Reads nested messages, from the beginning to the end.
pub struct Reader<R> {
    source: BufReader<R>,
    at: u64,
}

impl<R: Read + Seek> Reader<R> {
    /// A reader at the beginning of a file, and the file's length.
    pub fn open(source: R) -> Result<(Self, u64)> {
        let mut source = BufReader::new(source);
        let length = source.seek(SeekFrom::End(0)).and_then(|end| source.rewind().map(|()| end));
        Ok((Self { source, at: 0 }, length.map_err(|error| broken(&error.to_string()))?))
    }

    /// Calls `each` with every field of a message that has a length; fields with plain numbers are skipped.
    pub fn message(&mut self, length: u64, mut each: impl FnMut(&mut Self, Field) -> Result<()>) -> Result<()> {
        self.fields(length, |reader, number, value| match value {
            Value::Number(_) => Ok(()),
            Value::Bytes(length) => each(reader, Field { number, length }),
        })
    }

    /// Calls `each` with the number and value of every field of a message.
    pub fn fields(&mut self, length: u64, mut each: impl FnMut(&mut Self, u64, Value) -> Result<()>) -> Result<()> {
        let end = self.at.checked_add(length).ok_or_else(|| broken("a length makes no sense"))?;
        while self.at < end {
            let tag = self.varint()?;
            let value = match tag & 7 {
                0 => Value::Number(self.varint()?),
                1 => Value::Number(u64::from_le_bytes(self.bytes()?)),
                2 => Value::Bytes(self.varint()?),
                5 => Value::Number(u32::from_le_bytes(self.bytes()?).into()),
                _ => return Err(broken("a field has an unknown type")),
            };
            let after = match value {
                Value::Number(_) => self.at,
                Value::Bytes(length) => self.at.saturating_add(length),
            };
            // ONNX Runtime keeps the low bits of a longer tag, and so would read another field.
            if tag >> 3 == 0 || tag > u32::MAX.into() {
                return Err(broken("a field has no valid number"));
            }
            if after > end {
                return Err(broken("a field is longer than its message"));
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

    pub fn skip(&mut self, length: u64) -> Result<()> {
        let step = i64::try_from(length).map_err(|_| broken("a length makes no sense"))?;
        self.source.seek_relative(step).map_err(|error| broken(&error.to_string()))?;
        self.at += length;
        Ok(())
    }

    pub fn text(&mut self, length: u64) -> Result<String> {
        // Reads no more than the file holds, whatever length it claims.
        let mut bytes = Vec::new();
        let read = self.source.by_ref().take(length).read_to_end(&mut bytes);
        self.at += length;
        match read {
            Ok(read) if read as u64 == length => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Ok(_) => Err(broken("it ends too early")),
            Err(error) => Err(broken(&error.to_string())),
        }
    }

    /// Reads a key and its text.
    pub fn entry(&mut self, length: u64) -> Result<(String, String)> {
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

    /// Reads a text and a number.
    pub fn pair(&mut self, length: u64) -> Result<(String, u64)> {
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

    pub fn port(&mut self, length: u64) -> Result<Port> {
        let mut port = Port { name: String::new(), element: Element::Other("nothing".into()), shape: Vec::new() };
        self.message(length, |reader, field| match field.number {
            1 => {
                port.name = reader.text(field.length)?;
                Ok(())
            }
            // The type, if the port is a tensor.
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

    /// Reads packed numbers.
    pub fn numbers(&mut self, length: u64) -> Result<Vec<u64>> {
        let (end, mut numbers) = (self.at + length, Vec::new());
        while self.at < end {
            numbers.push(self.varint()?);
        }
        Ok(numbers)
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

pub enum Value {
    Number(u64),
    Bytes(u64),
}
