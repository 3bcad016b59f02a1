//! Edge modes: how a mask is fitted to the edges of its picture.

use super::cancel::{cancel_of, deepcrop_cancel};
use super::entry::{entry, give, out, required, unknown};
use super::image::{deepcrop_image, view};
use super::mask::deepcrop_mask;
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::types::RefineOptions;
use deepcrop::{Edges, ErrorKind, Result};

/// Decides for each stretch of the edge whether it is hard, blurred or hair.
pub const DEEPCROP_EDGES_AUTO: u32 = 0;
/// The whole edge is one pixel wide.
pub const DEEPCROP_EDGES_HARD: u32 = 1;
/// The whole edge is one pixel wide and has no fine details.
pub const DEEPCROP_EDGES_SMOOTH: u32 = 2;
/// The edge is partly transparent wherever the colours of object and background mix: hair, fur, blurred parts.
pub const DEEPCROP_EDGES_HAIR: u32 = 3;
/// No fitting: the mask as the network returned it. deepcrop_mask_refine then returns an unchanged copy.
pub const DEEPCROP_EDGES_NONE: u32 = 4;

// cbindgen writes only plain numbers into the header.
const _: () = assert!(DEEPCROP_EDGES_AUTO == Edges::Auto as u32);
const _: () = assert!(DEEPCROP_EDGES_HARD == Edges::Hard as u32);
const _: () = assert!(DEEPCROP_EDGES_SMOOTH == Edges::Smooth as u32);
const _: () = assert!(DEEPCROP_EDGES_HAIR == Edges::Hair as u32);
const _: () = assert!(DEEPCROP_EDGES_NONE == Edges::None as u32);

/// The edge mode with that number.
pub fn edges_of(number: u32) -> Result<Edges> {
    let known = "DEEPCROP_EDGES_AUTO to DEEPCROP_EDGES_NONE";
    Edges::ALL
        .iter()
        .copied()
        .find(|edges| *edges as u32 == number)
        .ok_or_else(|| unknown(ErrorKind::Argument, "edge mode", number, known))
}

/// Makes a copy of a mask that you drew or loaded, fitted to the edges of its picture. The masks of
/// deepcrop_picture_segment are fitted already. `reach` is the largest distance, 4 to 512 pixels, between the edge of
/// the mask and the true edge. A part thinner than `reach` that lies close to another edge may stay unfitted or
/// disappear. `edges` is DEEPCROP_EDGES_AUTO or another edge mode. `cancel` may be NULL. The copy has the score of
/// `mask`. Free it with deepcrop_mask_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_mask_refine(
    mask: *const deepcrop_mask,
    image: *const deepcrop_image,
    reach: f64,
    edges: u32,
    cancel: *const deepcrop_cancel,
    refined: *mut *mut deepcrop_mask,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let refined = out(refined, "refined")?;
        let (image, options) = (view(image)?, RefineOptions::new(reach).edges(edges_of(edges)?));
        let cancel = cancel_of(cancel);
        *refined = give(required(mask, "mask")?.edited(|mask| mask.refine(&image, &options, &cancel))?);
        Ok(())
    })
}
