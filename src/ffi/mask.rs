//! Masks: what a selection came to.

use std::sync::Arc;

use super::entry::{Sized32, describe, entry, free, give, list, optional, out, required};
use super::status::{deepcrop_error, deepcrop_status};
use crate::error::{Error, Result};
use crate::image::{ImageView, PixelFormat};
use crate::mask::{HALF, Mask, PixelBox};
use crate::picture::Selection;

/// A soft mask of a picture's size. It never changes; any thread may read it. It needs neither its picture nor its model.
pub struct deepcrop_mask {
    pub(super) mask: Arc<Mask>,
    score: f32,
}

impl deepcrop_mask {
    pub(super) fn new(mask: Mask, score: f32) -> Self {
        Self { mask: Arc::new(mask), score }
    }
}

impl From<Selection> for deepcrop_mask {
    fn from(selection: Selection) -> Self {
        Self::new(selection.mask, selection.score)
    }
}

/// What is to be told about a mask.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_mask_info {
    /// Set by the caller: sizeof(deepcrop_mask_info)
    pub struct_size: u32,
    /// The overlap with the true object (IoU, 0 to 1) that the model expects of this mask.
    pub score: f32,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Left edge of the smallest box round all pixels that are selected by half or more; the box is 0, 0, 0, 0 if there
    /// are none.
    pub x0: u32,
    /// Its top edge.
    pub y0: u32,
    /// Its right edge: the column after the last.
    pub x1: u32,
    /// Its bottom edge: the row after the last.
    pub y1: u32,
    /// Pixels that are selected by half or more.
    pub area: u64,
}

// SAFETY: 32-bit numbers, eight of them, then a 64-bit one: no padding; zeros are a value.
unsafe impl Sized32 for deepcrop_mask_info {}

/// A mask made by the caller, from one byte a pixel: 0 not selected, 255 selected. `stride` is the distance of two rows in
/// bytes. The bytes are copied. Free the mask with deepcrop_mask_free.
///
/// # Safety
/// `data` points to `height` rows; all other pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_mask_new(
    data: *const u8,
    stride: usize,
    width: u32,
    height: u32,
    mask: *mut *mut deepcrop_mask,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let mask = out(mask, "mask")?;
        let size = ImageView::bytes_needed(width, height, stride, PixelFormat::Gray8)?;
        let data = list(data, size, "data")?;
        let mut copy = Mask::empty(width, height)?;
        let rows = copy.data_mut().chunks_exact_mut(width as usize);
        rows.zip(data.chunks(stride)).for_each(|(to, from)| to.copy_from_slice(&from[..width as usize]));
        *mask = give(deepcrop_mask::new(copy, 1.0));
        Ok(())
    })
}

/// The mask's pixels: one byte each, 0 to 255, row by row without gaps, as many as the picture has. They live as long as
/// the mask. NULL if `mask` is NULL.
///
/// # Safety
/// `mask` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_mask_pixels(mask: *const deepcrop_mask) -> *const u8 {
    optional(mask).map_or(std::ptr::null(), |mask| mask.mask.data().as_ptr())
}

/// Tells size, score, box and area. Set info->struct_size before the call.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_mask_describe(
    mask: *const deepcrop_mask,
    info: *mut deepcrop_mask_info,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let deepcrop_mask { mask, score } = required(mask, "mask")?;
        // Shared before the pixels are walked through: the handle may be freed meanwhile.
        let (mask, score) = (mask.clone(), *score);
        let PixelBox { x0, y0, x1, y1 } = mask.bounds(HALF).unwrap_or(PixelBox { x0: 0, y0: 0, x1: 0, y1: 0 });
        let (width, height) = (mask.width(), mask.height());
        let value = deepcrop_mask_info { struct_size: 0, score, width, height, x0, y0, x1, y1, area: mask.area() };
        describe(info, "info", value)
    })
}

/// Frees a mask. NULL does nothing.
///
/// # Safety
/// `mask` is NULL or was not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_mask_free(mask: *mut deepcrop_mask) {
    free(mask);
}

/// The mask behind a prompt.
pub(super) fn shared(mask: *const deepcrop_mask) -> Result<Arc<Mask>> {
    optional(mask)
        .map(|mask| mask.mask.clone())
        .ok_or_else(|| Error::Prompt("a prompt of kind DEEPCROP_PROMPT_MASK has no mask; set `mask`".into()))
}
