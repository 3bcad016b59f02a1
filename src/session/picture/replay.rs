//! Following a list of prompts: the way of a click, step by step.

use std::time::Instant;

use crate::base::error::Result;
use crate::geometry::point::Point;
use crate::geometry::rect::Rect;
use crate::mask::change::Combine;
use crate::mask::packed_mask::PackedMask;
use crate::network::families::segmenter::Candidate;
use crate::network::hints::Hints;
use crate::session::guard;
use crate::session::guard::Wish;
use crate::session::picture::call::{Call, Selected, Step, nothing_to_find};
use crate::session::picture::selection::SegmentOptions;
use crate::session::prompt::Prompt;

impl Call<'_> {
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
            let step = Step {
                prompt: prompts[n - 1].clone(),
                mask,
                score: current.score,
                answer: current.answer.clone(),
                combined: current.combined,
            };
            // From here on the remembered steps belong to another list. If the new list is only shorter, they stay for a
            // redo.
            self.state.steps.truncate(n - 1);
            self.state.steps.push(step);
            self.timings.render += start.elapsed();
        }
        self.cancel.report(1.0, "selected")?;
        Ok(current)
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
        let mask = self.draw(&answer, &hints.include, options)?;
        let start = Instant::now();
        selected.mask.combine(&mask, how)?;
        guard::obey(&mut selected.mask, hints);
        self.timings.render += start.elapsed();
        let answer = match selected.answer {
            Some(before) if how == Combine::Add => before.joined(&answer)?,
            _ => answer,
        };
        Ok(Selected { score: answer.score, answer: Some(answer), combined: true, ..selected })
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
        let mut mask = self.draw(&answer, &hints.include, options)?;
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
        Ok(Selected { mask, score: answer.score, answer: Some(answer), combined: false })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::base::cancel::Cancel;
    use crate::mask::edge::edges::Edges;
    use crate::pixels::image::{ImageView, PixelFormat};
    use crate::session::model::{LoadOptions, Model};
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
