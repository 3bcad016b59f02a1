//! What can be wrong with a manifest, and the sentences that say so.

use std::fmt::Debug;

use crate::base::error::{Error, ErrorKind};

/// What is wrong with a manifest.
#[derive(Debug)]
pub enum Mistake {
    /// The text is not TOML, or its fields are not those of a manifest.
    Text(toml::de::Error),
    /// The text is in a newer format.
    Format(u32),
    /// A value that is not possible: the field, the value and what to write instead.
    Value(String),
    /// The table of this family is missing.
    Missing(String),
    /// Something else: a sentence that follows the place.
    Other(Error),
}

impl From<toml::de::Error> for Mistake {
    fn from(error: toml::de::Error) -> Self {
        Self::Text(error)
    }
}

impl Mistake {
    /// The sentence about a text that somebody wrote: it names the line.
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

    /// The sentence where lines mean nothing to anybody.
    pub fn in_fields(self, origin: &str) -> Error {
        match self {
            Self::Text(error) => {
                ErrorKind::Model.error(format!("{origin}: {}; models/README.md lists the fields", error.message()))
            }
            Self::Format(format) => ErrorKind::Model.error(format!(
                "{origin} is written in format {format}, this version of DeepCrop reads format 1; install a newer one"
            )),
            Self::Value(what) => ErrorKind::Model.error(format!("{origin}: {what}, see models/README.md")),
            Self::Missing(table) => {
                ErrorKind::Model.error(format!("{origin} has no table [{table}]; add one, models/README.md says how"))
            }
            Self::Other(error) if error.kind() == ErrorKind::Model => error.reworded(|what| format!("{origin} {what}")),
            Self::Other(error) => error,
        }
    }
}

/// Refuses the value of a field.
pub fn wrong<T>(field: &str, value: &dyn Debug, wanted: &str) -> Result<T, Mistake> {
    Err(Mistake::Value(format!("`{field}` is {value:?}; {wanted}")))
}

/// Whether a number can divide.
pub fn above_nought(value: &f32) -> bool {
    value.is_finite() && *value > 0.0
}

/// Refuses colours that no picture could be normalised by.
pub fn check_colours(mean: &[f32; 3], std: &[f32; 3]) -> Result<(), Mistake> {
    if !mean.iter().all(|value| value.is_finite()) {
        return wrong("mean", mean, "write three plain numbers");
    }
    if !std.iter().all(above_nought) {
        return wrong("std", std, "write three numbers above 0");
    }
    Ok(())
}
