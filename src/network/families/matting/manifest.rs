//! Networks that tell how much of each pixel along an edge belongs to an object.

use serde::{Deserialize, Serialize};

use crate::network::manifest::OwnTable;

/// Where such a network says it. Its input takes four planes: red, green, blue, and the trimap (0 outside, 1/2 unknown,
/// 1 inside).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MattingManifest {
    /// The output with the shares: `[1, 1, height, width]`.
    pub alpha: String,
}

impl OwnTable for MattingManifest {
    const FAMILY: &'static str = "matting";
}
