//! Networks that tell the class of each pixel.

use serde::{Deserialize, Serialize};

use crate::network::manifest::OwnTable;

/// Where such a network says the classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SemanticManifest {
    /// The output with the classes.
    pub classes: String,
    /// What it holds.
    pub output: ClassOutput,
    /// What the classes are called, class 0 first.
    #[serde(default)]
    pub names: Vec<String>,
}

/// What a map of classes holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassOutput {
    /// `[1, classes, height, width]` before the softmax.
    Logits,
    /// `[1, classes, height, width]` after the softmax.
    Probability,
    /// `[1, height, width]` or `[1, 1, height, width]`: the number of the class.
    Number,
}

impl OwnTable for SemanticManifest {
    const FAMILY: &'static str = "semantic";
}
