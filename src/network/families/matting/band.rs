//! Redrawing a band along a mask's edge with a matting network, window by window.

use crate::base::cancel::Cancel;
use crate::base::error::Result;
use crate::geometry::distance::depth;
use crate::geometry::frame::Frame;
use crate::geometry::rect::Rect;
use crate::mask::soft::{HALF, Mask};
use crate::network::families::matting::network::Matting;
use crate::pixels::image::ImageView;
use crate::pixels::plane::Plane;
use crate::pixels::resample::axis::Filter;
use crate::pixels::resample::resize;

/// The cells along a window, which the network sees at once. They decide how much memory it takes.
const SIDE: usize = 1024;
/// The cells at a window's border that are seen but not redrawn, as the network does not see what lies beyond.
const MARGIN: usize = 128;
/// How far the band reaches to each side of the edge, in cells of the network that made the mask.
const REACH: f64 = 2.0;
/// The widest band to each side, in cells: in a wider one, a window would hold nothing that is known. For a wider band the
/// cells become larger than pixels.
const WIDEST: f64 = 48.0;
/// The narrowest band to each side, in pixels: hair sticks out.
const NARROWEST: f64 = 8.0;

impl Matting {
    /// Redraws the mask near its edge. `cell` is the size in picture pixels of a cell of the network that made the mask. If
    /// cancelled, the mask is unchanged.
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
        // Every window needs the old mask, so it is changed after the last one.
        let columns = mask.width() as usize;
        redrawn.into_iter().for_each(|(x, y, value)| mask.data_mut()[y as usize * columns + x as usize] = value);
        Ok(())
    }

    /// The new values of the band's pixels within `inner`.
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

/// The trimap of a mask on a grid: unknown within `reach` cells of the edge. None if the grid holds no edge.
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
    // Beyond the grid the mask continues as at the grid's rim.
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
