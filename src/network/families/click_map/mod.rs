//! The click map family, to which the built-in network belongs. The inputs are the picture, planes that show the
//! clicks, and the selection so far; the outputs are masks.
//!
//! After DeepCropV2 (DeepMask's network with one more plane, the distance to the click). The manifest says what the
//! planes show and what the outputs mean.

pub mod manifest;

use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn};

use crate::base::cancel::Cancel;
use crate::base::error::{ErrorKind, Result};
use crate::geometry::distance::innermost;
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::geometry::rect::Rect;
use crate::network::families::click_map::manifest::{ClickMapManifest, PlaneKind};
use crate::network::families::family::{Family, Opened, Ready};
use crate::network::families::faults::{contradiction, foreign_analysis, not_numbers};
use crate::network::families::segmenter::{Analysis, Candidate, Previous, Segmenter, expected_iou, filled, suggestion};
use crate::network::hints::Hints;
use crate::network::manifest::output::OutputKind;
use crate::network::manifest::{OwnTable, read_own};
use crate::network::runtime::encoder::Encoder;
use crate::network::runtime::graph::Graph;
use crate::pixels::image::ImageView;
use crate::pixels::plane::Plane;
use crate::pixels::tensor::{distance, normalised, sigmoid};

/// The entry in the table of families.
pub static FAMILY: Family = Family {
    names_second: Some("decoder"),
    ..Family::new(
        ClickMapManifest::FAMILY,
        read_own::<ClickMapManifest>,
        |Opened { manifest, encoder, graph, .. }| Ok(Ready::selects(ClickMap::new(encoder, graph, manifest.own()?)?)),
    )
};

/// A loaded network.
pub struct ClickMap {
    /// The graph that runs once for a window; none for a network in one graph.
    encoder: Option<Encoder>,
    /// The graph that runs at each click.
    decoder: Graph,
    manifest: ClickMapManifest,
    width: usize,
    height: usize,
}

impl ClickMap {
    /// Checks the graphs against the manifest, so that no run can fail because of a name or a shape.
    pub fn new(encoder: Option<Encoder>, decoder: Graph, manifest: ClickMapManifest) -> Result<Self> {
        let mut size = manifest.size.map(|[width, height]| (width as i64, height as i64));
        let first = encoder.as_ref().map(|encoder| &encoder.graph);
        for (name, planes) in &manifest.inputs {
            let port = [first, Some(&decoder)].into_iter().flatten().find_map(|graph| graph.input(name));
            let port = port.ok_or_else(|| {
                contradiction(format!("the manifest names an input `{name}` that the network does not have"))
            })?;
            let &[batch, channels, height, width] = port.shape.as_slice() else {
                return Err(contradiction(format!("the input `{name}` has {} dimensions, not 4", port.shape.len())));
            };
            if !port.element.is_float() || batch > 1 || (channels >= 0 && channels as usize != planes.len()) {
                return Err(contradiction(format!(
                    "the input `{name}` takes {} {:?}, but the manifest describes one picture of {} planes of floats",
                    port.element,
                    port.shape,
                    planes.len()
                )));
            }
            if width > 0 && height > 0 && *size.get_or_insert((width, height)) != (width, height) {
                return Err(contradiction(format!(
                    "the input `{name}` is {width} x {height}, but another input is not"
                )));
            }
        }
        let Some((width, height)) =
            size.filter(|(width, height)| (1..=8192).contains(width) && (1..=8192).contains(height))
        else {
            return Err(contradiction("neither the network nor the manifest says how large the input is (`size`)"));
        };
        let features = |name: &str| first.iter().flat_map(|graph| &graph.outputs).any(|output| output.name == name);
        let encoder_inputs = first.iter().flat_map(|graph| &graph.inputs).map(|port| (port, false));
        for (port, fed) in decoder.inputs.iter().map(|port| (port, features(&port.name))).chain(encoder_inputs) {
            if !(fed || manifest.inputs.contains_key(&port.name)) {
                return Err(contradiction(format!("it is not known what the input `{}` takes", port.name)));
            }
        }
        let early = manifest.inputs.iter().filter(|(name, _)| first.is_some_and(|graph| graph.input(name).is_some()));
        for (name, planes) in early {
            if let Some(plane) = planes.iter().find(|plane| !plane.is_colour()) {
                return Err(contradiction(format!(
                    "the encoder's input `{name}` has the plane {plane:?}, but the encoder runs before anybody clicks; pass \
                     it to the decoder"
                )));
            }
        }
        for name in manifest.score.iter().chain([&manifest.mask]) {
            let port = decoder.outputs.iter().find(|port| port.name == *name).ok_or_else(|| {
                contradiction(format!("the manifest names an output `{name}` that the network does not have"))
            })?;
            // A file need not state the dimensions of an output.
            let masks = *name != manifest.mask || port.shape.is_empty() || port.shape.len() == 4;
            if !port.element.is_float() || !masks {
                let wanted =
                    if *name == manifest.mask { "a stack of masks [1, answers, height, width]" } else { "scores" };
                return Err(contradiction(format!(
                    "the output `{name}` is {} {:?}, not {wanted} of floats",
                    port.element, port.shape
                )));
            }
        }
        Ok(Self { encoder, decoder, manifest, width: width as usize, height: height as usize })
    }

    /// Whether the decoder has a plane of this kind. The encoder does not count: it runs before there are prompts.
    fn shows(&self, kind: PlaneKind) -> bool {
        let inputs = self.manifest.inputs.iter().filter(|(name, _)| self.decoder.input(name).is_some());
        inputs.flat_map(|(_, planes)| planes).any(|plane| *plane == kind)
    }

    /// The inputs of `graph` that consist of planes. `rgb` holds the normalised colours.
    fn fill(
        &self,
        graph: &Graph,
        rgb: ArrayViewD<f32>,
        frame: &Frame,
        session: &Session,
    ) -> Result<Vec<(&str, ArrayD<f32>)>> {
        let spot = |d: f32| (-0.5 * (d / self.manifest.spot).powi(2)).exp();
        let cone = |d: f32| (1.0 - d / self.manifest.reach).max(0.0);
        let capped = |d: f32| d.min(1.0);
        let [include, exclude] = [&session.include, &session.exclude].map(|points| distance(points, frame));
        let mut filled = Vec::new();
        for (name, kinds) in self.manifest.inputs.iter().filter(|(name, _)| graph.input(name).is_some()) {
            let mut tensor = ArrayD::zeros(IxDyn(&[1, kinds.len(), self.height, self.width]));
            for (kind, mut plane) in kinds.iter().zip(tensor.index_axis_mut(Axis(0), 0).outer_iter_mut()) {
                let mut draw = |values: &[f32], shape: &dyn Fn(f32) -> f32| {
                    plane.iter_mut().zip(values).for_each(|(out, &value)| *out = shape(value));
                };
                match kind {
                    PlaneKind::Red => plane.assign(&rgb.index_axis(Axis(0), 0)),
                    PlaneKind::Green => plane.assign(&rgb.index_axis(Axis(0), 1)),
                    PlaneKind::Blue => plane.assign(&rgb.index_axis(Axis(0), 2)),
                    PlaneKind::IncludeSpot => draw(&include, &spot),
                    PlaneKind::IncludeCone => draw(&include, &cone),
                    PlaneKind::IncludeDistance => draw(&include, &capped),
                    PlaneKind::ExcludeSpot => draw(&exclude, &spot),
                    PlaneKind::ExcludeCone => draw(&exclude, &cone),
                    PlaneKind::ExcludeDistance => draw(&exclude, &capped),
                    PlaneKind::Previous => {
                        if let Some(previous) = &session.previous {
                            draw(&previous.data, &|value| value);
                        }
                    }
                    PlaneKind::Region => {
                        if let Some(region) = &session.region {
                            draw(&region.data, &|value| value);
                        }
                    }
                }
            }
            filled.push((name.as_str(), tensor));
        }
        Ok(filled)
    }
}

/// What the planes show at a click.
#[derive(Default)]
struct Session {
    include: Vec<Point>,
    exclude: Vec<Point>,
    previous: Option<Plane>,
    region: Option<Plane>,
}

impl Segmenter for ClickMap {
    fn analyse(&self, image: &ImageView, window: Rect, cancel: &Cancel) -> Result<Analysis> {
        let frame = Frame::letterbox(window, self.width, self.height);
        let rgb = normalised(image, &frame, self.manifest.mean, self.manifest.std)?.into_dyn();
        let mut tensors = vec![rgb];
        if let Some(encoder) = &self.encoder {
            let inputs = self.fill(&encoder.graph, tensors[0].view(), &frame, &Session::default())?;
            let views: Vec<_> = inputs.iter().map(|(name, array)| (*name, array.view())).collect();
            tensors.extend(encoder.run(&views, cancel)?.into_iter().map(|(_, features)| features));
        }
        Ok(Analysis { frame, tensors })
    }

    fn segment(
        &self,
        analysis: &Analysis,
        hints: &Hints,
        previous: Option<&Previous>,
        cancel: &Cancel,
    ) -> Result<Vec<Candidate>> {
        let frame = &analysis.frame;
        let previous = previous.map(|previous| previous.on(frame)).transpose()?;
        let surrounded = previous.is_none() && hints.bounds.is_some();
        let shown = self.shows(PlaneKind::Region);
        let region = hints.bounds.filter(|_| shown).map(|_| filled(frame, 1.0, |point| hints.allow(point)));
        let mut session = Session { include: hints.include.clone(), exclude: hints.exclude.clone(), previous, region };
        // A network without a plane for boxes and lassos gets a click in the middle and a rough selection. With that, a
        // box finds its object with an IoU of 0.76 instead of 0.62. The click stays while it lies in the selection.
        session.include.extend(hints.middle().filter(|_| !shown).filter(|&middle| match &session.previous {
            Some(selection) => {
                let (x, y) = frame.cell_of(middle);
                selection.at(x, y) >= 0.5
            }
            None => hints.include.is_empty(),
        }));
        let asked = session.region.is_some() || (self.manifest.subject && session.exclude.is_empty());
        if let (true, Some(selection)) = (session.include.is_empty() && !asked, &session.previous) {
            // After a mask without clicks, the innermost point of the mask counts as a click.
            let deepest = innermost(selection.width, selection.height, |cell| selection.data[cell] >= 0.5);
            session.include.extend(deepest.map(|(x, y)| frame.centre_of(y * selection.width + x)));
        }
        if surrounded && !shown {
            session.previous = Some(suggestion(hints, frame));
        }
        let [rgb, features @ ..] = analysis.tensors.as_slice() else {
            return Err(foreign_analysis());
        };
        let inputs = self.fill(&self.decoder, rgb.view(), frame, &session)?;
        let mut views: Vec<_> = inputs.iter().map(|(name, array)| (*name, array.view())).collect();
        let ports = self.encoder.iter().flat_map(|encoder| &encoder.graph.outputs);
        let features = ports.zip(features).filter(|(port, _)| self.decoder.input(&port.name).is_some());
        views.extend(features.map(|(port, array)| (port.name.as_str(), array.view())));
        let outputs = self.decoder.run(&views, cancel)?;
        let output = |wanted: &String| outputs.iter().find(|(name, _)| name == wanted).map(|(_, array)| array);

        let masks =
            output(&self.manifest.mask).filter(|masks| masks.ndim() == 4 && !masks.is_empty()).ok_or_else(|| {
                ErrorKind::Model.error(format!(
                    "the output `{}` is not a stack of masks [1, answers, height, width]; name the right output in model.toml",
                    self.manifest.mask
                ))
            })?;
        let scores = self.manifest.score.as_ref().and_then(output);
        let mut candidates = Vec::new();
        for (i, mask) in masks.index_axis(Axis(0), 0).outer_iter().enumerate() {
            let (height, width) = (mask.shape()[0], mask.shape()[1]);
            let data = mask.iter().map(|&value| match self.manifest.output {
                OutputKind::Probability => value.clamp(0.0, 1.0),
                OutputKind::Logits => sigmoid(value),
            });
            let mut plane = Plane { width, height, data: data.collect() };
            let given = scores.and_then(|scores| scores.iter().nth(i).copied());
            if given.is_some_and(f32::is_nan) || plane.data.iter().any(|value| value.is_nan()) {
                return Err(not_numbers());
            }
            let frame = frame.resized(width, height);
            if surrounded {
                let cells = plane.data.iter_mut().enumerate();
                cells.filter(|(cell, _)| !hints.allow(frame.centre_of(*cell))).for_each(|(_, value)| *value = 0.0);
            }
            let score = given.map_or_else(|| expected_iou(&plane, 0.5), |score| score.clamp(0.0, 1.0));
            candidates.push(Candidate::new(plane, frame, score));
        }
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(candidates)
    }

    fn closer_look(&self) -> f64 {
        self.manifest.closer_look
    }

    /// The answers without a prompt.
    fn subject(&self, analysis: &Analysis, cancel: &Cancel) -> Result<Option<Vec<Candidate>>> {
        let ask = || self.segment(analysis, &Hints::default(), None, cancel);
        self.manifest.subject.then(ask).transpose()
    }
}
