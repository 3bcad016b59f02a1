//! The kinds of network, one file each, behind one trait. `classical` and `extractnet` need no network at all.

pub mod classical;
pub mod extractnet;

use ndarray::ArrayD;

use crate::cancel::Cancel;
use crate::error::Result;
use crate::frame::{Frame, Rect};
use crate::image::ImageView;
use crate::mask::Mask;
use crate::prompt::Hints;
use crate::resample::Plane;

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
        previous: Option<&Mask>,
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
    /// Prepared inputs or embeddings.
    pub tensors: Vec<ArrayD<f32>>,
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
