//! A canvas: borrowed pixels to write to. All sizes are checked before a byte is written.

use crate::base::error::{ErrorKind, Result};
use crate::pixels::image::{ImageView, PixelFormat};

/// Borrowed memory for pixels with transparency.
pub struct Canvas<'a> {
    data: &'a mut [u8],
    width: u32,
    height: u32,
    stride: usize,
    format: PixelFormat,
    premultiplied: bool,
}

impl<'a> Canvas<'a> {
    /// Checks that `data` has room for `height` rows of `width` pixels, `stride` bytes apart, in a format with alpha.
    /// The bytes between rows are not changed.
    pub fn new(data: &'a mut [u8], width: u32, height: u32, stride: usize, format: PixelFormat) -> Result<Self> {
        ImageView::new(data, width, height, stride, format)?;
        if !format.has_alpha() {
            return Err(ErrorKind::Image
                .error(format!("pixels of the format {format:?} cannot be transparent; use RGBA or BGRA")));
        }
        Ok(Self { data, width, height, stride, format, premultiplied: false })
    }

    /// Sets whether colours are written multiplied by alpha.
    pub fn premultiplied(self, premultiplied: bool) -> Self {
        Self { premultiplied, ..self }
    }

    /// The width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// The height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The ink for this canvas.
    pub fn ink(&self) -> Ink {
        Ink { format: self.format, premultiplied: self.premultiplied }
    }

    /// The bytes of each row.
    pub fn rows(&mut self) -> impl Iterator<Item = &mut [u8]> {
        let row = self.width as usize * self.format.bytes();
        self.data.chunks_mut(self.stride).take(self.height as usize).map(move |bytes| &mut bytes[..row])
    }
}

/// The ink: how pixels are written.
#[derive(Clone, Copy)]
pub struct Ink {
    format: PixelFormat,
    premultiplied: bool,
}

impl Ink {
    /// The bytes of a pixel.
    pub fn bytes(self) -> usize {
        self.format.bytes()
    }

    /// Writes pixels. They come as red, green, blue and alpha, 0 to 1, not multiplied by alpha.
    pub fn write(self, pixels: &[[f32; 4]], to: &mut [u8]) {
        let inked = pixels.iter().map(|&[r, g, b, a]| match self.premultiplied {
            true => [r * a, g * a, b * a, a],
            false => [r, g, b, a],
        });
        let byte = |value: f32| (value * 255.0 + 0.5) as u8; // saturates
        let places = to.chunks_exact_mut(self.bytes()).zip(inked);
        match self.format {
            PixelFormat::Bgra8 => places.for_each(|(to, [r, g, b, a])| to.copy_from_slice(&[b, g, r, a].map(byte))),
            PixelFormat::Rgba16 => places.for_each(|(to, pixel)| {
                let bytes = pixel.map(|value| ((value * 65535.0 + 0.5) as u16).to_ne_bytes());
                to.copy_from_slice(bytes.as_flattened());
            }),
            PixelFormat::RgbaF32 => {
                places.for_each(|(to, pixel)| to.copy_from_slice(pixel.map(f32::to_ne_bytes).as_flattened()));
            }
            _ => places.for_each(|(to, pixel)| to.copy_from_slice(&pixel.map(byte))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_within_their_stride() {
        let mut data = [7u8; 2 * 12 + 8];
        let mut canvas = Canvas::new(&mut data, 2, 3, 12, PixelFormat::Bgra8).unwrap().premultiplied(true);
        let ink = canvas.ink();
        canvas.rows().for_each(|row| ink.write(&[[1.0, 0.5, 0.0, 1.0], [2.0, 1.0, 0.0, 0.5]], row));
        let row = [0, 128, 255, 255, 0, 128, 255, 128];
        assert_eq!(data[..12], [&row[..], &[7; 4]].concat());
        assert_eq!(data[24..], row);
    }

    #[test]
    fn what_has_no_alpha_or_no_room_is_refused() {
        for (format, room, says) in [
            (PixelFormat::Rgb8, 100, "cannot be transparent"),
            (PixelFormat::Gray8, 100, "cannot"),
            (PixelFormat::Gray16, 100, "cannot"),
            (PixelFormat::Rgb16, 100, "cannot"),
            (PixelFormat::RgbF32, 100, "cannot"),
            (PixelFormat::Rgba8, 15, "16"),
        ] {
            let mut data = vec![0; room];
            let error = Canvas::new(&mut data, 2, 2, 2 * format.bytes(), format).err().unwrap().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
