//! Networks that find every object of the kinds they know.

use serde::{Deserialize, Serialize};

use crate::network::manifest::OwnTable;
use crate::network::manifest::mistake::{Mistake, wrong};

/// Where such a network says what it found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstancesManifest {
    /// How the objects are listed.
    pub detections: Detections,
    /// The output with the boxes; for `anchors` and `rows` it holds scores and classes too.
    pub boxes: String,
    /// The output with the score of each object, for `lists`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<String>,
    /// The output with the class of each object, for `lists`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<String>,
    /// The output with what masks are made of.
    pub masks: String,
    /// Where those lie.
    pub mask_place: MaskPlace,
    /// Objects with a lower score are left out.
    pub confidence: f32,
    /// Of two boxes of one class that overlap more (IoU) only the surer one stays, for `anchors`.
    #[serde(default = "default_overlap")]
    pub overlap: f32,
    /// No more objects than this, the surest first.
    #[serde(default = "default_most")]
    pub most: usize,
    /// What the classes are called, class 0 first.
    #[serde(default)]
    pub names: Vec<String>,
}

/// How objects are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detections {
    /// `[1, 4 + classes + coefficients, anchors]`: centre, size, a score for each class, a share of each prototype. Boxes
    /// of one object are many.
    Anchors,
    /// `[1, anchors, 5 + classes + coefficients]`: centre, size, how sure it is that there is anything, and then as in
    /// `anchors`: YOLOv5.
    Presences,
    /// `[1, objects, 6 + coefficients]`: two corners, score, class, a share of each prototype.
    Rows,
    /// `[objects, 4]`: two corners; scores and classes come from outputs of their own.
    Lists,
}

/// Where masks lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskPlace {
    /// `[1, prototypes, height, width]` on the input's grid, to be mixed by each object's coefficients; logits.
    Prototypes,
    /// `[objects, 1, height, width]`, each in its object's box; probabilities.
    Boxes,
    /// `[objects, 1, height, width]`, all as large as the input; probabilities.
    Input,
}

fn default_overlap() -> f32 {
    0.45
}

fn default_most() -> usize {
    300
}

impl OwnTable for InstancesManifest {
    const FAMILY: &'static str = "instances";

    fn check(&self) -> Result<(), Mistake> {
        for (field, value) in [("confidence", self.confidence), ("overlap", self.overlap)] {
            if !(0.0..=1.0).contains(&value) {
                return wrong(field, &value, "write a number from 0 to 1");
            }
        }
        if !(1..=10_000).contains(&self.most) {
            return wrong("most", &self.most, "write a number from 1 to 10000");
        }
        let lists = self.detections == Detections::Lists;
        if lists == (self.mask_place == MaskPlace::Prototypes) {
            return wrong(
                "mask_place",
                &self.mask_place,
                "masks of `anchors` and `rows` are mixed from `prototypes`, those of `lists` lie in `boxes` or on the `input`",
            );
        }
        if lists && (self.scores.is_none() || self.labels.is_none()) {
            return wrong("scores", &self.scores, "name the outputs `scores` and `labels` for `lists`");
        }
        Ok(())
    }
}
