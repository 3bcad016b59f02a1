//! The manifest table of the semantic family.

use serde::{Deserialize, Serialize};

use crate::network::manifest::OwnTable;

/// The table `[semantic]`: the network's output, and the names of its classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SemanticManifest {
    /// The output with the classes.
    pub classes: String,
    /// What that output holds.
    pub output: ClassOutput,
    /// The names of the classes, class 0 first.
    #[serde(default)]
    pub names: Vec<String>,
}

/// What the output with the classes holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassOutput {
    /// `[1, classes, height, width]`: numbers before the softmax.
    Logits,
    /// `[1, classes, height, width]`: probabilities, after the softmax.
    Probability,
    /// `[1, height, width]` or `[1, 1, height, width]`: the number of the class.
    Number,
}

impl OwnTable for SemanticManifest {
    const FAMILY: &'static str = "semantic";
}
