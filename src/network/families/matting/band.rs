//! The band along a mask's edge that a matting network redraws, window by window.

use crate::base::cancel::Cancel;
use crate::base::error::Result;
use crate::geometry::distance::depth;
use crate::geometry::frame::Frame;
use crate::geometry::rect::Rect;
use crate::mask::soft::{HALF, Mask};
use crate::network::families::matting::Matting;
use crate::pixels::image::ImageView;
use crate::pixels::plane::Plane;
use crate::pixels::resample::axis::Filter;
use crate::pixels::resample::resize;

/// Cells along a window: what the network sees at once, and so how much memory it takes.
const SIDE: usize = 1024;
/// Cells at a window's border that only the network sees: what lies beyond the window would count there.
const MARGIN: usize = 128;
/// How far the band reaches to each side of the edge, in cells of the network that drew the mask.
const REACH: f64 = 2.0;
/// The band is at most so many cells wide to each side, or a window would hold nothing that is known: where it is wider,
/// cells are larger than pixels.
const WIDEST: f64 = 48.0;
/// No narrower either: hair sticks out.
const NARROWEST: f64 = 8.0;

impl Matting {
    /// Redraws the mask within some pixels of its half-selected line; `cell` is how many picture pixels a cell of the
    /// network covers that drew it. Cancelled, the mask is unchanged.
    pub fn refine(&self, image: &ImageView, mask: &mut Mask, cell: f64, cancel: &Cancel) -> Result<()> {
        let reach = (REACH * cell).max(NARROWEST);
        let scale = (reach / WIDEST).max(1.0);
        let (width, height) = (f64::from(mask.width()), f64::from(mask.height()));
        let core = ((SIDE - 2 * MARGIN) as f64 * scale).floor();
        let (columns, rows) = ((width / core).ceil() as usize, (height / core).ceil() as usize);
        let mut redrawn = Vec::new();
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            cancel.report((row * columns + column) as f32 / (rows * columns) as f32, "refining the edge")?;
            let (x0, y0) = (column as f64 * core, row as f64 * core);
            let inner = Rect { x0, y0, x1: (x0 + core).min(width), y1: (y0 + core).min(height) };
            redrawn.extend(self.redraw(image, mask, inner, reach, scale, cancel)?);
        }
        // Windows look at the mask as it was, so nothing is written before all are done.
        let columns = mask.width() as usize;
        redrawn.into_iter().for_each(|(x, y, value)| mask.data_mut()[y as usize * columns + x as usize] = value);
        Ok(())
    }

    /// The pixels of the band within `inner`, anew.
    fn redraw(
        &self,
        image: &ImageView,
        mask: &Mask,
        inner: Rect,
        reach: f64,
        scale: f64,
        cancel: &Cancel,
    ) -> Result<Vec<(u32, u32, u8)>> {
        let margin = (MARGIN as f64 * scale).floor();
        let (width, height) = (f64::from(mask.width()), f64::from(mask.height()));
        let outer = Rect {
            x0: (inner.x0 - margin).max(0.0),
            y0: (inner.y0 - margin).max(0.0),
            x1: (inner.x1 + margin).min(width),
            y1: (inner.y1 + margin).min(height),
        };
        let cells = |length: f64| ((length / scale).round() as usize).max(1);
        let frame = Frame::stretch(outer, cells(outer.width()), cells(outer.height()));
        let Some(trimap) = trimap(mask, &frame, reach / scale) else { return Ok(Vec::new()) };
        let alpha = self.alpha(image, &frame, &trimap, cancel)?;
        let pixels = Frame::pixels(inner, usize::MAX);
        let alpha = resize(&alpha, &frame, &pixels, Filter::Smooth)?;
        let unknown = |x: usize, y: usize| {
            let (x, y) = frame.cell_of(pixels.centre_of(y * pixels.width + x));
            trimap.at(x, y) == 0.5
        };
        let all = (0..pixels.height).flat_map(|y| (0..pixels.width).map(move |x| (x, y)));
        let (left, top) = (inner.x0 as usize, inner.y0 as usize);
        let new = all.filter(|&(x, y)| unknown(x, y));
        Ok(new.map(|(x, y)| ((left + x) as u32, (top + y) as u32, (alpha.at(x, y) * 255.0 + 0.5) as u8)).collect())
    }
}

/// What is known of a mask on a grid: nothing within `reach` cells of the half-selected line. None where the line is nowhere
/// near.
fn trimap(mask: &Mask, frame: &Frame, reach: f64) -> Option<Plane> {
    let pixel = |cell: usize| {
        let centre = frame.centre_of(cell);
        mask.at((centre.x as u32).min(mask.width() - 1), (centre.y as u32).min(mask.height() - 1))
    };
    let (width, height) = (frame.width, frame.height);
    let selected: Vec<bool> = (0..width * height).map(|cell| pixel(cell) >= HALF).collect();
    if selected.iter().all(|one| *one == selected[0]) {
        return None;
    }
    // Beyond the grid it goes on as at its rim.
    let margin = reach.ceil() as usize + 1;
    let wide = width + 2 * margin;
    let within = |at: usize, cells: usize| at.saturating_sub(margin).min(cells - 1);
    let inside = |cell: usize| selected[within(cell / wide, height) * width + within(cell % wide, width)];
    let to_outside = depth(wide, height + 2 * margin, inside);
    let to_inside = depth(wide, height + 2 * margin, |cell| !inside(cell));
    let data = selected.iter().enumerate().map(|(cell, &selected)| {
        let place = (cell / width + margin) * wide + cell % width + margin;
        if f64::from(to_outside[place].max(to_inside[place])) <= reach { 0.5 } else { f32::from(u8::from(selected)) }
    });
    Some(Plane { width, height, data: data.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_the_edge_is_nothing_known() {
        let data = (0..40 * 20).map(|cell| if cell % 40 < 20 { 255 } else { 0 }).collect();
        let mask = Mask::new(40, 20, data).unwrap();
        let plane = trimap(&mask, &Frame::stretch(Rect::whole(40, 20), 40, 20), 4.0).unwrap();
        let row: Vec<f32> = (0..40).map(|x| plane.at(x, 19)).collect();
        assert_eq!((row[15], row[16], row[23], row[24]), (1.0, 0.5, 0.5, 0.0));
        assert_eq!((row[0], row[39]), (1.0, 0.0), "the picture's border is no edge");
        // On cells of two pixels.
        let plane = trimap(&mask, &Frame::stretch(Rect::whole(40, 20), 20, 10), 2.0).unwrap();
        assert_eq!([7, 8, 11, 12].map(|x| plane.at(x, 0)), [1.0, 0.5, 0.5, 0.0]);
        for value in [0, 255] {
            let flat = Mask::new(5, 5, vec![value; 25]).unwrap();
            assert!(trimap(&flat, &Frame::stretch(Rect::whole(5, 5), 5, 5), 4.0).is_none());
        }
    }
}
