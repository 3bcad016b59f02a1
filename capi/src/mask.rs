//! Masks, and operations on them.

use std::ptr::null;
use std::sync::Arc;

use super::entry::{Sized32, describe, entry, entry_or, free, give, list, optional, out, required, unknown};
use super::point::deepcrop_point;
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::types::{Change, Combine, PixelBox, Timings};
use deepcrop::{ErrorKind, ImageView, Mask, PixelFormat, Point, Result, Selection};

/// Moves the edge outwards by `amount` pixels, which may be a fraction. Soft edges stay as soft as they are.
pub const DEEPCROP_CHANGE_GROW: u32 = 1;
/// Moves the edge inwards by `amount` pixels. The border of the picture does not count as an edge.
pub const DEEPCROP_CHANGE_SHRINK: u32 = 2;
/// Makes the edge softer: a Gaussian blur with a standard deviation of `amount` pixels.
pub const DEEPCROP_CHANGE_FEATHER: u32 = 3;
/// Rounds off corners, steps and other details finer than about `amount` pixels. Straight edges stay in place. The new
/// edge is soft over one pixel.
pub const DEEPCROP_CHANGE_SMOOTH: u32 = 4;
/// Selects holes of at most `amount` pixels; INFINITY fills all holes.
pub const DEEPCROP_CHANGE_FILL_HOLES: u32 = 5;
/// Deselects connected parts of less than `amount` pixels.
pub const DEEPCROP_CHANGE_DROP_SPECKS: u32 = 6;
/// Selects what is not selected, and the other way round. `amount` must be 0.
pub const DEEPCROP_CHANGE_INVERT: u32 = 7;

/// The other mask only.
pub const DEEPCROP_COMBINE_REPLACE: u32 = 1;
/// What is in either mask: the larger value of each pixel.
pub const DEEPCROP_COMBINE_ADD: u32 = 2;
/// What is in the mask but not in the other: the smaller of the mask's value and 255 minus the other's value.
pub const DEEPCROP_COMBINE_SUBTRACT: u32 = 3;
/// What is in both masks: the smaller value of each pixel.
pub const DEEPCROP_COMBINE_INTERSECT: u32 = 4;

/// A soft mask of the picture's size. It never changes, and any thread may read it. It does not need its picture or its
/// model: both may be freed first.
pub struct deepcrop_mask {
    pub(super) mask: Arc<Mask>,
    score: f32,
    timings: Timings,
}

impl deepcrop_mask {
    pub(super) fn new(mask: Mask, score: f32) -> Self {
        Self { mask: Arc::new(mask), score, timings: Timings::default() }
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
        Self { timings: selection.timings, ..Self::new(selection.mask, selection.score) }
    }
}

/// A rectangle of whole pixels.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_box {
    /// Left edge.
    pub x0: u32,
    /// Top edge.
    pub y0: u32,
    /// Right edge: the column after the last one.
    pub x1: u32,
    /// Bottom edge: the row after the last one.
    pub y1: u32,
}

impl deepcrop_box {
    pub(super) const EMPTY: Self = Self { x0: 0, y0: 0, x1: 0, y1: 0 };
}

impl From<PixelBox> for deepcrop_box {
    fn from(PixelBox { x0, y0, x1, y1 }: PixelBox) -> Self {
        Self { x0, y0, x1, y1 }
    }
}

/// Information about a mask.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_mask_info {
    /// Set it to sizeof(deepcrop_mask_info) before the call.
    pub struct_size: u32,
    /// The IoU with the true object that the model predicts for this mask, 0 to 1.
    pub score: f32,
    /// Pixels per row.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
    /// Left edge of the smallest box around all pixels that are at least half selected. Without such pixels the box is
    /// 0, 0, 0, 0.
    pub x0: u32,
    /// Top edge of the box.
    pub y0: u32,
    /// Right edge of the box: the column after its last one.
    pub x1: u32,
    /// Bottom edge of the box: the row after its last one.
    pub y1: u32,
    /// Number of pixels that are at least half selected.
    pub area: u64,
    /// Seconds that the call which made this mask spent on preparing windows of the picture: on pixels and, if the
    /// network has one, in its encoder. The first analysis of the whole picture, in deepcrop_picture_new and
    /// deepcrop_segment, is not counted. This and the next three times are 0 for a mask that no such call made, and for
    /// a mask that was remembered.
    pub prepare_time: f32,
    /// Seconds spent in the network.
    pub network_time: f32,
    /// Seconds spent on drawing the answer in the picture's size.
    pub render_time: f32,
    /// Seconds spent on fitting the mask to the picture's edges.
    pub edge_time: f32,
}

// SAFETY: 32-bit numbers, eight of them, a 64-bit one, and four more: no padding; zeros are a value.
unsafe impl Sized32 for deepcrop_mask_info {}

/// Creates a mask from your own bytes, one per pixel: 0 is not selected, 255 is selected. `stride` is the number of
/// bytes from the start of one row to the start of the next. The bytes are copied. The score of the mask is 1. Free the
/// mask with deepcrop_mask_free.
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

/// Returns the pixels of a mask: one byte each, 0 to 255, row by row without gaps, in the picture's size. They live as
/// long as the mask. NULL if `mask` is NULL.
///
/// # Safety
/// `mask` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_mask_pixels(mask: *const deepcrop_mask) -> *const u8 {
    entry_or(null(), || optional(mask).map_or(null(), |mask| mask.mask.data().as_ptr()))
}

/// Writes size, score, box and area of a mask to `*info`. Set info->struct_size before the call.
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
        let deepcrop_mask { mask, score, timings } = required(mask, "mask")?;
        let deepcrop_box { x0, y0, x1, y1 } = mask.bounds(Mask::HALF).map_or(deepcrop_box::EMPTY, Into::into);
        let (width, height) = (mask.width(), mask.height());
        let value = deepcrop_mask_info {
            struct_size: 0,
            score: *score,
            width,
            height,
            x0,
            y0,
            x1,
            y1,
            area: mask.area(),
            prepare_time: timings.prepare.as_secs_f32(),
            network_time: timings.network.as_secs_f32(),
            render_time: timings.render.as_secs_f32(),
            edge_time: timings.edge.as_secs_f32(),
        };
        describe(info, "info", value)
    })
}

/// Makes a changed copy of a mask. `change` is DEEPCROP_CHANGE_GROW or another change. `amount` is 0 to 131072 pixels;
/// for DEEPCROP_CHANGE_FILL_HOLES and DEEPCROP_CHANGE_DROP_SPECKS it is an area of 0 or more pixels. An `amount` of 0
/// changes nothing, except that DEEPCROP_CHANGE_INVERT inverts. The copy has the score of `mask`. Free it with
/// deepcrop_mask_free.
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
                let sentence = format!("DEEPCROP_CHANGE_INVERT takes no amount, but `amount` is {amount}; pass 0");
                return Err(ErrorKind::Argument.error(sentence));
            }
            other => {
                let known = "DEEPCROP_CHANGE_GROW to DEEPCROP_CHANGE_INVERT";
                return Err(unknown(ErrorKind::Argument, "change", other, known));
            }
        };
        *changed = give(required(mask, "mask")?.edited(|mask| mask.change(change))?);
        Ok(())
    })
}

/// Makes a copy of a mask with only those of its connected parts that contain one of the points, which are in picture
/// pixels. The copy has the score of `mask`. Free it with deepcrop_mask_free.
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

/// Combines a mask with another one of the same size. `how` is DEEPCROP_COMBINE_ADD or another combination. The result
/// has the score of `mask`. Free it with deepcrop_mask_free.
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
            other => {
                let known = "DEEPCROP_COMBINE_REPLACE to DEEPCROP_COMBINE_INTERSECT";
                return Err(unknown(ErrorKind::Argument, "combination", other, known));
            }
        };
        let other = &required(other, "other")?.mask;
        *combined = give(required(mask, "mask")?.edited(|mask| mask.combine(other, how))?);
        Ok(())
    })
}

/// Writes to `*box` the smallest box around all pixels in which a mask differs from `before`, a mask of the same size:
/// what to draw again after a click. 0, 0, 0, 0 if they are equal.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_mask_changed_since(
    mask: *const deepcrop_mask,
    before: *const deepcrop_mask,
    r#box: *mut deepcrop_box,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        required(r#box, "box")?;
        let before = &required(before, "before")?.mask;
        let changed = required(mask, "mask")?.mask.changed_since(before)?;
        // SAFETY: not NULL, so the caller has room for one box there.
        unsafe { r#box.write(changed.map_or(deepcrop_box::EMPTY, Into::into)) };
        Ok(())
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
pub fn shared(mask: *const deepcrop_mask) -> Result<Arc<Mask>> {
    optional(mask)
        .map(|mask| mask.mask.clone())
        .ok_or_else(|| ErrorKind::Prompt.error("a prompt of kind DEEPCROP_PROMPT_MASK has no mask; set `mask`"))
}
