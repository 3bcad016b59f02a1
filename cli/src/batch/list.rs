//! Reads the list of a batch: one request in JSON on each line.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use deepcrop::{ErrorKind, Result};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::files::{cannot, hexadecimal};
use crate::json;
use crate::prompts::Ask;

/// The longest line, in bytes: room for a lasso of a million points.
const LONGEST: u64 = 1 << 24;

/// A line of the list.
pub struct Line {
    pub number: usize,
    /// The line as JSON, or why it is no JSON.
    pub request: std::result::Result<Value, String>,
    /// How many equal lines come before it.
    pub copy: usize,
}

/// What a line asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    #[serde(deserialize_with = "json::path::deserialize")]
    pub picture: PathBuf,
    pub prompts: Vec<Ask>,
    pub outputs: Option<Vec<OutputText>>,
}

/// An output as after `-o`: a path, with or without a kind before it.
#[derive(Deserialize)]
pub struct OutputText(#[serde(deserialize_with = "json::path::deserialize")] pub PathBuf);

impl Request {
    /// The picture and the masks among the prompts.
    pub fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        let masks = self.prompts.iter().filter_map(|ask| if let Ask::Mask(path) = ask { Some(path) } else { None });
        std::iter::once(&self.picture).chain(masks)
    }
}

impl Line {
    /// What the line asks for, if it is a valid request.
    pub fn request(&self) -> Result<Request> {
        let parsed = self.request.as_ref().map_err(String::clone);
        let request = parsed.and_then(|value| Request::deserialize(value).map_err(|error| error.to_string()));
        let request = request.map_err(|why| {
            ErrorKind::Argument.error(format!("this is no valid request ({why}); see `deepcrop batch --help`"))
        })?;
        if request.inputs().any(|path| path == Path::new("-")) {
            return Err(
                ErrorKind::Argument.error("a list cannot read standard input; write ./- for a file of the name -")
            );
        }
        if request.prompts.is_empty() {
            return Err(ErrorKind::Prompt.error("this line has no prompts; add one, such as {\"at\": [x, y]}"));
        }
        Ok(request)
    }

    /// The line's content as text: the same for equal requests, however they are written.
    pub fn content(&self) -> String {
        self.request.as_ref().map_or_else(String::clone, Value::to_string)
    }

    /// Eight letters and digits that stand for the line's content.
    pub fn code(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.content());
        hash.update(self.copy.to_le_bytes());
        hexadecimal(hash)[..8].to_owned()
    }
}

/// Reads a list from a file, or from standard input for `-`. Empty lines are left out.
pub fn read(path: &Path) -> Result<Vec<Line>> {
    let fault = |error: io::Error| cannot("read", path, &error);
    let mut file: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(path).map_err(fault)?))
    };
    let (mut lines, mut copies) = (Vec::new(), HashMap::new());
    for number in 1.. {
        let mut bytes = Vec::new();
        if file.by_ref().take(LONGEST).read_until(b'\n', &mut bytes).map_err(fault)? == 0 {
            break;
        }
        let too_long = bytes.len() as u64 == LONGEST && !bytes.ends_with(b"\n");
        if too_long {
            file.skip_until(b'\n').map_err(fault)?;
        }
        // Some editors begin a text file with a byte-order mark.
        let text = if number == 1 { bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes) } else { &bytes };
        if text.trim_ascii().is_empty() {
            continue;
        }
        let request = match too_long {
            true => Err(format!("it is longer than {LONGEST} bytes")),
            false => serde_json::from_slice(text).map_err(|error| match error.is_eof() || error.is_syntax() {
                true => format!("it is not JSON: {error}"),
                false => error.to_string(),
            }),
        };
        let mut line = Line { number, request, copy: 0 };
        let seen = copies.entry(line.content()).or_insert(0);
        line.copy = *seen;
        *seen += 1;
        lines.push(line);
    }
    Ok(lines)
}
