//! Borrowed pictures. All sizes are checked before a byte is read, and rows are read as plain RGB.

use std::ops::Range;

use multiversion::multiversion;

use crate::base::error::{ErrorKind, Result};

/// The longest side of a picture: far above any camera's, far below where sizes overflow.
pub const MAX_SIDE: u32 = 1 << 17;

/// The colour behind transparent pixels and outside a picture: the mean colour of photos (ImageNet's), in which networks see
/// nothing.
pub const NEUTRAL: [u8; 3] = [124, 116, 104];

/// The least alpha of a pixel whose colour counts: half a step of 16 bits.
const FAINTEST: f32 = 0.5 / 65535.0;

/// The format of a pixel in memory. The numbers are those of the C interface.
///
/// ```
/// use deepcrop::PixelFormat;
///
/// assert_eq!(PixelFormat::Rgba16.bytes(), 8);
/// assert_eq!(PixelFormat::ALL.iter().filter(|format| format.has_alpha()).count(), 4);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u32)]
pub enum PixelFormat {
    /// Grey: one byte.
    Gray8 = 1,
    /// Red, green and blue: a byte each.
    Rgb8 = 2,
    /// Red, green, blue and alpha: a byte each.
    Rgba8 = 3,
    /// Blue, green, red and alpha: a byte each (Windows, Cairo, Qt on little-endian machines).
    Bgra8 = 4,
    /// Red, green, blue and alpha: 16-bit numbers in the machine's byte order.
    Rgba16 = 5,
    /// Red, green, blue and alpha: 32-bit floats, 0 to 1, encoded for display (not linear light).
    RgbaF32 = 6,
    /// Grey: a 16-bit number in the machine's byte order.
    Gray16 = 7,
    /// Red, green and blue: 16-bit numbers in the machine's byte order.
    Rgb16 = 8,
    /// Red, green and blue: 32-bit floats, 0 to 1, encoded for display (not linear light).
    RgbF32 = 9,
}

impl PixelFormat {
    /// All formats, in the order of their numbers.
    pub const ALL: &[PixelFormat] = &[
        PixelFormat::Gray8,
        PixelFormat::Rgb8,
        PixelFormat::Rgba8,
        PixelFormat::Bgra8,
        PixelFormat::Rgba16,
        PixelFormat::RgbaF32,
        PixelFormat::Gray16,
        PixelFormat::Rgb16,
        PixelFormat::RgbF32,
    ];

    /// The bytes of a pixel.
    pub fn bytes(self) -> usize {
        match self {
            PixelFormat::Gray8 => 1,
            PixelFormat::Rgb8 => 3,
            PixelFormat::Rgba8 | PixelFormat::Bgra8 => 4,
            PixelFormat::Rgba16 => 8,
            PixelFormat::RgbaF32 => 16,
            PixelFormat::Gray16 => 2,
            PixelFormat::Rgb16 => 6,
            PixelFormat::RgbF32 => 12,
        }
    }

    /// Whether pixels of this format can be transparent.
    pub fn has_alpha(self) -> bool {
        matches!(self, Self::Rgba8 | Self::Bgra8 | Self::Rgba16 | Self::RgbaF32)
    }
}

/// A borrowed picture.
///
/// ```
/// use deepcrop::{ImageView, PixelFormat};
///
/// // 2 x 2 pixels; rows begin 8 bytes apart, of which the last two belong to no pixel.
/// let pixels = [255, 0, 0, 0, 255, 0, 0, 0, 0, 0, 255, 9, 9, 9];
/// let image = ImageView::new(&pixels, 2, 2, 8, PixelFormat::Rgb8)?;
/// assert_eq!((image.width(), image.height()), (2, 2));
/// # Ok::<(), deepcrop::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ImageView<'a> {
    data: &'a [u8],
    width: u32,
    height: u32,
    stride: usize,
    format: PixelFormat,
    premultiplied: bool,
    reduced: Option<Reduced<'a>>,
}

/// A picture reduced to a quarter of its width and height: three bytes for each pixel, without gaps.
#[derive(Debug, Clone, Copy)]
pub struct Reduced<'a> {
    /// All pixels.
    pub pixels: &'a [u8],
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
}

/// The pixels of a picture along a pixel of the reduced picture.
pub const REDUCTION: u32 = 4;

#[cfg(feature = "image")]
impl<'a> TryFrom<&'a image::DynamicImage> for ImageView<'a> {
    type Error = crate::base::error::Error;

    /// Borrows the pixels if their layout is one of [`PixelFormat`]. Convert other layouts with `to_rgba8` first.
    fn try_from(picture: &'a image::DynamicImage) -> Result<Self> {
        use image::DynamicImage::*;
        let format = match picture {
            ImageLuma8(_) => PixelFormat::Gray8,
            ImageRgb8(_) => PixelFormat::Rgb8,
            ImageRgba8(_) => PixelFormat::Rgba8,
            ImageRgba16(_) => PixelFormat::Rgba16,
            ImageRgba32F(_) => PixelFormat::RgbaF32,
            ImageLuma16(_) => PixelFormat::Gray16,
            ImageRgb16(_) => PixelFormat::Rgb16,
            ImageRgb32F(_) => PixelFormat::RgbF32,
            other => {
                return Err(ErrorKind::Image.error(format!(
                    "pixels of the layout {:?} cannot be borrowed; convert the picture with `to_rgba8` first",
                    other.color()
                )));
            }
        };
        let stride = picture.width() as usize * format.bytes();
        Self::new(picture.as_bytes(), picture.width(), picture.height(), stride, format)
    }
}

impl<'a> ImageView<'a> {
    /// Checks that `data` holds `height` rows of `width` pixels, `stride` bytes apart.
    pub fn new(data: &'a [u8], width: u32, height: u32, stride: usize, format: PixelFormat) -> Result<Self> {
        let needed = Self::bytes_needed(width, height, stride, format)?;
        if data.len() < needed {
            return Err(ErrorKind::Image.error(format!(
                "the pixel buffer has {} bytes, but {width} x {height} pixels with a stride of {stride} need {needed}; pass the whole buffer or the right size",
                data.len()
            )));
        }
        Ok(Self { data, width, height, stride, format, premultiplied: false, reduced: None })
    }

    /// The number of bytes that a picture of this shape spans. An error if the shape is wrong.
    ///
    /// ```
    /// use deepcrop::{ImageView, PixelFormat};
    ///
    /// // Rows of three pixels begin every 16 bytes; the last row ends with its pixels.
    /// assert_eq!(ImageView::bytes_needed(3, 2, 16, PixelFormat::Rgb8)?, 16 + 9);
    /// # Ok::<(), deepcrop::Error>(())
    /// ```
    pub fn bytes_needed(width: u32, height: u32, stride: usize, format: PixelFormat) -> Result<usize> {
        if width == 0 || height == 0 {
            return Err(ErrorKind::Image
                .error(format!("the picture is empty ({width} x {height}); pass one with at least one pixel")));
        }
        if width > MAX_SIDE || height > MAX_SIDE {
            return Err(ErrorKind::Image.error(format!(
                "the picture is too large ({width} x {height}); scale it down, or pass a part of at most {MAX_SIDE} pixels a side"
            )));
        }
        let row = width as usize * format.bytes();
        if stride < row {
            return Err(ErrorKind::Image.error(format!(
                "the stride is {stride} bytes, but a row of {width} pixels takes {row}; the stride counts bytes, not pixels"
            )));
        }
        stride.checked_mul(height as usize - 1).and_then(|bytes| bytes.checked_add(row)).ok_or_else(|| {
            ErrorKind::Image.error(format!(
                "the stride of {stride} bytes over {height} rows does not fit into memory; pass the true stride"
            ))
        })
    }

    /// Sets whether the colours are already multiplied by alpha.
    ///
    /// ```
    /// use deepcrop::{ImageView, PixelFormat};
    ///
    /// // Half transparent white.
    /// let image = ImageView::new(&[128; 4], 1, 1, 4, PixelFormat::Bgra8)?.premultiplied(true);
    /// assert_eq!(image.data(), [128; 4]);
    /// # Ok::<(), deepcrop::Error>(())
    /// ```
    pub fn premultiplied(self, premultiplied: bool) -> Self {
        Self { premultiplied, ..self }
    }

    /// Adds the same picture reduced, from which coarse grids are sampled.
    pub(crate) fn with_reduced(self, reduced: Option<Reduced<'a>>) -> Self {
        Self { reduced, ..self }
    }

    /// The same picture reduced, if there is one.
    pub(crate) fn reduced(&self) -> Option<ImageView<'a>> {
        self.reduced.map(|Reduced { pixels, width, height }| Self {
            data: pixels,
            width,
            height,
            stride: width as usize * 3,
            format: PixelFormat::Rgb8,
            premultiplied: false,
            reduced: None,
        })
    }

    /// The bytes of the picture, with the gaps between its rows.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// The width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// The height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Row `y` as RGB bytes; transparent pixels lie over [`NEUTRAL`]. `scratch` is only used for other formats than RGB.
    pub(crate) fn rgb_row<'b>(&'b self, y: u32, scratch: &'b mut Vec<u8>) -> &'b [u8] {
        self.rgb_span(y, 0..self.width, scratch)
    }

    /// The pixels `columns` of row `y`, like [`ImageView::rgb_row`].
    pub(crate) fn rgb_span<'b>(&'b self, y: u32, columns: Range<u32>, scratch: &'b mut Vec<u8>) -> &'b [u8] {
        if self.format == PixelFormat::Rgb8 {
            return self.bytes(y, columns);
        }
        scratch.resize(columns.len() * 3, 0);
        self.write_rgb(y, columns, scratch);
        scratch
    }

    /// Writes the pixels `columns` of row `y` as RGB bytes, like [`ImageView::rgb_row`].
    pub(crate) fn write_rgb(&self, y: u32, columns: Range<u32>, out: &mut [u8]) {
        let row = self.bytes(y, columns);
        let pixels = out.as_chunks_mut::<3>().0.iter_mut();
        let premultiplied = self.premultiplied;
        match self.format {
            PixelFormat::Rgb8 => out.copy_from_slice(row),
            PixelFormat::Gray8 => pixels.zip(row).for_each(|(out, &grey)| *out = [grey; 3]),
            PixelFormat::Rgba8 => rgb_of_rgba::<false>(row.as_chunks().0, premultiplied, out.as_chunks_mut().0),
            PixelFormat::Bgra8 => rgb_of_rgba::<true>(row.as_chunks().0, premultiplied, out.as_chunks_mut().0),
            PixelFormat::Rgba16 => pixels.zip(row.as_chunks::<2>().0.as_chunks::<4>().0).for_each(|(out, pixel)| {
                let [r, g, b, a] = pixel.map(byte_of_u16);
                *out = over_neutral([r, g, b], a, premultiplied);
            }),
            PixelFormat::RgbaF32 => pixels.zip(row.as_chunks::<4>().0.as_chunks::<4>().0).for_each(|(out, pixel)| {
                let [r, g, b, a] = pixel.map(byte_of_f32);
                *out = over_neutral([r, g, b], a, premultiplied);
            }),
            PixelFormat::Gray16 => {
                pixels.zip(row.as_chunks().0).for_each(|(out, &grey)| *out = [byte_of_u16(grey); 3]);
            }
            PixelFormat::Rgb16 => {
                pixels.zip(row.as_chunks().0.as_chunks().0).for_each(|(out, pixel)| *out = pixel.map(byte_of_u16));
            }
            PixelFormat::RgbF32 => {
                pixels.zip(row.as_chunks().0.as_chunks().0).for_each(|(out, pixel)| *out = pixel.map(byte_of_f32));
            }
        }
    }

    /// The bytes of the pixels `columns` of row `y`.
    fn bytes(&self, y: u32, columns: Range<u32>) -> &'a [u8] {
        let bytes = self.format.bytes();
        let start = self.stride * y as usize;
        &self.data[start + columns.start as usize * bytes..start + columns.end as usize * bytes]
    }

    /// Replaces the content of `pixels` by the pixels `columns` of row `y`: red, green, blue and alpha, 0 to 1, in full
    /// precision and not multiplied by alpha.
    pub(crate) fn exact_span(&self, y: u32, columns: Range<u32>, pixels: &mut Vec<[f32; 4]>) {
        let bytes = self.format.bytes();
        let start = self.stride * y as usize;
        let row = &self.data[start + columns.start as usize * bytes..start + columns.end as usize * bytes];
        let byte = |value: u8| f32::from(value) / 255.0;
        pixels.clear();
        match self.format {
            PixelFormat::Gray8 => pixels.extend(row.iter().map(|&grey| [byte(grey), byte(grey), byte(grey), 1.0])),
            PixelFormat::Rgb8 => {
                pixels.extend(row.as_chunks().0.iter().map(|&[r, g, b]: &[u8; 3]| [byte(r), byte(g), byte(b), 1.0]));
            }
            PixelFormat::Rgba8 => pixels.extend(row.as_chunks().0.iter().map(|pixel: &[u8; 4]| pixel.map(byte))),
            PixelFormat::Bgra8 => {
                pixels.extend(row.as_chunks().0.iter().map(|&[b, g, r, a]: &[u8; 4]| [r, g, b, a].map(byte)));
            }
            PixelFormat::Rgba16 => {
                pixels.extend(row.as_chunks().0.as_chunks().0.iter().map(|pixel: &[[u8; 2]; 4]| pixel.map(exact_u16)));
            }
            PixelFormat::RgbaF32 => {
                pixels.extend(row.as_chunks().0.as_chunks().0.iter().map(|pixel: &[[u8; 4]; 4]| {
                    let [r, g, b, a] = pixel.map(exact_f32);
                    [r, g, b, a.clamp(0.0, 1.0)]
                }));
            }
            PixelFormat::Gray16 => pixels.extend(row.as_chunks().0.iter().map(|&grey| {
                let grey = exact_u16(grey);
                [grey, grey, grey, 1.0]
            })),
            PixelFormat::Rgb16 => {
                pixels.extend(row.as_chunks().0.as_chunks().0.iter().map(|pixel: &[[u8; 2]; 3]| {
                    let [r, g, b] = pixel.map(exact_u16);
                    [r, g, b, 1.0]
                }));
            }
            PixelFormat::RgbF32 => {
                pixels.extend(row.as_chunks().0.as_chunks().0.iter().map(|pixel: &[[u8; 4]; 3]| {
                    let [r, g, b] = pixel.map(exact_f32);
                    [r, g, b, 1.0]
                }));
            }
        }
        if self.premultiplied {
            for [r, g, b, a] in pixels.iter_mut().filter(|pixel| pixel[3] > 0.0 && pixel[3] < 1.0) {
                // A pixel that is less opaque than any format with whole numbers can tell has no colour of its own.
                [*r, *g, *b] = [*r, *g, *b].map(|value| if *a < FAINTEST { 0.0 } else { value / *a });
            }
        }
    }
}

/// A 16-bit channel as a byte.
#[inline]
fn byte_of_u16(channel: [u8; 2]) -> u8 {
    ((u32::from(u16::from_ne_bytes(channel)) * 255 + 32767) / 65535) as u8
}

/// A float channel as a byte; what is beyond 0 to 1 is cut off, and NaN becomes 0.
#[inline]
fn byte_of_f32(channel: [u8; 4]) -> u8 {
    (f32::from_ne_bytes(channel) * 255.0 + 0.5) as u8 // saturates
}

#[inline]
fn exact_u16(channel: [u8; 2]) -> f32 {
    f32::from(u16::from_ne_bytes(channel)) / 65535.0
}

/// A float channel; 0 for NaN and infinity, as callers divide by alpha and build sums.
#[inline]
fn exact_f32(channel: [u8; 4]) -> f32 {
    Some(f32::from_ne_bytes(channel)).filter(|value| value.is_finite()).unwrap_or(0.0)
}

/// The pixels that are converted together: nearly always all of them are opaque.
const RUN: usize = 32;

/// RGBA pixels, or BGRA pixels, as RGB.
#[multiversion(targets("x86_64+avx2"))]
fn rgb_of_rgba<const SWAPPED: bool>(pixels: &[[u8; 4]], premultiplied: bool, out: &mut [[u8; 3]]) {
    let colour = |&[r, g, b, _]: &[u8; 4]| if SWAPPED { [b, g, r] } else { [r, g, b] };
    for (pixels, out) in pixels.chunks(RUN).zip(out.chunks_mut(RUN)) {
        if pixels.iter().fold(255, |least, pixel| least & pixel[3]) == 255 {
            out.iter_mut().zip(pixels).for_each(|(out, pixel)| *out = colour(pixel));
        } else {
            out.iter_mut()
                .zip(pixels)
                .for_each(|(out, pixel)| *out = over_neutral(colour(pixel), pixel[3], premultiplied));
        }
    }
}

#[inline]
fn over_neutral(colour: [u8; 3], alpha: u8, premultiplied: bool) -> [u8; 3] {
    if alpha == 255 {
        return colour;
    }
    let alpha = u32::from(alpha);
    std::array::from_fn(|i| {
        let colour = u32::from(colour[i]) * if premultiplied { 255 } else { alpha };
        ((colour + u32::from(NEUTRAL[i]) * (255 - alpha) + 127) / 255).min(255) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same two pixels in every format: orange, and a grey that is the same in all channels.
    #[test]
    fn every_format_reads_as_the_same_colours() {
        let colours = [[255u8, 128, 0, 255], [77, 77, 77, 255]];
        for format in PixelFormat::ALL.iter().copied() {
            let channels: &[usize] = match format {
                PixelFormat::Gray8 | PixelFormat::Gray16 => &[0],
                PixelFormat::Bgra8 => &[2, 1, 0, 3],
                other if other.has_alpha() => &[0, 1, 2, 3],
                _ => &[0, 1, 2],
            };
            let written = colours.iter().flat_map(|colour| channels.iter().map(|&channel| colour[channel]));
            let data: Vec<u8> = match format.bytes() / channels.len() {
                1 => written.collect(),
                2 => written.flat_map(|value| (u16::from(value) * 257).to_ne_bytes()).collect(),
                _ => written.flat_map(|value| (f32::from(value) / 255.0).to_ne_bytes()).collect(),
            };
            let image = ImageView::new(&data, 2, 1, data.len(), format).unwrap();
            let grey = channels.len() == 1;
            let [first, second] = [if grey { [255; 3] } else { [255, 128, 0] }, [77; 3]];
            assert_eq!(image.rgb_row(0, &mut Vec::new()), [first, second].as_flattened(), "{format:?}");
            let mut exact = Vec::new();
            image.exact_span(0, 0..2, &mut exact);
            let wanted = [first, second].map(|[r, g, b]| [r, g, b, 255].map(|value| f32::from(value) / 255.0));
            for (got, wanted) in exact.as_flattened().iter().zip(wanted.as_flattened()) {
                assert!((got - wanted).abs() < 1e-6, "{format:?}: {exact:?}");
            }
        }
    }

    #[test]
    fn floats_that_are_no_colours_are_tamed() {
        let data: Vec<u8> = [f32::NAN, f32::INFINITY, -1.0].into_iter().flat_map(f32::to_ne_bytes).collect();
        let image = ImageView::new(&data, 1, 1, data.len(), PixelFormat::RgbF32).unwrap();
        assert_eq!(image.rgb_row(0, &mut Vec::new()), [0, 255, 0]);
        let mut exact = Vec::new();
        image.exact_span(0, 0..1, &mut exact);
        assert_eq!(exact, [[0.0, 0.0, -1.0, 1.0]]);
    }
}
