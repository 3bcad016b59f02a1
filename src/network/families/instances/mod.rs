//! The instances family: networks that find every object of their classes, such as YOLO-seg, FastSAM and Mask R-CNN.
//!
//! They run once for a picture. Every object that holds all include clicks and no exclude click is an answer, the
//! highest score first. If no object holds all include clicks, the answer joins the object with the highest score at
//! each click, so that clicks on two objects select both. A click beside all objects selects nothing.

pub mod manifest;
pub mod recognise;

mod detections;
mod masks;

use crate::base::cancel::Cancel;
use crate::base::error::Result;
use crate::geometry::rect::Rect;
use crate::geometry::suppression::overlap;
use crate::network::families::family::{Family, Opened, Ready};
use crate::network::families::instances::detections::Detection;
use crate::network::families::instances::manifest::InstancesManifest;
use crate::network::families::picture_input::PictureNetwork;
use crate::network::families::segmenter::{Analysis, Candidate, Object, Previous, Segmenter};
use crate::network::hints::Hints;
use crate::network::manifest::input::InputManifest;
use crate::network::manifest::{OwnTable, read_own};
use crate::network::runtime::graph::Graph;
use crate::pixels::image::ImageView;

/// The entry in the table of families.
pub static FAMILY: Family = Family {
    whole: recognise::whole,
    ..Family::new(InstancesManifest::FAMILY, read_own::<InstancesManifest>, |Opened { manifest, graph, .. }| {
        let own = manifest.own()?;
        Ok(Ready::selects(Instances::new(graph, manifest.input, own)?))
    })
};

/// A loaded network.
pub struct Instances {
    network: PictureNetwork,
    manifest: InstancesManifest,
}

impl Instances {
    /// Checks the graph against the manifest.
    pub fn new(graph: Graph, input: Option<InputManifest>, manifest: InstancesManifest) -> Result<Self> {
        let outputs: Vec<&str> = [&manifest.boxes, &manifest.masks]
            .into_iter()
            .chain(&manifest.scores)
            .chain(&manifest.labels)
            .map(String::as_str)
            .collect();
        let network = PictureNetwork::new(graph, input, &outputs)?;
        Ok(Self { network, manifest })
    }

    fn candidate(&self, analysis: &Analysis, detection: &Detection) -> Result<Option<Candidate>> {
        let shown = self.network.frame(analysis.frame.window);
        let mask = masks::mask(analysis, &shown, detection, self.manifest.mask_place)?;
        // An object without a selected pixel is dropped.
        Ok(mask.filter(|mask| mask.area() > 0.0))
    }
}

impl Segmenter for Instances {
    fn analyse(&self, image: &ImageView, window: Rect, cancel: &Cancel) -> Result<Analysis> {
        let mut outputs = self.network.look(image, window, cancel)?;
        detections::analysis(&mut outputs, &self.network.frame(window), window, &self.manifest)
    }

    fn segment(
        &self,
        analysis: &Analysis,
        hints: &Hints,
        _previous: Option<&Previous>,
        cancel: &Cancel,
    ) -> Result<Vec<Candidate>> {
        let found = detections::list(analysis)?;
        if let (Some(bounds), true) = (hints.bounds, hints.include.is_empty()) {
            // A box or lasso without clicks selects the object whose box is most like it.
            let mut ranked: Vec<_> = found.iter().map(|object| (overlap(&object.bounds, &bounds), object)).collect();
            ranked.retain(|(likeness, _)| *likeness > 0.0);
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
            for (_, detection) in ranked {
                cancel.check()?;
                if let Some(candidate) = self.candidate(analysis, detection)?
                    && !hints.exclude.iter().any(|&point| candidate.holds(point))
                {
                    return Ok(vec![candidate]);
                }
            }
            return Ok(Vec::new());
        }
        // Only objects with a click in their box are drawn.
        let mut clicked = Vec::new();
        for detection in &found {
            cancel.check()?;
            if hints.include.iter().any(|&point| detection.reaches(point))
                && let Some(candidate) = self.candidate(analysis, detection)?
                && !hints.exclude.iter().any(|&point| candidate.holds(point))
            {
                clicked.push(candidate);
            }
        }
        let holds_all = |candidate: &Candidate| hints.include.iter().all(|&point| candidate.holds(point));
        if clicked.iter().any(holds_all) {
            clicked.retain(holds_all);
            return Ok(clicked);
        }
        let surest = hints.include.iter().filter_map(|&point| clicked.iter().find(|object| object.holds(point)));
        Ok(Candidate::together(surest.cloned().map(Ok))?.into_iter().collect())
    }

    fn closer_look(&self) -> f64 {
        0.0
    }

    fn whole_only(&self) -> bool {
        true
    }

    fn objects(&self, analysis: &Analysis, each: &mut dyn FnMut(Object) -> Result<()>, cancel: &Cancel) -> Result<()> {
        let found = detections::list(analysis)?;
        for (number, detection) in found.iter().enumerate() {
            cancel.report(number as f32 / found.len() as f32, "drawing the objects")?;
            if let Some(candidate) = self.candidate(analysis, detection)? {
                let name = self.manifest.names.get(detection.label as usize).cloned().unwrap_or_default();
                each(Object { candidate, bounds: detection.bounds, label: detection.label, name })?;
            }
        }
        Ok(())
    }

    /// The object with the largest product of score and area.
    fn subject(&self, analysis: &Analysis, cancel: &Cancel) -> Result<Option<Vec<Candidate>>> {
        let mut best: Option<(f64, Candidate)> = None;
        let mut compare = |Object { candidate, .. }: Object| {
            let weight = f64::from(candidate.score) * candidate.area();
            if best.as_ref().is_none_or(|(most, _)| weight > *most) {
                best = Some((weight, candidate));
            }
            Ok(())
        };
        self.objects(analysis, &mut compare, cancel)?;
        Ok(Some(best.into_iter().map(|(_, candidate)| candidate).collect()))
    }
}
