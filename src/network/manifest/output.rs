//! What a network's numbers mean.

use serde::{Deserialize, Serialize};

/// What the numbers of an output that holds masks mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// 0 to 1.
    Probability,
    /// Before the sigmoid.
    #[default]
    Logits,
}
