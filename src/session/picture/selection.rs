//! What a selection is asked for with, and what comes of it.

use crate::geometry::rect::Rect;
use crate::mask::edge::edges::Edges;
use crate::mask::run_lengths::PackedMask;
use crate::mask::soft::Mask;
use std::time::Duration;

/// How a selection is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentOptions {
    /// Look again at small objects in a window round them.
    pub closer_look: bool,
    /// Let a new click change the selection only where it was clicked, see [`crate::session::guard`]; one on another object then
    /// adds that object and not what lies between, and one that takes away what lies deep in the selection makes the guess
    /// afresh (both take closer looks).
    pub guard: bool,
    /// How the mask follows the picture's edges.
    pub edges: Edges,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self { closer_look: true, guard: true, edges: Edges::Auto }
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

/// One of all the objects in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// As large as the picture; packed, because there may be hundreds.
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
