//! Mistakes in a manifest, and their error sentences.

use std::fmt::Debug;

use crate::base::error::{Error, ErrorKind};

/// A mistake in a manifest.
#[derive(Debug)]
pub enum Mistake {
    /// The text is not TOML, or has wrong fields.
    Text(toml::de::Error),
    /// The text is in a newer format.
    Format(u32),
    /// A value is impossible; the text names the field, the value and what to write instead.
    Value(String),
    /// The table of this family is missing.
    Missing(String),
    /// Another error; its sentence follows the name of the manifest.
    Other(Error),
}

impl From<toml::de::Error> for Mistake {
    fn from(error: toml::de::Error) -> Self {
        Self::Text(error)
    }
}

impl Mistake {
    /// The error about a text that somebody wrote: it names the line.
    pub fn in_text(self, text: &str, origin: &str) -> Error {
        match &self {
            Self::Text(error) => {
                let line = error.span().map_or(0, |span| text[..span.start].lines().count().max(1));
                ErrorKind::Model
                    .error(format!("{origin}, line {line}: {}; models/README.md lists the fields", error.message()))
            }
            _ => self.in_fields(origin),
        }
    }

    /// The error about a text without known lines.
    pub fn in_fields(self, origin: &str) -> Error {
        match self {
            Self::Text(error) => {
                ErrorKind::Model.error(format!("{origin}: {}; models/README.md lists the fields", error.message()))
            }
            Self::Format(format) => ErrorKind::Model.error(format!(
                "{origin} has format {format}, but this version of DeepCrop reads only format 1; install a newer version"
            )),
            Self::Value(what) => ErrorKind::Model.error(format!("{origin}: {what}, see models/README.md")),
            Self::Missing(table) => {
                ErrorKind::Model.error(format!("{origin} has no table [{table}]; add one as models/README.md says"))
            }
            Self::Other(error) if error.kind() == ErrorKind::Model => error.reworded(|what| format!("{origin} {what}")),
            Self::Other(error) => error,
        }
    }
}

/// The mistake of a field with a wrong value. `wanted` says what to write.
pub fn wrong<T>(field: &str, value: &dyn Debug, wanted: &str) -> Result<T, Mistake> {
    Err(Mistake::Value(format!("`{field}` is {value:?}; {wanted}")))
}

/// Whether a number is finite and above zero.
pub fn above_zero(value: &f32) -> bool {
    value.is_finite() && *value > 0.0
}

/// Refuses a mean and standard deviation by which no picture could be normalised.
pub fn check_colours(mean: &[f32; 3], std: &[f32; 3]) -> Result<(), Mistake> {
    if !mean.iter().all(|value| value.is_finite()) {
        return wrong("mean", mean, "write three plain numbers");
    }
    if !std.iter().all(above_zero) {
        return wrong("std", std, "write three numbers above 0");
    }
    Ok(())
}
