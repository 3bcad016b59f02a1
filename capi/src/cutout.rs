//! Cut-outs: the object on transparency, written into the caller's memory.

use std::ffi::c_void;
use std::ops::Range;

use super::entry::{Sized32, entry, options, required};
use super::image::{deepcrop_image, view};
use super::mask::deepcrop_mask;
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::internals::mask::cutout::cut_out;
use deepcrop::internals::pixels::canvas::Canvas;
use deepcrop::types::PixelBox;
use deepcrop::{ErrorKind, ImageView, PixelFormat, Result};

/// A rectangle of whole pixels.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_box {
    /// Left edge.
    pub x0: u32,
    /// Top edge.
    pub y0: u32,
    /// Right edge: the column after the last.
    pub x1: u32,
    /// Bottom edge: the row after the last.
    pub y1: u32,
}

/// Room for pixels in the caller's memory.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_canvas {
    /// Where the first pixel of the first (upper) row goes.
    pub data: *mut c_void,
    /// Bytes from the start of a row to the start of the next. What lies between rows is not touched.
    pub stride: usize,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// DEEPCROP_RGBA8, DEEPCROP_BGRA8, DEEPCROP_RGBA16 or DEEPCROP_RGBAF32.
    pub format: u32,
    /// 1 to have the colours multiplied by alpha, else 0.
    pub premultiplied: u32,
}

/// Which part of a picture to cut out. Set struct_size to the size of this struct and everything else to zero but what you
/// want to change.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_cutout_options {
    /// sizeof(deepcrop_cutout_options)
    pub struct_size: u32,
    /// 0
    pub reserved: u32,
    /// The column of the picture that the canvas begins with.
    pub x: u32,
    /// The row of the picture that it begins with.
    pub y: u32,
}

// SAFETY: four u32; zeros are the defaults.
unsafe impl Sized32 for deepcrop_cutout_options {}

/// How large a cropped cut-out is: the smallest box round all that is selected however little, with `margin` pixels more on
/// each side as far as the picture has them. 0, 0, 0, 0 if nothing is selected.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_cutout_box(
    mask: *const deepcrop_mask,
    margin: u32,
    r#box: *mut deepcrop_box,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        required(r#box, "box")?;
        let mask = &required(mask, "mask")?.mask;
        let PixelBox { x0, y0, x1, y1 } =
            mask.bounds_with_margin(margin).unwrap_or(PixelBox { x0: 0, y0: 0, x1: 0, y1: 0 });
        // SAFETY: not NULL, so the caller has room for one box there.
        unsafe { r#box.write(deepcrop_box { x0, y0, x1, y1 }) };
        Ok(())
    })
}

/// Cuts the object out of its picture, into memory of yours: the whole picture where the canvas has its size, a part of it
/// where it is smaller and `options` say where that begins (see deepcrop_cutout_box). Where the mask is soft, pixels get the
/// object's own colour without what shines through of the background, so that there is no halo on any ground; a little beyond
/// the edge that colour goes on under full transparency, for the sake of scaling, and farther away all is 0. What is wholly
/// selected keeps its colours, exactly if the canvas is at least as deep as the picture. The picture's own transparency
/// counts too. `options` may be NULL. A canvas that overlaps the picture's memory is an error; what
/// lies between the rows counts as memory of both.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call, and canvas->data has the room that the struct tells.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_cutout(
    image: *const deepcrop_image,
    mask: *const deepcrop_mask,
    options: *const deepcrop_cutout_options,
    canvas: *const deepcrop_canvas,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let image = view(image)?;
        let mask = &required(mask, "mask")?.mask;
        let part = self::options(options, "options")?;
        if part.reserved != 0 {
            return Err(
                ErrorKind::Argument.error("`reserved` of `options` is not 0; clear the struct before you fill it")
            );
        }
        let picture = image.memory().as_ptr_range();
        let room = room(required(canvas, "canvas")?, picture.start.addr()..picture.end.addr());
        cut_out(&image, mask, (part.x, part.y), &mut room?)
    })
}

/// Checks everything about the canvas but whether the memory is really there. Rows of both that lie side by side in one
/// buffer count as overlapping too: what lies between the rows of a slice belongs to the slice.
fn room<'a>(canvas: &deepcrop_canvas, picture: Range<usize>) -> Result<Canvas<'a>> {
    let format = PixelFormat::from_number(canvas.format).ok_or_else(|| {
        ErrorKind::Image
            .error(format!("there is no pixel format number {}; use DEEPCROP_RGBA8 or its like", canvas.format))
    })?;
    if canvas.premultiplied > 1 {
        return Err(ErrorKind::Image.error(format!("`premultiplied` is {}; it is 0 or 1", canvas.premultiplied)));
    }
    let size = ImageView::bytes_needed(canvas.width, canvas.height, canvas.stride, format)?;
    required(canvas.data.cast::<u8>(), "canvas->data")?;
    if size > isize::MAX as usize {
        return Err(
            ErrorKind::Image.error(format!("a canvas of {size} bytes cannot be in memory; pass the true stride"))
        );
    }
    let start = canvas.data.addr();
    if start < picture.end && picture.start < start.saturating_add(size) {
        return Err(ErrorKind::Argument
            .error("`canvas->data` overlaps the picture's memory; pass memory of its own for the cut-out"));
    }
    // SAFETY: the caller says that there is room of this shape, which nobody else uses during the call.
    let data = unsafe { std::slice::from_raw_parts_mut(canvas.data.cast::<u8>(), size) };
    Ok(Canvas::new(data, canvas.width, canvas.height, canvas.stride, format)?.premultiplied(canvas.premultiplied == 1))
}
