//! Networks that tell a picture's subject from its background.

use serde::{Deserialize, Serialize};

use super::OutputKind;
use crate::resample::Filter;

/// Where such a network says what stands out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaliencyManifest {
    /// The output with the map: `[1, 1, height, width]`.
    pub map: String,
    /// What its numbers mean.
    pub output: OutputKind,
    /// Whether the map is then stretched so that its least number becomes 0 and its greatest 1.
    pub rescale: bool,
    /// How the map's cells are mixed on the way to the picture's size.
    pub filter: Filter,
}
