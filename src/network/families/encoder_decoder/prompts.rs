//! Turning hints into the inputs of a decoder.

use ndarray::{ArrayD, IxDyn};

use crate::base::error::Result;
use crate::geometry::distance::innermost;
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::geometry::rect::Rect;
use crate::mask::grid::sample_mask;
use crate::network::families::encoder_decoder::manifest::{EncoderDecoderManifest, PadPoint};
use crate::network::families::segmenter::{Previous, suggestion};
use crate::network::hints::{Hints, obeyed_radius};
use crate::network::manifest::output::OutputKind;
use crate::network::runtime::graph::Graph;
use crate::pixels::plane::Plane;
use crate::pixels::tensor::sigmoid;

/// The cells of the grid along a cell of the masks, in SAM and its relatives.
pub const CELLS_PER_MASK_CELL: usize = 4;

/// The labels of points.
const INCLUDE: f32 = 1.0;
const EXCLUDE: f32 = 0.0;
const TOP_LEFT: f32 = 2.0;
const BOTTOM_RIGHT: f32 = 3.0;
const NO_POINT: f32 = -1.0;

/// The largest logit in the selection so far where it does not come from the network. The network's own are of this size.
const DECIDED: f32 = 10.0;

/// The prompts for a decoder.
pub struct Asked {
    /// The points in picture coordinates, with their labels.
    points: Vec<(Point, f32)>,
    /// The box, for networks that take one.
    bounds: Option<Rect>,
    /// The selection so far as logits, for networks that take it.
    selection: Option<Plane>,
    /// Whether there is only one include click, which may mean a part or the whole.
    pub ambiguous: bool,
    /// Whether a box or lasso begins a selection.
    pub surrounded: bool,
}

/// Whether a network takes boxes.
pub fn takes_boxes(manifest: &EncoderDecoderManifest) -> bool {
    manifest.box_corners || manifest.box_input.is_some()
}

impl Asked {
    /// The prompts that hints and the selection so far come to.
    pub fn new(
        manifest: &EncoderDecoderManifest,
        decoder: &Graph,
        grid: &Frame,
        hints: &Hints,
        previous: Option<&Previous>,
    ) -> Result<Self> {
        let cells = mask_grid(manifest, decoder, grid);
        let mut selection = previous.map(|previous| so_far(previous, hints, &cells)).transpose()?;
        let surrounded = previous.is_none() && hints.bounds.is_some();
        let (mut include, exclude) = (hints.include.clone(), hints.exclude.clone());
        let ambiguous = include.len() == 1 && exclude.is_empty() && hints.bounds.is_none() && previous.is_none();
        let mut bounds = hints.bounds.filter(|_| takes_boxes(manifest));
        if bounds.is_none() {
            // Networks without boxes get a click in the middle. It stays while it lies in the selection.
            include.extend(hints.middle().filter(|&middle| match &selection {
                Some(selection) => {
                    let (x, y) = cells.cell_of(middle);
                    selection.at(x, y) >= 0.0
                }
                None => include.is_empty(),
            }));
            if surrounded {
                selection = Some(map(suggestion(hints, &cells), logit));
            }
        }
        if let (true, None, None, Some(so_far)) = (include.is_empty(), &manifest.mask_input, bounds, &selection) {
            // Networks without a mask input get the innermost point of the mask, and its box.
            let selected = |cell: usize| so_far.data[cell] >= 0.0;
            let deepest = innermost(so_far.width, so_far.height, selected);
            include.extend(deepest.map(|(x, y)| cells.centre_of(y * so_far.width + x)));
            let selected = (0..so_far.data.len()).filter(|&cell| takes_boxes(manifest) && selected(cell));
            bounds = selected.map(|cell| cells.area_of(cell)).reduce(|a, b| a.joined(b));
        }
        let corners = bounds.filter(|_| manifest.box_corners);
        let corners =
            corners.map(|Rect { x0, y0, x1, y1 }| [(Point::new(x0, y0), TOP_LEFT), (Point::new(x1, y1), BOTTOM_RIGHT)]);
        let mut clicks = [(include, INCLUDE), (exclude, EXCLUDE)];
        if let Some(most) = most_points(manifest, decoder) {
            // If there are more clicks than the network takes, the oldest of the more frequent kind are dropped.
            let room = most.saturating_sub(corners.iter().flatten().count());
            while clicks[0].0.len() + clicks[1].0.len() > room {
                let longer = usize::from(clicks[1].0.len() > clicks[0].0.len());
                clicks[longer].0.remove(0);
            }
        }
        if !manifest.feeds_back && previous.is_some_and(|previous| previous.answer.is_some()) {
            selection = None;
        }
        let mut points: Vec<(Point, f32)> =
            clicks.iter().flat_map(|(points, label)| points.iter().map(|point| (*point, *label))).collect();
        points.extend(corners.into_iter().flatten());
        Ok(Self { points, bounds, selection, ambiguous, surrounded })
    }

    /// The decoder's inputs for these prompts.
    pub fn inputs<'m>(
        &self,
        manifest: &'m EncoderDecoderManifest,
        decoder: &Graph,
        grid: &Frame,
    ) -> Vec<(&'m str, ArrayD<f32>)> {
        // Networks count from the first pixel's centre.
        let index = |point: Point| {
            let Point { x, y } = grid.to_grid(Point::new(point.x - 0.5, point.y - 0.5));
            [x as f32, y as f32]
        };
        let mut points: Vec<([f32; 2], f32)> =
            self.points.iter().map(|&(point, label)| (index(point), label)).collect();
        let cornered = manifest.box_corners && self.bounds.is_some();
        let padded = manifest.pad_point == PadPoint::WithoutBox && !cornered;
        if padded || (points.is_empty() && manifest.box_input.is_none()) {
            points.push(([0.0, 0.0], NO_POINT));
        }
        let places = points_taken(manifest, decoder).unwrap_or(0).max(points.len());
        points.resize(places, ([0.0, 0.0], NO_POINT));
        let rank = |name: &str, usual: usize| decoder.input(name).map_or(usual, |port| port.shape.len());
        // One picture, one object, all points.
        let shaped = |name: &str, last: &[usize], numbers: Vec<f32>| {
            let mut shape = vec![1; rank(name, 2 + last.len()).saturating_sub(last.len())];
            shape.extend(last);
            ArrayD::from_shape_vec(IxDyn(&shape), numbers).expect("as many numbers as the shape says")
        };
        let count = points.len();
        let coordinates = points.iter().flat_map(|(point, _)| *point).collect();
        let labels = points.iter().map(|(_, label)| *label).collect();
        let mut inputs = vec![
            (manifest.points.as_str(), shaped(&manifest.points, &[count, 2], coordinates)),
            (manifest.labels.as_str(), shaped(&manifest.labels, &[count], labels)),
        ];
        if let Some(name) = &manifest.box_input {
            let corners = self.bounds.map(|Rect { x0, y0, x1, y1 }| [Point::new(x0, y0), Point::new(x1, y1)]);
            let numbers: Vec<f32> = corners.into_iter().flatten().flat_map(index).collect();
            inputs.push((name, shaped(name, &[numbers.len() / 4, 4], numbers)));
        }
        if let Some(name) = &manifest.mask_input {
            let cells = mask_grid(manifest, decoder, grid);
            let plane = self.selection.as_ref().map(|selection| match manifest.mask_input_holds {
                OutputKind::Logits => selection.data.clone(),
                OutputKind::Probability => selection.data.iter().map(|&logit| sigmoid(logit)).collect(),
            });
            let plane = plane.unwrap_or_else(|| vec![0.0; cells.width * cells.height]);
            inputs.push((name, shaped(name, &[cells.height, cells.width], plane)));
        }
        if let Some(name) = &manifest.has_mask {
            let told = f32::from(u8::from(self.selection.is_some()));
            inputs.push((name, ArrayD::from_elem(IxDyn(&vec![1; rank(name, 1)]), told)));
        }
        inputs
    }
}

/// The exact number of points that a decoder takes, if its input has a fixed size.
fn points_taken(manifest: &EncoderDecoderManifest, decoder: &Graph) -> Option<usize> {
    let shape = &decoder.input(&manifest.points)?.shape;
    usize::try_from(*shape.get(shape.len().checked_sub(2)?)?).ok()
}

/// The largest number of clicks and corners that a decoder takes.
fn most_points(manifest: &EncoderDecoderManifest, decoder: &Graph) -> Option<usize> {
    let padding = usize::from(manifest.pad_point == PadPoint::WithoutBox);
    let taken = points_taken(manifest, decoder).map(|count| count.saturating_sub(padding));
    manifest.most_points.into_iter().chain(taken).min()
}

/// The grid of the decoder's input for the selection so far.
fn mask_grid(manifest: &EncoderDecoderManifest, decoder: &Graph, grid: &Frame) -> Frame {
    let shape = manifest.mask_input.as_ref().and_then(|name| decoder.input(name)).map(|port| port.shape.as_slice());
    let fixed = |from_last: usize, cells: usize| {
        let length = shape.and_then(|shape| shape.iter().rev().nth(from_last));
        length.and_then(|&n| usize::try_from(n).ok()).unwrap_or(cells.div_ceil(CELLS_PER_MASK_CELL)).max(1)
    };
    grid.resized(fixed(0, grid.width), fixed(1, grid.height))
}

/// The selection so far as logits: the network's own logits, but the mask where the two clearly disagree. Near clicks
/// the logits stay, as the guard may have changed the mask there, and the click itself is an input.
fn so_far(previous: &Previous, hints: &Hints, cells: &Frame) -> Result<Plane> {
    let own = previous.answer.filter(|answer| answer.frame == *cells).and_then(|answer| answer.logits.as_ref());
    let (Some(own), Some(mask)) = (own, previous.mask) else {
        return match own {
            Some(own) => Ok(own.plane.clone()),
            None => Ok(map(previous.on(cells)?, logit)),
        };
    };
    let mut plane = own.plane.clone();
    let picture = Rect::whole(mask.width(), mask.height());
    let near = obeyed_radius(picture.width().max(picture.height())) + 2.0 * cells.cell();
    let clicked = |place: Point| hints.points().any(|click| click.distance(place) <= near);
    let decided = sample_mask(mask, cells)?;
    for (cell, (said, decided)) in plane.data.iter_mut().zip(decided.data).enumerate() {
        let place = cells.centre_of(cell);
        if (sigmoid(*said) - decided).abs() > 0.5 && picture.contains(place) && !clicked(place) {
            *said = logit(decided);
        }
    }
    Ok(plane)
}

fn map(plane: Plane, number: impl Fn(f32) -> f32) -> Plane {
    Plane { data: plane.data.into_iter().map(number).collect(), ..plane }
}

/// The inverse of the sigmoid, bounded.
fn logit(probability: f32) -> f32 {
    // Resampling may overshoot by a rounding error.
    let probability = probability.clamp(0.0, 1.0);
    (probability / (1.0 - probability)).ln().clamp(-DECIDED, DECIDED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_undo_probabilities_within_bounds() {
        assert_eq!([-1e-7, 0.0, 0.5, 1.0, 1.000_001].map(logit), [-DECIDED, -DECIDED, 0.0, DECIDED, DECIDED]);
        assert!((logit(sigmoid(3.3)) - 3.3).abs() < 1e-4);
    }
}
