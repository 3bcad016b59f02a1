//! What a selection is asked for with, and what comes of it.

use crate::base::error::Result;
use crate::geometry::rect::Rect;
use crate::mask::edge::edges::Edges;
use crate::mask::run_lengths::PackedMask;
use crate::mask::soft::Mask;
use std::time::Duration;

/// How a selection is made.
///
/// ```
/// use deepcrop::{Edges, SegmentOptions};
///
/// let options = SegmentOptions::new().edges(Edges::Hair);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentOptions {
    /// Whether small objects are looked at again in a window round them.
    pub closer_look: bool,
    /// Whether a correction changes only what it is about. A click on another object then adds that object and not what lies
    /// between; an exclude click deep in the selection makes the guess afresh. Both need closer looks.
    pub guard: bool,
    /// How the mask follows the picture's edges.
    pub edges: Edges,
}

impl SegmentOptions {
    /// Closer looks, the guard, and edges as the picture shows them.
    pub const fn new() -> Self {
        Self { closer_look: true, guard: true, edges: Edges::Auto }
    }

    /// Sets whether small objects are looked at again.
    pub const fn closer_look(self, closer_look: bool) -> Self {
        Self { closer_look, ..self }
    }

    /// Sets whether a correction changes only what it is about.
    pub const fn guard(self, guard: bool) -> Self {
        Self { guard, ..self }
    }

    /// Sets how the mask follows the picture's edges.
    pub const fn edges(self, edges: Edges) -> Self {
        Self { edges, ..self }
    }
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// The answer to a list of prompts.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Selection {
    /// The mask, of the picture's size.
    pub mask: Mask,
    /// The IoU with the true object that the model expects, 0 to 1.
    pub score: f32,
    /// Where the time went.
    pub timings: Timings,
}

/// One of all the objects in a picture.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Object {
    /// The mask, of the picture's size; packed, because there may be hundreds.
    pub mask: PackedMask,
    /// How sure the model is of it, 0 to 1.
    pub score: f32,
    /// The box that the model drew round it; the mask may differ by some pixels.
    pub bounds: Rect,
    /// The number of its class.
    pub label: u32,
    /// What that class is called; empty where neither the file nor its manifest says.
    pub name: String,
}

impl Object {
    /// The object as a selection, with its mask unpacked.
    pub fn selection(&self) -> Result<Selection> {
        Ok(Selection { mask: self.mask.unpack()?, score: self.score, timings: Timings::default() })
    }
}

/// Where the time of a call went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
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
