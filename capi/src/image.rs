//! The caller's pixels.

use std::ffi::c_void;

use super::entry::required;
use deepcrop::{ErrorKind, ImageView, PixelFormat, Result};

/// One byte a pixel, grey.
pub const DEEPCROP_GRAY8: u32 = 1;
/// Three bytes: red, green, blue.
pub const DEEPCROP_RGB8: u32 = 2;
/// Four bytes: red, green, blue, alpha.
pub const DEEPCROP_RGBA8: u32 = 3;
/// Four bytes: blue, green, red, alpha.
pub const DEEPCROP_BGRA8: u32 = 4;
/// Four 16-bit numbers in the machine's byte order: red, green, blue, alpha.
pub const DEEPCROP_RGBA16: u32 = 5;
/// Four 32-bit floats, 0 to 1, encoded for display (not linear light): red, green, blue, alpha.
pub const DEEPCROP_RGBAF32: u32 = 6;

// cbindgen writes only plain numbers into the header.
const _: () = assert!(DEEPCROP_GRAY8 == PixelFormat::Gray8 as u32);
const _: () = assert!(DEEPCROP_RGB8 == PixelFormat::Rgb8 as u32);
const _: () = assert!(DEEPCROP_RGBA8 == PixelFormat::Rgba8 as u32);
const _: () = assert!(DEEPCROP_BGRA8 == PixelFormat::Bgra8 as u32);
const _: () = assert!(DEEPCROP_RGBA16 == PixelFormat::Rgba16 as u32);
const _: () = assert!(DEEPCROP_RGBAF32 == PixelFormat::RgbaF32 as u32);

/// Pixels in the caller's memory. They are borrowed for the time of a call only.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_image {
    /// The first pixel of the first (upper) row.
    pub data: *const c_void,
    /// Bytes from the start of a row to the start of the next.
    pub stride: usize,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// DEEPCROP_RGB8 and so on.
    pub format: u32,
    /// 1 if the colours are already multiplied by alpha, else 0.
    pub premultiplied: u32,
}

/// Checks everything about the picture but whether the memory is really there.
pub fn view<'a>(image: *const deepcrop_image) -> Result<ImageView<'a>> {
    let image = required(image, "image")?;
    let format = PixelFormat::from_number(image.format).ok_or_else(|| {
        ErrorKind::Image
            .error(format!("there is no pixel format number {}; use DEEPCROP_RGBA8 or its like", image.format))
    })?;
    if image.premultiplied > 1 {
        return Err(ErrorKind::Image.error(format!("`premultiplied` is {}; it is 0 or 1", image.premultiplied)));
    }
    let size = ImageView::bytes_needed(image.width, image.height, image.stride, format)?;
    let data = required(image.data.cast::<u8>(), "image->data")?;
    if size > isize::MAX as usize {
        return Err(
            ErrorKind::Image.error(format!("a picture of {size} bytes cannot be in memory; pass the true stride"))
        );
    }
    // SAFETY: the caller says that a picture of this shape lies there for the time of the call.
    let data = unsafe { std::slice::from_raw_parts(data, size) };
    Ok(ImageView::new(data, image.width, image.height, image.stride, format)?.premultiplied(image.premultiplied == 1))
}
