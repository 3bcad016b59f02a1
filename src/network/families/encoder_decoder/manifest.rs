//! How a network with an encoder and a decoder wants to be asked, and what it answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::network::manifest::OwnTable;
use crate::network::manifest::mistake::{Mistake, wrong};
use crate::network::manifest::output::OutputKind;

/// The names of a network's inputs and outputs by what they are for, and its authors' habits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderDecoderManifest {
    /// The file that runs once a picture, where the folder does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoder: Option<String>,
    /// The file that runs at each click.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decoder: Option<String>,
    /// The decoder's input with the points: `[1, points, 2]` or `[1, 1, points, 2]`, x before y.
    pub points: String,
    /// The decoder's input with a label for each point: 1 on the object, 0 beside it, -1 no point.
    pub labels: String,
    /// No more points are given than these; the newest count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_points: Option<usize>,
    /// Who says that there are no more points.
    #[serde(default)]
    pub pad_point: PadPoint,
    /// A box is two points, labelled 2 (top left) and 3 (bottom right).
    #[serde(default)]
    pub box_corners: bool,
    /// The decoder's input with boxes: `[1, boxes, 4]`, two corners each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub box_input: Option<String>,
    /// Width and height of the grid on which points are measured and masks lie, where it is not the encoder's input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<[usize; 2]>,
    /// The encoder itself pads its input to that grid, at the right and below.
    #[serde(default)]
    pub pads_inside: bool,
    /// The decoder's input with the selection so far: `[1, 1, height, width]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask_input: Option<String>,
    /// Whether that is also given after the network's own answers, or only after a mask of another origin.
    #[serde(default = "yes")]
    pub feeds_back: bool,
    /// What the selection so far is given in.
    #[serde(default)]
    pub mask_input_holds: OutputKind,
    /// The decoder's input that is 1 if there is a selection so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_mask: Option<String>,
    /// The decoder's input with the height and width in which it gives its masks: `[2]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture_size: Option<String>,
    /// Whether points are measured in it; if not, masks are asked for as coarse as they are inside, which loses nothing.
    #[serde(default)]
    pub picture_size_matters: bool,
    /// The decoder's inputs that take outputs of the encoder with other names. Several outputs are stacked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub features: BTreeMap<String, Vec<String>>,
    /// The decoder's output with the masks' logits: `[1, answers, height, width]`, the coarsest if there are several.
    pub masks: String,
    /// Its output with a score for each answer, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<String>,
    /// Its output with the logit of there being an object at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_score: Option<String>,
    /// See [`crate::network::families::family::Family::closer_look`]. 0 for an encoder that takes its time: then a picture is encoded once.
    #[serde(default)]
    pub closer_look: f64,
}

/// Who tells a network that there are no more points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PadPoint {
    /// Nobody, or the network itself.
    #[default]
    Never,
    /// Who asks, by a point at the origin labelled -1, unless there is a box.
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
                wrong("box_input", name, "a box is told by that input or by `box_corners`, not by both")
            }
            _ => Ok(()),
        }
    }
}
