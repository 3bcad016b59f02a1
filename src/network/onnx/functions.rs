//! The functions of a network: operators that the file itself makes of other operators. ONNX Runtime puts the content of
//! a function in the place of each call, without a limit. A function that calls itself overflows its stack, and functions
//! that call each other often keep it busy for ever.

use std::collections::HashMap;
use std::io::{Read, Seek};

use crate::base::error::{Error, ErrorKind, Result};
use crate::network::onnx::reader::{Field, Reader};

/// How deep calls may be nested. Exports of today nest fewer than ten.
const DEEPEST: usize = 100;

/// The most operators in functions, and in a network after all calls are replaced. ONNX Runtime's time grows with the
/// square: 65,536 operators, from functions that call each other twice, took it 29 s on one core. Large exports have
/// some ten thousands.
const LARGEST: u64 = 100_000;

/// How deep branches and loops may be nested. ONNX Runtime refuses more than 100 nested messages, and each graph is three.
const DEEPEST_BRANCHES: usize = 34;

/// A call of an operator or a function.
#[derive(Debug, Default)]
struct Call {
    /// Domain and name, joined: "a" with "b:c" is the same as "a:b" with "c".
    name: String,
    variant: String,
    /// Whether an argument is a graph, such as the branches of `If`.
    has_graph: bool,
}

/// A function: what it calls, also in its branches and in the defaults of its arguments.
#[derive(Debug)]
struct Function {
    /// Its place among all functions.
    number: usize,
    variant: String,
    calls: Vec<Call>,
}

/// The functions of a network by their names.
#[derive(Debug, Default)]
pub struct Functions {
    named: HashMap<String, Vec<Function>>,
    /// The number of functions, and of operators in them.
    count: usize,
    operators: u64,
}

/// What is left of a call when all functions are replaced.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    operators: u64,
    /// How deep the calls were nested.
    depth: usize,
}

/// The sizes of the functions, as far as they are known.
type Known = Vec<Option<Size>>;

impl Functions {
    /// Reads a function.
    pub fn add(&mut self, reader: &mut Reader<impl Read + Seek>, length: u64) -> Result<()> {
        let (mut name, mut domain, mut variant) = (String::new(), String::new(), String::new());
        let mut calls = Vec::new();
        let operators = &mut self.operators;
        let mut found = |call| {
            *operators += 1;
            calls.push(call);
            if *operators > LARGEST { Err(refused("they have more than 100,000 operators")) } else { Ok(()) }
        };
        reader.message(length, |reader, field| {
            match field {
                Field { number: 1, length } => name = reader.text(length)?,
                Field { number: 7, length } => call(reader, length, 0, &mut found)?,
                Field { number: 10, length } => domain = reader.text(length)?,
                Field { number: 11, length } => drop(argument(reader, length, 0, &mut found)?),
                Field { number: 13, length } => variant = reader.text(length)?,
                other => reader.skip(other.length)?,
            }
            Ok(())
        })?;
        let function = Function { number: self.count, variant, calls };
        self.named.entry(full_name(&domain, &name)).or_default().push(function);
        self.count += 1;
        Ok(())
    }

    /// Whether there is no function.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// Checks what the network in `source` becomes when all calls of functions are replaced.
    pub fn check(&self, source: impl Read + Seek) -> Result<()> {
        let (mut reader, end) = Reader::open(source)?;
        let (mut known, mut all) = (vec![None; self.count], Size::default());
        reader.message(end, |reader, field| match field {
            Field { number: 7, length } => graph(reader, length, 0, &mut |call| {
                if self.named.contains_key(&call.name) {
                    all = all.and(self.replaced(&call, &mut known, 0)?)?;
                }
                Ok(())
            }),
            other => reader.skip(other.length),
        })
    }

    /// What a call becomes. `depth` is how deep it is nested.
    fn replaced(&self, call: &Call, known: &mut Known, depth: usize) -> Result<Size> {
        let Some(functions) = self.named.get(&call.name) else { return Ok(Size { operators: 1, depth: 0 }) };
        let name = call.name.trim_start_matches(':');
        if call.has_graph {
            return Err(refused(&format!("\"{name}\" takes a graph as an argument")));
        }
        if depth == DEEPEST {
            return Err(refused(&format!("\"{name}\" calls itself, or calls are nested more than {DEEPEST} deep")));
        }
        // If there is no such variant, ONNX Runtime takes another.
        let exact = functions.iter().any(|function| function.variant == call.variant);
        let mut largest = Size::default();
        for function in functions.iter().filter(|function| !exact || function.variant == call.variant) {
            if known[function.number].is_none() {
                let all = function
                    .calls
                    .iter()
                    .try_fold(Size::default(), |all, call| all.and(self.replaced(call, known, depth + 1)?))?;
                known[function.number] = Some(Size { depth: all.depth + 1, ..all });
            }
            let size = known[function.number].unwrap_or_default();
            largest.operators = largest.operators.max(size.operators);
            largest.depth = largest.depth.max(size.depth);
        }
        // The verdict must not depend on what is known already.
        if depth + largest.depth > DEEPEST {
            return Err(refused(&format!("calls of \"{name}\" are nested more than {DEEPEST} deep")));
        }
        Ok(largest)
    }
}

impl Size {
    /// Both together.
    fn and(self, other: Self) -> Result<Self> {
        let operators = self.operators.saturating_add(other.operators);
        if operators > LARGEST {
            return Err(refused("they make more than 100,000 operators"));
        }
        Ok(Self { operators, depth: self.depth.max(other.depth) })
    }
}

/// The name of an operator or function, as ONNX Runtime looks it up.
fn full_name(domain: &str, name: &str) -> String {
    format!("{}:{name}", if domain == "ai.onnx" { "" } else { domain })
}

fn refused(why: &str) -> Error {
    ErrorKind::Model.error(format!(
        "the functions in this network are refused, because ONNX Runtime may crash or never end when it replaces their calls \
         ({why}); get the network from elsewhere"
    ))
}

/// Passes a call to `found`, and those in its branches and loops.
fn call(
    reader: &mut Reader<impl Read + Seek>,
    length: u64,
    depth: usize,
    found: &mut dyn FnMut(Call) -> Result<()>,
) -> Result<()> {
    let (mut name, mut domain, mut variant) = (String::new(), String::new(), String::new());
    let mut has_graph = false;
    reader.message(length, |reader, field| {
        match field {
            Field { number: 4, length } => name = reader.text(length)?,
            Field { number: 5, length } => has_graph |= argument(reader, length, depth, found)?,
            Field { number: 7, length } => domain = reader.text(length)?,
            Field { number: 8, length } => variant = reader.text(length)?,
            other => reader.skip(other.length)?,
        }
        Ok(())
    })?;
    found(Call { name: full_name(&domain, &name), variant, has_graph })
}

/// Passes the calls in an argument to `found`. Returns whether it is a graph.
fn argument(
    reader: &mut Reader<impl Read + Seek>,
    length: u64,
    depth: usize,
    found: &mut dyn FnMut(Call) -> Result<()>,
) -> Result<bool> {
    let mut has_graph = false;
    reader.message(length, |reader, field| match field {
        Field { number: 6 | 11, length } => {
            has_graph = true;
            graph(reader, length, depth + 1, found)
        }
        other => reader.skip(other.length),
    })?;
    Ok(has_graph)
}

/// Passes the calls of a graph to `found`.
fn graph(
    reader: &mut Reader<impl Read + Seek>,
    length: u64,
    depth: usize,
    found: &mut dyn FnMut(Call) -> Result<()>,
) -> Result<()> {
    if depth > DEEPEST_BRANCHES {
        return Err(refused(&format!("branches are nested more than {DEEPEST_BRANCHES} deep")));
    }
    reader.message(length, |reader, field| match field {
        Field { number: 1, length } => call(reader, length, depth, found),
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

    /// An operator: its domain, name and variant, and further fields.
    fn operator(domain: &str, name: &str, variant: &str, more: &[u8]) -> Vec<u8> {
        [field(4, name.as_bytes()), field(7, domain.as_bytes()), field(8, variant.as_bytes()), more.into()].concat()
    }

    /// A call of a function in the usual domain.
    fn call(name: &str) -> Vec<u8> {
        operator("own", name, "", &[])
    }

    /// An argument that is a graph with this operator.
    fn branch(operator: &[u8]) -> Vec<u8> {
        field(5, &field(6, &field(1, operator)))
    }

    fn function_of(domain: &str, name: &str, variant: &str, operators: &[Vec<u8>]) -> Vec<u8> {
        let operators = operators.iter().flat_map(|operator| field(7, operator)).collect();
        let names = [field(1, name.as_bytes()), field(10, domain.as_bytes()), field(13, variant.as_bytes()), operators];
        field(25, &names.concat())
    }

    fn function(name: &str, calls: &[&str]) -> Vec<u8> {
        function_of("own", name, "", &calls.iter().map(|name| call(name)).collect::<Vec<_>>())
    }

    /// Why a network that has these operators and one output is refused.
    fn verdict(operators: &[Vec<u8>], functions: &[Vec<u8>]) -> Option<String> {
        let operators = operators.iter().flat_map(|operator| field(1, operator)).collect();
        let graph = field(7, &[operators, field(12, &field(1, b"mask"))].concat());
        let network = [graph, functions.concat()].concat();
        Header::read(Cursor::new(network)).err().map(|error| error.to_string())
    }

    fn calls(names: &[&str]) -> Vec<Vec<u8>> {
        names.iter().map(|name| call(name)).collect()
    }

    /// Functions `f0`, `f1`, ... of which each calls the next so often.
    fn chain(length: usize, times: usize) -> Vec<Vec<u8>> {
        (0..length).map(|i| function(&format!("f{i}"), &vec![&*format!("f{}", i + 1); times])).collect()
    }

    #[test]
    fn functions_that_end_are_read() {
        let relu = |domain: &str, variant: &str| operator(domain, "Relu", variant, &[]);
        for (operators, functions) in [
            (calls(&["f0", "f0", "g"]), vec![function("f0", &["g", "h"]), function("g", &[])]),
            (calls(&["f0"]), chain(100, 1)),
            (calls(&["f0"]), chain(15, 2)),
            // Nobody calls them.
            (calls(&["g"]), vec![function("f", &["f"])]),
            // The same name in the domain of the standard, or another variant, is another operator.
            (vec![relu("own", "")], vec![function_of("own", "Relu", "", &[relu("", "")])]),
            (
                vec![relu("own", "a")],
                vec![function_of("own", "Relu", "a", &[relu("own", "b")]), function_of("own", "Relu", "b", &[])],
            ),
            (vec![operator("own", "f", "", &[]), operator("", "If", "", &branch(&call("f")))], chain(1, 1)),
        ] {
            assert_eq!(verdict(&operators, &functions), None);
        }
    }

    /// Each of these made ONNX Runtime 1.23 crash, or run for more than a minute.
    #[test]
    fn functions_that_never_end_are_refused() {
        let wide = (0..100_001).map(|_| call("h")).collect::<Vec<_>>();
        let by_default = |operator: &[u8]| {
            field(25, &[field(1, b"f"), field(10, b"own"), field(11, &field(6, &field(1, operator)))].concat())
        };
        let deep = (0..200).fold(call("g"), |inner, _| operator("", "If", "", &branch(&inner)));
        for (operators, functions, why) in [
            (calls(&["f"]), vec![function("f", &["f"])], "\"own:f\" calls itself"),
            (calls(&["f"]), vec![function("f", &["g"]), function("g", &["h", "f"])], "calls itself"),
            (
                calls(&["f"]),
                vec![function_of("own", "f", "", &[operator("", "If", "", &branch(&call("f")))])],
                "\"own:f\" calls itself",
            ),
            (calls(&["f"]), vec![by_default(&call("f"))], "calls itself"),
            // Domain and name in another division.
            (
                vec![operator("a", "b:c", "", &[])],
                vec![function_of("a", "b:c", "", &[operator("a:b", "c", "", &[])])],
                "calls itself",
            ),
            (
                vec![operator("ai.onnx", "f", "", &[])],
                vec![function_of("", "f", "", &[operator("ai.onnx", "f", "", &[])])],
                "\"f\" calls itself",
            ),
            // A variant that is not there.
            (
                vec![operator("own", "f", "a", &[])],
                vec![function_of("own", "f", "a", &[operator("own", "f", "b", &[])])],
                "calls itself",
            ),
            (vec![operator("own", "f", "", &branch(&call("g")))], vec![function("f", &[])], "\"own:f\" takes a graph"),
            (calls(&["f0"]), chain(101, 1), "nested more than 100 deep"),
            (calls(&["f50", "f0"]), chain(150, 1), "nested more than 100 deep"),
            (calls(&["f0"]), chain(20, 2), "more than 100,000"),
            (calls(&["f0", "f0", "f0", "f0"]), chain(15, 2), "more than 100,000"),
            (calls(&["f"]), vec![function_of("own", "f", "", &wide)], "more than 100,000"),
            (calls(&["f"]), vec![function_of("own", "f", "", &[deep])], "branches"),
        ] {
            let sentence = verdict(&operators, &functions).expect(why);
            assert!(sentence.contains(why), "{why}: {sentence}");
        }
    }
}
