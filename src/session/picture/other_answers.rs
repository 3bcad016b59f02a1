//! Other answers to the last prompt, for a user who does not want the first one.

use crate::base::error::Result;
use crate::geometry::rect::Rect;
use crate::geometry::suppression::best;
use crate::network::families::segmenter::Candidate;
use crate::network::hints::Hints;
use crate::session::picture::call::{Call, Selected, nothing_to_find};
use crate::session::picture::selection::SegmentOptions;
use crate::session::prompt::Prompt;

/// The sides of further windows round a click, as shares of the picture's longer side. A model with a single answer is run
/// in them for other answers.
const OTHER_WINDOWS: [f64; 3] = [0.6, 0.35, 0.18];

/// Offsets, in log odds, that make two more answers out of one: a larger answer, which takes in what belongs together, and
/// a smaller one, the core.
const LEANING: [f32; 2] = [2.0, -2.0];

/// Two answers with this IoU or more are the same answer.
pub const SAME: f64 = 0.85;

/// Two answers with this IoU or more on a network's grid are drawn once. From `SAME` to this, the drawn masks are compared.
const ALIKE: f64 = 0.95;

impl Call<'_> {
    /// The answers to the last prompt of a list that was just followed, without the one that was taken.
    pub fn others(&mut self, prompts: &[Prompt], options: &SegmentOptions) -> Result<Vec<Selected>> {
        let hints = Hints::from_prompts(prompts);
        let Some(last) = prompts.last() else { return Ok(Vec::new()) };
        let before = self.remembered(prompts.len() - 1)?;
        if matches!(last, Prompt::Mask(_)) || nothing_to_find(prompts, &hints) {
            return Ok(Vec::new());
        }
        let (window, answers) = self.ask(prompts, &hints, &before, options)?;
        let mut answers = distinct(answers);
        // If the last prompt added another object or led to a new guess, the user has not yet seen the best answer.
        let seen = usize::from(!self.state.steps[prompts.len() - 1].combined);
        let mut found = answers.split_off(answers.len().min(seen));
        if found.iter().all(|other| answers.first().is_some_and(|best| overlap(best, other, SAME))) {
            // A model with one answer offers a larger and a smaller one too and, at a first click, answers in other windows.
            let first_click = matches!(last, Prompt::Include(_) | Prompt::Scribble(_)) && before.bounds().is_none();
            if first_click {
                answers = self.segment(self.whole(), &hints, None)?;
            }
            found.extend(answers.iter().take(1).flat_map(|answer| LEANING.map(|odds| answer.leaning(odds))));
            if let Some(click) = hints.include.last().filter(|_| first_click && !self.model.segmenter().whole_only()) {
                for share in OTHER_WINDOWS {
                    let around = Rect::new(click.x, click.y, click.x, click.y);
                    let side = share * self.longer_side();
                    let window = around.square_inside(side, self.image.width(), self.image.height());
                    found.extend(self.segment(window, &hints, None)?.into_iter().take(1));
                }
            }
        }
        found.into_iter().map(|answer| self.finish(answer, prompts, &hints, &before, window, options)).collect()
    }
}

/// The answers without those that are almost the same as a better one: drawing each in the picture's size takes time.
fn distinct(answers: Vec<Candidate>) -> Vec<Candidate> {
    best(answers, |better, next| overlap(better, next, ALIKE), usize::MAX)
}

fn overlap(one: &Candidate, other: &Candidate, least: f64) -> bool {
    one.overlap(other).is_ok_and(|overlap| overlap >= least)
}
