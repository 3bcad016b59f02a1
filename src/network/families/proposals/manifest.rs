//! The manifest table of the proposals family.

use serde::{Deserialize, Serialize};

use crate::network::manifest::OwnTable;
use crate::network::manifest::mistake::{Mistake, wrong};

/// The table `[proposals]`: the network's outputs, its patches and scales, and its refiner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposalsManifest {
    /// The output with a mask for each place: `[1, side * side, rows, columns]`, logits. The mask covers the patch of the
    /// place.
    pub masks: String,
    /// The output with a score for each place, for an object in the middle of the patch: `[1, 1, rows, columns]`, logits.
    pub scores: String,
    /// The side of the patch that belongs to a place, in cells of the input; a multiple of `stride`.
    pub patch: usize,
    /// The cells of the input from one place to the next.
    pub stride: usize,
    /// The lengths to which the picture's longer side is scaled, in cells of the input.
    pub scales: Vec<usize>,
    /// The largest IoU of two masks. Of two that overlap more, only the one with the higher score stays.
    #[serde(default = "default_overlap")]
    pub overlap: f32,
    /// The most objects; those with the highest scores stay.
    #[serde(default = "default_most")]
    pub most: usize,
    /// The file of the refiner, beside the first file: a graph that takes a patch and returns a better mask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refiner: Option<String>,
    /// The number of objects that are refined, those with the highest scores.
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
    /// The most proposals that are kept of a picture, so that memory is bounded.
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
