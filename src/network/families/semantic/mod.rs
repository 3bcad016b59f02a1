//! The semantic family: networks that find the class of each pixel, such as FCN, DeepLab and dilated convolutions.
//!
//! They run once for a picture. A click selects the connected part of its class that it lies in; the second answer is
//! all of that class. The background is a class like the others. The numbers of the classes are enlarged before the
//! largest is taken, so that edges are smooth.

pub mod manifest;
pub mod recognise;

use ndarray::{ArrayD, IxDyn};

use crate::base::cancel::Cancel;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::threads::for_each_item;
use crate::geometry::connected_parts::Parts;
use crate::geometry::frame::Frame;
use crate::geometry::rect::Rect;
use crate::network::families::family::{Family, Opened, Ready};
use crate::network::families::faults::foreign_analysis;
use crate::network::families::picture_input::{PictureNetwork, numbers};
use crate::network::families::segmenter::{Analysis, Candidate, FINEST, Previous, Segmenter};
use crate::network::families::semantic::manifest::{ClassOutput, SemanticManifest};
use crate::network::hints::Hints;
use crate::network::manifest::input::InputManifest;
use crate::network::manifest::{OwnTable, read_own};
use crate::network::runtime::graph::Graph;
use crate::pixels::image::ImageView;
use crate::pixels::plane::Plane;
use crate::pixels::resample::axis::Filter;
use crate::pixels::resample::resize;

/// The rows of the picture that are handled together: all classes at once for all rows would take too much memory.
const ROWS: usize = 64;

/// The entry in the table of families.
pub static FAMILY: Family = Family {
    whole: recognise::whole,
    ..Family::new(SemanticManifest::FAMILY, read_own::<SemanticManifest>, |Opened { manifest, graph, .. }| {
        let own = manifest.own()?;
        Ok(Ready::selects(Semantic::new(graph, manifest.input, own)?))
    })
};

/// A loaded network.
pub struct Semantic {
    network: PictureNetwork,
    manifest: SemanticManifest,
}

impl Semantic {
    /// Checks the graph against the manifest.
    pub fn new(graph: Graph, input: Option<InputManifest>, manifest: SemanticManifest) -> Result<Self> {
        Ok(Self { network: PictureNetwork::new(graph, input, &[&manifest.classes])?, manifest })
    }
}

/// A strip: some rows of the picture.
struct Strip {
    frame: Frame,
    classes: Vec<f32>,
    chances: Vec<f32>,
    done: Result<()>,
}

impl Strip {
    /// The strips of a window, on the grid of its pixels.
    fn all(grid: &Frame) -> Vec<Self> {
        let row = grid.window.height() / grid.height as f64;
        let strip = |first: usize| {
            let rows = ROWS.min(grid.height - first);
            let y0 = grid.window.y0 + first as f64 * row;
            let window = Rect { y0, y1: y0 + rows as f64 * row, ..grid.window };
            let frame = Frame::stretch(window, grid.width, rows);
            Self { frame, classes: Vec::new(), chances: Vec::new(), done: Ok(()) }
        };
        (0..grid.height).step_by(ROWS).map(strip).collect()
    }

    /// Finds the class with the largest number at each pixel, and its probability: for logits by the softmax.
    fn decide(&mut self, planes: &[Plane], seen: &Frame, kind: ClassOutput) -> Result<()> {
        let cells = self.frame.width * self.frame.height;
        let (mut best, mut sum) = (vec![f32::NEG_INFINITY; cells], vec![0f32; cells]);
        self.classes = vec![0.0; cells];
        for (class, plane) in planes.iter().enumerate() {
            let values = resize(plane, seen, &self.frame, Filter::Linear)?.data;
            for (cell, value) in values.into_iter().enumerate() {
                // The sum of exponentials relative to the largest number so far, so that none overflows.
                if value > best[cell] {
                    sum[cell] = sum[cell] * (best[cell] - value).exp() + 1.0;
                    best[cell] = value;
                    self.classes[cell] = class as f32;
                } else {
                    sum[cell] += (value - best[cell]).exp();
                }
            }
        }
        self.chances = match kind {
            ClassOutput::Probability => best.into_iter().map(|chance| chance.clamp(0.0, 1.0)).collect(),
            ClassOutput::Logits | ClassOutput::Number => sum.into_iter().map(|sum| 1.0 / sum).collect(),
        };
        Ok(())
    }

    /// Copies the class of the cell that holds each pixel's centre. Its probability is not known and counts as 1.
    fn copy(&mut self, map: &ArrayD<f32>, seen: &Frame) -> Result<()> {
        let (view, cells) = (map.view(), self.frame.width * self.frame.height);
        let map = numbers(&view)?;
        let class = |cell: usize| {
            let (x, y) = seen.cell_of(self.frame.centre_of(cell));
            map[y * seen.width + x]
        };
        self.classes = (0..cells).map(class).collect();
        self.chances = vec![1.0; cells];
        Ok(())
    }
}

impl Segmenter for Semantic {
    fn analyse(&self, image: &ImageView, window: Rect, cancel: &Cancel) -> Result<Analysis> {
        let SemanticManifest { classes: name, output: kind, .. } = &self.manifest;
        let mut outputs = self.network.look(image, window, cancel)?;
        let rank = if *kind == ClassOutput::Number { 2 } else { 3 };
        let array = outputs.take(name, rank)?;
        let [.., height, width] = *array.shape() else { return Err(foreign_analysis()) };
        if array.is_empty() {
            return Err(ErrorKind::Model.error(format!("the output `{name}` is empty; export the network again")));
        }
        let seen = self.network.frame(window).resized(width, height);
        let grid = Frame::pixels(window, FINEST);
        let planes = match kind {
            ClassOutput::Number => Vec::new(),
            _ => array
                .outer_iter()
                .map(|plane| Ok(Plane { width, height, data: numbers(&plane)?.to_vec() }))
                .collect::<Result<_>>()?,
        };
        let mut strips = Strip::all(&grid);
        for_each_item(&mut strips, |strip| {
            strip.done = cancel.check().and_then(|()| match kind {
                ClassOutput::Number => strip.copy(&array, &seen),
                _ => strip.decide(&planes, &seen, *kind),
            });
        });
        let (mut classes, mut chances) = (Vec::new(), Vec::new());
        for strip in strips {
            strip.done?;
            classes.extend(strip.classes);
            chances.extend(strip.chances);
        }
        let tensor = |data| ArrayD::from_shape_vec(IxDyn(&[grid.height, grid.width]), data).map_err(Error::internal);
        // The last number is the size of the network's own cells.
        let cell = ArrayD::from_elem(IxDyn(&[]), seen.cell() as f32);
        Ok(Analysis { frame: grid, tensors: vec![tensor(classes)?, tensor(chances)?, cell] })
    }

    fn segment(
        &self,
        analysis: &Analysis,
        hints: &Hints,
        _previous: Option<&Previous>,
        cancel: &Cancel,
    ) -> Result<Vec<Candidate>> {
        cancel.check()?;
        let [classes, chances, cell] = analysis.tensors.as_slice() else { return Err(foreign_analysis()) };
        let (class_view, chance_view) = (classes.view(), chances.view());
        let (classes, chances) = (numbers(&class_view)?, numbers(&chance_view)?);
        let frame = analysis.frame;
        let place = |point| {
            let (x, y) = frame.cell_of(point);
            y * frame.width + x
        };
        // A box or lasso without clicks counts as a click in its middle.
        let middle = hints.middle().filter(|_| hints.include.is_empty());
        let clicks: Vec<usize> = hints.include.iter().copied().chain(middle).map(place).collect();
        let mut wanted: Vec<f32> = clicks.iter().map(|&cell| classes[cell]).collect();
        wanted.sort_by(f32::total_cmp);
        wanted.dedup();
        let allowed = |cell: usize| hints.bounds.is_none() || hints.allow(frame.centre_of(cell));
        let (mut part, mut whole) = (vec![false; classes.len()], vec![false; classes.len()]);
        for class in wanted {
            let parts = Parts::find(frame.width, frame.height, |cell| classes[cell] == class && allowed(cell));
            let with = |cells: &mut dyn Iterator<Item = usize>| {
                let mut with = vec![false; parts.areas.len() + 1];
                cells.for_each(|cell| with[parts.label[cell] as usize] = true);
                with
            };
            let clicked = with(&mut clicks.iter().copied());
            let dropped = with(&mut hints.exclude.iter().copied().map(place));
            for (cell, &label) in parts.label.iter().enumerate().filter(|(_, label)| **label > 0) {
                part[cell] |= clicked[label as usize] && !dropped[label as usize];
                whole[cell] |= !dropped[label as usize];
            }
        }
        let answers = if whole == part { vec![part] } else { vec![part, whole] };
        let candidate = |inside: Vec<bool>| {
            let (mut sum, mut count) = (0f64, 0usize);
            for (_, chance) in inside.iter().zip(chances).filter(|(inside, _)| **inside) {
                sum += f64::from(*chance);
                count += 1;
            }
            let data = inside.iter().map(|inside| f32::from(u8::from(*inside))).collect();
            let plane = Plane { width: frame.width, height: frame.height, data };
            let cell = cell.first().map_or(frame.cell(), |cell| f64::from(*cell));
            (count > 0).then(|| Candidate { cell, ..Candidate::new(plane, frame, (sum / count as f64) as f32) })
        };
        Ok(answers.into_iter().filter_map(candidate).collect())
    }

    fn closer_look(&self) -> f64 {
        0.0
    }

    fn whole_only(&self) -> bool {
        true
    }
}
