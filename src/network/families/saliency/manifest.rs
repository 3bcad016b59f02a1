//! The manifest table of the saliency family.

use serde::{Deserialize, Serialize};

use crate::network::manifest::OwnTable;
use crate::network::manifest::mistake::{Mistake, above_zero, wrong};
use crate::network::manifest::output::OutputKind;
use crate::pixels::resample::axis::Filter;

/// The table `[saliency]`: the network's map, and how a mask is made of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaliencyManifest {
    /// The output with the map: `[1, 1, height, width]`.
    pub map: String,
    /// What its numbers mean.
    pub output: OutputKind,
    /// Whether the map is then stretched so that its smallest number becomes 0 and its largest 1.
    pub rescale: bool,
    /// How the map is resampled to the picture's size.
    pub filter: Filter,
    /// How the map is cleaned in the picture's size; not at all if missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clean: Option<Cleaning>,
}

/// ExtractNet's steps from a map to a mask, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cleaning {
    /// The longer side of a picture for which the kernels have the sizes below. They grow with the picture.
    pub side: f64,
    /// The size of the kernel of a Gaussian blur, in pixels. Its standard deviation is OpenCV's for that size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blur: Option<f64>,
    /// The threshold: the least probability that belongs to the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    /// The diameter in pixels of a morphological opening: parts into which such a disk does not fit are removed.
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
