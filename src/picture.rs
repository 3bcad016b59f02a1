//! One picture, analysed once and clicked many times.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::cache::Analyses;
use crate::cancel::Cancel;
use crate::edge;
use crate::error::Result;
use crate::family::{Candidate, Previous};
use crate::frame::{Point, Rect};
use crate::guard::{self, Wish};
use crate::image::{ImageView, RgbImage};
use crate::mask::{HALF, Mask};
use crate::model::Model;
use crate::packed::PackedMask;
use crate::prompt::{Hints, Prompt};
use crate::regions::Parts;
use crate::resample::render;

/// A window round an object is this much larger than the object.
const MARGIN: f64 = 1.4;

/// A window is never smaller than this share of the picture's longer side: without surroundings networks guess.
const LEAST_WINDOW: f64 = 0.12;

/// Windows kept analysed: the whole picture, and those of the last clicks.
const WINDOWS_KEPT: usize = 6;

/// Windows round a click, as shares of the picture's longer side, in which a family with a single answer is asked again
/// for other answers.
const OTHER_WINDOWS: [f64; 3] = [0.6, 0.35, 0.18];

/// The whole picture's answer also counts when selected so much more, or less, readily (in log odds): it then takes in
/// what belongs together, or its core.
const LEANING: [f32; 2] = [2.0, -2.0];

/// Two answers that overlap more than this are one.
const SAME_ANSWER: f64 = 0.85;

/// How a selection is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentOptions {
    /// Look again at small objects in a window round them.
    pub closer_look: bool,
    /// Let a new click change the selection only where it was clicked, see [`crate::guard`].
    pub guard: bool,
    /// Make the mask follow the picture's edges.
    pub edges: bool,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self { closer_look: true, guard: true, edges: true }
    }
}

/// What came of a list of prompts.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// As large as the picture.
    pub mask: Mask,
    /// The IoU with the truth that the model expects, 0 to 1.
    pub score: f32,
    /// Where the time went.
    pub timings: Timings,
}

/// Where the time of a call went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// Pixels to numbers, and whatever the model knows of a window before any click.
    pub prepare: Duration,
    /// The model's answer to the clicks.
    pub network: Duration,
    /// The answer in the picture's size, and what of it is taken.
    pub render: Duration,
    /// Making it follow the picture's edges.
    pub edge: Duration,
}

/// A picture with a model. It keeps a copy of the pixels as RGB (3 bytes each) for closer looks and edges, and every
/// step of the last list of prompts as run lengths, so that taking one back is instant.
pub struct Picture<'a> {
    model: Model,
    pixels: Pixels<'a>,
    state: Mutex<State>,
}

enum Pixels<'a> {
    Own(RgbImage),
    Borrowed(ImageView<'a>),
}

struct State {
    analyses: Analyses,
    steps: Vec<Step>,
    options: SegmentOptions,
}

/// The selection after one more prompt, kept.
struct Step {
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
struct Selected {
    mask: Mask,
    score: f32,
    /// The model's answer that it was made from.
    answer: Option<Candidate>,
}

impl Selected {
    fn nothing(width: u32, height: u32) -> Result<Self> {
        Ok(Self { mask: Mask::empty(width, height)?, score: 0.0, answer: None })
    }

    fn bounds(&self) -> Option<Rect> {
        self.mask.bounds(HALF).map(Rect::from)
    }
}

impl Picture<'static> {
    /// Copies the pixels and analyses the whole picture.
    pub fn new(model: &Model, image: &ImageView, cancel: &Cancel) -> Result<Self> {
        cancel.report(0.0, "reading the picture")?;
        let pixels = Pixels::Own(image.to_rgb()?);
        let picture = Self::with_pixels(model, pixels);
        cancel.report(0.2, "analysing the picture")?;
        picture.analyse_whole(cancel)?;
        cancel.report(1.0, "picture analysed")?;
        Ok(picture)
    }
}

impl<'a> Picture<'a> {
    /// As [`Picture::new`], without a copy of the pixels: for a picture that is clicked once.
    pub fn borrowing(model: &Model, image: ImageView<'a>, cancel: &Cancel) -> Result<Self> {
        let picture = Self::with_pixels(model, Pixels::Borrowed(image));
        picture.analyse_whole(cancel)?;
        Ok(picture)
    }

    fn with_pixels(model: &Model, pixels: Pixels<'a>) -> Self {
        let state =
            State { analyses: Analyses::new(WINDOWS_KEPT), steps: Vec::new(), options: SegmentOptions::default() };
        Self { model: model.clone(), pixels, state: Mutex::new(state) }
    }

    fn analyse_whole(&self, cancel: &Cancel) -> Result<()> {
        let mut work = self.work(cancel);
        let whole = work.whole();
        work.analyse(whole).map(drop)
    }

    /// The model that the picture was analysed by.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Pixels in a row.
    pub fn width(&self) -> u32 {
        self.view().width()
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.view().height()
    }

    fn view(&self) -> ImageView<'_> {
        match &self.pixels {
            Pixels::Own(image) => image.view(),
            Pixels::Borrowed(view) => *view,
        }
    }

    /// The selection after all the prompts. The same list always gives the same mask, whatever was asked before: steps
    /// that an earlier call made are only remembered.
    pub fn segment(&self, prompts: &[Prompt], options: &SegmentOptions, cancel: &Cancel) -> Result<Selection> {
        let mut work = self.work(cancel);
        let Selected { mask, score, .. } = work.replay(prompts, options)?;
        Ok(Selection { mask, score, timings: work.timings })
    }

    /// Every sensible answer to the last prompt (part, object, whole). The first is what [`Picture::segment`] gives, the
    /// others follow by their score.
    pub fn candidates(&self, prompts: &[Prompt], options: &SegmentOptions, cancel: &Cancel) -> Result<Vec<Selection>> {
        let mut work = self.work(cancel);
        let mut distinct = vec![work.replay(prompts, options)?];
        let mut others = work.others(prompts, options)?;
        others.sort_by(|a, b| b.score.total_cmp(&a.score));
        for answer in others {
            let known = distinct.iter().any(|other| overlap(&answer.mask, &other.mask) >= SAME_ANSWER);
            if !known && answer.mask.area() > 0 {
                distinct.push(answer);
            }
        }
        let timings = work.timings;
        Ok(distinct.into_iter().map(|Selected { mask, score, .. }| Selection { mask, score, timings }).collect())
    }

    fn work<'w>(&'w self, cancel: &'w Cancel) -> Work<'w> {
        Work {
            model: &self.model,
            image: self.view(),
            // A panic elsewhere leaves whole steps behind, never half of one.
            state: self.state.lock().unwrap_or_else(PoisonError::into_inner),
            cancel,
            timings: Timings::default(),
        }
    }
}

/// One call at work on a picture.
struct Work<'w> {
    model: &'w Model,
    image: ImageView<'w>,
    state: MutexGuard<'w, State>,
    cancel: &'w Cancel,
    timings: Timings,
}

impl Work<'_> {
    fn whole(&self) -> Rect {
        Rect::whole(self.image.width(), self.image.height())
    }

    fn longer_side(&self) -> f64 {
        f64::from(self.image.width().max(self.image.height()))
    }

    fn analyse(&mut self, window: Rect) -> Result<std::sync::Arc<crate::family::Analysis>> {
        let start = Instant::now();
        let analysis =
            self.state.analyses.get(window, || self.model.family().analyse(&self.image, window, self.cancel))?;
        self.timings.prepare += start.elapsed();
        Ok(analysis)
    }

    /// Walks along the list, from the last step that is remembered.
    fn replay(&mut self, prompts: &[Prompt], options: &SegmentOptions) -> Result<Selected> {
        let (width, height) = (self.image.width(), self.image.height());
        prompts.iter().try_for_each(|prompt| prompt.check(width, height))?;
        if self.state.options != *options {
            self.state.steps.clear();
            self.state.options = *options;
        }
        let known = self.state.steps.iter().zip(prompts).take_while(|(step, prompt)| step.prompt == **prompt).count();
        let mut current = self.remembered(known)?;
        for n in known + 1..=prompts.len() {
            self.cancel.report((n - known - 1) as f32 / (prompts.len() - known) as f32, "following the prompts")?;
            current = self.step(&prompts[..n], current, options)?;
            let start = Instant::now();
            let mask = PackedMask::pack(&current.mask);
            let step =
                Step { prompt: prompts[n - 1].clone(), mask, score: current.score, answer: current.answer.clone() };
            // Steps of another list from here on are of no use; those of a longer one stay for a redo.
            self.state.steps.truncate(n - 1);
            self.state.steps.push(step);
            self.timings.render += start.elapsed();
        }
        Ok(current)
    }

    /// The selection after so many steps of the remembered list.
    fn remembered(&self, steps: usize) -> Result<Selected> {
        match steps {
            0 => Selected::nothing(self.image.width(), self.image.height()),
            n => self.state.steps[n - 1].selected(),
        }
    }

    /// The selection after the last of `prompts`, where `before` is the one without it.
    fn step(&mut self, prompts: &[Prompt], before: Selected, options: &SegmentOptions) -> Result<Selected> {
        if let Some(Prompt::Mask(mask)) = prompts.last() {
            return Ok(Selected { mask: Mask::clone(mask), score: 1.0, answer: None });
        }
        let hints = Hints::from_prompts(prompts);
        if hints.include.is_empty() && hints.bounds.is_none() && before.bounds().is_none() {
            return Ok(Selected { score: 0.0, ..before });
        }
        let (window, answers) = self.ask(prompts, &hints, &before, options)?;
        match answers.into_iter().next() {
            Some(best) => self.finish(best, prompts, &hints, &before, window, options),
            None => Ok(before),
        }
    }

    /// Other answers to the last prompt than the best one.
    fn others(&mut self, prompts: &[Prompt], options: &SegmentOptions) -> Result<Vec<Selected>> {
        let hints = Hints::from_prompts(prompts);
        let click = match (prompts.last(), hints.include.last()) {
            (Some(Prompt::Include(_) | Prompt::Scribble(_)), Some(point)) => *point,
            _ => return Ok(Vec::new()),
        };
        let before = self.remembered(prompts.len() - 1)?;
        let (window, answers) = self.ask(prompts, &hints, &before, options)?;
        let mut found: Vec<(Candidate, Rect)> = answers.into_iter().skip(1).map(|answer| (answer, window)).collect();
        if found.is_empty() && before.bounds().is_none() {
            let whole = self.whole();
            for answer in self.segment(whole, &hints, None)?.into_iter().take(1) {
                found.extend(LEANING.map(|odds| (answer.leaning(odds), whole)));
            }
            for share in OTHER_WINDOWS {
                let around = Rect::new(click.x, click.y, click.x, click.y);
                let window = around.square_inside(share * self.longer_side(), self.image.width(), self.image.height());
                let answers = self.segment(window, &hints, None)?;
                found.extend(answers.into_iter().take(1).map(|answer| (answer, window)));
            }
        }
        found
            .into_iter()
            .map(|(answer, window)| self.finish(answer, prompts, &hints, &before, window, options))
            .collect()
    }

    /// The model's answers, the best first, and the window they cover.
    fn ask(
        &mut self,
        prompts: &[Prompt],
        hints: &Hints,
        before: &Selected,
        options: &SegmentOptions,
    ) -> Result<(Rect, Vec<Candidate>)> {
        let selected = before.bounds();
        let restated = matches!(prompts.last(), Some(Prompt::Box(_) | Prompt::Lasso(_)));
        let region = if restated { hints.bounds } else { join(selected, hints.bounds) };
        let mut window = match region {
            Some(region) => self.window_round(region, hints),
            None => self.whole(),
        };
        // A box starts anew: what was selected outside of it does not count.
        let previous = Previous { mask: Some(&before.mask), answer: before.answer.as_ref() };
        let previous = Some(&previous).filter(|_| selected.is_some() && !restated);
        let mut answers = self.segment(window, hints, previous)?;
        let limit = self.model.family().closer_look() * self.longer_side();
        if region.is_none()
            && options.closer_look
            && let Some(object) = answers.first().and_then(|best| object_of(best, hints))
        {
            let closer = self.window_round(object, hints);
            if closer.width() <= limit {
                window = closer;
                answers = self.segment(window, hints, Some(&Previous { mask: None, answer: answers.first() }))?;
            }
        }
        Ok((window, answers))
    }

    fn segment(&mut self, window: Rect, hints: &Hints, previous: Option<&Previous>) -> Result<Vec<Candidate>> {
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

    /// An answer as the new selection: in the picture's size, along its edges, never worse than before.
    fn finish(
        &mut self,
        answer: Candidate,
        prompts: &[Prompt],
        hints: &Hints,
        before: &Selected,
        window: Rect,
        options: &SegmentOptions,
    ) -> Result<Selected> {
        let start = Instant::now();
        let settled = options.edges.then(|| edge::settle(&answer.plane));
        let plane = settled.as_ref().unwrap_or(&answer.plane);
        let mut mask = render(plane, &answer.frame, self.image.width(), self.image.height())?;
        self.timings.render += start.elapsed();
        if options.edges {
            let start = Instant::now();
            edge::refine(&self.image, &mut mask, answer.frame.cell(), self.cancel)?;
            self.timings.edge += start.elapsed();
        }
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

fn join(a: Option<Rect>, b: Option<Rect>) -> Option<Rect> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.including(Point::new(b.x0, b.y0)).including(Point::new(b.x1, b.y1))),
        (a, b) => a.or(b),
    }
}

/// The box, in the picture, of the parts of an answer that hold an include click; of all parts if none does.
fn object_of(answer: &Candidate, hints: &Hints) -> Option<Rect> {
    let plane = &answer.plane;
    let parts = Parts::find(plane.width, plane.height, |cell| plane.data[cell] >= 0.5);
    let mut wanted = vec![false; parts.areas.len() + 1];
    for &point in &hints.include {
        let Point { x, y } = answer.frame.to_grid(point);
        let (x, y) = ((x.max(0.0) as usize).min(plane.width - 1), (y.max(0.0) as usize).min(plane.height - 1));
        wanted[parts.label[y * plane.width + x] as usize] = true;
    }
    wanted[0] = false;
    if !wanted.contains(&true) {
        wanted[1..].fill(true);
    }
    let cells = (0..plane.data.len()).filter(|&cell| wanted[parts.label[cell] as usize]);
    cells.fold(None, |region: Option<Rect>, cell| {
        let (x, y) = ((cell % plane.width) as f64, (cell / plane.width) as f64);
        let low = answer.frame.to_picture(Point::new(x, y));
        let high = answer.frame.to_picture(Point::new(x + 1.0, y + 1.0));
        join(region, Some(Rect::new(low.x, low.y, high.x, high.y)))
    })
}

fn overlap(a: &Mask, b: &Mask) -> f64 {
    let (mut both, mut either) = (0u64, 0u64);
    for (&a, &b) in a.data().iter().zip(b.data()) {
        both += u64::from(a >= HALF && b >= HALF);
        either += u64::from(a >= HALF || b >= HALF);
    }
    both as f64 / either.max(1) as f64
}
