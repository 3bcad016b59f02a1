//! Ports: a network's inputs and outputs, with their types and shapes.

use std::fmt;

use crate::base::error::{Error, ErrorKind};

/// The type of a tensor's numbers.
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
    /// A type that this library does not use, by its name.
    Other(String),
}

impl Element {
    /// The type with this number in ONNX files.
    pub fn numbered(number: u64) -> Self {
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

    /// Whether it is a float of 16 or 32 bits.
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
    /// The name in the file.
    pub name: String,
    /// The type of its numbers.
    pub element: Element,
    /// The dimensions, -1 for any length; empty also if the file does not state them.
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

/// Ports in one line.
pub fn list(ports: &[Port]) -> String {
    ports.iter().map(Port::to_string).collect::<Vec<_>>().join(", ")
}

/// The error about a file that is not a sound ONNX file.
pub fn broken(why: &str) -> Error {
    ErrorKind::Model.error(format!("this is not an ONNX file, or it is damaged or incomplete ({why}); get it again"))
}
