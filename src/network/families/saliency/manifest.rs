//! Networks that tell a picture's subject from its background.

use serde::{Deserialize, Serialize};

use crate::network::manifest::OwnTable;
use crate::network::manifest::mistake::{Mistake, above_zero, wrong};
use crate::network::manifest::output::OutputKind;
use crate::pixels::resample::axis::Filter;

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
    /// How the map is cleaned in the picture's size; not at all if nobody says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clean: Option<Cleaning>,
}

/// ExtractNet's steps from a map to a mask, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cleaning {
    /// The longer side of the picture that the kernels are measured on: they grow with the picture.
    pub side: f64,
    /// A Gaussian blur with a kernel of so many pixels; its deviation is what OpenCV takes for that kernel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blur: Option<f64>,
    /// What is at least so likely belongs to the subject; the rest does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    /// What a disk of so many pixels across does not fit into goes: a morphological opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<f64>,
}

impl OwnTable for SaliencyManifest {
    const FAMILY: &'static str = "saliency";

    fn check(&self) -> Result<(), Mistake> {
        let Some(Cleaning { side, blur, threshold, opening }) = &self.clean else { return Ok(()) };
        if !(side.is_finite() && *side >= 1.0) {
            return wrong("side", side, "write the length of a picture in pixels");
        }
        for (field, kernel) in [("blur", blur), ("opening", opening)] {
            if let Some(kernel) = kernel.filter(|kernel| !(1.0..=*side).contains(kernel)) {
                return wrong(field, &kernel, "write a number from 1 to `side`");
            }
        }
        match threshold {
            Some(share) if !above_zero(share) || *share > 1.0 => {
                wrong("threshold", share, "write a number above 0, at most 1")
            }
            _ => Ok(()),
        }
    }
}
