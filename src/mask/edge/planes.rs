//! The planes of a block: what is known of each of its cells.

use crate::mask::edge::area::Area;
use crate::mask::soft::Mask;
use crate::pixels::image::ImageView;

/// The weight of the band below which the mask counts more and more, towards the end of the band.
pub const END: f32 = 0.3;
/// The trust in the mask where nothing may change; a sure colour has 1.
pub const CERTAIN: f32 = 100.0;

/// The picture and its masks.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    pub image: &'a ImageView<'a>,
    /// The mask whose edge is fitted.
    pub seen: &'a Mask,
    /// The mask that stays where nothing may change.
    pub before: &'a Mask,
    /// Whether the soft pixels of that mask are only doubt: a network draws everything softly.
    pub doubtful: bool,
}

/// The planes of a block.
pub struct Planes {
    pub area: Area,
    pub colours: [Vec<f32>; 3],
    /// The log odds of mask and colour models together.
    pub odds: Vec<f32>,
    /// The mask.
    pub mask: Vec<f32>,
    /// The weight of the band: how much the mask may change.
    pub band: Vec<f32>,
}
