//! Networks that propose objects at each place and scale.

use serde::{Deserialize, Serialize};

use crate::network::manifest::OwnTable;
use crate::network::manifest::mistake::{Mistake, wrong};

/// Where such a network looks, and where it says what it saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposalsManifest {
    /// The output with a mask for each place: `[1, side * side, rows, columns]`, logits; the mask covers the place's whole
    /// patch.
    pub masks: String,
    /// The output that says how sure it is that an object fills the patch's middle: `[1, 1, rows, columns]`, logits.
    pub scores: String,
    /// Cells of the input along the patch that a place sees; a multiple of `stride`.
    pub patch: usize,
    /// Cells of the input from one place to the next.
    pub stride: usize,
    /// The lengths to which the picture's longer side is scaled, in cells of the input.
    pub scales: Vec<usize>,
    /// Of two masks that overlap more (IoU) only the surer one stays.
    #[serde(default = "default_overlap")]
    pub overlap: f32,
    /// No more objects than this, the surest first.
    #[serde(default = "default_most")]
    pub most: usize,
    /// A second graph, as a file beside the first: a patch in, a better mask of it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refiner: Option<String>,
    /// How many objects it is asked for, the surest first.
    #[serde(default = "default_refined")]
    pub refined: usize,
}

fn default_overlap() -> f32 {
    0.7
}

fn default_most() -> usize {
    1000
}

fn default_refined() -> usize {
    30
}

impl ProposalsManifest {
    /// So many proposals are kept of a picture, so that its memory is bounded.
    pub const KEPT: usize = 4000;
}

impl OwnTable for ProposalsManifest {
    const FAMILY: &'static str = "proposals";

    fn check(&self) -> Result<(), Mistake> {
        let Self { patch, stride, scales, overlap, most, .. } = self;
        if *stride == 0 || !(1..=1024).contains(patch) || patch % stride != 0 {
            return wrong("patch", patch, "write a multiple of `stride`, at most 1024");
        }
        if !(1..=16).contains(&scales.len()) || scales.iter().any(|scale| !(1..=2048).contains(scale)) {
            return wrong("scales", scales, "write one to sixteen numbers from 1 to 2048");
        }
        if !(0.0..=1.0).contains(overlap) {
            return wrong("overlap", overlap, "write a number from 0 to 1");
        }
        if !(1..=Self::KEPT).contains(most) {
            return wrong("most", most, "write a number from 1 to 4000");
        }
        Ok(())
    }
}
