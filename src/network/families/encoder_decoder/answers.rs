//! Reading the answers of a decoder.

use ndarray::{ArrayD, ArrayView3};

use crate::base::error::{ErrorKind, Result};
use crate::geometry::frame::Frame;
use crate::mask::logits::Logits;
use crate::network::families::encoder_decoder::manifest::EncoderDecoderManifest;
use crate::network::families::encoder_decoder::prompts::Asked;
use crate::network::families::faults::not_numbers;
use crate::network::families::segmenter::{Candidate, expected_iou};
use crate::network::hints::Hints;
use crate::pixels::plane::Plane;
use crate::pixels::tensor::sigmoid;

/// The number of answers of SAM: one for clear prompts, then three for an ambiguous click: part, object and whole.
const CLEAR_AND_AMBIGUOUS: usize = 4;

/// The answers: the default one first, the others by their score.
pub fn candidates(
    manifest: &EncoderDecoderManifest,
    asked: &Asked,
    grid: &Frame,
    by_way_of: Option<(usize, usize)>,
    outputs: &[(String, ArrayD<f32>)],
) -> Result<Vec<Candidate>> {
    let output = |wanted: &String| outputs.iter().find(|(name, _)| name == wanted).map(|(_, array)| array);
    let masks = output(&manifest.masks).and_then(stack).ok_or_else(|| {
        ErrorKind::Model.error(format!(
            "the output `{}` is not a stack of masks [1, answers, height, width]; name the right one in model.toml",
            manifest.masks
        ))
    })?;
    let count = masks.shape()[0];
    let scores: Option<Vec<f32>> =
        manifest.scores.as_ref().and_then(output).map(|scores| scores.iter().copied().collect());
    if let (Some(name), Some(scores)) = (&manifest.scores, &scores)
        && scores.len() != count
    {
        return Err(ErrorKind::Model.error(format!(
            "the output `{name}` has {} scores for {count} masks; name the right outputs in model.toml",
            scores.len()
        )));
    }
    let there = manifest.object_score.as_ref().and_then(output).and_then(|array| array.first().copied());
    let there = there.map_or(1.0, sigmoid);
    let ambiguous = match (count, asked.ambiguous) {
        (CLEAR_AND_AMBIGUOUS, true) => 1..count,
        _ => 0..count,
    };
    let mut candidates = Vec::with_capacity(count);
    for (i, mask) in masks.outer_iter().enumerate().filter(|(i, _)| ambiguous.contains(i)) {
        let plane = Plane { width: masks.shape()[2], height: masks.shape()[1], data: mask.iter().copied().collect() };
        let given = scores.as_ref().map(|scores| scores[i] * there);
        if given.is_some_and(f32::is_nan) || plane.data.iter().any(|value| value.is_nan()) {
            return Err(not_numbers());
        }
        let frame = grid.resized(plane.width, plane.height);
        let logits = Logits { plane, by_way_of };
        let plane = logits.probabilities();
        let score = given.map_or_else(|| expected_iou(&plane, 0.5), |score| score.clamp(0.0, 1.0));
        candidates.push(Candidate { logits: Some(logits), ..Candidate::new(plane, frame, score) });
    }
    let default = usize::from(count == CLEAR_AND_AMBIGUOUS && !asked.ambiguous);
    candidates[default..].sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(candidates)
}

/// The masks of one object in one picture.
fn stack(masks: &ArrayD<f32>) -> Option<ArrayView3<'_, f32>> {
    let shape = masks.shape();
    let (one, three) = shape.split_at_checked(shape.len().checked_sub(3)?)?;
    let three: [usize; 3] = three.try_into().ok()?;
    if masks.is_empty() || one.iter().any(|&n| n != 1) {
        return None;
    }
    masks.view().into_shape_with_order(three).ok()
}

/// Removes what an answer selects outside the box or lasso.
pub fn keep_within(candidate: &mut Candidate, hints: &Hints) {
    let frame = candidate.frame;
    for cell in (0..candidate.plane.data.len()).filter(|&cell| !hints.allow(frame.centre_of(cell))) {
        candidate.plane.data[cell] = 0.0;
        if let Some(logits) = &mut candidate.logits {
            // The negative of the old logit, so that the edge lies half-way between two cells.
            let logit = &mut logits.plane.data[cell];
            *logit = -logit.abs().max(1.0);
        }
    }
}
