//! Errors that several families report.

use std::fmt::Display;

use crate::base::error::{Error, ErrorKind};

/// A network and its manifest contradict each other.
pub fn contradiction(what: impl Display) -> Error {
    ErrorKind::Model
        .error(format!("{what}; the network and its manifest do not belong together, so correct model.toml"))
}

/// The network's output holds NaN.
pub fn not_numbers() -> Error {
    ErrorKind::Inference.error("the network returned values that are not numbers; try another provider")
}

/// An analysis of one family reached another.
pub fn foreign_analysis() -> Error {
    ErrorKind::Internal.error("this analysis was made by another family")
}
