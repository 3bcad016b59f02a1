//! The saliency family: networks that find a picture's subject without a prompt, such as U²-Net, IS-Net, BiRefNet and
//! ExtractNet.
//!
//! They run once for a picture. A click selects the connected part of the subject under it; beside the subject, nothing.

pub mod manifest;
pub mod recognise;

mod clean;

use crate::base::cancel::Cancel;
use crate::base::error::{ErrorKind, Result};
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::geometry::rect::Rect;
use crate::mask::grid::resize_mask;
use crate::mask::soft::Mask;
use crate::network::families::family::{Family, Opened, Ready};
use crate::network::families::faults::foreign_analysis;
use crate::network::families::picture_input::{PictureNetwork, numbers};
use crate::network::families::saliency::manifest::SaliencyManifest;
use crate::network::families::segmenter::{Analysis, Candidate, FINEST, Previous, Segmenter};
use crate::network::hints::Hints;
use crate::network::manifest::input::InputManifest;
use crate::network::manifest::output::OutputKind;
use crate::network::manifest::{OwnTable, read_own};
use crate::network::runtime::graph::Graph;
use crate::pixels::image::ImageView;
use crate::pixels::plane::Plane;
use crate::pixels::tensor::sigmoid;

/// The entry in the table of families.
pub static FAMILY: Family = Family {
    whole: recognise::whole,
    ..Family::new(SaliencyManifest::FAMILY, read_own::<SaliencyManifest>, |Opened { manifest, graph, .. }| {
        let own = manifest.own()?;
        Ok(Ready::selects(Saliency::new(graph, manifest.input, own)?))
    })
};

/// A loaded network.
pub struct Saliency {
    network: PictureNetwork,
    manifest: SaliencyManifest,
}

impl Saliency {
    /// Checks the graph against the manifest.
    pub fn new(graph: Graph, input: Option<InputManifest>, manifest: SaliencyManifest) -> Result<Self> {
        Ok(Self { network: PictureNetwork::new(graph, input, &[&manifest.map])?, manifest })
    }

    /// The map on the grid of the picture's pixels, cleaned if the manifest says so; and the map before cleaning.
    fn map(&self, analysis: &Analysis) -> Result<(Candidate, Plane)> {
        let [map] = analysis.tensors.as_slice() else { return Err(foreign_analysis()) };
        let view = map.view();
        // As the authors do: the map becomes bytes, cut off and not rounded.
        let bytes = numbers(&view)?.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0) as u8).collect();
        let mask = Mask::new(analysis.frame.width as u32, analysis.frame.height as u32, bytes)?;
        let frame = Frame::pixels(analysis.frame.window, FINEST);
        let chances = resize_mask(&mask, &frame.over(&analysis.frame), self.manifest.filter)?;
        let plane = match &self.manifest.clean {
            Some(how) => clean::cleaned(&chances, how)?,
            None => chances.clone(),
        };
        let score = certainty(&plane, &chances);
        // After a threshold the map says nothing about transparency; its edge is to be fitted to the picture.
        let alpha = self.manifest.clean.as_ref().is_none_or(|how| how.threshold.is_none());
        Ok((Candidate { cell: analysis.frame.cell(), alpha, ..Candidate::new(plane, frame, score) }, chances))
    }
}

/// The mean probability of the selected cells.
fn certainty(plane: &Plane, chances: &Plane) -> f32 {
    let selected = plane.data.iter().zip(&chances.data).filter(|(value, _)| **value >= 0.5);
    let (sum, count) = selected.fold((0f64, 0usize), |(sum, count), (_, chance)| (sum + f64::from(*chance), count + 1));
    (sum / count.max(1) as f64) as f32
}

impl Segmenter for Saliency {
    fn analyse(&self, image: &ImageView, window: Rect, cancel: &Cancel) -> Result<Analysis> {
        let SaliencyManifest { map: name, output, rescale, .. } = &self.manifest;
        let mut outputs = self.network.look(image, window, cancel)?;
        let mut array = outputs.take(name, 2)?;
        let [height, width] = *array.shape() else { return Err(foreign_analysis()) };
        if array.is_empty() {
            return Err(ErrorKind::Model.error(format!("the output `{name}` is empty; export the network again")));
        }
        if *output == OutputKind::Logits {
            array.mapv_inplace(sigmoid);
        }
        if *rescale {
            let (low, high) = array.iter().fold((f32::MAX, f32::MIN), |(low, high), &v| (low.min(v), high.max(v)));
            // In a constant map nothing stands out.
            let range = if high > low { high - low } else { f32::INFINITY };
            array.mapv_inplace(|value| (value - low) / range);
        }
        let frame = self.network.frame(window).resized(width, height);
        Ok(Analysis { frame, tensors: vec![array] })
    }

    fn segment(
        &self,
        analysis: &Analysis,
        hints: &Hints,
        _previous: Option<&Previous>,
        cancel: &Cancel,
    ) -> Result<Vec<Candidate>> {
        cancel.check()?;
        let (mut answer, chances) = self.map(analysis)?;
        let frame = answer.frame;
        let allowed = |cell: usize| hints.bounds.is_none() || hints.allow(frame.centre_of(cell));
        let shares = answer.plane.data.iter().enumerate();
        let bytes = shares.map(|(cell, value)| if allowed(cell) { (value * 255.0 + 0.5) as u8 } else { 0 }).collect();
        let mut mask = Mask::new(frame.width as u32, frame.height as u32, bytes)?;
        let on_grid = |points: &[Point]| -> Vec<Point> { points.iter().map(|&point| frame.to_grid(point)).collect() };
        // Without a click, a box or lasso selects all of the subject in it.
        if !hints.include.is_empty() {
            mask.keep_parts(&on_grid(&hints.include))?;
        }
        if !hints.exclude.is_empty() {
            let mut dropped = mask.clone();
            dropped.keep_parts(&on_grid(&hints.exclude))?;
            mask.data_mut().iter_mut().zip(dropped.data()).for_each(|(value, dropped)| *value -= dropped);
        }
        if mask.area() == 0 {
            return Ok(Vec::new());
        }
        answer.plane.data.iter_mut().zip(mask.data()).for_each(|(to, value)| *to = f32::from(*value) / 255.0);
        answer.score = certainty(&answer.plane, &chances);
        Ok(vec![answer])
    }

    fn closer_look(&self) -> f64 {
        0.0
    }

    fn whole_only(&self) -> bool {
        true
    }

    fn subject(&self, analysis: &Analysis, cancel: &Cancel) -> Result<Option<Vec<Candidate>>> {
        cancel.check()?;
        Ok(Some(vec![self.map(analysis)?.0]))
    }
}
