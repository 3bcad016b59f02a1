//! The options of a selection, and the selection that a call returns.

use std::time::Duration;

use crate::base::error::Result;
use crate::geometry::rect::Rect;
use crate::mask::edge::edges::Edges;
use crate::mask::packed_mask::PackedMask;
use crate::mask::soft::Mask;

/// Options for a selection.
///
/// ```
/// use deepcrop::{Edges, SegmentOptions};
///
/// let options = SegmentOptions::new().edges(Edges::Hair);
/// // The network's answer to all the clicks, as it is.
/// let plain = SegmentOptions::new().closer_look(false).guard(false).edges(Edges::None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentOptions {
    /// Whether the model takes a closer look: runs again in a window round each answer. Small objects gain most from it.
    pub closer_look: bool,
    /// Whether the guard keeps a correction to what it is about. With it, a click on another object adds that object but not
    /// what lies between; an exclude click deep in the selection leads to a new guess. Both need closer looks.
    pub guard: bool,
    /// How the mask is fitted to the picture's edges.
    pub edges: Edges,
}

impl SegmentOptions {
    /// The defaults: closer look, guard, and [`Edges::Auto`].
    pub const fn new() -> Self {
        Self { closer_look: true, guard: true, edges: Edges::Auto }
    }

    /// Sets whether the model takes a closer look.
    pub const fn closer_look(self, closer_look: bool) -> Self {
        Self { closer_look, ..self }
    }

    /// Sets whether the guard keeps a correction to what it is about.
    pub const fn guard(self, guard: bool) -> Self {
        Self { guard, ..self }
    }

    /// Sets how the mask is fitted to the picture's edges.
    pub const fn edges(self, edges: Edges) -> Self {
        Self { edges, ..self }
    }
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// The selection that a list of prompts leads to.
///
/// ```
/// # use deepcrop::{Cancel, ImageView, LoadOptions, Model, Picture, PixelFormat, Prompt, SegmentOptions};
/// # let inside = |i: usize| (16..48).contains(&(i % 64)) && (16..48).contains(&(i / 64));
/// # let pixels: Vec<u8> = (0..64 * 64).map(|i| if inside(i) { 255 } else { 0 }).collect();
/// # let image = ImageView::new(&pixels, 64, 64, 64, PixelFormat::Gray8)?;
/// # let cancel = Cancel::new();
/// # let model = Model::load("classical", &LoadOptions::default(), &cancel)?;
/// # let picture = Picture::new(&model, &image, &cancel)?;
/// let selection = picture.segment(&[Prompt::include(32.5, 32.5)], &SegmentOptions::new(), &cancel)?;
/// println!("{} pixels in {:?}", selection.mask.area(), selection.timings.network);
/// assert!((0.0..=1.0).contains(&selection.score));
/// # Ok::<(), deepcrop::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Selection {
    /// The mask, of the picture's size.
    pub mask: Mask,
    /// The IoU with the true object that the model predicts, from 0 to 1.
    pub score: f32,
    /// How long the steps of the call took.
    pub timings: Timings,
}

/// One of the objects that a model finds without a prompt; see [`Picture::objects`](crate::Picture::objects).
///
/// ```
/// use deepcrop::{Cancel, Error, Picture, SegmentOptions};
///
/// /// The classes of all people, cars … in a picture, with the pixels of each.
/// fn classes(picture: &Picture) -> Result<Vec<(u32, String, u64)>, Error> {
///     let objects = picture.objects(&SegmentOptions::new(), &Cancel::new())?;
///     let pixels = objects.iter().map(|object| Ok(object.selection()?.mask.area()));
///     objects.iter().zip(pixels).map(|(object, area)| Ok((object.label, object.name.clone(), area?))).collect()
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Object {
    /// The mask, of the picture's size. It is packed, as there may be hundreds of objects.
    pub mask: PackedMask,
    /// The model's score for the object, from 0 to 1.
    pub score: f32,
    /// The box that the model gives for the object. The mask's box may differ by some pixels.
    pub bounds: Rect,
    /// The number of the object's class.
    pub label: u32,
    /// The name of the class; empty if neither the network nor its manifest has it.
    pub name: String,
}

impl Object {
    /// The object as a selection, with its mask unpacked.
    pub fn selection(&self) -> Result<Selection> {
        Ok(Selection { mask: self.mask.unpack()?, score: self.score, timings: Timings::default() })
    }
}

/// How long the steps of a call took.
///
/// ```
/// use std::time::Duration;
///
/// use deepcrop::types::Timings;
///
/// fn on_pixels(timings: &Timings) -> Duration {
///     timings.prepare + timings.render + timings.edge
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timings {
    /// Preparing the windows: turning pixels into numbers, and running the encoder.
    pub prepare: Duration,
    /// Running the network for the prompts.
    pub network: Duration,
    /// Drawing the answer in the picture's size, and the guard.
    pub render: Duration,
    /// Fitting the mask to the picture's edges.
    pub edge: Duration,
}
