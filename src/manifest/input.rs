//! How a picture becomes a network's input.

use serde::{Deserialize, Serialize};

use crate::frame::{Frame, Rect};
use crate::resample::Filter;

/// What the authors of a network did to a picture before they showed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputManifest {
    /// The input that takes the picture.
    pub name: String,
    /// Width and height, where the graph leaves them open. With the fit `inside` the most that they may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// How the picture comes to that size.
    pub fit: Fit,
    /// How its pixels are mixed on the way.
    #[serde(default)]
    pub filter: Filter,
    /// In which order the colours come.
    #[serde(default)]
    pub order: Order,
    /// First scale so that the picture's brightest number becomes 255.
    #[serde(default)]
    pub stretch_to_brightest: bool,
    /// Subtracted from red, green and blue, 0 to 255.
    pub mean: [f32; 3],
    /// Divides them then.
    pub std: [f32; 3],
    /// Red, green and blue, 0 to 255, beside the picture; the mean (which becomes nought) if it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding: Option<[f32; 3]>,
}

/// How a picture fills a network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// It fills it, whatever that does to its proportions.
    Stretch,
    /// It keeps its proportions and sits in the middle.
    Letterbox,
    /// It keeps its proportions and sits in the top left corner.
    Corner,
    /// It keeps its proportions, and the input is just as large: for inputs of open size.
    Inside,
    /// It is shown as large as it is, or as `size` allows across and down: for inputs of open size.
    Original,
}

/// In which order a network takes colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Red first.
    #[default]
    Rgb,
    /// Blue first.
    Bgr,
}

/// Mean and standard deviation of ImageNet's photos, 0 to 255.
pub const IMAGENET: ([f32; 3], [f32; 3]) = ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375]);

impl InputManifest {
    /// An input that takes what lies between nought and one.
    pub fn unit(name: &str, fit: Fit) -> Self {
        Self::normalised(name, fit, ([0.0; 3], [255.0; 3]))
    }

    /// An input that takes what was normalised by a mean and a standard deviation, 0 to 255.
    pub fn normalised(name: &str, fit: Fit, (mean, std): ([f32; 3], [f32; 3])) -> Self {
        Self {
            name: name.into(),
            size: None,
            fit,
            filter: Filter::Smooth,
            order: Order::Rgb,
            stretch_to_brightest: false,
            mean,
            std,
            padding: None,
        }
    }

    /// Where a window of a picture lies on a grid of `width` by `height` cells.
    pub fn frame(&self, window: Rect, width: usize, height: usize) -> Frame {
        match self.fit {
            Fit::Stretch => Frame::stretch(window, width, height),
            Fit::Letterbox => Frame::letterbox(window, width, height),
            Fit::Corner => Frame::corner(window, width, height),
            Fit::Inside => {
                let (width, height) = Frame::fitting(window, width, height);
                Frame::stretch(window, width, height)
            }
            Fit::Original => {
                let cells = |length: f64, most: usize| (length.round() as usize).clamp(1, most.max(1));
                Frame::stretch(window, cells(window.width(), width), cells(window.height(), height))
            }
        }
    }
}
