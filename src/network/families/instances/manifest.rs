//! The manifest table of the instances family.

use serde::{Deserialize, Serialize};

use crate::network::manifest::OwnTable;
use crate::network::manifest::mistake::{Mistake, wrong};

/// The table `[instances]`: the network's outputs with objects and masks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstancesManifest {
    /// How the network lists objects.
    pub detections: Detections,
    /// The output with the boxes; for `anchors` and `rows` it holds scores and classes too.
    pub boxes: String,
    /// The output with the score of each object, for `lists`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<String>,
    /// The output with the class of each object, for `lists`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<String>,
    /// The output with the masks, or with the prototypes that masks are mixed from.
    pub masks: String,
    /// What that output holds.
    pub mask_place: MaskPlace,
    /// The least score of an object.
    pub confidence: f32,
    /// The largest IoU of two boxes of one class, for `anchors`. Of two that overlap more, only the one with the higher score
    /// stays.
    #[serde(default = "default_overlap")]
    pub overlap: f32,
    /// The most objects; those with the highest scores stay.
    #[serde(default = "default_most")]
    pub most: usize,
    /// The names of the classes, class 0 first.
    #[serde(default)]
    pub names: Vec<String>,
}

/// How a network lists objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detections {
    /// `[1, 4 + classes + coefficients, anchors]`: centre, size, a score for each class, a coefficient for each prototype. An
    /// object has many boxes.
    Anchors,
    /// `[1, anchors, 5 + classes + coefficients]`: centre, size, a score for there being any object, then as in `anchors`.
    /// That is YOLOv5.
    Presences,
    /// `[1, objects, 6 + coefficients]`: two corners, score, class, a coefficient for each prototype.
    Rows,
    /// `[objects, 4]`: two corners. Scores and classes are separate outputs.
    Lists,
}

/// What the output with the masks holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskPlace {
    /// `[1, prototypes, height, width]`: logits that cover the input. An object's mask is their sum, weighted by its
    /// coefficients.
    Prototypes,
    /// `[objects, 1, height, width]`: probabilities that cover the object's box.
    Boxes,
    /// `[objects, 1, height, width]`: probabilities that cover the input.
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
                "write `prototypes` for `anchors` and `rows`, `boxes` or `input` for `lists`",
            );
        }
        if lists && (self.scores.is_none() || self.labels.is_none()) {
            return wrong("scores", &self.scores, "name the outputs `scores` and `labels` for `lists`");
        }
        Ok(())
    }
}
