//! The kinds of network, one file each, behind one trait. `classical` and `extractnet` need no network at all.

pub mod classical;
pub mod click_map;
pub mod extractnet;

use std::borrow::Cow;

use ndarray::ArrayD;

use crate::cancel::Cancel;
use crate::error::Result;
use crate::frame::{Frame, Point, Rect};
use crate::image::ImageView;
use crate::mask::Mask;
use crate::prompt::Hints;
use crate::resample::{Plane, sample_mask};

/// A way to find objects: everything that differs between kinds of network.
pub trait Family: Send + Sync {
    /// What can be known of a window of the picture before any prompt: the network's embedding, or its prepared input.
    /// The window lies in picture coordinates and may be the whole picture.
    fn analyse(&self, image: &ImageView, window: Rect, cancel: &Cancel) -> Result<Analysis>;

    /// The sensible answers to the prompts within an analysed window, the best first, never none.
    /// `previous` is the selection so far.
    fn segment(
        &self,
        analysis: &Analysis,
        hints: &Hints,
        previous: Option<&Previous>,
        cancel: &Cancel,
    ) -> Result<Vec<Candidate>>;

    /// When a closer look at a window round the first answer pays: at this share of the picture's longer side or less.
    /// 0 never, 1 always.
    fn closer_look(&self) -> f64;
}

/// What a family keeps of a window: numbers that it alone understands.
pub struct Analysis {
    /// Where the window lies in the input grid.
    pub frame: Frame,
    /// Prepared inputs or embeddings, in an order that the family knows.
    pub tensors: Vec<ArrayD<f32>>,
}

/// The selection so far, wherever it lies.
pub struct Previous<'a> {
    mask: Cow<'a, Mask>,
    frame: Frame,
}

impl<'a> Previous<'a> {
    /// A mask of the picture's size.
    pub fn of_picture(mask: &'a Mask) -> Self {
        let (width, height) = (mask.width(), mask.height());
        let frame = Frame::stretch(Rect::whole(width, height), width as usize, height as usize);
        Self { mask: Cow::Borrowed(mask), frame }
    }

    /// The selection on another grid.
    pub fn on(&self, frame: &Frame) -> Result<Plane> {
        let corner = |x, y| self.frame.to_grid(Point::new(x, y));
        let (low, high) = (corner(frame.window.x0, frame.window.y0), corner(frame.window.x1, frame.window.y1));
        sample_mask(&self.mask, &Frame::stretch(Rect::new(low.x, low.y, high.x, high.y), frame.width, frame.height))
    }
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// How likely each cell belongs to the object, on the grid of `frame`.
    pub plane: Plane,
    /// Where that grid lies.
    pub frame: Frame,
    /// What IoU with the truth this answer expects of itself, 0 to 1.
    pub score: f32,
}

impl Candidate {
    /// This answer as the selection that the next question starts from.
    pub fn as_previous(&self) -> Result<Previous<'static>> {
        let data = self.plane.data.iter().map(|value| (value * 255.0 + 0.5) as u8).collect();
        let mask = Mask::new(self.plane.width as u32, self.plane.height as u32, data)?;
        Ok(Previous { mask: Cow::Owned(mask), frame: self.frame })
    }
}

/// What a probability map expects of itself when it is cut at one half: the object within the cut over the cut joined
/// with the object outside it.
pub fn expected_iou(plane: &Plane) -> f32 {
    let (mut inside, mut cut, mut outside) = (0f64, 0f64, 0f64);
    for &p in &plane.data {
        if p >= 0.5 {
            inside += f64::from(p);
            cut += 1.0;
        } else {
            outside += f64::from(p);
        }
    }
    if cut == 0.0 { 0.0 } else { (inside / (cut + outside)) as f32 }
}
