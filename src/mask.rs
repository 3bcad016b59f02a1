//! An 8-bit soft mask of a picture's size, and what a selection does with one.

use crate::error::{Error, Result, buffer};
use crate::frame::Rect;
use crate::image::{ImageView, PixelFormat};

/// From here on a pixel counts as selected where a yes or no is needed.
pub const HALF: u8 = 128;

/// How much of each pixel is selected: 0 not at all, 255 wholly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    width: u32,
    height: u32,
    data: Vec<u8>,
}

/// A rectangle of whole pixels, `x0..x1` by `y0..y1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelBox {
    /// First column.
    pub x0: u32,
    /// First row.
    pub y0: u32,
    /// Column after the last.
    pub x1: u32,
    /// Row after the last.
    pub y1: u32,
}

impl From<PixelBox> for Rect {
    fn from(pixels: PixelBox) -> Self {
        Rect::new(pixels.x0.into(), pixels.y0.into(), pixels.x1.into(), pixels.y1.into())
    }
}

impl Mask {
    /// Nothing is selected.
    pub fn empty(width: u32, height: u32) -> Result<Self> {
        ImageView::bytes_needed(width, height, width as usize, PixelFormat::Gray8)?;
        Ok(Self { width, height, data: buffer(width as usize * height as usize, 0)? })
    }

    /// Takes one byte a pixel, row by row without gaps.
    pub fn new(width: u32, height: u32, data: Vec<u8>) -> Result<Self> {
        let needed = ImageView::bytes_needed(width, height, width as usize, PixelFormat::Gray8)?;
        if data.len() != needed {
            return Err(Error::Image(format!(
                "a mask of {width} x {height} pixels takes {needed} bytes, not {}",
                data.len()
            )));
        }
        Ok(Self { width, height, data })
    }

    /// Pixels in a row.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// All pixels, row by row without gaps.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// All pixels, to be changed.
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }

    /// Row `y`.
    pub fn row(&self, y: u32) -> &[u8] {
        &self.data[y as usize * self.width as usize..][..self.width as usize]
    }

    /// The pixel at (x, y).
    pub fn at(&self, x: u32, y: u32) -> u8 {
        self.row(y)[x as usize]
    }

    /// How many pixels are selected by more than half.
    pub fn area(&self) -> u64 {
        self.data.iter().filter(|&&value| value >= HALF).count() as u64
    }

    /// The smallest box round all pixels of at least `least`.
    pub fn bounds(&self, least: u8) -> Option<PixelBox> {
        let any = |row: &[u8]| row.iter().any(|&value| value >= least);
        let y0 = (0..self.height).find(|&y| any(self.row(y)))?;
        let y1 = (0..self.height).rev().find(|&y| any(self.row(y)))? + 1;
        let (mut x0, mut x1) = (self.width, 0);
        for y in y0..y1 {
            let row = self.row(y);
            // Only what could widen the box is looked at.
            if let Some(x) = row[..x0 as usize].iter().position(|&value| value >= least) {
                x0 = x as u32;
            }
            if let Some(x) = row[x1 as usize..].iter().rposition(|&value| value >= least) {
                x1 += x as u32 + 1;
            }
        }
        Some(PixelBox { x0, y0, x1, y1 })
    }
}
