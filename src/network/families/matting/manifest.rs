//! The manifest table of the matting family.

use serde::{Deserialize, Serialize};

use crate::network::manifest::OwnTable;

/// The table `[matting]`. The network's input takes four planes: red, green, blue, and the trimap (0 outside, 1/2 unknown,
/// 1 inside).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MattingManifest {
    /// The output with the opacities: `[1, 1, height, width]`.
    pub alpha: String,
}

impl OwnTable for MattingManifest {
    const FAMILY: &'static str = "matting";
}
