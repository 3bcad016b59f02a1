//! The manifest table of the encoder-decoder family.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::network::manifest::OwnTable;
use crate::network::manifest::mistake::{Mistake, wrong};
use crate::network::manifest::output::OutputKind;

/// The table `[encoder_decoder]`: the names of the network's inputs and outputs, and what they hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderDecoderManifest {
    /// The encoder's file, if the names in the folder do not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoder: Option<String>,
    /// The decoder's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decoder: Option<String>,
    /// The decoder's input with the points: `[1, points, 2]` or `[1, 1, points, 2]`, x before y.
    pub points: String,
    /// The decoder's input with a label for each point: 1 on the object, 0 beside it, -1 no point.
    pub labels: String,
    /// The most points that the decoder takes; of more, the newest count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_points: Option<usize>,
    /// Whether a point without meaning ends the list.
    #[serde(default)]
    pub pad_point: PadPoint,
    /// Whether a box is given as two points, labelled 2 (top left) and 3 (bottom right).
    #[serde(default)]
    pub box_corners: bool,
    /// The decoder's input with boxes: `[1, boxes, 4]`, two corners each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub box_input: Option<String>,
    /// The width and height of the grid of points and masks, if it is not that of the encoder's input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<[usize; 2]>,
    /// Whether the encoder itself pads its input to that grid, on the right and below.
    #[serde(default)]
    pub pads_inside: bool,
    /// The decoder's input with the selection so far: `[1, 1, height, width]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask_input: Option<String>,
    /// Whether that input also gets the network's own answers, or only masks of another origin.
    #[serde(default = "yes")]
    pub feeds_back: bool,
    /// What that input holds.
    #[serde(default)]
    pub mask_input_holds: OutputKind,
    /// The decoder's input that is 1 if there is a selection so far, else 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_mask: Option<String>,
    /// The decoder's input with the height and width of the masks that it is to return: `[2]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture_size: Option<String>,
    /// Whether points are measured in that size. If not, it is set to the size that masks have inside, which loses nothing.
    #[serde(default)]
    pub picture_size_matters: bool,
    /// The decoder's inputs that take outputs of the encoder with other names. Several outputs are stacked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub features: BTreeMap<String, Vec<String>>,
    /// The decoder's output with the masks' logits: `[1, answers, height, width]`, the coarsest if there are several.
    pub masks: String,
    /// The decoder's output with a score for each answer, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<String>,
    /// The decoder's output with the logit of there being an object at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_score: Option<String>,
    /// See [`crate::network::families::segmenter::Segmenter::closer_look`]. 0 for a slow encoder: then it runs once for a picture.
    #[serde(default)]
    pub closer_look: f64,
}

/// Whether a point without meaning ends the list of points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PadPoint {
    /// No such point, or the network adds it itself.
    #[default]
    Never,
    /// A point at the origin, labelled -1, unless there is a box.
    WithoutBox,
}

fn yes() -> bool {
    true
}

impl OwnTable for EncoderDecoderManifest {
    const FAMILY: &'static str = "encoder_decoder";

    fn check(&self) -> Result<(), Mistake> {
        match self {
            Self { closer_look, .. } if !(0.0..=1.0).contains(closer_look) => {
                wrong("closer_look", closer_look, "write a number from 0 to 1")
            }
            Self { grid: Some(grid), .. } if !grid.iter().all(|side| (1..=8192).contains(side)) => {
                wrong("grid", grid, "write two numbers from 1 to 8192")
            }
            Self { most_points: Some(most @ 0..3), .. } => {
                wrong("most_points", most, "write 3 or more: a box and a click")
            }
            Self { box_corners: true, box_input: Some(name), .. } => {
                wrong("box_input", name, "use either `box_input` or `box_corners` for boxes, not both")
            }
            _ => Ok(()),
        }
    }
}
