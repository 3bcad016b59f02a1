//! The encoder-decoder family: an encoder runs once for a window, a decoder at each click. SAM and its relatives, SegNext.
//!
//! All that differs between these networks is in the manifest, which `recognise` writes for known files.

pub mod manifest;
pub mod recognise;

mod answers;
mod ports;
mod prompts;

use ndarray::{ArrayViewD, Axis, CowArray, IxDyn};

use crate::base::cancel::Cancel;
use crate::base::error::{ErrorKind, Result};
use crate::geometry::frame::Frame;
use crate::geometry::rect::Rect;
use crate::network::families::encoder_decoder::manifest::EncoderDecoderManifest;
use crate::network::families::encoder_decoder::prompts::Asked;
use crate::network::families::family::{Family, Opened, Ready};
use crate::network::families::faults::foreign_analysis;
use crate::network::families::picture_input::PictureInput;
use crate::network::families::segmenter::{Analysis, Candidate, Previous, Segmenter};
use crate::network::hints::Hints;
use crate::network::manifest::input::{Fit, InputManifest};
use crate::network::manifest::mistake::Mistake;
use crate::network::manifest::{OwnTable, read_own};
use crate::network::runtime::encoder::Encoder;
use crate::network::runtime::graph::Graph;
use crate::pixels::image::ImageView;

/// The entry in the table of families.
pub static FAMILY: Family = Family {
    whole: recognise::whole,
    pair: recognise::pair,
    half: recognise::half,
    names_pair: Some(["encoder", "decoder"]),
    ..Family::new(
        EncoderDecoderManifest::FAMILY,
        read_own::<EncoderDecoderManifest>,
        |Opened { manifest, place, encoder, graph }| {
            let own = manifest.own()?;
            let input = manifest.input.ok_or_else(|| Mistake::Missing("input".into()).in_fields(&place))?;
            Ok(Ready::selects(EncoderDecoder::new(encoder, graph, input, own)?))
        },
    )
};

/// A loaded network.
pub struct EncoderDecoder {
    /// The graph that runs once for a window; none for a network in one file, which takes the picture at each click.
    encoder: Option<Encoder>,
    /// The graph that runs at each click.
    decoder: Graph,
    input: PictureInput,
    manifest: EncoderDecoderManifest,
    /// The decoder's inputs that take encoder output: their names, and the indices of the outputs.
    features: Vec<(String, Vec<usize>)>,
}

impl EncoderDecoder {
    /// Checks the graphs against the manifest, so that no run can fail because of a name or a shape.
    pub fn new(
        encoder: Option<Encoder>,
        decoder: Graph,
        input: InputManifest,
        manifest: EncoderDecoderManifest,
    ) -> Result<Self> {
        let first = encoder.as_ref().map(|encoder| &encoder.graph);
        let input = PictureInput::new(&first.unwrap_or(&decoder).inputs, input)?;
        let features = ports::features(first, &decoder, input.name(), &manifest)?;
        ports::check(&decoder, &manifest)?;
        Ok(Self { encoder, decoder, input, manifest, features })
    }

    /// The grid of points and masks.
    fn grid(&self, input: Frame, window: Rect) -> Frame {
        match self.manifest.grid {
            None => input,
            Some([width, height]) if self.manifest.pads_inside => {
                let (x, y) = (width as f64 / input.width as f64, height as f64 / input.height as f64);
                let Rect { x0, y0, .. } = input.window;
                let (x1, y1) = (x0 + input.window.width() * x, y0 + input.window.height() * y);
                Frame::stretch(Rect { x0, y0, x1, y1 }, width, height)
            }
            Some([width, height]) => self.input.rules.frame(window, width, height),
        }
    }

    /// The grid to which masks are first enlarged, if it is padded: the padding is cut off there.
    fn way(&self, grid: &Frame) -> Option<(usize, usize)> {
        let padded = self.manifest.pads_inside || matches!(self.input.rules.fit, Fit::Corner | Fit::Letterbox);
        padded.then_some((grid.width, grid.height))
    }

    /// The height and width for the decoder's input `picture_size`.
    fn picture_size(&self, grid: &Frame) -> [f32; 2] {
        let least = |cells: usize, pixels: f64| match self.manifest.picture_size_matters {
            true => (pixels.round() as usize).clamp(1, cells) as f32,
            // The size that masks have inside.
            false => cells.div_ceil(prompts::CELLS_PER_MASK_CELL) as f32,
        };
        [least(grid.height, grid.window.height()), least(grid.width, grid.window.width())]
    }

    /// The decoder's inputs that do not depend on prompts.
    fn features<'a>(&'a self, analysis: &'a Analysis) -> Result<Vec<(&'a str, CowArray<'a, f32, IxDyn>)>> {
        if self.encoder.is_none() {
            let pixels = analysis.tensors.first().ok_or_else(foreign_analysis)?;
            return Ok(vec![(self.input.name(), pixels.into())]);
        }
        let mut fed = Vec::new();
        for (name, outputs) in &self.features {
            let views = outputs.iter().map(|&output| Some(analysis.tensors.get(output)?.view()));
            let views: Vec<ArrayViewD<f32>> = views.collect::<Option<_>>().ok_or_else(foreign_analysis)?;
            let tensor = match views.as_slice() {
                [one] => one.clone().into(),
                several => match ndarray::stack(Axis(0), several) {
                    Ok(layers) => layers.into(),
                    Err(_) => {
                        return Err(ErrorKind::Model.error(format!(
                            "the encoder's outputs for the decoder's input `{name}` differ in size; the files do not belong together"
                        )));
                    }
                },
            };
            fed.push((name.as_str(), tensor));
        }
        Ok(fed)
    }
}

impl Segmenter for EncoderDecoder {
    fn analyse(&self, image: &ImageView, window: Rect, cancel: &Cancel) -> Result<Analysis> {
        let frame = self.input.frame(window);
        let pixels = self.input.pixels(image, &frame)?;
        let tensors = match &self.encoder {
            None => vec![pixels],
            Some(encoder) => {
                let outputs = encoder.run(&[(self.input.name(), pixels.view())], cancel)?;
                outputs.into_iter().map(|(_, features)| features).collect()
            }
        };
        Ok(Analysis { frame: self.grid(frame, window), tensors })
    }

    fn segment(
        &self,
        analysis: &Analysis,
        hints: &Hints,
        previous: Option<&Previous>,
        cancel: &Cancel,
    ) -> Result<Vec<Candidate>> {
        let grid = &analysis.frame;
        let asked = Asked::new(&self.manifest, &self.decoder, grid, hints, previous)?;
        let mut inputs = self.features(analysis)?;
        let asked_for = asked.inputs(&self.manifest, &self.decoder, grid);
        inputs.extend(asked_for.into_iter().map(|(name, array)| (name, array.into())));
        if let Some(name) = &self.manifest.picture_size {
            inputs.push((name, ndarray::arr1(&self.picture_size(grid)).into_dyn().into()));
        }
        let views: Vec<_> = inputs.iter().map(|(name, array)| (*name, array.view())).collect();
        let outputs = self.decoder.run(&views, cancel)?;
        let mut candidates = answers::candidates(&self.manifest, &asked, grid, self.way(grid), &outputs)?;
        if asked.surrounded && (hints.lasso.is_some() || !prompts::takes_boxes(&self.manifest)) {
            candidates.iter_mut().for_each(|candidate| answers::keep_within(candidate, hints));
        }
        Ok(candidates)
    }

    fn closer_look(&self) -> f64 {
        self.manifest.closer_look
    }

    fn whole_only(&self) -> bool {
        self.manifest.closer_look == 0.0
    }
}
