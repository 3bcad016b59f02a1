//! The input table of a manifest: how a picture becomes a network's input.

use serde::{Deserialize, Serialize};

use crate::geometry::frame::Frame;
use crate::geometry::rect::Rect;
use crate::network::manifest::mistake::{Mistake, check_colours, wrong};
use crate::pixels::resample::axis::Filter;

/// How a picture is prepared, as the authors of the network did it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputManifest {
    /// The input that takes the picture.
    pub name: String,
    /// The width and height, if the graph leaves them open. For the fits `inside` and `at_most` the largest width and height;
    /// for `shorter` the length of the shorter side and the largest length of the longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// How the picture is fitted to that size.
    pub fit: Fit,
    /// How it is resampled.
    #[serde(default)]
    pub filter: Filter,
    /// The order of the colours.
    #[serde(default)]
    pub order: Order,
    /// Whether the picture is first scaled so that its largest value becomes 255.
    #[serde(default)]
    pub stretch_to_brightest: bool,
    /// The mean, subtracted from red, green and blue; 0 to 255.
    pub mean: [f32; 3],
    /// The standard deviation, by which they are then divided.
    pub std: [f32; 3],
    /// The colour of the padding: red, green and blue, 0 to 255. By default the mean, which becomes 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding: Option<[f32; 3]>,
    /// The input is padded on the right and below until its width and height are multiples of this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiple: Option<usize>,
}

/// How a picture is fitted to a network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// The picture is stretched to the input, without regard to its proportions.
    Stretch,
    /// The picture keeps its proportions and lies in the middle of the input.
    Letterbox,
    /// The picture keeps its proportions and lies in the top left corner of the input.
    Corner,
    /// The picture keeps its proportions, and the input has its size. Only for inputs of open size, as are those below.
    Inside,
    /// The picture keeps its size; its width and height are cut down to `size` separately.
    Original,
    /// The picture keeps its size; if it is larger than `size`, it is scaled down in its proportions.
    AtMost,
    /// The picture keeps its proportions, and its shorter side gets a fixed length.
    Shorter,
}

/// The order of the colours in a network's input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Red first.
    #[default]
    Rgb,
    /// Blue first.
    Bgr,
}

/// The mean and standard deviation of ImageNet's photos, 0 to 255.
pub const IMAGENET: ([f32; 3], [f32; 3]) = ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375]);

impl InputManifest {
    /// Refuses values with which no picture could be prepared.
    pub fn check(&self) -> Result<(), Mistake> {
        check_colours(&self.mean, &self.std)?;
        match self.multiple.filter(|multiple| !(1..=1024).contains(multiple)) {
            Some(multiple) => wrong("multiple", &multiple, "write a number from 1 to 1024"),
            None => Ok(()),
        }
    }

    /// An input that takes values from 0 to 1.
    pub fn unit(name: &str, fit: Fit) -> Self {
        Self::normalised(name, fit, ([0.0; 3], [255.0; 3]))
    }

    /// An input that takes values normalised by a mean and a standard deviation, 0 to 255.
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
            multiple: None,
        }
    }

    /// The frame of a window of a picture on a grid of `width` by `height` cells.
    pub fn frame(&self, window: Rect, width: usize, height: usize) -> Frame {
        let cells = |scale: f64, length: f64| ((length * scale) as usize).max(1);
        let scaled = |scale| Frame::stretch(window, cells(scale, window.width()), cells(scale, window.height()));
        let frame = match self.fit {
            Fit::Stretch => Frame::stretch(window, width, height),
            Fit::Letterbox => Frame::centred(window, width, height),
            Fit::Corner => Frame::corner(window, width, height),
            Fit::Inside => {
                let (width, height) = Frame::fitting(window, width, height);
                Frame::stretch(window, width, height)
            }
            Fit::Original => {
                let cells = |length: f64, most: usize| (length.round() as usize).clamp(1, most.max(1));
                Frame::stretch(window, cells(window.width(), width), cells(window.height(), height))
            }
            Fit::AtMost => match (width as f64 / window.width()).min(height as f64 / window.height()) {
                large if large >= 1.0 => Frame::pixels(window, usize::MAX),
                scale => scaled(scale),
            },
            Fit::Shorter => {
                let (w, h) = (window.width(), window.height());
                scaled((width as f64 / w.min(h)).min(height as f64 / w.max(h)))
            }
        };
        self.padded(frame)
    }

    /// A frame padded on the right and below to the multiple that the network wants.
    pub fn padded(&self, frame: Frame) -> Frame {
        let multiple = self.multiple.unwrap_or(1);
        let (width, height) = (frame.width.next_multiple_of(multiple), frame.height.next_multiple_of(multiple));
        let Rect { x0, y0, .. } = frame.window;
        let x1 = x0 + frame.window.width() * width as f64 / frame.width as f64;
        let y1 = y0 + frame.window.height() * height as f64 / frame.height as f64;
        Frame::stretch(Rect { x0, y0, x1, y1 }, width, height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_to_its_size_as_its_authors_did_it() {
        let frame = |fit, multiple, (width, height): (u32, u32), [a, b]: [usize; 2]| {
            let input = InputManifest { multiple, ..InputManifest::unit("x", fit) };
            input.frame(Rect::whole(width, height), a, b)
        };
        let size = |frame: Frame| (frame.width, frame.height);
        assert_eq!(size(frame(Fit::Shorter, None, (97, 31), [520, 2080])), (1627, 520));
        assert_eq!(size(frame(Fit::Shorter, None, (31, 97), [520, 1000])), (319, 1000));
        assert_eq!(size(frame(Fit::AtMost, None, (300, 200), [1333, 1333])), (300, 200));
        assert_eq!(size(frame(Fit::AtMost, None, (300, 200), [150, 1333])), (150, 100));
        let zoo = frame(Fit::Shorter, Some(32), (640, 480), [800, 1333]);
        assert_eq!((size(zoo), zoo.window), ((1088, 800), Rect::new(0.0, 0.0, 640.0 * 1088.0 / 1066.0, 480.0)));
        // 96 cells hold 31 rows of 97 pixels after 32 rows of padding, and 33 follow.
        let boxed = frame(Fit::Letterbox, None, (97, 31), [96, 96]);
        assert_eq!(boxed.to_grid(crate::geometry::point::Point::new(0.0, 31.0)).y.round(), 63.0);
    }
}
