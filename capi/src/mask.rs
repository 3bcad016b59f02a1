//! Masks: what a selection came to.

use std::ptr::null;
use std::sync::Arc;

use super::entry::{Sized32, describe, entry, entry_or, free, give, list, optional, out, required};
use super::point::deepcrop_point;
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::internals::mask::soft::HALF;
use deepcrop::types::{Change, Combine, PixelBox};
use deepcrop::{Error, ErrorKind, ImageView, Mask, PixelFormat, Point, Result, Selection};

/// Moves the edge outwards by `amount` pixels, fractions too; soft edges stay as soft.
pub const DEEPCROP_CHANGE_GROW: u32 = 1;
/// Moves the edge inwards by `amount` pixels. The picture's border is no edge.
pub const DEEPCROP_CHANGE_SHRINK: u32 = 2;
/// Makes the edge softer: a Gaussian blur with a standard deviation of `amount` pixels.
pub const DEEPCROP_CHANGE_FEATHER: u32 = 3;
/// Rounds off corners, steps and what else is finer than about `amount` pixels; straight edges stay in place. The edge comes
/// out one pixel soft.
pub const DEEPCROP_CHANGE_SMOOTH: u32 = 4;
/// Selects holes of at most `amount` pixels; INFINITY fills all.
pub const DEEPCROP_CHANGE_FILL_HOLES: u32 = 5;
/// Deselects connected parts of less than `amount` pixels.
pub const DEEPCROP_CHANGE_DROP_SPECKS: u32 = 6;
/// Selects what is not selected, and the reverse; `amount` is 0.
pub const DEEPCROP_CHANGE_INVERT: u32 = 7;

/// The other mask instead.
pub const DEEPCROP_COMBINE_REPLACE: u32 = 1;
/// What is in either: the larger value of each pixel.
pub const DEEPCROP_COMBINE_ADD: u32 = 2;
/// What is in the mask but not in the other: the smaller of the mask's value and 255 minus the other's.
pub const DEEPCROP_COMBINE_SUBTRACT: u32 = 3;
/// What is in both: the smaller value of each pixel.
pub const DEEPCROP_COMBINE_INTERSECT: u32 = 4;

/// A soft mask of a picture's size. It never changes; any thread may read it. It needs neither its picture nor its model.
pub struct deepcrop_mask {
    pub(super) mask: Arc<Mask>,
    score: f32,
}

impl deepcrop_mask {
    pub(super) fn new(mask: Mask, score: f32) -> Self {
        Self { mask: Arc::new(mask), score }
    }

    /// An edited copy with the same score. Not by `clone`, which aborts where memory is short.
    pub(super) fn edited(&self, edit: impl FnOnce(&mut Mask) -> Result<()>) -> Result<Self> {
        let mut copy = Mask::empty(self.mask.width(), self.mask.height())?;
        copy.data_mut().copy_from_slice(self.mask.data());
        edit(&mut copy)?;
        Ok(Self::new(copy, self.score))
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
    entry_or(null(), || optional(mask).map_or(null(), |mask| mask.mask.data().as_ptr()))
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
        let PixelBox { x0, y0, x1, y1 } = mask.bounds(HALF).unwrap_or(PixelBox { x0: 0, y0: 0, x1: 0, y1: 0 });
        let (width, height) = (mask.width(), mask.height());
        let value =
            deepcrop_mask_info { struct_size: 0, score: *score, width, height, x0, y0, x1, y1, area: mask.area() };
        describe(info, "info", value)
    })
}

/// A changed copy of a mask: `change` is DEEPCROP_CHANGE_GROW or its like, `amount` what that asks for, 0 to 131072 pixels or
/// an area of 0 or more; 0 changes nothing. The copy has the score of `mask`. Free it with deepcrop_mask_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_mask_change(
    mask: *const deepcrop_mask,
    change: u32,
    amount: f64,
    changed: *mut *mut deepcrop_mask,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let changed = out(changed, "changed")?;
        let change = match change {
            DEEPCROP_CHANGE_GROW => Change::Grow(amount),
            DEEPCROP_CHANGE_SHRINK => Change::Shrink(amount),
            DEEPCROP_CHANGE_FEATHER => Change::Feather(amount),
            DEEPCROP_CHANGE_SMOOTH => Change::Smooth(amount),
            DEEPCROP_CHANGE_FILL_HOLES => Change::FillHoles(amount),
            DEEPCROP_CHANGE_DROP_SPECKS => Change::DropSpecks(amount),
            DEEPCROP_CHANGE_INVERT if amount == 0.0 => Change::Invert,
            DEEPCROP_CHANGE_INVERT => {
                return Err(ErrorKind::Argument.error(format!("a mask cannot be inverted by {amount}; pass 0")));
            }
            other => return Err(unknown("change", other, "DEEPCROP_CHANGE_GROW")),
        };
        *changed = give(required(mask, "mask")?.edited(|mask| mask.change(change))?);
        Ok(())
    })
}

/// A copy of a mask with only those of its connected parts that hold one of the points, given in picture pixels. The copy
/// has the score of `mask`. Free it with deepcrop_mask_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_mask_keep_parts(
    mask: *const deepcrop_mask,
    points: *const deepcrop_point,
    point_count: usize,
    changed: *mut *mut deepcrop_mask,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let changed = out(changed, "changed")?;
        let points = list(points, point_count, "points")?;
        let points: Vec<Point> = points.iter().map(|point| Point::new(point.x, point.y)).collect();
        *changed = give(required(mask, "mask")?.edited(|mask| mask.keep_parts(&points))?);
        Ok(())
    })
}

/// A mask combined with another of its size: `how` is DEEPCROP_COMBINE_ADD or its like. The result has the score of `mask`.
/// Free it with deepcrop_mask_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_mask_combine(
    mask: *const deepcrop_mask,
    other: *const deepcrop_mask,
    how: u32,
    combined: *mut *mut deepcrop_mask,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let combined = out(combined, "combined")?;
        let how = match how {
            DEEPCROP_COMBINE_REPLACE => Combine::Replace,
            DEEPCROP_COMBINE_ADD => Combine::Add,
            DEEPCROP_COMBINE_SUBTRACT => Combine::Subtract,
            DEEPCROP_COMBINE_INTERSECT => Combine::Intersect,
            other => return Err(unknown("combination", other, "DEEPCROP_COMBINE_ADD")),
        };
        let other = &required(other, "other")?.mask;
        *combined = give(required(mask, "mask")?.edited(|mask| mask.combine(other, how))?);
        Ok(())
    })
}

fn unknown(what: &str, number: u32, example: &str) -> Error {
    ErrorKind::Argument.error(format!("there is no {what} number {number}; use {example} or its like"))
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
pub fn shared(mask: *const deepcrop_mask) -> Result<Arc<Mask>> {
    optional(mask)
        .map(|mask| mask.mask.clone())
        .ok_or_else(|| ErrorKind::Prompt.error("a prompt of kind DEEPCROP_PROMPT_MASK has no mask; set `mask`"))
}
