//! Answers: in which windows a model is run for a prompt, and which answers it offers.

use std::time::Instant;

use crate::base::error::Result;
use crate::geometry::rect::Rect;
use crate::network::families::segmenter::{Candidate, Previous};
use crate::network::hints::Hints;
use crate::session::picture::call::{Call, Selected};
use crate::session::picture::selection::SegmentOptions;
use crate::session::prompt::Prompt;

/// The side of a window over the longer side of the object in it.
const MARGIN: f64 = 1.4;

/// How many times wider a window becomes if it cuts off its object.
const WIDER: f64 = 1.6;

/// The least side of a window, as a share of the picture's longer side: without surroundings networks only guess.
const LEAST_WINDOW: f64 = 0.12;

impl Call<'_> {
    /// The window, and the model's answers in it, the best first. The window holds all of the answers and of the selection.
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
        let whole_only = self.model.segmenter().whole_only();
        let mut window = match region {
            Some(region) if !whole_only => self.window_round(region, hints),
            _ => self.whole(),
        };
        // A new box or lasso: the selection outside of it no longer counts.
        let previous = Previous { mask: Some(&before.mask), answer: before.answer.as_ref() };
        let previous = Some(&previous).filter(|_| selected.is_some() && !restated);
        let mut answers = self.segment(window, hints, previous)?;
        // An object that goes on beyond the window would end there in a straight line.
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

    /// The closer look: runs the model again in a window round each answer. Returns the new answers, the best first: only
    /// the scores of a closer look can be compared.
    pub fn closer(&mut self, answers: Vec<Candidate>, hints: &Hints) -> Result<Vec<Candidate>> {
        let limit = self.model.segmenter().closer_look() * self.longer_side();
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

    /// The model's answers in a window.
    pub fn segment(&mut self, window: Rect, hints: &Hints, previous: Option<&Previous>) -> Result<Vec<Candidate>> {
        let analysis = self.analyse(window)?;
        let start = Instant::now();
        let answers = self.model.segmenter().segment(&analysis, hints, previous, self.cancel)?;
        self.timings.network += start.elapsed();
        Ok(answers)
    }

    /// A square window with some room round the region and all the clicks.
    fn window_round(&self, region: Rect, hints: &Hints) -> Rect {
        let region = hints.points().fold(region, |region, point| region.including(point));
        let side = (region.width().max(region.height()) * MARGIN).max(LEAST_WINDOW * self.longer_side());
        region.square_inside(side.min(self.longer_side()), self.image.width(), self.image.height())
    }
}
