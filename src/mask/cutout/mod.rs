//! Cut-outs: an object on transparency, without the background's tint at its edge.
//!
//! Where the mask is soft, a pixel's colour is a mixture of the object's colour and the background's. Both are
//! estimated, and the object's is written. Other pixels are copied, or empty.

mod layers;

use std::ops::Range;

use crate::base::error::{ErrorKind, Result};
use crate::base::memory::buffer;
use crate::base::threads::{for_each_band, for_each_item};
use crate::mask::cutout::layers::{CELL, Coarse, Grid, TILE};
use crate::mask::soft::{Mask, PixelBox};
use crate::pixels::canvas::{Canvas, Ink};
use crate::pixels::image::{ImageView, PixelFormat};

/// The pixels round a tile that are seen with it. The object's colours continue at least that far beyond its edge, invisibly,
/// because scaling a cut-out mixes neighbours. Whole cells of the coarse grid.
const HALO: u32 = 16;

/// Options for a cut-out.
///
/// ```
/// use deepcrop::types::CutoutOptions;
///
/// let options = CutoutOptions::new().crop(8);
/// assert_eq!(options.crop, Some(8));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CutoutOptions {
    /// The margin in pixels around the object, to which the cut-out is cropped; `None` makes it as large as the picture.
    pub crop: Option<u32>,
}

impl CutoutOptions {
    /// The usual options: a cut-out as large as the picture.
    pub fn new() -> Self {
        Self::default()
    }

    /// Crops the cut-out to the object and a margin of so many pixels around it.
    pub fn crop(self, margin: u32) -> Self {
        Self { crop: Some(margin) }
    }
}

/// A cut-out: an object on transparency.
///
/// ```
/// use deepcrop::types::CutoutOptions;
/// use deepcrop::{Cutout, ImageView, Mask, PixelFormat};
///
/// let image = ImageView::new(&[200; 16], 4, 4, 4, PixelFormat::Gray8)?;
/// let mut mask = Mask::empty(4, 4)?;
/// mask.data_mut()[5] = 255;
/// let cutout = Cutout::new(&image, &mask, &CutoutOptions::new().crop(1))?;
/// assert_eq!((cutout.x, cutout.width, cutout.height), (0, 3, 3));
/// assert_eq!(cutout.pixels[4 * 4..5 * 4], [200, 200, 200, 255]);
/// # Ok::<(), deepcrop::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cutout {
    /// The column of the picture where the cut-out begins.
    pub x: u32,
    /// The row of the picture where the cut-out begins.
    pub y: u32,
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// The pixels: red, green, blue and opacity, one byte each, row by row without gaps.
    pub pixels: Vec<u8>,
}

impl Cutout {
    /// Cuts the object that the mask selects out of the picture. Its edge gets the object's own colours, without the
    /// background's tint. If the mask selects nothing, the cut-out is transparent and is not cropped.
    pub fn new(image: &ImageView, mask: &Mask, options: &CutoutOptions) -> Result<Self> {
        let whole = PixelBox { x0: 0, y0: 0, x1: mask.width(), y1: mask.height() };
        let PixelBox { x0, y0, x1, y1 } =
            options.crop.and_then(|margin| mask.bounds_with_margin(margin)).unwrap_or(whole);
        let (width, height) = (x1 - x0, y1 - y0);
        let stride = width as usize * PixelFormat::Rgba8.bytes();
        let mut pixels = buffer(stride * height as usize, 0u8)?;
        let mut canvas = Canvas::new(&mut pixels, width, height, stride, PixelFormat::Rgba8)?;
        cut_out(image, mask, (x0, y0), &mut canvas)?;
        Ok(Self { x: x0, y: y0, width, height, pixels })
    }
}

#[cfg(feature = "image")]
impl From<Cutout> for image::RgbaImage {
    fn from(Cutout { width, height, pixels, .. }: Cutout) -> Self {
        Self::from_raw(width, height, pixels).expect("a cut-out has four bytes for each pixel")
    }
}

/// Fills the canvas with the cut-out, beginning at (x, y) of the picture. The picture's own transparency counts too. Wholly
/// selected pixels keep their exact colours; pixels far outside become 0.
pub fn cut_out(image: &ImageView, mask: &Mask, (x, y): (u32, u32), canvas: &mut Canvas) -> Result<()> {
    mask.check_size(image.width(), image.height())?;
    let (across, down) = (x.saturating_add(canvas.width()), y.saturating_add(canvas.height()));
    if across > image.width() || down > image.height() {
        return Err(ErrorKind::Argument.error(format!(
            "the part at {x}, {y} of {} x {} pixels reaches beyond the picture of {} x {}; pass a part inside it",
            canvas.width(),
            canvas.height(),
            image.width(),
            image.height()
        )));
    }
    let tiles = Tiles::new(image, mask, x..across);
    let coarse = Coarse::new(image, mask, |column, row| tiles.near_edge(column, row))?;
    let ink = canvas.ink();
    let mut strips: Vec<(u32, Vec<&mut [u8]>)> = Vec::new();
    for (y, row) in (y..).zip(canvas.rows()) {
        match strips.last_mut() {
            Some((first, rows)) if *first / TILE == y / TILE => rows.push(row),
            _ => strips.push((y, vec![row])),
        }
    }
    for_each_item(&mut strips, |(y, rows)| tiles.strip(*y, rows, ink, coarse.as_ref()));
    Ok(())
}

/// The kind of a tile: nothing to do, to be copied, or with an edge.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Empty,
    Full,
    Edge,
}

/// The tiles of a picture. Only the pixels in `columns` are wanted.
struct Tiles<'a> {
    image: &'a ImageView<'a>,
    mask: &'a Mask,
    columns: Range<u32>,
    kinds: Vec<Kind>,
    /// The number of tiles in a row.
    across: usize,
}

impl<'a> Tiles<'a> {
    fn new(image: &'a ImageView, mask: &'a Mask, columns: Range<u32>) -> Self {
        let (across, down) = (mask.width().div_ceil(TILE) as usize, mask.height().div_ceil(TILE) as usize);
        let mut tiles = Self { image, mask, columns, kinds: Vec::new(), across };
        let mut kinds = vec![Kind::Empty; across * down];
        for_each_band(&mut kinds, across, 1_000_000 / (TILE * mask.width()) as usize + 1, |first, kinds| {
            kinds.iter_mut().zip(first * across..).for_each(|(kind, i)| *kind = tiles.look(i % across, i / across));
        });
        tiles.kinds = kinds;
        tiles
    }

    fn tile(&self, column: usize, row: usize) -> PixelBox {
        let (x0, y0) = (column as u32 * TILE, row as u32 * TILE);
        PixelBox { x0, y0, x1: (x0 + TILE).min(self.mask.width()), y1: (y0 + TILE).min(self.mask.height()) }
    }

    fn with_halo(&self, PixelBox { x0, y0, x1, y1 }: PixelBox) -> PixelBox {
        PixelBox {
            x0: x0.saturating_sub(HALO),
            y0: y0.saturating_sub(HALO),
            x1: (x1 + HALO).min(self.mask.width()),
            y1: (y1 + HALO).min(self.mask.height()),
        }
    }

    fn look(&self, column: usize, row: usize) -> Kind {
        let PixelBox { x0, y0, x1, y1 } = self.with_halo(self.tile(column, row));
        let (mut low, mut high) = (255, 0);
        for y in y0..y1 {
            let row = &self.mask.row(y)[x0 as usize..x1 as usize];
            (low, high) = row.iter().fold((low, high), |(low, high), &value| (value.min(low), value.max(high)));
            if low < 255 && high > 0 {
                return Kind::Edge;
            }
        }
        if high == 0 { Kind::Empty } else { Kind::Full }
    }

    /// Whether a tile or a neighbour of it has an edge.
    fn near_edge(&self, column: usize, row: usize) -> bool {
        let rows = self.kinds.chunks_exact(self.across).skip(row.saturating_sub(1)).take(row.min(1) + 2);
        let near = rows.flat_map(|kinds| &kinds[column.saturating_sub(1)..(column + 2).min(self.across)]);
        near.into_iter().any(|&kind| kind == Kind::Edge)
    }

    /// Writes the rows from `y` on, which lie in one row of tiles.
    fn strip(&self, y: u32, rows: &mut [&mut [u8]], ink: Ink, coarse: Option<&Coarse>) {
        let mut pixels = Vec::new();
        let row_of_tiles = (y / TILE) as usize;
        for column in (self.columns.start / TILE) as usize..self.columns.end.div_ceil(TILE) as usize {
            let (tile, kind) = (self.tile(column, row_of_tiles), self.kinds[row_of_tiles * self.across + column]);
            let (left, right) = (tile.x0.max(self.columns.start), tile.x1.min(self.columns.end));
            let bytes = |x: u32| (x - self.columns.start) as usize * ink.bytes();
            let place = bytes(left)..bytes(right);
            let seen = self.with_halo(tile);
            let front = match (kind, coarse) {
                (Kind::Edge, Some(coarse)) => coarse.refined(&Grid::of_pixels(self.image, self.mask, seen), seen),
                _ => Vec::new(),
            };
            let span = (seen.x1 - seen.x0) as usize;
            for (y, row) in (y..).zip(&mut *rows) {
                let to = &mut row[place.clone()];
                if kind == Kind::Empty {
                    to.fill(0);
                    continue;
                }
                self.image.exact_span(y, left..right, &mut pixels);
                if kind == Kind::Edge {
                    let first = (y - seen.y0) as usize * span + (left - seen.x0) as usize;
                    let selected = &self.mask.row(y)[left as usize..right as usize];
                    for ((pixel, &value), front) in pixels.iter_mut().zip(selected).zip(&front[first..]) {
                        if value < 255 {
                            let [r, g, b, _] = *front;
                            *pixel = [r, g, b, pixel[3] * f32::from(value) / 255.0];
                        }
                    }
                }
                ink.write(&pixels, to);
            }
        }
    }
}

const _: () = assert!(TILE.is_multiple_of(CELL) && HALO.is_multiple_of(CELL));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::image::PixelFormat;
    use crate::pixels::image::PixelFormat::*;

    const SIDE: u32 = 150;

    /// A disc with a soft edge; all of its colours, and the background's, change slowly over the picture.
    fn selected(x: u32, y: u32) -> f32 {
        let inside = 45.0 - (x as f32 - 70.0).hypot(y as f32 - 80.0);
        ((inside / 8.0 + 0.5).clamp(0.0, 1.0) * 255.0).round() / 255.0
    }

    fn front(x: u32, y: u32) -> [f32; 3] {
        [0.8, 0.2 + x as f32 / 1000.0, 0.1 + y as f32 / 1000.0]
    }

    fn mask() -> Mask {
        let value = |i: u32| (selected(i % SIDE, i / SIDE) * 255.0).round() as u8;
        Mask::new(SIDE, SIDE, (0..SIDE * SIDE).map(value).collect()).unwrap()
    }

    /// The disc before a background, in 16 bits with an alpha of its own.
    fn deep(opacity: f32, premultiplied: bool) -> Vec<u8> {
        let pixel = |i: u32| {
            let (x, y) = (i % SIDE, i / SIDE);
            let (alpha, front) = (selected(x, y), front(x, y));
            let back = [0.1, 0.6 + x as f32 / 2000.0, 0.9 - y as f32 / 1000.0];
            let scale = if premultiplied { opacity } else { 1.0 };
            let mixed: [f32; 3] = std::array::from_fn(|c| (alpha * front[c] + (1.0 - alpha) * back[c]) * scale);
            [mixed[0], mixed[1], mixed[2], opacity].map(|value| ((value * 65535.0).round() as u16).to_ne_bytes())
        };
        (0..SIDE * SIDE).flat_map(pixel).flatten().collect()
    }

    fn view(data: &[u8], format: PixelFormat) -> ImageView<'_> {
        ImageView::new(data, SIDE, SIDE, SIDE as usize * format.bytes(), format).unwrap()
    }

    fn cut(image: &ImageView, mask: &Mask, part: PixelBox, format: PixelFormat, premultiplied: bool) -> Vec<u8> {
        let (width, height) = (part.x1 - part.x0, part.y1 - part.y0);
        let stride = width as usize * format.bytes();
        let mut data = vec![9; stride * height as usize];
        let mut canvas = Canvas::new(&mut data, width, height, stride, format).unwrap().premultiplied(premultiplied);
        cut_out(image, mask, (part.x0, part.y0), &mut canvas).unwrap();
        data
    }

    const WHOLE: PixelBox = PixelBox { x0: 0, y0: 0, x1: SIDE, y1: SIDE };

    fn numbers(data: &[u8]) -> Vec<[f32; 4]> {
        let number = |bytes: [u8; 2]| f32::from(u16::from_ne_bytes(bytes)) / 65535.0;
        data.as_chunks::<2>().0.as_chunks::<4>().0.iter().map(|pixel| pixel.map(number)).collect()
    }

    #[test]
    fn the_objects_colours_come_back() {
        let data = deep(1.0, false);
        let cutout = numbers(&cut(&view(&data, Rgba16), &mask(), WHOLE, Rgba16, false));
        let picture = numbers(&data);
        for (i, (cut, before)) in cutout.iter().zip(&picture).enumerate() {
            let (x, y) = (i as u32 % SIDE, i as u32 / SIDE);
            assert_eq!(cut[3], selected(x, y));
            let truth = front(x, y);
            if cut[3] == 1.0 {
                assert_eq!(cut, before, "untouched");
            } else if (x as f32 - 70.0).hypot(y as f32 - 80.0) < 50.0 + HALO as f32 {
                // Beyond the edge too, where it cannot be seen.
                let off = (0..3).map(|c| (cut[c] - truth[c]).abs()).fold(0.0, f32::max);
                assert!(off < if cut[3] > 0.0 { 0.02 } else { 0.1 }, "{off} at {x}, {y}: {cut:?}, not {truth:?}");
            }
        }
    }

    #[test]
    fn depths_orders_and_multiplication_agree() {
        let data = deep(1.0, false);
        let image = view(&data, Rgba16);
        let deep = numbers(&cut(&image, &mask(), WHOLE, Rgba16, false));
        let multiplied = numbers(&cut(&image, &mask(), WHOLE, Rgba16, true));
        let plain = cut(&image, &mask(), WHOLE, Rgba8, false);
        let swapped = cut(&image, &mask(), WHOLE, Bgra8, false);
        let floats = cut(&image, &mask(), WHOLE, RgbaF32, false);
        for (i, [r, g, b, a]) in deep.into_iter().enumerate() {
            for (c, value) in [r, g, b].into_iter().enumerate() {
                assert!((multiplied[i][c] - value * a).abs() < 2e-5);
            }
            for (c, value) in [r, g, b, a].into_iter().enumerate() {
                assert!((f32::from(plain[4 * i + c]) / 255.0 - value).abs() < 0.0021);
                let float = f32::from_ne_bytes(floats[16 * i + 4 * c..][..4].try_into().unwrap());
                assert!((float - value).abs() < 2e-5);
            }
            assert_eq!([2, 1, 0, 3].map(|c| swapped[4 * i + c])[..], plain[4 * i..4 * i + 4]);
        }
    }

    #[test]
    fn the_pictures_own_transparency_counts() {
        let whole = deep(1.0, false);
        let solid = numbers(&cut(&view(&whole, Rgba16), &mask(), WHOLE, Rgba16, false));
        for premultiplied in [false, true] {
            let data = deep(0.5, premultiplied);
            let image = view(&data, Rgba16).premultiplied(premultiplied);
            for (half, solid) in numbers(&cut(&image, &mask(), WHOLE, Rgba16, false)).iter().zip(&solid) {
                assert!((half[3] - solid[3] / 2.0).abs() < 3e-5);
                assert!(solid[3] == 0.0 || (0..3).all(|c| (half[c] - solid[c]).abs() < 0.01), "{half:?} {solid:?}");
            }
        }
        // Where it is wholly transparent its colours mean nothing.
        let mut data = whole.clone();
        let hidden = |i: usize| i % SIDE as usize > 110;
        data.chunks_exact_mut(8).enumerate().filter(|(i, _)| hidden(*i)).for_each(|(_, pixel)| pixel.fill(0));
        for (i, pixel) in numbers(&cut(&view(&data, Rgba16), &mask(), WHOLE, Rgba16, false)).iter().enumerate() {
            let (x, y) = (i as u32 % SIDE, i as u32 / SIDE);
            if selected(x, y) > 0.0 && selected(x, y) < 1.0 {
                assert!((pixel[0] - 0.8).abs() < 0.03, "{pixel:?} at {x}, {y}");
            }
            assert!(!hidden(i) || pixel[3] == 0.0);
        }
    }

    #[test]
    fn a_part_is_what_the_whole_shows_there() {
        let data = deep(1.0, false);
        let image = view(&data, Rgba16);
        let whole = cut(&image, &mask(), WHOLE, Rgba8, false);
        assert_eq!(mask().bounds_with_margin(0), mask().bounds(1));
        let tight = mask().bounds_with_margin(3).unwrap();
        assert_eq!(tight.x0 + 3, mask().bounds(1).unwrap().x0);
        assert_eq!(mask().bounds_with_margin(u32::MAX), Some(WHOLE));
        assert_eq!(Mask::empty(3, 3).unwrap().bounds_with_margin(5), None);
        for part in [tight, PixelBox { x0: 149, y0: 0, x1: 150, y1: 1 }, PixelBox { x0: 63, y0: 64, x1: 129, y1: 65 }] {
            let width = (part.x1 - part.x0) as usize * 4;
            let data = cut(&image, &mask(), part, Rgba8, false);
            for (row, y) in data.chunks_exact(width).zip(part.y0..) {
                assert_eq!(row, &whole[(y * SIDE + part.x0) as usize * 4..][..width]);
            }
        }
    }

    #[test]
    fn parts_beyond_the_picture_and_other_masks_are_refused() {
        let data = deep(1.0, false);
        let mut room = vec![0; 4 * 20 * 20];
        let mut canvas = Canvas::new(&mut room, 20, 20, 80, Rgba8).unwrap();
        for at in [(131, 0), (0, 131), (u32::MAX, 5)] {
            let error = cut_out(&view(&data, Rgba16), &mask(), at, &mut canvas).unwrap_err().to_string();
            assert!(error.contains("beyond the picture"), "{error}");
        }
        let small = Mask::empty(3, 3).unwrap();
        let error = cut_out(&view(&data, Rgba16), &small, (0, 0), &mut canvas).unwrap_err().to_string();
        assert!(error.contains("3 x 3") && error.contains("150 x 150"), "{error}");
        assert!(room.iter().all(|&byte| byte == 0));
    }

    #[test]
    fn empty_full_and_half_masks_end_well() {
        let data: Vec<u8> = (0..SIDE * SIDE * 3).map(|i| (i * 7 % 251) as u8).collect();
        for (value, alpha) in [(0, 0), (255, 255), (100, 100)] {
            let flat = Mask::new(SIDE, SIDE, vec![value; (SIDE * SIDE) as usize]).unwrap();
            let cutout = cut(&view(&data, Rgb8), &flat, WHOLE, Rgba8, false);
            for (cut, before) in cutout.chunks_exact(4).zip(data.chunks_exact(3)) {
                assert_eq!(cut[3], alpha);
                assert!(value != 255 || cut[..3] == *before);
            }
        }
        let dot = Mask::new(1, 1, vec![50]).unwrap();
        let pixel = ImageView::new(&[10, 20, 30], 1, 1, 3, Rgb8).unwrap();
        assert_eq!(cut(&pixel, &dot, PixelBox { x0: 0, y0: 0, x1: 1, y1: 1 }, Rgba8, false), [10, 20, 30, 50]);
    }
}
