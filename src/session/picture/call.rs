//! A call on a picture: what the picture remembers between calls, and what all calls do.

use std::sync::{Arc, MutexGuard};
use std::time::Instant;

use crate::base::cancel::Cancel;
use crate::base::error::Result;
use crate::geometry::point::Point;
use crate::geometry::rect::Rect;
use crate::mask::edge;
use crate::mask::edge::edges::Edges;
use crate::mask::edge::tidy::tidy;
use crate::mask::grid::render;
use crate::mask::packed_mask::PackedMask;
use crate::mask::soft::{HALF, Mask};
use crate::network::cache::Recent;
use crate::network::families::segmenter::{Analysis, Candidate};
use crate::network::hints::Hints;
use crate::pixels::image::ImageView;
use crate::session::model::{Model, RunningCall};
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

/// The number of step lists kept for other options.
const SET_ASIDE: usize = 2;

impl State {
    /// Switches to the steps remembered for these options.
    pub fn use_options(&mut self, options: &SegmentOptions) {
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
    pub prompt: Prompt,
    pub mask: PackedMask,
    pub score: f32,
    pub answer: Option<Candidate>,
    pub combined: bool,
}

impl Step {
    fn selected(&self) -> Result<Selected> {
        let Self { ref mask, score, ref answer, combined, .. } = *self;
        Ok(Selected { mask: mask.unpack()?, score, answer: answer.clone(), combined })
    }
}

/// The selection between two prompts.
pub struct Selected {
    pub mask: Mask,
    pub score: f32,
    /// The model's answer that the mask was made from.
    pub answer: Option<Candidate>,
    /// Whether that answer was combined with the selection before: as another object, or as a new guess.
    pub combined: bool,
}

impl Selected {
    /// The empty selection.
    pub fn nothing(width: u32, height: u32) -> Result<Self> {
        Ok(Self { mask: Mask::empty(width, height)?, score: 0.0, answer: None, combined: false })
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
    /// Until it is dropped, the settings of the model hold.
    pub _running: RunningCall,
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

    /// The selection after this many remembered steps.
    pub fn remembered(&self, steps: usize) -> Result<Selected> {
        match steps {
            0 => Selected::nothing(self.image.width(), self.image.height()),
            n => self.state.steps[n - 1].selected(),
        }
    }

    /// The mask of an answer, in the picture's size and fitted to its edges. Parts that hold one of the clicks stay.
    pub fn draw(&mut self, answer: &Candidate, clicks: &[Point], options: &SegmentOptions) -> Result<Mask> {
        let (width, height) = (self.image.width(), self.image.height());
        let start = Instant::now();
        let doubtful = match options.edges {
            Edges::Auto | Edges::Hair => !answer.alpha,
            // A hard or smooth edge has no transparency, even if the answer has.
            Edges::Hard | Edges::Smooth => true,
            Edges::None => false,
        };
        let seen = doubtful.then(|| answer.as_seen()).transpose()?;
        let mut mask = match &seen {
            Some(seen) => render(&edge::settle(&seen.plane), &seen.frame, width, height)?,
            None => answer.rendered(width, height)?,
        };
        self.timings.render += start.elapsed();
        if options.edges == Edges::None {
            return Ok(mask);
        }
        let start = Instant::now();
        if let Some(seen) = &seen {
            edge::refine(&self.image, &mut mask, answer.cell, options.edges, self.cancel)?;
            // Strands of hair may be islands.
            if options.edges != Edges::Hair {
                tidy(&mut mask, &seen.plane, &seen.frame, clicks);
            }
        }
        if let Some(redraw) = self.model.redraw_edges()
            && matches!(options.edges, Edges::Auto | Edges::Hair)
        {
            redraw(&self.image, &mut mask, answer.cell, self.cancel)?;
        }
        self.timings.edge += start.elapsed();
        Ok(mask)
    }
}

/// Whether no prompt says what to select, or all that did were taken back.
pub fn nothing_to_find(prompts: &[Prompt], hints: &Hints) -> bool {
    let masked = prompts.iter().any(|prompt| matches!(prompt, Prompt::Mask(_)));
    hints.include.is_empty() && hints.bounds.is_none() && !masked
}
