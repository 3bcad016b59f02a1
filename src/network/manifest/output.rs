//! What the numbers in a network's outputs mean.

use serde::{Deserialize, Serialize};

/// What the numbers of an output with masks mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// Probabilities, 0 to 1.
    Probability,
    /// Logits: numbers before the sigmoid.
    #[default]
    Logits,
}
