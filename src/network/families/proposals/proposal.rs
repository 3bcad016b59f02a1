//! Proposals: the objects that a network lists, the highest score first.

use ndarray::{Array3, ArrayD, Axis, IxDyn};

use crate::base::error::{Error, Result};
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::geometry::rect::Rect;
use crate::mask::logits::Logits;
use crate::network::families::faults::{contradiction, foreign_analysis};
use crate::network::families::picture_input::{Outputs, numbers};
use crate::network::families::proposals::manifest::ProposalsManifest;
use crate::network::families::segmenter::{Analysis, Candidate};
use crate::pixels::plane::Plane;
use crate::pixels::tensor::sigmoid;

/// The frame of a window of a picture on the input's grid at one scale. Half a patch of padding surrounds the window, so that
/// every place of the picture is the middle of a patch. On the right and below it is padded to a multiple of the stride.
pub fn level(manifest: &ProposalsManifest, window: Rect, scale: usize) -> Frame {
    let ProposalsManifest { patch, stride, .. } = *manifest;
    let (across, down) = Frame::fitting(window, scale, scale);
    let side = |start: f64, length: f64, cells: usize| {
        let (cell, padded) = (length / cells as f64, (cells + patch).next_multiple_of(stride));
        let first = start - (patch / 2) as f64 * cell;
        (first, first + padded as f64 * cell, padded)
    };
    let (x0, x1, width) = side(window.x0, window.width(), across);
    let (y0, y1, height) = side(window.y0, window.height(), down);
    Frame::stretch(Rect { x0, y0, x1, y1 }, width, height)
}

/// The place of a patch.
pub struct Patch {
    /// The number of its scale.
    pub level: usize,
    /// Its first column in that scale's input.
    pub left: usize,
    /// Its first row.
    pub top: usize,
}

/// An object that a network proposes.
pub struct Proposal {
    /// The score, 0 to 1.
    pub score: f32,
    /// The patch that the network looked at.
    pub patch: Patch,
    /// The frame of the mask.
    pub frame: Frame,
    /// The mask as logits.
    pub logits: Plane,
}

impl Proposal {
    /// Whether the mask selects a point.
    pub fn holds(&self, point: Point) -> bool {
        let (x, y) = self.frame.cell_of(point);
        self.frame.window.contains(point) && self.logits.at(x, y) >= 0.0
    }

    /// The box round the mask.
    pub fn bounds(&self, window: Rect) -> Option<Rect> {
        bounds(&self.frame, window, |cell| self.logits.data[cell] >= 0.0)
    }

    /// The answer with this mask, which covers the whole patch, on any grid.
    pub fn masked(&self, logits: Plane) -> Candidate {
        let frame = self.frame.resized(logits.width, logits.height);
        let logits = Logits { plane: logits, by_way_of: None };
        Candidate { logits: Some(logits.clone()), ..Candidate::new(logits.probabilities(), frame, self.score) }
    }
}

/// The smallest box round the cells inside, cut to the window.
pub fn bounds(frame: &Frame, window: Rect, inside: impl Fn(usize) -> bool) -> Option<Rect> {
    let cells = (0..frame.width * frame.height).filter(|&cell| inside(cell));
    let Rect { x0, y0, x1, y1 } = cells.map(|cell| frame.area_of(cell)).reduce(|a, b| a.joined(b))?;
    let (x0, y0, x1, y1) = (x0.max(window.x0), y0.max(window.y0), x1.min(window.x1), y1.min(window.y1));
    (x0 < x1 && y0 < y1).then_some(Rect { x0, y0, x1, y1 })
}

/// The proposals so far, scale by scale.
pub struct Finds<'m> {
    manifest: &'m ProposalsManifest,
    window: Rect,
    found: Vec<Proposal>,
}

/// The numbers in a row of the list: score, index of the scale, first column and row of the patch.
const ROW: usize = 4;

impl<'m> Finds<'m> {
    /// An empty list.
    pub fn new(manifest: &'m ProposalsManifest, window: Rect) -> Self {
        Self { manifest, window, found: Vec::new() }
    }

    /// Adds the proposals for all places at one scale.
    pub fn add(&mut self, level: usize, shown: &Frame, outputs: &mut Outputs) -> Result<()> {
        let ProposalsManifest { masks: name, scores: score_name, patch, stride, .. } = self.manifest;
        let scores = outputs.take(score_name, 2)?;
        let masks = outputs.take(name, 3)?;
        let places = [shown.height, shown.width].map(|side| (side - patch) / stride + 1);
        if *scores.shape() != places || masks.shape()[1..] != places {
            return Err(contradiction(format!(
                "for an input of {} x {} the output `{name}` has the shape {:?} and `{score_name}` {:?}, but patches of {patch} cells with a stride of {stride} make {} rows of {} places",
                shown.width,
                shown.height,
                masks.shape(),
                scores.shape(),
                places[0],
                places[1]
            )));
        }
        let Some(side) = square_root(masks.shape()[0]) else {
            return Err(contradiction(format!(
                "the output `{name}` has {} numbers for each place, which is not a square mask",
                masks.shape()[0]
            )));
        };
        // Place by place.
        let masks = masks.permuted_axes(IxDyn(&[1, 2, 0])).as_standard_layout().into_owned();
        let places = masks.lanes(Axis(2)).into_iter().zip(&scores).enumerate();
        for (place, (mask, score)) in places {
            let (row, column) = (place / scores.shape()[1], place % scores.shape()[1]);
            let patch = Patch { level, left: column * stride, top: row * stride };
            let logits = Plane { width: side, height: side, data: mask.to_vec() };
            let proposal = self.proposal(sigmoid(*score), patch, shown, logits);
            // A proposal that selects nothing of the picture is dropped.
            if proposal.bounds(self.window).is_some() {
                self.found.push(proposal);
            }
        }
        self.found.sort_by(|a, b| b.score.total_cmp(&a.score));
        self.found.truncate(ProposalsManifest::KEPT);
        Ok(())
    }

    fn proposal(&self, score: f32, patch: Patch, shown: &Frame, logits: Plane) -> Proposal {
        let corner = |x: usize, y: usize| shown.to_picture(Point::new(x as f64, y as f64));
        let low = corner(patch.left, patch.top);
        let high = corner(patch.left + self.manifest.patch, patch.top + self.manifest.patch);
        let window = Rect { x0: low.x, y0: low.y, x1: high.x, y1: high.y };
        Proposal { score, patch, frame: Frame::stretch(window, logits.width, logits.height), logits }
    }

    /// The analysis: the list, the masks, and, for a refiner, the prepared picture at each scale.
    pub fn analysis(self, shown: Vec<Array3<f32>>) -> Result<Analysis> {
        let side = self.found.first().map_or(1, |proposal| proposal.logits.width);
        let row = |proposal: &Proposal| -> [f32; ROW] {
            let Patch { level, left, top } = proposal.patch;
            [proposal.score, level as f32, left as f32, top as f32]
        };
        let tensor = |shape: &[usize], data| ArrayD::from_shape_vec(IxDyn(shape), data).map_err(Error::internal);
        let count = self.found.len();
        let list = tensor(&[count, ROW], self.found.iter().flat_map(row).collect())?;
        let masks = self.found.into_iter().flat_map(|proposal| proposal.logits.data).collect();
        let mut tensors = vec![list, tensor(&[count, side, side], masks)?];
        tensors.extend(shown.into_iter().map(Array3::into_dyn));
        Ok(Analysis { frame: Frame::stretch(self.window, side, side), tensors })
    }

    /// The proposals in an analysis.
    pub fn of(manifest: &'m ProposalsManifest, analysis: &Analysis) -> Result<Vec<Proposal>> {
        let [list, masks, ..] = analysis.tensors.as_slice() else { return Err(foreign_analysis()) };
        let (list, masks) = (list.view(), masks.view());
        let Frame { window, width, height } = analysis.frame;
        let levels: Vec<Frame> = manifest.scales.iter().map(|&scale| level(manifest, window, scale)).collect();
        let finds = Self::new(manifest, window);
        let rows = numbers(&list)?.as_chunks::<ROW>().0.iter().zip(numbers(&masks)?.chunks_exact(width * height));
        rows.map(|(&[score, level, left, top], mask)| {
            let patch = Patch { level: level as usize, left: left as usize, top: top as usize };
            let shown = levels.get(patch.level).ok_or_else(foreign_analysis)?;
            Ok(finds.proposal(score, patch, shown, Plane { width, height, data: mask.to_vec() }))
        })
        .collect()
    }
}

/// The root of a square number; none for other numbers.
pub fn square_root(number: usize) -> Option<usize> {
    let root = number.isqrt();
    (root > 0 && root * root == number).then_some(root)
}
