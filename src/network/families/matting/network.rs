//! A matting network, run once: how much of each cell of a window belongs to the object.

use ndarray::{Array3, Axis, concatenate};

use crate::base::cancel::Cancel;
use crate::base::error::{Error, ErrorKind, Result};
use crate::geometry::frame::Frame;
use crate::network::families::faults::contradiction;
use crate::network::families::matting::manifest::MattingManifest;
use crate::network::families::picture_input::{Outputs, prepared};
use crate::network::manifest::input::{Fit, InputManifest};
use crate::network::runtime::graph::Graph;
use crate::pixels::image::ImageView;
use crate::pixels::plane::Plane;

/// A loaded matting network.
pub struct Matting {
    graph: Graph,
    input: InputManifest,
    manifest: MattingManifest,
}

impl Matting {
    /// Checks the graph against the manifest.
    pub fn new(graph: Graph, input: Option<InputManifest>, manifest: MattingManifest) -> Result<Self> {
        let input = input.ok_or_else(|| contradiction("the manifest has no table [input]"))?;
        let fits = |shape: &[i64]| matches!(shape, [-1 | 1, 4 | -1, height, width] if *height < 0 && *width < 0);
        match graph.input(&input.name) {
            Some(port) if graph.inputs.len() == 1 && port.element.is_float() && fits(&port.shape) => {}
            _ => {
                return Err(contradiction(format!(
                    "the network takes {}, not `{}` with four planes of open size",
                    crate::network::onnx::port::list(&graph.inputs),
                    input.name
                )));
            }
        }
        graph.output(&manifest.alpha).ok_or_else(|| {
            contradiction(format!("the manifest names an output `{}` that the network does not have", manifest.alpha))
        })?;
        if input.fit != Fit::Original {
            return Err(contradiction(
                "a matting network sees the picture in its own size, so `fit` in [input] must be `original`",
            ));
        }
        Ok(Self { graph, input, manifest })
    }

    /// How much of each cell belongs to the object. The trimap on the grid of `frame` says what is known: 0 outside, 1/2
    /// unknown, 1 inside.
    pub fn alpha(&self, image: &ImageView, frame: &Frame, trimap: &Plane, cancel: &Cancel) -> Result<Plane> {
        let padded = self.input.padded(*frame);
        // The padding is 0 in all planes, as the authors do it.
        let mut colours = prepared(image, &padded, &self.input)?;
        let mut fourth = Array3::zeros((1, padded.height, padded.width));
        for y in 0..padded.height {
            for x in 0..padded.width {
                if x < frame.width && y < frame.height {
                    fourth[[0, y, x]] = trimap.at(x, y);
                } else {
                    (0..3).for_each(|c| colours[[c, y, x]] = 0.0);
                }
            }
        }
        let planes = concatenate(Axis(0), &[colours.view(), fourth.view()]);
        let planes = planes.map_err(Error::internal)?.insert_axis(Axis(0)).into_dyn();
        let mut outputs = Outputs::new(self.graph.run(&[(&self.input.name, planes.view())], cancel)?);
        let alpha = outputs.take(&self.manifest.alpha, 2)?;
        if alpha.shape()[0] < frame.height || alpha.shape()[1] < frame.width {
            return Err(ErrorKind::Model.error(format!(
                "the output `{}` is {:?}, smaller than the input; name the right output in model.toml",
                self.manifest.alpha,
                alpha.shape()
            )));
        }
        let cells = (0..frame.height).flat_map(|y| (0..frame.width).map(move |x| [y, x]));
        let data = cells.map(|cell| alpha[cell].clamp(0.0, 1.0)).collect();
        Ok(Plane { width: frame.width, height: frame.height, data })
    }
}
