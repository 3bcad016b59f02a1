//! Pixels in the caller's memory.

use std::ffi::c_void;

use super::entry::{required, unknown};
use deepcrop::{ErrorKind, ImageView, PixelFormat, Result};

/// Grey: one byte per pixel.
pub const DEEPCROP_GRAY8: u32 = 1;
/// Red, green, blue: three bytes per pixel.
pub const DEEPCROP_RGB8: u32 = 2;
/// Red, green, blue, alpha: four bytes per pixel.
pub const DEEPCROP_RGBA8: u32 = 3;
/// Blue, green, red, alpha: four bytes per pixel.
pub const DEEPCROP_BGRA8: u32 = 4;
/// Red, green, blue, alpha: four 16-bit numbers per pixel, in the machine's byte order.
pub const DEEPCROP_RGBA16: u32 = 5;
/// Red, green, blue, alpha: four 32-bit floats per pixel, 0 to 1, encoded for display (not linear light).
pub const DEEPCROP_RGBAF32: u32 = 6;
/// Grey: one 16-bit number per pixel, in the machine's byte order.
pub const DEEPCROP_GRAY16: u32 = 7;
/// Red, green, blue: three 16-bit numbers per pixel, in the machine's byte order.
pub const DEEPCROP_RGB16: u32 = 8;
/// Red, green, blue: three 32-bit floats per pixel, 0 to 1, encoded for display (not linear light).
pub const DEEPCROP_RGBF32: u32 = 9;

// cbindgen writes only plain numbers into the header.
const _: () = assert!(DEEPCROP_GRAY8 == PixelFormat::Gray8 as u32);
const _: () = assert!(DEEPCROP_RGB8 == PixelFormat::Rgb8 as u32);
const _: () = assert!(DEEPCROP_RGBA8 == PixelFormat::Rgba8 as u32);
const _: () = assert!(DEEPCROP_BGRA8 == PixelFormat::Bgra8 as u32);
const _: () = assert!(DEEPCROP_RGBA16 == PixelFormat::Rgba16 as u32);
const _: () = assert!(DEEPCROP_RGBAF32 == PixelFormat::RgbaF32 as u32);
const _: () = assert!(DEEPCROP_GRAY16 == PixelFormat::Gray16 as u32);
const _: () = assert!(DEEPCROP_RGB16 == PixelFormat::Rgb16 as u32);
const _: () = assert!(DEEPCROP_RGBF32 == PixelFormat::RgbF32 as u32);

/// A view of pixels in your memory. The library reads them, and only during the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_image {
    /// The first pixel of the top row.
    pub data: *const c_void,
    /// Bytes from the start of one row to the start of the next.
    pub stride: usize,
    /// Pixels per row.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
    /// DEEPCROP_RGB8 or another pixel format.
    pub format: u32,
    /// 1 if the colours are multiplied by alpha, else 0.
    pub premultiplied: u32,
}

/// The pixel format with that number; `known` names the constants that are allowed.
pub fn format_of(number: u32, known: &str) -> Result<PixelFormat> {
    let mut formats = PixelFormat::ALL.iter().copied();
    formats
        .find(|format| *format as u32 == number)
        .ok_or_else(|| unknown(ErrorKind::Image, "pixel format", number, known))
}

/// Checks everything about the picture, except that its memory is really there.
pub fn view<'a>(image: *const deepcrop_image) -> Result<ImageView<'a>> {
    let image = required(image, "image")?;
    let format = format_of(image.format, "DEEPCROP_GRAY8 to DEEPCROP_RGBF32")?;
    if image.premultiplied > 1 {
        return Err(ErrorKind::Image.error(format!("`premultiplied` is {}; pass 0 or 1", image.premultiplied)));
    }
    let size = ImageView::bytes_needed(image.width, image.height, image.stride, format)?;
    let data = required(image.data.cast::<u8>(), "image->data")?;
    if size > isize::MAX as usize {
        return Err(
            ErrorKind::Image.error(format!("a picture of {size} bytes does not fit into memory; pass the true stride"))
        );
    }
    // SAFETY: the caller says that a picture of this shape lies there for the time of the call.
    let data = unsafe { std::slice::from_raw_parts(data, size) };
    Ok(ImageView::new(data, image.width, image.height, image.stride, format)?.premultiplied(image.premultiplied == 1))
}
