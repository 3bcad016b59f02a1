//! Cut-outs: the object on transparency, written into the caller's memory.

use std::ffi::c_void;
use std::ops::Range;

use super::entry::{Sized32, entry, options, required};
use super::image::{deepcrop_image, format_of, view};
use super::mask::{deepcrop_box, deepcrop_mask};
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::internals::mask::cutout::cut_out;
use deepcrop::internals::pixels::canvas::Canvas;
use deepcrop::{ErrorKind, ImageView, Result};

/// A view of your memory that the library writes pixels to.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_canvas {
    /// Where to write the first pixel of the top row.
    pub data: *mut c_void,
    /// Bytes from the start of one row to the start of the next. Bytes between the rows are not changed.
    pub stride: usize,
    /// Pixels per row.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
    /// DEEPCROP_RGBA8, DEEPCROP_BGRA8, DEEPCROP_RGBA16 or DEEPCROP_RGBAF32.
    pub format: u32,
    /// 1 to multiply the colours by alpha, else 0.
    pub premultiplied: u32,
}

/// Which part of a picture to cut out. Zero is the default of every field except struct_size.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_cutout_options {
    /// Set it to sizeof(deepcrop_cutout_options).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// Column of the picture where the canvas begins.
    pub x: u32,
    /// Row of the picture where the canvas begins.
    pub y: u32,
}

// SAFETY: four u32; zeros are the defaults.
unsafe impl Sized32 for deepcrop_cutout_options {}

/// Writes the box of a cropped cut-out to `*box`: the smallest box around all pixels whose value in the mask is not 0,
/// plus `margin` pixels on each side, but not beyond the picture. 0, 0, 0, 0 if nothing is selected.
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
        let bounds = mask.bounds_with_margin(margin);
        // SAFETY: not NULL, so the caller has room for one box there.
        unsafe { r#box.write(bounds.map_or(deepcrop_box::EMPTY, Into::into)) };
        Ok(())
    })
}

/// Cuts the object out of its picture, into your memory. A canvas of the picture's size gets the whole picture. A
/// smaller canvas gets the part that begins at options->x, options->y (see deepcrop_cutout_box). `options` may be NULL.
///
/// Pixels that are fully selected keep their colours. The colours are exact if the canvas has at least as many bits as
/// the picture. Where the mask is soft, pixels get the object's own colour without the background in it, so that there
/// is no halo on any background. Just beyond the edge, that colour continues in fully transparent pixels, so that the
/// cut-out can be scaled. Farther away all values are 0. Transparency of the picture itself is kept.
///
/// It is an error if the canvas overlaps the picture's memory; the bytes between the rows count too.
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
        let picture = image.data().as_ptr_range();
        let room = room(required(canvas, "canvas")?, picture.start.addr()..picture.end.addr());
        cut_out(&image, mask, (part.x, part.y), &mut room?)
    })
}

/// Checks everything about the canvas, except that its memory is really there. Rows of both that lie side by side in
/// one buffer count as overlapping too: what lies between the rows of a slice belongs to the slice.
fn room<'a>(canvas: &deepcrop_canvas, picture: Range<usize>) -> Result<Canvas<'a>> {
    let format = format_of(canvas.format, "DEEPCROP_RGBA8 to DEEPCROP_RGBAF32")?;
    if canvas.premultiplied > 1 {
        return Err(ErrorKind::Image.error(format!("`premultiplied` is {}; pass 0 or 1", canvas.premultiplied)));
    }
    let size = ImageView::bytes_needed(canvas.width, canvas.height, canvas.stride, format)?;
    required(canvas.data.cast::<u8>(), "canvas->data")?;
    if size > isize::MAX as usize {
        return Err(
            ErrorKind::Image.error(format!("a canvas of {size} bytes does not fit into memory; pass the true stride"))
        );
    }
    let start = canvas.data.addr();
    if start < picture.end && picture.start < start.saturating_add(size) {
        return Err(ErrorKind::Argument
            .error("`canvas->data` overlaps the picture's memory; pass separate memory for the cut-out"));
    }
    // SAFETY: the caller says that there is room of this shape, which nobody else uses during the call.
    let data = unsafe { std::slice::from_raw_parts_mut(canvas.data.cast::<u8>(), size) };
    Ok(Canvas::new(data, canvas.width, canvas.height, canvas.stride, format)?.premultiplied(canvas.premultiplied == 1))
}
