//! The proposals family: DeepMask, and SharpMask, which refines it (Pinheiro, Collobert and Dollár 2015; Pinheiro, Lin,
//! Collobert and Dollár 2016).
//!
//! At many places and scales the network looks at a patch of the picture. It returns a score, for an object that lies
//! in the middle of the patch and wholly in it, and the object's mask. Answers are the masks with the highest scores
//! that hold all include clicks and no exclude click. If no mask holds all, the answer joins the mask with the highest
//! score at each include click. A refiner, if there is one, draws the masks of the answers again.

pub mod manifest;
mod proposal;

mod footprint;

use ndarray::{Array3, Ix3, s};

use crate::base::cancel::Cancel;
use crate::base::error::{ErrorKind, Result};
use crate::geometry::frame::Frame;
use crate::geometry::rect::Rect;
use crate::geometry::suppression::{best, overlap};
use crate::network::families::family::{Family, Opened, Ready};
use crate::network::families::faults::{contradiction, foreign_analysis};
use crate::network::families::picture_input::{Outputs, PictureInput, numbers, prepared};
use crate::network::families::proposals::footprint::Footprint;
use crate::network::families::proposals::manifest::ProposalsManifest;
use crate::network::families::proposals::proposal::{Finds, Patch, Proposal};
use crate::network::families::segmenter::{Analysis, Candidate, Object, Previous, Segmenter};
use crate::network::hints::Hints;
use crate::network::manifest::input::{Fit, InputManifest};
use crate::network::manifest::{OwnTable, read_own};
use crate::network::onnx::port::{Port, list};
use crate::network::runtime::graph::Graph;
use crate::pixels::image::ImageView;
use crate::pixels::plane::Plane;
use crate::pixels::tensor::Layout;

/// The most answers.
const ANSWERS: usize = 3;

/// The entry in the table of families.
pub static FAMILY: Family = Family {
    names_second: Some("refiner"),
    // Computing hundreds of masks at each scale is faster than reading them.
    keeps_on_disk: false,
    ..Family::new(
        ProposalsManifest::FAMILY,
        read_own::<ProposalsManifest>,
        |Opened { manifest, encoder: first, graph: last, .. }| {
            let own = manifest.own()?;
            let (dense, refiner) = match first {
                Some(first) => (first.graph, Some(last)),
                None => (last, None),
            };
            Ok(Ready::selects(Proposals::new(dense, refiner, manifest.input, own)?))
        },
    )
};

/// A loaded network.
pub struct Proposals {
    dense: Graph,
    input: PictureInput,
    refiner: Option<Refiner>,
    manifest: ProposalsManifest,
}

/// The refiner, which draws the mask of a patch again.
struct Refiner {
    graph: Graph,
    input: PictureInput,
    mask: String,
}

impl Proposals {
    /// Checks the graphs against the manifest.
    pub fn new(
        dense: Graph,
        refiner: Option<Graph>,
        rules: Option<InputManifest>,
        manifest: ProposalsManifest,
    ) -> Result<Self> {
        let Some(rules) = rules else { return Err(contradiction("there is no table [input]")) };
        if rules.fit != Fit::Inside || rules.size.is_some() || rules.multiple.is_some() {
            return Err(contradiction(
                "this network takes a picture at the `scales` of [proposals], with padding round it; write `fit = \"inside\"` in [input], and neither `size` nor `multiple`",
            ));
        }
        let [port] = dense.inputs.as_slice() else {
            return Err(contradiction(format!("the network takes more than a picture: {}", list(&dense.inputs))));
        };
        if Layout::of(&port.shape).is_some_and(|(_, fixed)| fixed != [None, None]) {
            return Err(contradiction(format!(
                "the input `{port}` has a fixed size, but this network takes a picture at several scales; export it with open height and width"
            )));
        }
        let largest = manifest.scales.iter().copied().max().unwrap_or_default();
        let input = PictureInput::new(&dense.inputs, InputManifest { size: Some([largest; 2]), ..rules.clone() })?;
        for (name, wanted) in [
            (&manifest.masks, "a mask for each place [1, side * side, rows, columns]"),
            (&manifest.scores, "a score for each place [1, 1, rows, columns]"),
        ] {
            let Some(port) = dense.output(name) else {
                return Err(contradiction(format!("there is no output `{name}` among {}", list(&dense.outputs))));
            };
            // A file need not state the dimensions of an output.
            let planes = |planes: i64| {
                planes < 0
                    || if *name == manifest.scores {
                        planes == 1
                    } else {
                        proposal::square_root(planes as usize).is_some()
                    }
            };
            let fits = match *port.shape.as_slice() {
                [] => true,
                [batch, channels, _, _] => batch <= 1 && planes(channels),
                _ => false,
            };
            if !fits || !port.element.is_float() {
                return Err(contradiction(format!("the output `{port}` is not {wanted} of floats")));
            }
        }
        let refiner = refiner.map(|graph| Refiner::new(graph, &rules, manifest.patch)).transpose()?;
        Ok(Self { dense, input, refiner, manifest })
    }

    /// The first `count` of these, without those that overlap with an earlier one.
    fn distinct<'p>(
        &self,
        ranked: impl IntoIterator<Item = &'p Proposal>,
        window: Rect,
        count: usize,
    ) -> Result<Vec<&'p Proposal>> {
        let ProposalsManifest { scales, patch, overlap, .. } = &self.manifest;
        let ranked: Vec<&Proposal> = ranked.into_iter().collect();
        // The grid is as fine as the finest masks.
        let side = ranked.first().map_or(1, |proposal| proposal.logits.width);
        let cells = scales.iter().copied().max().unwrap_or_default() * side / patch;
        let grid = Frame::pixels(window, cells.clamp(32, 256));
        let seen = |proposal: &'p Proposal| Ok((proposal, Footprint::new(&proposal.logits, &proposal.frame, &grid)?));
        let seen = ranked.into_iter().map(seen).collect::<Result<Vec<_>>>()?;
        let rivals = |better: &(_, Footprint), next: &(_, Footprint)| better.1.overlaps(&next.1, (*overlap).into());
        Ok(best(seen, rivals, count).into_iter().map(|(proposal, _)| proposal).collect())
    }

    /// A proposal with the refiner's mask, or with its own if there is no refiner.
    fn refined(&self, analysis: &Analysis, proposal: &Proposal, cancel: &Cancel) -> Result<Candidate> {
        let coarse = || proposal.masked(proposal.logits.clone());
        let Some(refiner) = &self.refiner else { return Ok(coarse()) };
        let refined = refiner.refine(analysis, &proposal.patch, self.manifest.patch, cancel)?;
        // If the refiner selects nothing, its mask is not used.
        let any = refined.data.iter().any(|logit| *logit >= 0.0);
        Ok(if any { proposal.masked(refined) } else { coarse() })
    }
}

impl Refiner {
    fn new(graph: Graph, rules: &InputManifest, patch: usize) -> Result<Self> {
        let ([input], [output]) = (graph.inputs.as_slice(), graph.outputs.as_slice()) else {
            return Err(contradiction(format!(
                "a refiner must take a patch and return a mask, but this one takes {} and returns {}",
                list(&graph.inputs),
                list(&graph.outputs)
            )));
        };
        let rules =
            InputManifest { name: input.name.clone(), fit: Fit::Stretch, size: Some([patch; 2]), ..rules.clone() };
        let shown = PictureInput::new(&graph.inputs, rules)?;
        let Frame { width, height, .. } = shown.frame(Rect::whole(1, 1));
        if [width, height] != [patch; 2] {
            return Err(contradiction(format!(
                "the refiner's input `{input}` is not a patch of {patch} x {patch} cells"
            )));
        }
        let one_mask = |Port { shape, .. }: &Port| match *shape.as_slice() {
            [] => true,
            [batch, planes, _, _] => batch <= 1 && planes.abs() == 1,
            _ => false,
        };
        if !output.element.is_float() || !one_mask(output) {
            return Err(contradiction(format!(
                "the refiner's output `{output}` is not one mask [1, 1, height, width] of floats"
            )));
        }
        let mask = output.name.clone();
        Ok(Self { graph, input: shown, mask })
    }

    /// The mask of a patch. It covers the whole patch.
    fn refine(&self, analysis: &Analysis, place: &Patch, side: usize, cancel: &Cancel) -> Result<Plane> {
        let shown = analysis.tensors.get(2 + place.level).ok_or_else(foreign_analysis)?;
        let shown = shown.view().into_dimensionality::<Ix3>().map_err(|_| foreign_analysis())?;
        let (down, across) = (place.top..place.top + side, place.left..place.left + side);
        let patch = self.input.lay(shown.slice(s![.., down, across]).to_owned());
        let mut outputs = Outputs::new(self.graph.run(&[(self.input.name(), patch.view())], cancel)?);
        let mask = outputs.take(&self.mask, 2)?;
        let [height, width] = *mask.shape() else { return Err(foreign_analysis()) };
        if mask.is_empty() {
            return Err(ErrorKind::Model
                .error(format!("the refiner's output `{}` is empty; export the network again", self.mask)));
        }
        Ok(Plane { width, height, data: numbers(&mask.view())?.to_vec() })
    }
}

impl Segmenter for Proposals {
    fn analyse(&self, image: &ImageView, window: Rect, cancel: &Cancel) -> Result<Analysis> {
        let mut finds = Finds::new(&self.manifest, window);
        let mut kept: Vec<Array3<f32>> = Vec::new();
        for (number, &scale) in self.manifest.scales.iter().enumerate() {
            cancel.check()?;
            let frame = proposal::level(&self.manifest, window, scale);
            let planes = prepared(image, &frame, &self.input.rules)?;
            if self.refiner.is_some() {
                kept.push(planes.clone());
            }
            let pixels = self.input.lay(planes);
            let said = self.dense.run(&[(self.input.name(), pixels.view())], cancel)?;
            finds.add(number, &frame, &mut Outputs::new(said))?;
        }
        finds.analysis(kept)
    }

    fn segment(
        &self,
        analysis: &Analysis,
        hints: &Hints,
        _previous: Option<&Previous>,
        cancel: &Cancel,
    ) -> Result<Vec<Candidate>> {
        if hints.include.is_empty() && hints.bounds.is_none() {
            return Ok(Vec::new());
        }
        let window = analysis.frame.window;
        let found = Finds::of(&self.manifest, analysis)?;
        // A box or lasso selects the object whose box is most like it.
        let likeness = |proposal: &Proposal| match hints.bounds {
            Some(wanted) => proposal.bounds(window).map_or(0.0, |bounds| overlap(&bounds, &wanted)),
            None => f64::from(proposal.score),
        };
        let mut ranked: Vec<(f64, &Proposal)> = found
            .iter()
            .filter(|proposal| !hints.exclude.iter().any(|&point| proposal.holds(point)))
            .map(|proposal| (likeness(proposal), proposal))
            .filter(|(likeness, _)| hints.bounds.is_none() || *likeness > 0.0)
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let ranked = ranked.into_iter().map(|(_, proposal)| proposal);
        let holds_all = |proposal: &&Proposal| hints.include.iter().all(|&point| proposal.holds(point));
        let answers = self.distinct(ranked.clone().filter(holds_all), window, ANSWERS)?;
        if !answers.is_empty() {
            return answers.into_iter().map(|proposal| self.refined(analysis, proposal, cancel)).collect();
        }
        let surest = hints.include.iter().filter_map(|&point| ranked.clone().find(|proposal| proposal.holds(point)));
        let refined = surest.map(|proposal| self.refined(analysis, proposal, cancel));
        Ok(Candidate::together(refined)?.into_iter().collect())
    }

    fn closer_look(&self) -> f64 {
        0.0
    }

    fn whole_only(&self) -> bool {
        true
    }

    fn objects(&self, analysis: &Analysis, each: &mut dyn FnMut(Object) -> Result<()>, cancel: &Cancel) -> Result<()> {
        let window = analysis.frame.window;
        let found = Finds::of(&self.manifest, analysis)?;
        let kept = self.distinct(&found, window, self.manifest.most)?;
        for (number, proposal) in kept.iter().enumerate() {
            cancel.report(number as f32 / kept.len() as f32, "drawing the objects")?;
            let candidate = match number < self.manifest.refined {
                true => self.refined(analysis, proposal, cancel)?,
                false => proposal.masked(proposal.logits.clone()),
            };
            let inside = |cell: usize| candidate.plane.data[cell] >= 0.5;
            if let Some(bounds) = proposal::bounds(&candidate.frame, window, inside) {
                each(Object { candidate, bounds, label: 0, name: "object".into() })?;
            }
        }
        Ok(())
    }
}
