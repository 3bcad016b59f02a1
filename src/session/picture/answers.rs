//! What a model is asked at a click, and in which windows.

use std::time::Instant;

use crate::base::error::Result;
use crate::geometry::rect::Rect;
use crate::geometry::suppression::best;
use crate::network::families::family::{Candidate, Previous};
use crate::network::hints::Hints;
use crate::session::picture::call::{Call, Selected, nothing_to_find};
use crate::session::picture::selection::SegmentOptions;
use crate::session::prompt::Prompt;

/// A window round an object is this much larger than the object.
const MARGIN: f64 = 1.4;

/// A window that cuts its object off is made so much wider.
const WIDER: f64 = 1.6;

/// A window is never smaller than this share of the picture's longer side: without surroundings networks guess.
const LEAST_WINDOW: f64 = 0.12;

/// Windows round a click, as shares of the picture's longer side, in which a family with a single answer is asked again
/// for other answers.
const OTHER_WINDOWS: [f64; 3] = [0.6, 0.35, 0.18];

/// The whole picture's answer also counts when selected so much more, or less, readily (in log odds): it then takes in
/// what belongs together, or its core.
const LEANING: [f32; 2] = [2.0, -2.0];

/// Two answers that overlap more than this are one.
pub const SAME: f64 = 0.85;

/// Two answers that overlap more than this on a network's grid are drawn once; between this and `SAME` a drawing tells.
const ALIKE: f64 = 0.95;

impl Call<'_> {
    /// Other answers to the last prompt than the best one.
    pub fn others(&mut self, prompts: &[Prompt], options: &SegmentOptions) -> Result<Vec<Selected>> {
        let hints = Hints::from_prompts(prompts);
        let Some(last) = prompts.last() else { return Ok(Vec::new()) };
        let before = self.remembered(prompts.len() - 1)?;
        if matches!(last, Prompt::Mask(_)) || nothing_to_find(prompts, &hints) {
            return Ok(Vec::new());
        }
        let (window, answers) = self.ask(prompts, &hints, &before, options)?;
        let mut answers = distinct(answers);
        // Where another object was added, or the guess made afresh, the best answer to this has not been seen yet.
        let elsewise = self.another(prompts, &hints, &before, options)?.is_some()
            || self.afresh(prompts, &hints, &before, options)?.is_some();
        let seen = usize::from(!elsewise);
        let mut found = answers.split_off(answers.len().min(seen));
        if found.iter().all(|other| answers.first().is_some_and(|best| overlap(best, other, SAME))) {
            // A model with one answer is asked again: for more and for less of it, and at a first click in other windows.
            let first_click = matches!(last, Prompt::Include(_) | Prompt::Scribble(_)) && before.bounds().is_none();
            if first_click {
                answers = self.segment(self.whole(), &hints, None)?;
            }
            found.extend(answers.iter().take(1).flat_map(|answer| LEANING.map(|odds| answer.leaning(odds))));
            if let Some(click) = hints.include.last().filter(|_| first_click && !self.model.family().whole_only()) {
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

    /// The model's answers, the best first, and the window that was looked at: if something was selected before, both it and
    /// they lie wholly in there.
    pub fn ask(
        &mut self,
        prompts: &[Prompt],
        hints: &Hints,
        before: &Selected,
        options: &SegmentOptions,
    ) -> Result<(Rect, Vec<Candidate>)> {
        let selected = before.bounds();
        let restated = matches!(prompts.last(), Some(Prompt::Box(_) | Prompt::Lasso(_)));
        let region =
            if restated { hints.bounds } else { selected.into_iter().chain(hints.bounds).reduce(|a, b| a.joined(b)) };
        let whole_only = self.model.family().whole_only();
        let mut window = match region {
            Some(region) if !whole_only => self.window_round(region, hints),
            _ => self.whole(),
        };
        // A box starts anew: what was selected outside of it does not count.
        let previous = Previous { mask: Some(&before.mask), answer: before.answer.as_ref() };
        let previous = Some(&previous).filter(|_| selected.is_some() && !restated);
        let mut answers = self.segment(window, hints, previous)?;
        // What goes on beyond the window would end in a straight line there.
        while window.width().max(window.height()) < self.longer_side()
            && answers.first().is_some_and(|best| best.reaches_beyond(self.whole()))
        {
            let side = (window.width() * WIDER).min(self.longer_side());
            window = window.square_inside(side, self.image.width(), self.image.height());
            answers = self.segment(window, hints, previous)?;
        }
        let closer = region.is_none() && options.closer_look && !whole_only;
        Ok((window, if closer { self.closer(answers, hints)? } else { answers }))
    }

    /// Each of the answers seen again in a window round its own object: what looked best from afar need not be best, and
    /// only from near can their scores be compared. The best comes first.
    pub fn closer(&mut self, answers: Vec<Candidate>, hints: &Hints) -> Result<Vec<Candidate>> {
        let limit = self.model.family().closer_look() * self.longer_side();
        let mut seen = Vec::new();
        for answer in &answers {
            let window = answer.object(hints).map(|object| self.window_round(object, hints));
            match window.filter(|window| window.width() <= limit) {
                Some(window) => {
                    seen.extend(self.segment(window, hints, Some(&Previous { mask: None, answer: Some(answer) }))?);
                }
                None => seen.push(answer.clone()),
            }
        }
        seen.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(seen)
    }

    pub fn segment(&mut self, window: Rect, hints: &Hints, previous: Option<&Previous>) -> Result<Vec<Candidate>> {
        let analysis = self.analyse(window)?;
        let start = Instant::now();
        let answers = self.model.family().segment(&analysis, hints, previous, self.cancel)?;
        self.timings.network += start.elapsed();
        Ok(answers)
    }

    /// A square with some room round the region and all the clicks.
    fn window_round(&self, region: Rect, hints: &Hints) -> Rect {
        let region = hints.points().fold(region, |region, point| region.including(point));
        let side = (region.width().max(region.height()) * MARGIN).max(LEAST_WINDOW * self.longer_side());
        region.square_inside(side.min(self.longer_side()), self.image.width(), self.image.height())
    }
}

/// Without those that are much the same as a better one: each costs a drawing in the picture's size.
fn distinct(answers: Vec<Candidate>) -> Vec<Candidate> {
    best(answers, |better, next| overlap(better, next, ALIKE), usize::MAX)
}

fn overlap(one: &Candidate, other: &Candidate, least: f64) -> bool {
    one.overlap(other).is_ok_and(|overlap| overlap >= least)
}
