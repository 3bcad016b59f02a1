//! What a network says of itself: the text of `model.toml` beside it, or the same text in its metadata.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Error, Result};

/// The metadata key of an ONNX file under which the text lies.
pub const METADATA_KEY: &str = "deepcrop";

/// What names and shapes in an ONNX file cannot tell.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Of this text; 1.
    pub format: u32,
    /// Which kind of network it is.
    pub family: String,
    /// What to call it.
    pub name: String,
    /// Of the network.
    pub version: String,
    /// Under which it may be used.
    pub licence: String,
    /// For the family `click_map`.
    pub click_map: Option<ClickMapManifest>,
}

/// How a network of our own kind wants its input and gives its output.
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
    /// See [`crate::family::Family::closer_look`].
    #[serde(default = "default_closer_look")]
    pub closer_look: f64,
}

/// What one plane of an input shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
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
}

/// What the numbers of the mask output mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// 0 to 1.
    Probability,
    /// Before the sigmoid.
    Logits,
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

impl Manifest {
    /// Reads the text; `origin` is named in the error.
    pub fn parse(text: &str, origin: &str) -> Result<Self> {
        let manifest: Self = toml::from_str(text).map_err(|error| {
            let place = error.span().map_or(0, |span| text[..span.start].lines().count().max(1));
            Error::Model(format!("{origin}, line {place}: {}; models/README.md lists the fields", error.message()))
        })?;
        if manifest.format != 1 {
            return Err(Error::Model(format!(
                "{origin} is written in format {}, this version of DeepCrop reads format 1; install a newer one",
                manifest.format
            )));
        }
        if let Some(click_map) = &manifest.click_map {
            click_map.check(origin)?;
        }
        Ok(manifest)
    }
}

impl ClickMapManifest {
    /// Numbers with which no picture could be prepared.
    fn check(&self, origin: &str) -> Result<()> {
        let above_nought = |value: &f32| value.is_finite() && *value > 0.0;
        let wrong = |field: &str, value: &dyn std::fmt::Debug, wanted: &str| {
            Err(Error::Model(format!("{origin}: `{field}` is {value:?}; {wanted}, see models/README.md")))
        };
        match self {
            Self { mean, .. } if !mean.iter().all(|value| value.is_finite()) => {
                wrong("mean", mean, "write three plain numbers")
            }
            Self { std, .. } if !std.iter().all(above_nought) => wrong("std", std, "write three numbers above 0"),
            Self { spot, .. } if !above_nought(spot) => wrong("spot", spot, "write a number above 0"),
            Self { reach, .. } if !above_nought(reach) => wrong("reach", reach, "write a number above 0"),
            Self { closer_look, .. } if !(0.0..=1.0).contains(closer_look) => {
                wrong("closer_look", closer_look, "write a number from 0 to 1")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        format = 1
        family = "click_map"
        name = "test"
        version = "1"
        licence = "MIT"
        [click_map]
        inputs = { x = ["red", "green", "blue", "include_distance"] }
        mean = [0, 0, 0]
        std = [255, 255, 255]
        output = "logits"
    "#;

    #[test]
    fn a_short_manifest_gets_defaults() {
        let click_map = Manifest::parse(TEXT, "model.toml").unwrap().click_map.unwrap();
        assert_eq!(click_map.inputs["x"][3], PlaneKind::IncludeDistance);
        assert_eq!((click_map.mask.as_str(), click_map.score), ("mask", None));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (wrong, says) in [
            (TEXT.replace("\"blue\"", "\"infrared\""), "line 8: unknown variant `infrared`"),
            (TEXT.replace("mean", "meen"), "line 9: unknown field `meen`"),
            (TEXT.replace("format = 1", "format = 2"), "format 2"),
            ("=".into(), "model.toml, line 1"),
            (TEXT.replace("mean = [0,", "mean = [nan,"), "`mean` is [NaN, 0.0, 0.0]"),
            (TEXT.replace("std = [255,", "std = [0,"), "`std` is [0.0, 255.0, 255.0]"),
            (TEXT.to_owned() + "spot = 0.0", "`spot` is 0.0; write a number above 0"),
            (TEXT.to_owned() + "reach = inf", "`reach` is inf"),
            (TEXT.to_owned() + "closer_look = 1.5", "`closer_look` is 1.5; write a number from 0 to 1"),
        ] {
            let error = Manifest::parse(&wrong, "model.toml").unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
