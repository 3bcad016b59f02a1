//! Pictures of our own: copies of pictures of any format, and reduced ones.

use multiversion::multiversion;

use crate::base::error::Result;
use crate::base::memory::buffer;
use crate::base::threads::for_each_item;
use crate::pixels::image::{ImageView, PixelFormat, REDUCTION, Reduced};

/// The rows that are read together.
const ROWS: usize = 64;

/// The least pixels of a picture's longer side with which it is worth reducing.
const LARGE: u32 = 2048;

/// The least pixels of its shorter side.
const THIN: u32 = 64;

/// An owned picture: three bytes for each pixel, without gaps.
#[derive(Clone)]
pub struct RgbImage {
    pixels: Vec<u8>,
    width: u32,
    height: u32,
}

impl RgbImage {
    /// A copy of a picture of any format.
    pub fn copy_of(picture: &ImageView) -> Result<Self> {
        let (width, height) = (picture.width(), picture.height());
        let mut pixels = buffer(width as usize * 3 * height as usize, 0u8)?;
        read(picture, Some(&mut pixels), None);
        Ok(Self { pixels, width, height })
    }

    /// A copy of a picture, and the reduced picture if the picture is large. Reads the picture once.
    pub fn copy_and_reduce(picture: &ImageView) -> Result<(Self, Option<Self>)> {
        let (width, height) = (picture.width(), picture.height());
        let mut pixels = buffer(width as usize * 3 * height as usize, 0u8)?;
        let mut reduced = Self::for_reduced(picture)?;
        read(picture, Some(&mut pixels), reduced.as_mut());
        Ok((Self { pixels, width, height }, reduced))
    }

    /// The reduced picture, if the picture is large.
    pub fn reduced(picture: &ImageView) -> Result<Option<Self>> {
        let mut reduced = Self::for_reduced(picture)?;
        if reduced.is_some() {
            read(picture, None, reduced.as_mut());
        }
        Ok(reduced)
    }

    fn for_reduced(picture: &ImageView) -> Result<Option<Self>> {
        let (width, height) = (picture.width(), picture.height());
        if width.max(height) < LARGE || width.min(height) < THIN {
            return Ok(None);
        }
        // The last columns and rows that make no whole square are left out.
        let [width, height] = [width, height].map(|length| length / REDUCTION);
        let pixels = buffer(width as usize * 3 * height as usize, 0u8)?;
        Ok(Some(Self { pixels, width, height }))
    }

    /// A picture of `width * height * 3` bytes.
    pub fn new(pixels: Vec<u8>, width: u32, height: u32) -> Result<Self> {
        ImageView::new(&pixels, width, height, width as usize * 3, PixelFormat::Rgb8)?;
        Ok(Self { pixels, width, height })
    }

    /// The pixels, borrowed.
    pub fn view(&self) -> ImageView<'_> {
        ImageView::new(&self.pixels, self.width, self.height, self.width as usize * 3, PixelFormat::Rgb8)
            .expect("checked when it was made")
    }

    /// The pixels as those of a reduced picture.
    pub fn as_reduced(&self) -> Reduced<'_> {
        Reduced { pixels: &self.pixels, width: self.width, height: self.height }
    }
}

/// Reads a picture once: copies its pixels, and averages them in squares.
fn read(picture: &ImageView, copy: Option<&mut [u8]>, reduced: Option<&mut RgbImage>) {
    let (columns, stride) = (0..picture.width(), picture.width() as usize * 3);
    let length = stride / 3 / REDUCTION as usize * 3;
    let mut copies = copy.map(|copy| copy.chunks_mut(ROWS * stride));
    let mut squares = reduced.map(|reduced| reduced.pixels.chunks_mut(ROWS / REDUCTION as usize * length));
    // The last rows may be too few for a square.
    let mut next = || (copies.as_mut().and_then(Iterator::next), squares.as_mut().and_then(Iterator::next));
    let mut work: Vec<_> = (0..(picture.height() as usize).div_ceil(ROWS)).map(|band| (band, next())).collect();
    for_each_item(&mut work, |(band, (copy, squares))| {
        let rows = *band * ROWS..((*band + 1) * ROWS).min(picture.height() as usize);
        let mut sums = vec![0u16; if squares.is_some() { stride } else { 0 }];
        let mut scratch = Vec::new();
        for y in rows.clone() {
            let row = match copy {
                Some(copy) => {
                    let out = &mut copy[(y - rows.start) * stride..][..stride];
                    picture.write_rgb(y as u32, columns.clone(), out);
                    &*out
                }
                None => picture.rgb_row(y as u32, &mut scratch),
            };
            let Some(squares) = squares else { continue };
            add(&mut sums, row);
            let (square, within) = ((y - rows.start) / REDUCTION as usize, (y - rows.start) % REDUCTION as usize);
            if within + 1 == REDUCTION as usize {
                means(&sums, &mut squares[square * length..][..length]);
                sums.fill(0);
            }
        }
    });
}

#[multiversion(targets("x86_64+avx2"))]
fn add(sums: &mut [u16], row: &[u8]) {
    sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += u16::from(*value));
}

/// The means over squares, from the sums of their rows.
#[multiversion(targets("x86_64+avx2"))]
fn means(sums: &[u16], out: &mut [u8]) {
    const COUNT: u16 = (REDUCTION * REDUCTION) as u16;
    let squares = sums.as_chunks::<3>().0.as_chunks::<{ REDUCTION as usize }>().0;
    for (out, [a, b, c, d]) in out.as_chunks_mut::<3>().0.iter_mut().zip(squares) {
        *out = std::array::from_fn(|i| ((a[i] + b[i] + c[i] + d[i] + COUNT / 2) / COUNT) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reduced_picture_has_the_means_of_squares() {
        for (width, height) in [(2048, 64), (2050, 67), (66, 2101), (2049, 130)] {
            let value = |x: usize, y: usize, c: usize| ((x * 7 + y * 13 + c * 50 + x * y % 11) % 256) as u8;
            let pixels: Vec<u8> = (0..width * height * 4)
                .map(|i| if i % 4 == 3 { 255 } else { value(i / 4 % width, i / 4 / width, i % 4) })
                .collect();
            let view = ImageView::new(&pixels, width as u32, height as u32, width * 4, PixelFormat::Rgba8).unwrap();
            let (copy, reduced) = RgbImage::copy_and_reduce(&view).unwrap();
            let reduced = reduced.unwrap();
            assert!(copy.pixels == RgbImage::copy_of(&view).unwrap().pixels);
            assert_eq!(copy.pixels.last(), Some(&value(width - 1, height - 1, 2)));
            assert!(reduced.pixels == RgbImage::reduced(&view).unwrap().unwrap().pixels);
            assert_eq!((reduced.width as usize, reduced.height as usize), (width / 4, height / 4));
            for (i, &mean) in reduced.pixels.iter().enumerate() {
                let (x, y, c) = (i / 3 % reduced.width as usize * 4, i / 3 / reduced.width as usize * 4, i % 3);
                let square = (y..y + 4).flat_map(|y| (x..x + 4).map(move |x| f64::from(value(x, y, c))));
                let expected = square.sum::<f64>() / 16.0;
                assert!((f64::from(mean) - expected).abs() <= 0.5, "{width} x {height}, {i}");
            }
        }
    }

    #[test]
    fn small_and_thin_pictures_are_not_reduced() {
        let view = ImageView::new(&[9; 30], 10, 1, 30, PixelFormat::Rgb8).unwrap();
        assert!(RgbImage::reduced(&view).unwrap().is_none());
        assert!(RgbImage::copy_and_reduce(&view).unwrap().1.is_none());
        let thin = vec![9; 3000 * 3];
        let view = ImageView::new(&thin, 3000, 1, 9000, PixelFormat::Rgb8).unwrap();
        assert!(RgbImage::reduced(&view).unwrap().is_none());
    }
}
