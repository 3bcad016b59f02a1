//! Logits: a network's numbers before the sigmoid. They are drawn as networks' authors do it: interpolated linearly,
//! then passed through the sigmoid. The object's edge lies where they cross 0, to a fraction of a cell.

use crate::base::error::Result;
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::geometry::rect::Rect;
use crate::mask::soft::Mask;
use crate::pixels::plane::Plane;
use crate::pixels::resample::axis::Filter;
use crate::pixels::resample::{lay_linear, resize};

/// The logit below which the sigmoid is 0 in 8 bits.
const FAINT: f32 = -6.3;
/// The table of the sigmoid in 8 bits has steps of `1 / STEPS` from `-REACH` to `REACH`; beyond, the sigmoid is 0 or 255.
const REACH: usize = 8;
const STEPS: usize = 256;

/// The logits of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Logits {
    /// The logits, above 0 on the object.
    pub plane: Plane,
    /// The columns and rows of the grid on which the padding is cut off, for networks that pad pictures.
    pub by_way_of: Option<(usize, usize)>,
}

impl Logits {
    /// The probability that each cell belongs to the object.
    pub fn probabilities(&self) -> Plane {
        let data = self.plane.data.iter().map(|&logit| crate::pixels::tensor::sigmoid(logit)).collect();
        Plane { data, ..self.plane }
    }

    /// The logits with `odds` added to each.
    pub fn leaning(&self, odds: f32) -> Self {
        let data = self.plane.data.iter().map(|logit| logit + odds).collect();
        Self { plane: Plane { data, ..self.plane }, ..*self }
    }

    /// Draws the logits as a mask of a picture. `frame` is that of the plane.
    pub fn over(&self, frame: &Frame, width: u32, height: u32) -> Result<Mask> {
        let table: Vec<u8> = (0..2 * REACH * STEPS).map(looked_up).collect();
        let byte = |logit: f32| {
            // The cast turns negative numbers into 0.
            let place = ((logit + REACH as f32) * STEPS as f32) as usize;
            table[place.min(table.len() - 1)]
        };
        let mut mask = Mask::empty(width, height)?;
        let Some((columns, rows)) = self.by_way_of else {
            lay_linear(&self.plane, frame, mask.data_mut(), (width, height), FAINT, byte)?;
            return Ok(mask);
        };
        let grid = frame.resized(columns, rows);
        let low = grid.to_grid(Point::new(0.0, 0.0));
        let high = grid.to_grid(Point::new(f64::from(width), f64::from(height)));
        let kept = |low: f64, high: f64, cells: usize| {
            let first = (low.round() as usize).min(cells - 1);
            first..(high.round() as usize).clamp(first + 1, cells)
        };
        let (across, down) = (kept(low.x, high.x, columns), kept(low.y, high.y, rows));
        let low = grid.to_picture(Point::new(across.start as f64, down.start as f64));
        let high = grid.to_picture(Point::new(across.end as f64, down.end as f64));
        let kept = Frame::stretch(Rect::new(low.x, low.y, high.x, high.y), across.len(), down.len());
        let cut = resize(&self.plane, frame, &kept, Filter::Linear)?;
        lay_linear(&cut, &kept, mask.data_mut(), (width, height), FAINT, byte)?;
        Ok(mask)
    }
}

/// An entry of the table, for all logits from this place to the next. The entry of logit 0 is the first that is selected.
fn looked_up(place: usize) -> u8 {
    let logit = place as f32 / STEPS as f32 - REACH as f32;
    (crate::pixels::tensor::sigmoid(logit) * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::soft::HALF;

    /// Nought on the line `x = at`, in cells, with so steep a slope to the left.
    fn ramp(width: usize, height: usize, at: f32, slope: f32) -> Plane {
        let data = (0..width * height).map(|cell| slope * (at - (cell % width) as f32 - 0.5)).collect();
        Plane { width, height, data }
    }

    #[test]
    fn the_edge_is_where_the_logits_cross_nought() {
        // However steep or uneven: -30 beside +2 crosses at 1/16 of the way.
        let mut plane = ramp(8, 4, 4.3, 3.0);
        plane.data.iter_mut().for_each(|logit| *logit *= if *logit < 0.0 { 15.0 } else { 1.0 });
        let crossing = 3.5 + 2.4 / (2.4 + 0.2 * 45.0);
        let frame = Frame::stretch(Rect::whole(800, 400), 8, 4);
        let mask = Logits { plane, by_way_of: None }.over(&frame, 800, 400).unwrap();
        for y in [0, 199, 399] {
            let selected = mask.row(y).iter().filter(|value| **value >= HALF).count();
            assert!((selected as f32 - 100.0 * crossing).abs() <= 1.0, "{selected}");
        }
    }

    #[test]
    fn padding_is_cut_off_where_the_authors_cut_it() {
        // A picture of 200 x 100 in the corner of 64 x 64, masks of 16 x 16.
        let frame = Frame::corner(Rect::whole(200, 100), 64, 64).resized(16, 16);
        let mut plane = ramp(16, 16, 8.0, 2.0);
        plane.data[16 * 8..].fill(-99.0); // What lies beyond is not looked at by more than half a cell of 64.
        let mask = Logits { plane, by_way_of: Some((64, 64)) }.over(&frame, 200, 100).unwrap();
        assert!((0..98).all(|y| mask.at(98, y) >= HALF && mask.at(101, y) < HALF || y > 91));
        assert_eq!((mask.at(0, 0), mask.at(199, 0)), (255, 0));
    }

    #[test]
    fn a_table_is_as_good_as_the_sigmoid() {
        let data: Vec<f32> = (-1000..1000).map(|i| i as f32 / 100.0).collect();
        let plane = Plane { width: 2000, height: 1, data };
        let frame = Frame::stretch(Rect::whole(2000, 1), 2000, 1);
        let mask = Logits { plane: plane.clone(), by_way_of: None }.over(&frame, 2000, 1).unwrap();
        for (value, logit) in mask.data().iter().zip(&plane.data) {
            let exact = crate::pixels::tensor::sigmoid(*logit) * 255.0;
            assert!((f32::from(*value) - exact).abs() <= 0.8 && (*value >= HALF) == (*logit >= 0.0), "{value} {exact}");
        }
    }

    #[test]
    fn a_window_leaves_the_rest_of_the_picture_alone() {
        let plane = Plane { width: 4, height: 4, data: vec![9.0; 16] };
        let frame = Frame::stretch(Rect::new(20.0, 10.0, 40.0, 30.0), 4, 4);
        for by_way_of in [None, Some((16, 16))] {
            let mask = Logits { plane: plane.clone(), by_way_of }.over(&frame, 60, 50).unwrap();
            assert_eq!((mask.area(), mask.at(20, 10), mask.at(39, 29)), (400, 255, 255));
        }
    }
}
