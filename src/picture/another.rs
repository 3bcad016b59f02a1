//! A click on something else than what is selected so far: another object, which is added.
//!
//! A network that is told of clicks on two things takes them for one, and what lies between them for a part of it. So the
//! new click is asked about on its own, too: what the model is sure of and what hardly overlaps with the selection so far
//! is another object.

use super::SegmentOptions;
use super::work::{Selected, Work};
use crate::error::Result;
use crate::family::Candidate;
use crate::prompt::{Hints, Prompt};
use crate::resample::sample_mask;

/// Another object's score, at least. Chosen on photos, 268 pairs of objects clicked one after the other: the mean IoU with both
/// together is 57.1 % instead of 56.5, where that decides 2.4 more; at 0.75, single objects that are clicked
/// a second time begin to lose.
const SURE: f32 = 0.8;

/// How much of another object may be selected already.
const SHARED: f64 = 0.1;

impl Work<'_> {
    /// The other object that the last prompt is a click on, if it is one.
    pub(super) fn another(
        &mut self,
        prompts: &[Prompt],
        hints: &Hints,
        before: &Selected,
        options: &SegmentOptions,
    ) -> Result<Option<Candidate>> {
        let [.., last @ (Prompt::Include(_) | Prompt::Scribble(_))] = prompts else { return Ok(None) };
        let asked = options.guard && options.closer_look && hints.bounds.is_none();
        if !asked || self.model.family().whole_only() || before.bounds().is_none() {
            return Ok(None);
        }
        let alone = Hints::from_prompts(std::slice::from_ref(last));
        let answers = self.segment(self.whole(), &alone, None)?;
        // Most clicks ask for more of the same: what overlaps from afar is not looked at from near.
        if !answers.first().map_or(Ok(false), |answer| apart(answer, before))? {
            return Ok(None);
        }
        let best = self.closer(answers, &alone)?.into_iter().next();
        // What was clicked away does not come back.
        let sure = |best: &Candidate| best.score >= SURE && !hints.exclude.iter().any(|&point| best.holds(point));
        Ok(match best.filter(sure) {
            Some(best) if apart(&best, before)? => Some(best),
            _ => None,
        })
    }
}

/// Whether an answer and a selection are two things.
fn apart(answer: &Candidate, selected: &Selected) -> Result<bool> {
    let before = sample_mask(&selected.mask, &answer.frame)?;
    let (mut all, mut shared) = (0u32, 0u32);
    for (value, before) in answer.plane.data.iter().zip(&before.data) {
        all += u32::from(*value >= 0.5);
        shared += u32::from(*value >= 0.5 && *before >= 0.5);
    }
    Ok(all > 0 && f64::from(shared) <= SHARED * f64::from(all))
}
