//! Networks whose only input is a picture: preparing the input, and checking the outputs.

use ndarray::{Array3, ArrayD, ArrayViewD, Axis};

use crate::base::cancel::Cancel;
use crate::base::error::{ErrorKind, Result};
use crate::geometry::frame::Frame;
use crate::geometry::rect::Rect;
use crate::network::families::faults::{contradiction, not_numbers};
use crate::network::manifest::input::{Fit, InputManifest, Order};
use crate::network::onnx::port::{Element, Port, list};
use crate::network::runtime::graph::Graph;
use crate::pixels::image::ImageView;
use crate::pixels::resample::bytes::resize_rgb;
use crate::pixels::tensor::{Layout, planes};

/// The largest side of an input. No public network's is larger, so a larger number is a mistake.
const LARGEST: usize = 8192;

/// An input that takes a picture.
pub struct PictureInput {
    /// How a picture is prepared.
    pub rules: InputManifest,
    layout: Layout,
    /// The width and height, or the largest possible ones.
    size: [usize; 2],
}

impl PictureInput {
    /// Finds the input that the rules name, and checks that every picture will fit.
    pub fn new(inputs: &[Port], rules: InputManifest) -> Result<Self> {
        let Some(port) = inputs.iter().find(|port| port.name == rules.name) else {
            return Err(contradiction(format!("there is no input `{}` among {}", rules.name, list(inputs))));
        };
        let Some((layout, fixed)) =
            Layout::of(&port.shape).filter(|_| port.element.is_float() || port.element == Element::U8)
        else {
            return Err(contradiction(format!("the input `{port}` does not take a picture of three colours")));
        };
        let of_one_size = fixed.iter().any(Option::is_some);
        let grows = matches!(rules.fit, Fit::Inside | Fit::Original | Fit::AtMost | Fit::Shorter);
        if of_one_size && (grows || rules.multiple.is_some()) {
            return Err(contradiction(format!(
                "the input `{port}` has a fixed size, so its `fit` must be stretch, letterbox or corner, without `multiple`"
            )));
        }
        let size = match (fixed, rules.size) {
            ([Some(width), Some(height)], _) => [width, height],
            ([width, height], Some(said)) => [width.unwrap_or(said[0]), height.unwrap_or(said[1])],
            (_, None) if rules.fit == Fit::Original => [usize::MAX; 2],
            _ => {
                return Err(contradiction(format!(
                    "the size of the picture in the input `{port}` is not known (`size` in [input])"
                )));
            }
        };
        if size.iter().any(|side| *side == 0 || (*side > LARGEST && *side != usize::MAX)) {
            return Err(contradiction(format!(
                "the input `{port}` cannot take a picture of {} x {}",
                size[0], size[1]
            )));
        }
        Ok(Self { rules, layout, size })
    }

    /// The input's name.
    pub fn name(&self) -> &str {
        &self.rules.name
    }

    /// The frame of a window of a picture on the input's grid.
    pub fn frame(&self, window: Rect) -> Frame {
        self.rules.frame(window, self.size[0], self.size[1])
    }

    /// The input tensor for the part of a picture in a frame.
    pub fn pixels(&self, image: &ImageView, frame: &Frame) -> Result<ArrayD<f32>> {
        Ok(self.lay(prepared(image, frame, &self.rules)?))
    }

    /// The input tensor for a picture that was already prepared as three planes.
    pub fn lay(&self, planes: Array3<f32>) -> ArrayD<f32> {
        self.layout.lay(planes)
    }
}

/// A network with one input, which takes a picture.
pub struct PictureNetwork {
    graph: Graph,
    input: PictureInput,
}

impl PictureNetwork {
    /// Checks the graph against the manifest, so that no run can fail because of a name or a shape. `outputs` are the outputs
    /// that will be read.
    pub fn new(graph: Graph, rules: Option<InputManifest>, outputs: &[&str]) -> Result<Self> {
        let Some(rules) = rules else { return Err(contradiction("there is no table [input]")) };
        let input = PictureInput::new(&graph.inputs, rules)?;
        if graph.inputs.len() != 1 {
            return Err(contradiction(format!(
                "the network takes more than `{}`: {}",
                input.name(),
                list(&graph.inputs)
            )));
        }
        if let Some(name) = outputs.iter().find(|name| graph.output(name).is_none()) {
            return Err(contradiction(format!("there is no output `{name}` among {}", list(&graph.outputs))));
        }
        Ok(Self { graph, input })
    }

    /// The frame of a window of a picture on the input's grid.
    pub fn frame(&self, window: Rect) -> Frame {
        self.input.frame(window)
    }

    /// Runs the network on a window of a picture.
    pub fn look(&self, image: &ImageView, window: Rect, cancel: &Cancel) -> Result<Outputs> {
        cancel.check()?;
        let pixels = self.input.pixels(image, &self.frame(window))?;
        Ok(Outputs(self.graph.run(&[(self.input.name(), pixels.view())], cancel)?))
    }
}

/// The outputs of a run, by name.
pub struct Outputs(Vec<(String, ArrayD<f32>)>);

impl Outputs {
    /// The outputs of [`Graph::run`].
    pub fn new(outputs: Vec<(String, ArrayD<f32>)>) -> Self {
        Self(outputs)
    }

    /// Takes the output of this name. It must have `rank` dimensions, not counting leading ones of length 1, and no NaN.
    pub fn take(&mut self, name: &str, rank: usize) -> Result<ArrayD<f32>> {
        let place = self.0.iter().position(|(other, _)| other == name);
        let place = place.ok_or_else(|| {
            ErrorKind::Model
                .error(format!("the network returned no output `{name}`; name the right output in model.toml"))
        })?;
        let mut array = self.0.swap_remove(place).1;
        let shape = array.shape().to_vec();
        while array.ndim() > rank && array.shape()[0] == 1 {
            array.index_axis_inplace(Axis(0), 0);
        }
        if array.ndim() != rank {
            return Err(ErrorKind::Model.error(format!(
                "the output `{name}` has the unexpected shape {shape:?}; name the right output in model.toml"
            )));
        }
        if array.iter().any(|value| value.is_nan()) {
            return Err(not_numbers());
        }
        Ok(if array.is_standard_layout() { array } else { array.as_standard_layout().into_owned() })
    }
}

/// The numbers of an array, in order.
pub fn numbers<'a>(array: &'a ArrayViewD<f32>) -> Result<&'a [f32]> {
    array.as_slice().ok_or_else(|| ErrorKind::Internal.error("an output is not contiguous in memory"))
}

/// The picture on the frame's grid, prepared for a network: three planes.
pub fn prepared(image: &ImageView, frame: &Frame, input: &InputManifest) -> Result<Array3<f32>> {
    let InputManifest { mean, std, .. } = input;
    let mut grid = resize_rgb(image, frame, input.filter, [f32::NAN; 3])?;
    if input.stretch_to_brightest {
        let brightest = grid.iter().copied().fold(0.0, f32::max);
        if brightest > 0.0 {
            grid.iter_mut().for_each(|value| *value *= 255.0 / brightest);
        }
    }
    let padding = input.padding.unwrap_or(*mean);
    let mut planes = planes(&grid, frame, |c, value| {
        let value = if value.is_nan() { padding[c] } else { value };
        (value - mean[c]) / std[c]
    });
    if input.order == Order::Bgr {
        planes.invert_axis(Axis(0));
    }
    Ok(planes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::manifest::input::Order;
    use crate::pixels::rgb_image::RgbImage;

    #[test]
    fn a_picture_is_prepared_as_it_is_asked() {
        let image = RgbImage::new([10, 20, 40].repeat(8), 4, 2).unwrap();
        let mut input = InputManifest::normalised("x", Fit::Corner, ([10.0; 3], [10.0; 3]));
        let frame = input.frame(Rect::whole(4, 2), 4, 4);
        let corner = |input: &InputManifest| prepared(&image.view(), &frame, input).unwrap();
        assert_eq!(corner(&input).slice(ndarray::s![.., 0, 0]).to_vec(), [0.0, 1.0, 3.0]);
        assert_eq!(corner(&input).slice(ndarray::s![.., 2, 0]).to_vec(), [0.0; 3]);
        input.order = Order::Bgr;
        input.padding = Some([110.0, 10.0, 10.0]);
        assert_eq!(corner(&input).slice(ndarray::s![.., 0, 0]).to_vec(), [3.0, 1.0, 0.0]);
        assert_eq!(corner(&input).slice(ndarray::s![.., 3, 3]).to_vec(), [0.0, 0.0, 10.0]);
        input = InputManifest { stretch_to_brightest: true, ..InputManifest::unit("x", Fit::Corner) };
        assert_eq!(corner(&input).slice(ndarray::s![.., 1, 3]).to_vec(), [0.25, 0.5, 1.0]);
    }
}
