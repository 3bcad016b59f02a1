//! The mask: one byte for each pixel of a picture.

use multiversion::multiversion;

use crate::base::error::{ErrorKind, Result};
use crate::base::memory::buffer;
use crate::geometry::point::Point;
use crate::geometry::polygon;
use crate::geometry::rect::Rect;
use crate::pixels::image::{ImageView, PixelFormat};
use crate::pixels::resample::Grey;

/// The least value of a pixel that counts as selected where only yes or no is possible.
pub const HALF: u8 = 128;

/// A mask: how much of each pixel is selected, from 0 (not at all) to 255 (wholly).
///
/// ```
/// use deepcrop::types::PixelBox;
/// use deepcrop::{Mask, Point};
///
/// let square = [(2.0, 2.0), (6.0, 2.0), (6.0, 6.0), (2.0, 6.0)].map(|(x, y)| Point::new(x, y));
/// let mut mask = Mask::polygon(8, 8, &square)?;
/// assert_eq!((mask.area(), mask.at(2, 2), mask.at(7, 7)), (16, 255, 0));
/// mask.grow(1.0)?;
/// assert_eq!(mask.bounds(Mask::HALF), Some(PixelBox { x0: 1, y0: 1, x1: 7, y1: 7 }));
/// assert_eq!(mask.bounds_with_margin(9), Some(PixelBox { x0: 0, y0: 0, x1: 8, y1: 8 }));
/// # Ok::<(), deepcrop::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) data: Vec<u8>,
}

/// A rectangle of whole pixels, `x0..x1` by `y0..y1`; see [`Mask::bounds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelBox {
    /// The first column.
    pub x0: u32,
    /// The first row.
    pub y0: u32,
    /// The column after the last.
    pub x1: u32,
    /// The row after the last.
    pub y1: u32,
}

impl From<PixelBox> for Rect {
    fn from(pixels: PixelBox) -> Self {
        Rect::new(pixels.x0.into(), pixels.y0.into(), pixels.x1.into(), pixels.y1.into())
    }
}

#[cfg(feature = "image")]
impl From<&Mask> for image::GrayImage {
    fn from(mask: &Mask) -> Self {
        Self::from_raw(mask.width, mask.height, mask.data.clone()).expect("a mask has a byte for each pixel")
    }
}

impl Mask {
    /// The least value of a pixel that counts as selected where only yes or no is possible.
    pub const HALF: u8 = HALF;

    /// A mask in which nothing is selected.
    pub fn empty(width: u32, height: u32) -> Result<Self> {
        ImageView::bytes_needed(width, height, width as usize, PixelFormat::Gray8)?;
        Ok(Self { width, height, data: buffer(width as usize * height as usize, 0)? })
    }

    /// A mask from one byte for each pixel, row by row without gaps.
    pub fn new(width: u32, height: u32, data: Vec<u8>) -> Result<Self> {
        let needed = ImageView::bytes_needed(width, height, width as usize, PixelFormat::Gray8)?;
        if data.len() != needed {
            return Err(ErrorKind::Image.error(format!(
                "a mask of {width} x {height} pixels takes {needed} bytes, not {}; pass one byte for each pixel",
                data.len()
            )));
        }
        Ok(Self { width, height, data })
    }

    /// The width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// The height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Checks that the mask has a picture's size.
    pub(crate) fn check_size(&self, width: u32, height: u32) -> Result<()> {
        if (self.width, self.height) == (width, height) {
            return Ok(());
        }
        Err(ErrorKind::Argument.error(format!(
            "the mask is {} x {} pixels, but the picture is {width} x {height}; pass a mask of the picture's size",
            self.width, self.height
        )))
    }

    /// Checks that two masks have the same size.
    pub(super) fn check_same_size(&self, other: &Mask) -> Result<()> {
        if (self.width, self.height) == (other.width, other.height) {
            return Ok(());
        }
        Err(ErrorKind::Argument.error(format!(
            "the masks are {} x {} and {} x {} pixels; pass masks of the same size",
            self.width, self.height, other.width, other.height
        )))
    }

    /// All pixels, row by row without gaps.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// All pixels, mutable.
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }

    /// Exchanges selected and not selected.
    ///
    /// ```
    /// let mut mask = deepcrop::Mask::new(3, 1, vec![255, 128, 0])?;
    /// mask.invert();
    /// assert_eq!(mask.data(), [0, 127, 255]);
    /// # Ok::<(), deepcrop::Error>(())
    /// ```
    pub fn invert(&mut self) {
        self.data.iter_mut().for_each(|value| *value = 255 - *value);
    }

    /// All pixels, for resampling.
    pub(crate) fn grey(&self) -> Grey<'_> {
        Grey { width: self.width, height: self.height, data: &self.data }
    }

    /// The pixels of row `y`.
    ///
    /// # Panics
    ///
    /// If the mask has no such row.
    pub fn row(&self, y: u32) -> &[u8] {
        &self.data[y as usize * self.width as usize..][..self.width as usize]
    }

    /// The pixel at (x, y).
    ///
    /// # Panics
    ///
    /// If the mask has no such pixel.
    pub fn at(&self, x: u32, y: u32) -> u8 {
        self.row(y)[x as usize]
    }

    /// The number of pixels that are at least half selected.
    pub fn area(&self) -> u64 {
        self.data.iter().filter(|&&value| value >= HALF).count() as u64
    }

    /// The IoU with another mask of the same size. Pixels count that are at least half selected.
    ///
    /// ```
    /// use deepcrop::Mask;
    ///
    /// let (a, b) = (Mask::new(3, 1, vec![255, 255, 0])?, Mask::new(3, 1, vec![0, 255, 0])?);
    /// assert_eq!((a.overlap(&b)?, a.row(0).len()), (0.5, 3));
    /// # Ok::<(), deepcrop::Error>(())
    /// ```
    pub fn overlap(&self, other: &Mask) -> Result<f64> {
        self.check_same_size(other)?;
        let (mut both, mut either) = (0u64, 0u64);
        for (&a, &b) in self.data.iter().zip(&other.data) {
            both += u64::from(a >= HALF && b >= HALF);
            either += u64::from(a >= HALF || b >= HALF);
        }
        Ok(both as f64 / either.max(1) as f64)
    }

    /// The smallest box around all pixels in which the mask differs from `before`, a mask of the same size; None if there
    /// are none. Only these pixels have to be drawn again.
    ///
    /// ```
    /// use deepcrop::Mask;
    /// use deepcrop::types::PixelBox;
    ///
    /// let (before, now) = (Mask::new(4, 1, vec![0, 9, 9, 0])?, Mask::new(4, 1, vec![0, 9, 255, 255])?);
    /// assert_eq!(now.changed_since(&before)?, Some(PixelBox { x0: 2, y0: 0, x1: 4, y1: 1 }));
    /// # Ok::<(), deepcrop::Error>(())
    /// ```
    pub fn changed_since(&self, before: &Mask) -> Result<Option<PixelBox>> {
        self.check_same_size(before)?;
        let differs = |y: &u32| self.row(*y) != before.row(*y);
        let Some(y0) = (0..self.height).find(differs) else { return Ok(None) };
        let y1 = (0..self.height).rev().find(differs).unwrap_or(y0) + 1;
        let (mut x0, mut x1) = (self.width, 0);
        for y in y0..y1 {
            let (row, other) = (self.row(y), before.row(y));
            // Only pixels that could widen the box are looked at.
            if row[..x0 as usize] != other[..x0 as usize] {
                x0 = (0..x0).find(|&x| row[x as usize] != other[x as usize]).unwrap_or(x0);
            }
            if row[x1 as usize..] != other[x1 as usize..] {
                x1 = (x1..self.width).rev().find(|&x| row[x as usize] != other[x as usize]).map_or(x1, |x| x + 1);
            }
        }
        Ok(Some(PixelBox { x0, y0, x1, y1 }))
    }

    /// The smallest box around all pixels with a value of at least `least`; None if there are none.
    pub fn bounds(&self, least: u8) -> Option<PixelBox> {
        let any = |row: &[u8]| reaches(row, least);
        let y0 = (0..self.height).find(|&y| any(self.row(y)))?;
        let y1 = (0..self.height).rev().find(|&y| any(self.row(y)))? + 1;
        let (mut x0, mut x1) = (self.width, 0);
        for y in y0..y1 {
            let row = self.row(y);
            // Only pixels that could widen the box are looked at.
            let (before, after) = (&row[..x0 as usize], &row[x1 as usize..]);
            if any(before) {
                x0 = before.iter().position(|&value| value >= least).unwrap_or(0) as u32;
            }
            if any(after) {
                x1 += after.iter().rposition(|&value| value >= least).unwrap_or(0) as u32 + 1;
            }
        }
        Some(PixelBox { x0, y0, x1, y1 })
    }

    /// The smallest box around all pixels that are selected at all, enlarged by `margin` pixels on each side but not
    /// beyond the mask; None if nothing is selected.
    pub fn bounds_with_margin(&self, margin: u32) -> Option<PixelBox> {
        let PixelBox { x0, y0, x1, y1 } = self.bounds(1)?;
        Some(PixelBox {
            x0: x0.saturating_sub(margin),
            y0: y0.saturating_sub(margin),
            x1: x1.saturating_add(margin).min(self.width),
            y1: y1.saturating_add(margin).min(self.height),
        })
    }

    /// A mask of the inside of a closed line (a lasso). A pixel that the line cuts is selected as far as it lies
    /// inside. If the line crosses itself the non-zero rule holds: loops add to the mask.
    pub fn polygon(width: u32, height: u32, points: &[Point]) -> Result<Self> {
        if points.iter().any(|point| !(point.x.is_finite() && point.y.is_finite())) {
            return Err(ErrorKind::Prompt.error("the line has a coordinate that is not a number; pass picture pixels"));
        }
        let mut mask = Self::empty(width, height)?;
        polygon::fill([points], width as usize, &mut mask.data);
        Ok(mask)
    }
}

/// Whether any pixel is at least `least`.
#[multiversion(targets("x86_64+avx2"))]
fn reaches(pixels: &[u8], least: u8) -> bool {
    // Folded without a branch, so that the compiler handles many pixels at once.
    let largest = |pixels: &[u8]| pixels.iter().fold(0, |largest, &value| value.max(largest));
    pixels.chunks(4096).any(|pixels| largest(pixels) >= least)
}

/// A mask drawn with letters, for tests: `.` is 0, `-` 60, `+` 200, and others are 255.
#[cfg(test)]
pub fn drawn(rows: &[&str]) -> Mask {
    let value = |letter: char| match letter {
        '.' => 0,
        '-' => 60,
        '+' => 200,
        _ => 255,
    };
    let data = rows.iter().flat_map(|row| row.chars().map(value)).collect();
    Mask::new(rows[0].len() as u32, rows.len() as u32, data).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_polygon_holds_the_pixels_it_goes_round(corners in prop::collection::vec((-5f64..30.0, -5f64..25.0), 0..9)) {
            let points: Vec<Point> = corners.iter().map(|&(x, y)| Point::new(x, y)).collect();
            let filled = Mask::polygon(24, 20, &points).unwrap();
            for (y, x) in (0..20).flat_map(|y| (0..24).map(move |x| (y, x))) {
                let centre = Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
                let lines = || (0..points.len()).map(|i| (points[i], points[(i + 1) % points.len()]));
                let near = |(a, b): (Point, Point)| {
                    let length = a.distance(b).powi(2).max(1e-12);
                    let t = ((centre.x - a.x) * (b.x - a.x) + (centre.y - a.y) * (b.y - a.y)) / length;
                    let t = t.clamp(0.0, 1.0);
                    centre.distance(Point::new(a.x + t * (b.x - a.x), a.y + t * (b.y - a.y))) < 0.75
                };
                if lines().any(near) {
                    continue;
                }
                let turns: i32 = lines().map(|(a, b)| {
                    let side = (b.x - a.x) * (centre.y - a.y) - (centre.x - a.x) * (b.y - a.y);
                    match (a.y <= centre.y, b.y <= centre.y) {
                        (true, false) if side > 0.0 => 1,
                        (false, true) if side < 0.0 => -1,
                        _ => 0,
                    }
                }).sum();
                prop_assert_eq!(filled.at(x, y), if turns == 0 { 0 } else { 255 });
            }
        }
    }
}
