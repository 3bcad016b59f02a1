//! The manifest table of the click map family.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::network::manifest::OwnTable;
use crate::network::manifest::mistake::{Mistake, above_zero, check_colours, wrong};
use crate::network::manifest::output::OutputKind;

/// The table `[click_map]`: what the planes of the network's inputs show, and what its outputs hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClickMapManifest {
    /// The planes of each input, by the input's name. A decoder's inputs that are not named here are the encoder's
    /// outputs of the same name.
    pub inputs: BTreeMap<String, Vec<PlaneKind>>,
    /// The file of a second graph, beside the first. Then the first runs once for a window, and this one at each click.
    pub decoder: Option<String>,
    /// The width and height of the grid, if the graph leaves them open.
    pub size: Option<[usize; 2]>,
    /// The mean, subtracted from red, green and blue; 0 to 255.
    pub mean: [f32; 3],
    /// The standard deviation, by which they are then divided.
    pub std: [f32; 3],
    /// The width (sigma) of the spot round a click, as a share of the grid's width.
    #[serde(default = "default_spot")]
    pub spot: f32,
    /// The radius of the cone round a click, as a share of the grid's width.
    #[serde(default = "default_reach")]
    pub reach: f32,
    /// What the output with the masks holds.
    pub output: OutputKind,
    /// The output with the masks: `[1, answers, height, width]`.
    #[serde(default = "default_mask")]
    pub mask: String,
    /// The output with a score for each answer, if these can be trusted.
    pub score: Option<String>,
    /// See [`crate::network::families::segmenter::Segmenter::closer_look`].
    #[serde(default = "default_closer_look")]
    pub closer_look: f64,
    /// Whether the network finds the subject if it gets no click. Other networks are clicked in many places.
    #[serde(default)]
    pub subject: bool,
}

/// What a plane of an input shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaneKind {
    /// Red, normalised.
    Red,
    /// Green, normalised.
    Green,
    /// Blue, normalised.
    Blue,
    /// A Gaussian round each include click; where several meet, the largest.
    IncludeSpot,
    /// A cone at each include click: 1 at the click, falling linearly to 0.
    IncludeCone,
    /// The distance to the nearest include click in grid widths, 1 if there is none (DeepCropV2's fourth plane).
    IncludeDistance,
    /// As `include_spot`, for exclude clicks.
    ExcludeSpot,
    /// As `include_cone`, for exclude clicks.
    ExcludeCone,
    /// As `include_distance`, for exclude clicks.
    ExcludeDistance,
    /// The selection so far, 0 to 1.
    Previous,
    /// The box or lasso: 1 inside, 0 outside or if there is none. A network without this plane gets a click in the
    /// middle and a rough selection instead.
    Region,
}

impl PlaneKind {
    /// Whether the plane shows a colour of the picture.
    pub fn is_colour(self) -> bool {
        matches!(self, Self::Red | Self::Green | Self::Blue)
    }
}

fn default_spot() -> f32 {
    0.02
}

fn default_reach() -> f32 {
    0.6
}

fn default_mask() -> String {
    "mask".into()
}

fn default_closer_look() -> f64 {
    0.8
}

impl OwnTable for ClickMapManifest {
    const FAMILY: &'static str = "click_map";

    fn check(&self) -> Result<(), Mistake> {
        check_colours(&self.mean, &self.std)?;
        match self {
            Self { spot, .. } if !above_zero(spot) => wrong("spot", spot, "write a number above 0"),
            Self { reach, .. } if !above_zero(reach) => wrong("reach", reach, "write a number above 0"),
            Self { closer_look, .. } if !(0.0..=1.0).contains(closer_look) => {
                wrong("closer_look", closer_look, "write a number from 0 to 1")
            }
            _ => Ok(()),
        }
    }
}
