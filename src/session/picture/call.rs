//! A call on a picture: the way of a click, step by step.

use std::sync::{Arc, MutexGuard};
use std::time::Instant;

use crate::base::cancel::Cancel;
use crate::base::error::Result;
use crate::geometry::point::Point;
use crate::geometry::rect::Rect;
use crate::mask::change::Combine;
use crate::mask::edge;
use crate::mask::edge::edges::Edges;
use crate::mask::grid::render;
use crate::mask::packed_mask::PackedMask;
use crate::mask::soft::{HALF, Mask};
use crate::network::cache::Recent;
use crate::network::families::segmenter::{Analysis, Candidate};
use crate::network::hints::Hints;
use crate::pixels::image::ImageView;
use crate::session::guard;
use crate::session::guard::Wish;
use crate::session::model::Model;
use crate::session::picture::selection::{SegmentOptions, Timings};
use crate::session::prompt::Prompt;

/// What a picture remembers between calls.
pub struct State {
    /// The windows that were analysed last.
    pub analyses: Recent<Rect, Analysis>,
    /// The selection after each prompt of the last list.
    pub steps: Vec<Step>,
    /// The options of these steps.
    pub options: SegmentOptions,
    /// The steps of other options, the latest first: those of previews, while the user clicks.
    pub set_aside: Vec<(SegmentOptions, Vec<Step>)>,
}

/// So many lists of other options are remembered.
const SET_ASIDE: usize = 2;

impl State {
    /// Goes on with the steps of these options.
    fn use_options(&mut self, options: &SegmentOptions) {
        if self.options == *options {
            return;
        }
        let known = self.set_aside.iter().position(|(other, _)| other == options);
        let steps = known.map_or_else(Vec::new, |at| self.set_aside.remove(at).1);
        let before = (self.options, std::mem::replace(&mut self.steps, steps));
        self.set_aside.insert(0, before);
        self.set_aside.truncate(SET_ASIDE);
        self.options = *options;
    }
}

/// A remembered step: a prompt and the selection after it.
pub struct Step {
    prompt: Prompt,
    mask: PackedMask,
    score: f32,
    answer: Option<Candidate>,
}

impl Step {
    fn selected(&self) -> Result<Selected> {
        Ok(Selected { mask: self.mask.unpack()?, score: self.score, answer: self.answer.clone() })
    }
}

/// The selection between two prompts.
pub struct Selected {
    pub mask: Mask,
    pub score: f32,
    /// The model's answer that the mask was made from.
    pub answer: Option<Candidate>,
}

impl Selected {
    /// The empty selection.
    fn nothing(width: u32, height: u32) -> Result<Self> {
        Ok(Self { mask: Mask::empty(width, height)?, score: 0.0, answer: None })
    }

    pub fn bounds(&self) -> Option<Rect> {
        self.mask.bounds(HALF).map(Rect::from)
    }
}

/// A call on a picture. It holds the picture's memory until it ends.
pub struct Call<'w> {
    pub model: &'w Model,
    pub image: ImageView<'w>,
    pub state: MutexGuard<'w, State>,
    pub cancel: &'w Cancel,
    pub timings: Timings,
}

impl Call<'_> {
    /// The window that is the whole picture.
    pub fn whole(&self) -> Rect {
        Rect::whole(self.image.width(), self.image.height())
    }

    pub fn longer_side(&self) -> f64 {
        f64::from(self.image.width().max(self.image.height()))
    }

    /// The encoder output or prepared input of a window, remembered or new.
    pub fn analyse(&mut self, window: Rect) -> Result<Arc<Analysis>> {
        let start = Instant::now();
        let analysis =
            self.state.analyses.get(window, || self.model.segmenter().analyse(&self.image, window, self.cancel))?;
        self.timings.prepare += start.elapsed();
        Ok(analysis)
    }

    /// The selection after the whole list. Starts where the list differs from the remembered one.
    pub fn replay(&mut self, prompts: &[Prompt], options: &SegmentOptions) -> Result<Selected> {
        self.cancel.check()?;
        let (width, height) = (self.image.width(), self.image.height());
        prompts.iter().try_for_each(|prompt| prompt.check(width, height))?;
        self.state.use_options(options);
        let known = self.state.steps.iter().zip(prompts).take_while(|(step, prompt)| step.prompt == **prompt).count();
        let mut current = self.remembered(known)?;
        for n in known + 1..=prompts.len() {
            self.cancel.report((n - known - 1) as f32 / (prompts.len() - known) as f32, "following the prompts")?;
            current = self.step(&prompts[..n], current, options)?;
            let start = Instant::now();
            let mask = PackedMask::pack(&current.mask);
            let step =
                Step { prompt: prompts[n - 1].clone(), mask, score: current.score, answer: current.answer.clone() };
            // From here on the remembered steps belong to another list. If the new list is only shorter, they stay for a
            // redo.
            self.state.steps.truncate(n - 1);
            self.state.steps.push(step);
            self.timings.render += start.elapsed();
        }
        self.cancel.report(1.0, "selected")?;
        Ok(current)
    }

    /// The selection after this many remembered steps.
    pub fn remembered(&self, steps: usize) -> Result<Selected> {
        match steps {
            0 => Selected::nothing(self.image.width(), self.image.height()),
            n => self.state.steps[n - 1].selected(),
        }
    }

    /// The selection after all of `prompts`. `before` is the selection without the last one.
    fn step(&mut self, prompts: &[Prompt], before: Selected, options: &SegmentOptions) -> Result<Selected> {
        if let Some(Prompt::Mask(mask)) = prompts.last() {
            let mut selected = Selected { score: 1.0, ..Selected::nothing(mask.width(), mask.height())? };
            selected.mask.data_mut().copy_from_slice(mask.data());
            return Ok(selected);
        }
        let hints = Hints::from_prompts(prompts);
        if nothing_to_find(prompts, &hints) {
            return Selected::nothing(self.image.width(), self.image.height());
        }
        if let Some(another) = self.another_object(prompts, &hints, &before, options)? {
            return self.combine(before, another, Combine::Add, &hints, options);
        }
        if let Some(guess) = self.new_guess(prompts, &hints, &before, options)? {
            return self.combine(before, guess, Combine::Intersect, &hints, options);
        }
        let (window, answers) = self.ask(prompts, &hints, &before, options)?;
        match answers.into_iter().next() {
            Some(best) => self.finish(best, prompts, &hints, &before, window, options),
            // No answer: an include click on nothing adds nothing, an exclude click leaves nothing.
            None => match prompts.last() {
                Some(Prompt::Exclude(_) | Prompt::ScribbleOut(_)) => {
                    Selected::nothing(self.image.width(), self.image.height())
                }
                _ => Ok(before),
            },
        }
    }

    /// The selection combined with an answer: one more object added, or cut down to a new guess.
    fn combine(
        &mut self,
        mut selected: Selected,
        answer: Candidate,
        how: Combine,
        hints: &Hints,
        options: &SegmentOptions,
    ) -> Result<Selected> {
        let mask = self.draw(&answer, options)?;
        let start = Instant::now();
        selected.mask.combine(&mask, how)?;
        guard::obey(&mut selected.mask, hints);
        self.timings.render += start.elapsed();
        let answer = match selected.answer {
            Some(before) if how == Combine::Add => before.joined(&answer)?,
            _ => answer,
        };
        Ok(Selected { score: answer.score, answer: Some(answer), ..selected })
    }

    /// The mask of an answer, in the picture's size and fitted to its edges.
    pub fn draw(&mut self, answer: &Candidate, options: &SegmentOptions) -> Result<Mask> {
        let (width, height) = (self.image.width(), self.image.height());
        let start = Instant::now();
        let doubtful = match options.edges {
            Edges::Auto | Edges::Hair => !answer.alpha,
            // A hard or smooth edge has no transparency, even if the answer has.
            Edges::Hard | Edges::Smooth => true,
            Edges::None => false,
        };
        let mut mask = match doubtful {
            true => {
                let seen = answer.as_seen()?;
                render(&edge::settle(&seen.plane), &seen.frame, width, height)?
            }
            false => answer.rendered(width, height)?,
        };
        self.timings.render += start.elapsed();
        if options.edges == Edges::None {
            return Ok(mask);
        }
        let start = Instant::now();
        if doubtful {
            edge::refine(&self.image, &mut mask, answer.cell, options.edges, self.cancel)?;
        }
        if let Some(redraw) = self.model.redraw_edges()
            && matches!(options.edges, Edges::Auto | Edges::Hair)
        {
            redraw(&self.image, &mut mask, answer.cell, self.cancel)?;
        }
        self.timings.edge += start.elapsed();
        Ok(mask)
    }

    /// The new selection that an answer makes: drawn, and passed through the guard.
    pub fn finish(
        &mut self,
        answer: Candidate,
        prompts: &[Prompt],
        hints: &Hints,
        before: &Selected,
        window: Rect,
        options: &SegmentOptions,
    ) -> Result<Selected> {
        let mut mask = self.draw(&answer, options)?;
        let start = Instant::now();
        let clicked = match prompts.last() {
            Some(Prompt::Include(_) | Prompt::Scribble(_)) => Some(Wish::Include),
            Some(Prompt::Exclude(_) | Prompt::ScribbleOut(_)) => Some(Wish::Exclude),
            _ => None,
        };
        if let Some(wish) = clicked
            && options.guard
            && before.bounds().is_some()
        {
            let only_last = Hints::from_prompts(&prompts[prompts.len() - 1..]);
            let clicks: Vec<Point> = only_last.points().collect();
            guard::merge(&before.mask, &mut mask, window, wish, &clicks, hints)?;
        }
        guard::obey(&mut mask, hints);
        self.timings.render += start.elapsed();
        Ok(Selected { mask, score: answer.score, answer: Some(answer) })
    }
}

/// Whether no prompt says what to select, or all that did were taken back.
pub fn nothing_to_find(prompts: &[Prompt], hints: &Hints) -> bool {
    let masked = prompts.iter().any(|prompt| matches!(prompt, Prompt::Mask(_)));
    hints.include.is_empty() && hints.bounds.is_none() && !masked
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::pixels::image::PixelFormat;
    use crate::session::model::LoadOptions;
    use crate::session::picture::Picture;

    #[test]
    fn previews_leave_the_steps_of_the_clicks_alone() {
        let pixels: Vec<u8> = (0..96 * 64).map(|i| if i % 96 < 40 && i / 96 < 40 { 230 } else { 30 }).collect();
        let image = ImageView::new(&pixels, 96, 64, 96, PixelFormat::Gray8).unwrap();
        let model = Model::load("classical", &LoadOptions::new(), &Cancel::new()).unwrap();
        let picture = Picture::new(&model, &image, &Cancel::new()).unwrap();
        // The steps that a call computes report progress.
        let computed = |prompts: &[Prompt], options: &SegmentOptions| {
            let (cancel, steps) = (Cancel::new(), Arc::new(AtomicUsize::new(0)));
            let count = steps.clone();
            cancel.on_progress(Some(Box::new(move |_, doing| {
                count.fetch_add(usize::from(doing == "following the prompts"), Ordering::SeqCst);
            })));
            picture.segment(prompts, options, &cancel).unwrap();
            steps.load(Ordering::SeqCst)
        };
        let clicks = [(10.0, 10.0), (30.0, 30.0), (20.0, 35.0), (5.0, 30.0)].map(|(x, y)| Prompt::include(x, y));
        let (selection, preview) = (SegmentOptions::new(), SegmentOptions::new().edges(Edges::None));
        assert_eq!(computed(&clicks[..2], &selection), 2);
        assert_eq!(computed(&clicks[..3], &preview), 3, "the first preview follows the whole list");
        assert_eq!(computed(&[&clicks[..2], &clicks[3..]].concat(), &preview), 1, "the next one its own click");
        assert_eq!(computed(&clicks[..2], &selection), 0);
        assert_eq!(computed(&clicks[..3], &selection), 1);
        assert_eq!(computed(&clicks[..3], &preview), 1);
    }
}
