//! The picture: its pixels, the model that selects in it, and what was computed before.

mod another_object;
mod answers;
mod call;
mod new_guess;
mod other_answers;
mod replay;
pub mod selection;
mod subject;

use std::fmt;
use std::sync::Mutex;
use std::time::Instant;

use crate::base::cancel::Cancel;
use crate::base::error::Result;
use crate::mask::packed_mask::PackedMask;
use crate::mask::soft::Mask;
use crate::network::cache::Recent;
use crate::network::families::segmenter;
use crate::network::families::segmenter::Analysis;
use crate::network::hints::Hints;
use crate::pixels::image::ImageView;
use crate::pixels::rgb_image::RgbImage;
use crate::session::model::Model;
use crate::session::picture::call::{Call, Selected, State};
use crate::session::picture::selection::{Object, SegmentOptions, Selection, Timings};
use crate::session::prompt::Prompt;

/// The bytes of analysed windows that are kept: the whole picture, and the windows of the last clicks. A window of Segment
/// Anything takes 4 MiB, one of SAM 2 16, one of HQ-SAM up to 84.
const ANALYSES_KEPT: usize = 256 << 20;

/// A picture in which a model selects. It keeps a copy of the pixels as RGB (3 bytes each), for closer looks and edges,
/// and the mask after each prompt of the last list as a packed mask, so that undo is instant.
///
/// ```
/// use deepcrop::{Cancel, ImageView, LoadOptions, Model, Picture, PixelFormat, Prompt, SegmentOptions};
///
/// // A white square on black.
/// let inside = |i: usize| (16..48).contains(&(i % 64)) && (16..48).contains(&(i / 64));
/// let pixels: Vec<u8> = (0..64 * 64).map(|i| if inside(i) { 255 } else { 0 }).collect();
/// let image = ImageView::new(&pixels, 64, 64, 64, PixelFormat::Gray8)?;
/// let (options, cancel) = (SegmentOptions::new(), Cancel::new());
/// let model = Model::load("classical", &LoadOptions::default(), &cancel)?;
/// let picture = Picture::new(&model, &image, &cancel)?;
///
/// let prompts = [Prompt::include(32.5, 32.5), Prompt::exclude(20.5, 20.5)];
/// let corrected = picture.segment(&prompts, &options, &cancel)?;
/// assert!(corrected.mask.at(20, 20) < 128);
/// // Undo.
/// let first = picture.segment(&prompts[..1], &options, &cancel)?;
/// assert!(first.mask.at(20, 20) >= 128);
/// # Ok::<(), deepcrop::Error>(())
/// ```
pub struct Picture<'a> {
    model: Model,
    pixels: Pixels<'a>,
    /// The picture reduced, if it is large: coarse grids are sampled from it.
    reduced: Option<RgbImage>,
    state: Mutex<State>,
}

impl fmt::Debug for Picture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (width, height) = (self.width(), self.height());
        f.debug_struct("Picture").field("width", &width).field("height", &height).finish_non_exhaustive()
    }
}

enum Pixels<'a> {
    Own(RgbImage),
    Borrowed(ImageView<'a>),
}

impl Picture<'static> {
    /// Copies the pixels and analyses the whole picture: runs the model's encoder, or prepares its input.
    pub fn new(model: &Model, image: &ImageView, cancel: &Cancel) -> Result<Self> {
        let _call = model.begin_call();
        cancel.report(0.0, "reading the picture")?;
        let (copy, reduced) = RgbImage::copy_and_reduce(image)?;
        let picture = Self::with_pixels(model, Pixels::Own(copy), reduced);
        cancel.report(0.2, "analysing the picture")?;
        picture.analyse_whole(cancel)?;
        cancel.report(1.0, "picture analysed")?;
        Ok(picture)
    }
}

impl<'a> Picture<'a> {
    /// As [`Picture::new`], but borrows the pixels: for a picture that is clicked only once.
    ///
    /// ```
    /// # use deepcrop::{Cancel, ImageView, LoadOptions, Model, Picture, PixelFormat, SegmentOptions};
    /// # let pixels: Vec<u8> = (0..64 * 64).map(|i| if i % 64 < 24 && i / 64 < 24 { 230 } else { 20 }).collect();
    /// let model = Model::load("classical", &LoadOptions::new(), &Cancel::new())?;
    /// let image = ImageView::new(&pixels, 64, 64, 64, PixelFormat::Gray8)?;
    /// let picture = Picture::borrowing(&model, image, &Cancel::new())?;
    /// assert_eq!(picture.model().info().name, "classical");
    /// let subject = picture.subject(&SegmentOptions::new(), &Cancel::new())?;
    /// println!("the subject has {} pixels", subject.mask.area());
    /// # Ok::<(), deepcrop::Error>(())
    /// ```
    pub fn borrowing(model: &Model, image: ImageView<'a>, cancel: &Cancel) -> Result<Self> {
        let reduced = RgbImage::reduced(&image)?;
        let picture = Self::with_pixels(model, Pixels::Borrowed(image), reduced);
        picture.analyse_whole(cancel)?;
        Ok(picture)
    }

    fn with_pixels(model: &Model, pixels: Pixels<'a>, reduced: Option<RgbImage>) -> Self {
        let analyses = Recent::new(ANALYSES_KEPT, Analysis::bytes);
        let options = SegmentOptions::default();
        let state = State { analyses, steps: Vec::new(), options, set_aside: Vec::new() };
        Self { model: model.clone(), pixels, reduced, state: Mutex::new(state) }
    }

    fn analyse_whole(&self, cancel: &Cancel) -> Result<()> {
        let mut call = self.call(cancel)?;
        let whole = call.whole();
        call.analyse(whole).map(drop)
    }

    /// The model that selects in this picture.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The width in pixels.
    pub fn width(&self) -> u32 {
        self.view().width()
    }

    /// The height in pixels.
    pub fn height(&self) -> u32 {
        self.view().height()
    }

    fn view(&self) -> ImageView<'_> {
        let view = match &self.pixels {
            Pixels::Own(image) => image.view(),
            Pixels::Borrowed(view) => *view,
        };
        view.with_reduced(self.reduced.as_ref().map(RgbImage::as_reduced))
    }

    /// The selection after all the prompts. The same list with the same options always gives the same mask, whatever was
    /// called before; what the picture remembers only saves time.
    pub fn segment(&self, prompts: &[Prompt], options: &SegmentOptions, cancel: &Cancel) -> Result<Selection> {
        let mut call = self.call(cancel)?;
        let Selected { mask, score, .. } = call.replay(prompts, options)?;
        Ok(Selection { mask, score, timings: call.timings })
    }

    /// All sensible answers to the last prompt, such as an object, a part of it, and the group it belongs to. The first is
    /// the selection that [`Picture::segment`] returns; the others follow by score.
    ///
    /// ```
    /// # use deepcrop::{Cancel, ImageView, LoadOptions, Model, Picture, PixelFormat, Prompt, SegmentOptions};
    /// # let pixels: Vec<u8> = (0..64 * 64).map(|i| if i % 64 < 24 && i / 64 < 24 { 230 } else { 20 }).collect();
    /// # let model = Model::load("classical", &LoadOptions::new(), &Cancel::new())?;
    /// # let image = ImageView::new(&pixels, 64, 64, 64, PixelFormat::Gray8)?;
    /// # let picture = Picture::new(&model, &image, &Cancel::new())?;
    /// let answers = picture.candidates(&[Prompt::include(8.0, 8.0)], &SegmentOptions::new(), &Cancel::new())?;
    /// for answer in &answers {
    ///     println!("{} pixels, score {:.2}", answer.mask.area(), answer.score);
    /// }
    /// # assert!(!answers.is_empty());
    /// # Ok::<(), deepcrop::Error>(())
    /// ```
    pub fn candidates(&self, prompts: &[Prompt], options: &SegmentOptions, cancel: &Cancel) -> Result<Vec<Selection>> {
        let mut call = self.call(cancel)?;
        let mut distinct = vec![call.replay(prompts, options)?];
        let mut others = call.others(prompts, options)?;
        others.sort_by(|a, b| b.score.total_cmp(&a.score));
        for answer in others {
            let overlaps =
                |other: &Selected| answer.mask.overlap(&other.mask).is_ok_and(|iou| iou >= other_answers::SAME);
            let known = distinct.iter().any(overlaps);
            if !known && answer.mask.area() > 0 {
                distinct.push(answer);
            }
        }
        let timings = call.timings;
        Ok(distinct.into_iter().map(|Selected { mask, score, .. }| Selection { mask, score, timings }).collect())
    }

    /// All objects that the model finds without a prompt, those with the highest score first. An error if the model can only
    /// answer prompts.
    pub fn objects(&self, options: &SegmentOptions, cancel: &Cancel) -> Result<Vec<Object>> {
        let mut call = self.call(cancel)?;
        let whole = call.whole();
        let analysis = call.analyse(whole)?;
        let mut objects = Vec::new();
        let mut draw = |segmenter::Object { candidate, bounds, label, name }: segmenter::Object| {
            let mask = PackedMask::pack(&call.draw(&candidate, &[], options)?);
            objects.push(Object { mask, score: candidate.score, bounds, label, name });
            Ok(())
        };
        self.model.segmenter().objects(&analysis, &mut draw, cancel)?;
        cancel.report(1.0, "objects found")?;
        Ok(objects)
    }

    /// The subject of the picture, without a prompt; empty if nothing stands out. A model that only answers clicks is clicked
    /// in many places. To correct the subject, begin a list of prompts with its mask.
    pub fn subject(&self, options: &SegmentOptions, cancel: &Cancel) -> Result<Selection> {
        let mut call = self.call(cancel)?;
        let whole = call.whole();
        let analysis = call.analyse(whole)?;
        let start = Instant::now();
        let told = self.model.segmenter().subject(&analysis, cancel)?;
        call.timings.network += start.elapsed();
        let closer = options.closer_look && !self.model.segmenter().whole_only();
        let told = match told {
            Some(answers) if closer => Some(call.closer(answers, &Hints::default())?),
            told => told,
        };
        let (mask, score) = match told.as_deref() {
            Some([best, ..]) => (call.draw(best, &[], options)?, best.score),
            Some([]) => (Mask::empty(self.width(), self.height())?, 0.0),
            None => {
                let click = call.subject()?.map(Prompt::Include);
                let Selected { mask, score, .. } = call.replay(click.as_slice(), options)?;
                (mask, score)
            }
        };
        cancel.report(1.0, "subject found")?;
        Ok(Selection { mask, score, timings: call.timings })
    }

    fn call<'w>(&'w self, cancel: &'w Cancel) -> Result<Call<'w>> {
        Ok(Call {
            _running: self.model.begin_call(),
            model: &self.model,
            image: self.view(),
            // A lock poisoned by a panic is taken all the same: the memory holds only finished steps.
            state: cancel.lock(&self.state)?,
            cancel,
            timings: Timings::default(),
        })
    }
}
