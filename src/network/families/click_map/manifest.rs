//! How a network of our own kind wants to be asked, and what it answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::network::manifest::OwnTable;
use crate::network::manifest::mistake::{Mistake, above_zero, check_colours, wrong};
use crate::network::manifest::output::OutputKind;

/// How a network of our own kind wants its input and gives its output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClickMapManifest {
    /// The planes of each input, by the input's name. A decoder's inputs that are not named here are the encoder's
    /// outputs of the same name.
    pub inputs: BTreeMap<String, Vec<PlaneKind>>,
    /// A second graph, as a file beside the first: then the first runs once a window and this one at each click.
    pub decoder: Option<String>,
    /// Width and height of the grid, where the graph leaves them open.
    pub size: Option<[usize; 2]>,
    /// Subtracted from red, green and blue, 0 to 255.
    pub mean: [f32; 3],
    /// Divides them then.
    pub std: [f32; 3],
    /// Width (sigma) of the spot round a click, as a share of the grid's width.
    #[serde(default = "default_spot")]
    pub spot: f32,
    /// How far the cone round a click reaches, as a share of the grid's width.
    #[serde(default = "default_reach")]
    pub reach: f32,
    /// What the mask output holds.
    pub output: OutputKind,
    /// The mask output: `[1, answers, height, width]`.
    #[serde(default = "default_mask")]
    pub mask: String,
    /// The output with one score an answer, if its scores can be trusted.
    pub score: Option<String>,
    /// See [`crate::network::families::family::Family::closer_look`].
    #[serde(default = "default_closer_look")]
    pub closer_look: f64,
    /// Whether the network answers with the subject of the picture where nothing is clicked. Others are clicked all over.
    #[serde(default)]
    pub subject: bool,
}

/// What one plane of an input shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaneKind {
    /// Normalised.
    Red,
    /// Normalised.
    Green,
    /// Normalised.
    Blue,
    /// A Gaussian round each click, the highest counts.
    IncludeSpot,
    /// 1 at a click, falling straight to 0.
    IncludeCone,
    /// The distance to the nearest click in grid widths, 1 where there is none (DeepCropV2's fourth plane).
    IncludeDistance,
    /// As above, for the clicks beside the object.
    ExcludeSpot,
    /// As above, for the clicks beside the object.
    ExcludeCone,
    /// As above, for the clicks beside the object.
    ExcludeDistance,
    /// The selection so far, 0 to 1.
    Previous,
    /// 1 inside the box or lasso round the object, 0 outside and where there is none. A network without it is told of a
    /// click in the middle and a rough selection.
    Region,
}

impl PlaneKind {
    /// Whether the picture alone fills it.
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
