//! How a network is shown a picture, for the families that take nothing else, and what can be wrong with what comes back.

use ndarray::{ArrayD, ArrayViewD, Axis};

use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::frame::{Frame, Rect};
use crate::image::ImageView;
use crate::manifest::{Fit, InputManifest};
use crate::runtime::Graph;
use crate::tensor::{Layout, prepared};

/// A network with one input, which takes a picture.
pub struct PictureNetwork {
    graph: Graph,
    input: InputManifest,
    layout: Layout,
    size: [usize; 2],
}

impl PictureNetwork {
    /// Checks the graph against the manifest, so that no run can fail over a name or a shape. `outputs` are those that will
    /// be asked for.
    pub fn new(graph: Graph, input: Option<InputManifest>, outputs: &[&str]) -> Result<Self> {
        let wrong = |what: String| Error::Model(format!("{what}; the file and its manifest do not belong together"));
        let input = input.ok_or_else(|| wrong("the manifest has no table [input]".into()))?;
        let missing = |kind: &str, name: &str| {
            wrong(format!("the manifest names an {kind} `{name}` that the network does not have"))
        };
        let port = graph.input(&input.name).ok_or_else(|| missing("input", &input.name))?;
        if graph.inputs.len() != 1 {
            return Err(wrong(format!("the network takes more than `{}`", port.name)));
        }
        for name in outputs {
            graph.output(name).ok_or_else(|| missing("output", name))?;
        }
        let (layout, fixed) =
            Layout::of(&port.shape).ok_or_else(|| wrong(format!("the input {port} takes no picture")))?;
        let size = match (fixed, input.size, input.fit) {
            ([Some(width), Some(height)], ..) => [width, height],
            ([width, height], Some(size), _) => [width.unwrap_or(size[0]), height.unwrap_or(size[1])],
            (_, None, Fit::Original) => [usize::MAX; 2],
            _ => {
                return Err(wrong(
                    "neither the network nor the manifest says how large the input is (`size` in [input])".into(),
                ));
            }
        };
        // Above any public network's; a longer side is a slip of the pen.
        if size[0] == 0 || size[1] == 0 || (size[0].max(size[1]) > 8192 && size[0] != usize::MAX) {
            return Err(wrong(format!("an input of {} x {} is not possible", size[0], size[1])));
        }
        let fixed = fixed.iter().any(Option::is_some);
        if fixed
            && (input.multiple.is_some()
                || matches!(input.fit, Fit::Inside | Fit::Original | Fit::AtMost | Fit::Shorter))
        {
            return Err(wrong(format!(
                "the input {port} has a fixed size, into which a picture can only be put by the fits `stretch`, `letterbox` and `corner`"
            )));
        }
        Ok(Self { graph, input, layout, size })
    }

    /// Where a window of a picture lies in the input.
    pub fn frame(&self, window: Rect) -> Frame {
        self.input.frame(window, self.size[0], self.size[1])
    }

    /// Everything that comes out when the network is shown a window of a picture.
    pub fn look(&self, image: &ImageView, window: Rect, cancel: &Cancel) -> Result<Outputs> {
        cancel.check()?;
        let picture = self.layout.lay(prepared(image, &self.frame(window), &self.input)?);
        Ok(Outputs(self.graph.run(&[(&self.input.name, picture.view())], cancel)?))
    }
}

/// What came out of a network, by name.
pub struct Outputs(Vec<(String, ArrayD<f32>)>);

impl Outputs {
    /// What a run gave.
    pub fn new(outputs: Vec<(String, ArrayD<f32>)>) -> Self {
        Self(outputs)
    }

    /// The output of this name: numbers, of so many dimensions, where leading dimensions of length one do not count.
    pub fn take(&mut self, name: &str, rank: usize) -> Result<ArrayD<f32>> {
        let place = self.0.iter().position(|(other, _)| other == name);
        let place = place.ok_or_else(|| Error::Model(format!("the network gave no output `{name}`")))?;
        let mut array = self.0.swap_remove(place).1;
        let shape = array.shape().to_vec();
        while array.ndim() > rank && array.shape()[0] == 1 {
            array.index_axis_inplace(Axis(0), 0);
        }
        if array.ndim() != rank {
            return Err(Error::Model(format!(
                "the output `{name}` has the shape {shape:?}, which is not what such a network gives; say otherwise in model.toml"
            )));
        }
        if array.iter().any(|value| value.is_nan()) {
            return Err(Error::Inference(
                "the network returned something that is not a number; try another provider".into(),
            ));
        }
        Ok(array.as_standard_layout().into_owned())
    }
}

/// The numbers of an array in their order.
pub fn numbers<'a>(array: &'a ArrayViewD<f32>) -> Result<&'a [f32]> {
    array.as_slice().ok_or_else(|| Error::Internal("an output lies scattered in memory".into()))
}

/// What is said of an analysis that has not what its family put there.
pub fn stranger() -> Error {
    Error::Internal("this analysis was made by another family".into())
}
