//! The functions of a network: operators that the file itself makes of other operators. ONNX Runtime puts the content of
//! a function in the place of each call, without a limit. A function that calls itself overflows its stack, and a few
//! functions that call each other often fill all memory.

use std::collections::HashMap;
use std::io::{Read, Seek};

use crate::base::error::{Error, ErrorKind, Result};
use crate::network::onnx::reader::{Field, Reader};

/// Calls may be nested so deep. Exports of today nest fewer than ten.
const DEEPEST: usize = 100;

/// The most operators of a network after all calls are replaced. The largest exports have some ten thousands.
const LARGEST: u64 = 1_000_000;

/// ONNX Runtime refuses messages that are nested deeper.
const DEEPEST_MESSAGE: usize = 100;

/// A function, or an operator of the standard: domain, name and variant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Name([String; 3]);

/// The operators in each function, and in the network itself.
#[derive(Debug, Default)]
pub struct Functions {
    contents: HashMap<Name, Vec<Name>>,
}

impl Functions {
    /// Reads a function.
    pub fn add(&mut self, reader: &mut Reader<impl Read + Seek>, length: u64) -> Result<()> {
        let (mut name, mut operators) = (Name::default(), Vec::new());
        reader.message(length, |reader, field| {
            match field {
                Field { number: 1, length } => name.0[1] = reader.text(length)?,
                Field { number: 7, length } => operator(reader, length, &mut operators, 0)?,
                Field { number: 10, length } => name.0[0] = reader.text(length)?,
                Field { number: 13, length } => name.0[2] = reader.text(length)?,
                other => reader.skip(other.length)?,
            }
            Ok(())
        })?;
        self.contents.entry(name).or_default().append(&mut operators);
        Ok(())
    }

    /// Whether there is no function.
    pub fn is_empty(&self) -> bool {
        self.contents.is_empty()
    }

    /// Checks the functions, and the network in `source`, which calls them.
    pub fn check(&self, source: impl Read + Seek) -> Result<()> {
        let (mut reader, end) = Reader::open(source)?;
        let mut operators = Vec::new();
        reader.message(end, |reader, field| match field {
            Field { number: 7, length } => graph(reader, length, &mut operators, 0),
            other => reader.skip(other.length),
        })?;
        let mut known = HashMap::new();
        self.contents.keys().try_for_each(|name| self.replaced(name, &mut known, 0).map(drop))?;
        self.all_replaced(&operators, &mut known, 0).map(drop)
    }

    /// What an operator becomes when all calls are replaced. `known` holds what is known already.
    fn replaced<'a>(&'a self, name: &'a Name, known: &mut HashMap<&'a Name, Size>, depth: usize) -> Result<Size> {
        let Some(operators) = self.contents.get(name) else { return Ok(Size { operators: 1, depth: 0 }) };
        if let Some(size) = known.get(name) {
            return Ok(*size);
        }
        if depth == DEEPEST {
            return Err(endless(&format!("the function \"{}\" calls itself, or calls are nested too deep", name.0[1])));
        }
        let size = self.all_replaced(operators, known, depth + 1)?;
        known.insert(name, size);
        Ok(size)
    }

    fn all_replaced<'a>(
        &'a self,
        operators: &'a [Name],
        known: &mut HashMap<&'a Name, Size>,
        depth: usize,
    ) -> Result<Size> {
        let mut all = Size { operators: 0, depth: 0 };
        for name in operators {
            let size = self.replaced(name, known, depth)?;
            all.operators = all.operators.saturating_add(size.operators);
            all.depth = all.depth.max(size.depth);
        }
        all.depth += 1;
        match all {
            Size { operators, .. } if operators > LARGEST => {
                Err(endless("it would have more than a million operators"))
            }
            // The order in which functions are looked at must not matter.
            Size { depth, .. } if depth > DEEPEST => Err(endless("calls are nested too deep")),
            size => Ok(size),
        }
    }
}

/// What is left of a function when all calls are replaced.
#[derive(Debug, Clone, Copy)]
struct Size {
    operators: u64,
    /// How deep the calls were nested.
    depth: usize,
}

fn endless(why: &str) -> Error {
    ErrorKind::Model.error(format!(
        "ONNX Runtime would crash when it replaces this network's functions ({why}); get the network from elsewhere"
    ))
}

/// Adds an operator, and those in its branches and loops.
fn operator(reader: &mut Reader<impl Read + Seek>, length: u64, operators: &mut Vec<Name>, depth: usize) -> Result<()> {
    let mut name = Name::default();
    reader.message(length, |reader, field| {
        match field {
            Field { number: 4, length } => name.0[1] = reader.text(length)?,
            Field { number: 5, length } => reader.message(length, |reader, field| match field {
                Field { number: 6 | 11, length } => graph(reader, length, operators, depth + 1),
                other => reader.skip(other.length),
            })?,
            Field { number: 7, length } => name.0[0] = reader.text(length)?,
            Field { number: 8, length } => name.0[2] = reader.text(length)?,
            other => reader.skip(other.length)?,
        }
        Ok(())
    })?;
    operators.push(name);
    Ok(())
}

/// Adds the operators of a graph.
fn graph(reader: &mut Reader<impl Read + Seek>, length: u64, operators: &mut Vec<Name>, depth: usize) -> Result<()> {
    if depth > DEEPEST_MESSAGE {
        return Err(endless("branches are nested too deep"));
    }
    reader.message(length, |reader, field| match field {
        Field { number: 1, length } => operator(reader, length, operators, depth),
        other => reader.skip(other.length),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use crate::network::onnx::Header;

    /// A message field: its number, the length, the content.
    fn field(number: u64, content: &[u8]) -> Vec<u8> {
        let mut bytes = varint(number << 3 | 2);
        bytes.extend(varint(content.len() as u64));
        bytes.extend(content);
        bytes
    }

    fn varint(mut number: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while number > 0x7f {
            bytes.push(number as u8 & 0x7f | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    }

    /// An operator in the domain of the functions.
    fn call(name: &str) -> Vec<u8> {
        [field(4, name.as_bytes()), field(7, b"own")].concat()
    }

    fn function(name: &str, calls: &[&str]) -> Vec<u8> {
        function_of(name, &calls.iter().map(|name| call(name)).collect::<Vec<_>>())
    }

    fn function_of(name: &str, operators: &[Vec<u8>]) -> Vec<u8> {
        let operators = operators.iter().flat_map(|operator| field(7, operator)).collect();
        field(25, &[field(1, name.as_bytes()), field(10, b"own"), operators].concat())
    }

    /// A network that calls these functions and has one output.
    fn network(calls: &[&str], functions: &[Vec<u8>]) -> Vec<u8> {
        let calls = calls.iter().map(|name| field(1, &call(name))).collect::<Vec<_>>().concat();
        [field(7, &[calls, field(12, &field(1, b"mask"))].concat()), functions.concat()].concat()
    }

    fn verdict(calls: &[&str], functions: &[Vec<u8>]) -> Option<String> {
        Header::read(Cursor::new(network(calls, functions))).err().map(|error| error.to_string())
    }

    /// Functions `f0`, `f1`, ... of which each calls the next so often.
    fn chain(length: usize, times: usize) -> Vec<Vec<u8>> {
        (0..length).map(|i| function(&format!("f{i}"), &vec![&*format!("f{}", i + 1); times])).collect()
    }

    #[test]
    fn functions_that_end_are_read() {
        assert_eq!(verdict(&["f0", "f0", "g"], &[function("f0", &["g", "h"]), function("g", &[])]), None);
        assert_eq!(verdict(&["f0"], &chain(99, 1)), None);
        assert_eq!(verdict(&["f0"], &chain(19, 2)), None);
        // The same name in the domain of the standard is another operator.
        assert_eq!(verdict(&["Relu"], &[function_of("Relu", &[field(4, b"Relu")])]), None);
    }

    #[test]
    fn functions_that_crash_onnx_runtime_are_refused() {
        for (calls, functions, why) in [
            (&["f"][..], vec![function("f", &["f"])], "the function \"f\" calls itself"),
            (&[], vec![function("f", &["g"]), function("g", &["h", "f"])], "calls itself"),
            (&["f0"], chain(150, 1), "nested too deep"),
            (&["f0"], chain(25, 2), "more than a million"),
            (&["f0", "f0", "f0"], chain(19, 2), "more than a million"),
        ] {
            let sentence = verdict(calls, &functions).expect(why);
            assert!(sentence.contains(why), "{sentence}");
        }
    }

    #[test]
    fn a_function_that_calls_itself_in_a_branch_is_refused() {
        let choice = |branch: &[u8]| [field(4, b"If"), field(5, &field(6, &field(1, branch)))].concat();
        let sentence = verdict(&[], &[function_of("f", &[choice(&call("f"))])]).unwrap();
        assert!(sentence.contains("\"f\" calls itself"), "{sentence}");
        let deep = (0..200).fold(call("g"), |inner, _| choice(&inner));
        assert!(verdict(&[], &[function_of("f", &[deep])]).unwrap().contains("branches"));
    }
}
