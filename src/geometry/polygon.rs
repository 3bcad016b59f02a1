//! Filling polygons: the exact share of each pixel that closed lines cover.

use std::sync::{Mutex, PoisonError};

use crate::geometry::point::Point;
use crate::geometry::rect::Rect;

/// A piece of a line, from top to bottom.
struct Edge {
    top: Point,
    bottom: Point,
    /// 1 if the line went down, -1 if it went up.
    winding: f64,
}

/// Fills the closed lines `rings` into `pixels`, rows of `width` bytes: 255 times the covered share of each pixel. The
/// non-zero rule holds: a region that a line goes round twice is as full as one that it goes round once, and a line
/// that goes round the other way inside another cuts a hole. Parts beyond the pixels are cut off.
///
/// Each line adds the signed area to its right to the pixels that it passes; a running sum along the row spreads that to the
/// right. Only one row of sums is in memory.
pub fn fill<'a>(rings: impl IntoIterator<Item = &'a [Point]>, width: usize, pixels: &mut [u8]) {
    let height = pixels.len() / width.max(1);
    let mut edges = Vec::new();
    for ring in rings {
        for (i, &from) in ring.iter().enumerate() {
            add_edge(&mut edges, from, ring[(i + 1) % ring.len()], width as f64, height as f64);
        }
    }
    edges.sort_unstable_by(|a, b| a.top.y.total_cmp(&b.top.y));
    let mut waiting = edges.into_iter().peekable();
    let mut active: Vec<Edge> = Vec::new();
    let mut sums = vec![0f32; width + 2];
    for (y, row) in pixels.chunks_exact_mut(width).enumerate() {
        let (above, below) = (y as f64, y as f64 + 1.0);
        while let Some(edge) = waiting.next_if(|edge| edge.top.y < below) {
            active.push(edge);
        }
        let (mut first, mut last) = (width, 0);
        for Edge { top, bottom, winding } in &active {
            let slope = (bottom.x - top.x) / (bottom.y - top.y);
            let (y0, y1) = (top.y.max(above), bottom.y.min(below));
            let at = |y: f64| (top.x + (y - top.y) * slope).clamp(0.0, width as f64);
            let (left, right) = add_piece(&mut sums, at(y0), at(y1), (y1 - y0) * winding);
            (first, last) = (first.min(left), last.max(right));
        }
        active.retain(|edge| edge.bottom.y > below);
        let mut sum = 0.0;
        let last = last.min(width);
        for (pixel, change) in row[first.min(last)..last].iter_mut().zip(&sums[first.min(last)..]) {
            sum += change;
            *pixel = (sum.abs() * 255.0 + 0.5) as u8; // saturates
        }
        sums[first..].iter_mut().take(last + 2 - first.min(last)).for_each(|sum| *sum = 0.0);
        if waiting.peek().is_none() && active.is_empty() {
            break;
        }
    }
}

/// Cuts a line to the picture. A part left of the picture is moved to its left border, so that it still fills what is to its
/// right.
fn add_edge(edges: &mut Vec<Edge>, from: Point, to: Point, width: f64, height: f64) {
    let (top, bottom, winding) = if from.y < to.y { (from, to, 1.0) } else { (to, from, -1.0) };
    let slope = (bottom.x - top.x) / (bottom.y - top.y);
    let (y0, y1) = (top.y.max(0.0), bottom.y.min(height));
    if !(slope.is_finite() && y0 < y1) {
        return; // level, or above or below the picture
    }
    let at = |y: f64| Point::new(top.x + (y - top.y) * slope, y);
    let crosses = |x: f64| if slope == 0.0 { y0 } else { (top.y + (x - top.x) / slope).clamp(y0, y1) };
    let (a, b) = (crosses(0.0), crosses(width));
    let cuts = [y0, a.min(b), a.max(b), y1].map(at);
    for pair in cuts.windows(2).filter(|pair| pair[0].y < pair[1].y) {
        let [top, bottom] = [pair[0], pair[1]].map(|point| Point::new(point.x.clamp(0.0, width), point.y));
        edges.push(Edge { top, bottom, winding });
    }
}

/// Adds a line that goes from `x0` to `x1` within a row, over `rise` of its height. Returns the columns that it changed.
fn add_piece(sums: &mut [f32], x0: f64, x1: f64, rise: f64) -> (usize, usize) {
    let (left, right) = (x0.min(x1), x0.max(x1));
    let (first, last) = (left as usize, right as usize);
    for column in first..=last {
        let edge = column as f64;
        let (a, b) = (left.max(edge), right.min(edge + 1.0));
        let part = if first == last { rise } else { rise * (b - a) / (right - left) };
        // This pixel is covered from the middle of the line on, and the pixels to its right wholly.
        let beyond = part * ((a + b) / 2.0 - edge);
        sums[column] += (part - beyond) as f32;
        sums[column + 1] += beyond as f32;
    }
    (first, last + 2)
}

/// A closed line, for many questions about points. Questions come row by row, so the crossings at the last height are kept:
/// a question that goes through all pieces of the line is one in each row.
#[derive(Debug, Default)]
pub struct ClosedLine {
    points: Vec<Point>,
    /// The height of the last question, and where the line crosses it, from left to right.
    last: Mutex<Option<(f64, Vec<f64>)>>,
}

impl ClosedLine {
    /// Whether the line goes round the point (even-odd rule).
    pub fn surrounds(&self, point: Point) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, crossings) = match last.take() {
            Some(known) if known.0 == point.y => last.insert(known),
            _ => last.insert((point.y, self.crossings(point.y))),
        };
        let to_the_right = crossings.len() - crossings.partition_point(|x| *x <= point.x);
        to_the_right % 2 == 1
    }

    /// Where the line crosses a height, from left to right.
    fn crossings(&self, y: f64) -> Vec<f64> {
        let pieces = self.points.iter().zip(self.points.iter().cycle().skip(1));
        let crossing = |(a, b): (&Point, &Point)| (b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x;
        let mut crossings: Vec<f64> = pieces.filter(|(a, b)| (a.y > y) != (b.y > y)).map(crossing).collect();
        crossings.sort_unstable_by(f64::total_cmp);
        crossings
    }
}

impl From<Vec<Point>> for ClosedLine {
    fn from(points: Vec<Point>) -> Self {
        Self { points, last: Mutex::default() }
    }
}

impl Clone for ClosedLine {
    fn clone(&self) -> Self {
        Self::from(self.points.clone())
    }
}

/// Lines are equal if their points are.
impl PartialEq for ClosedLine {
    fn eq(&self, other: &Self) -> bool {
        self.points == other.points
    }
}

/// The smallest rectangle round the points.
pub fn bounding_box(points: &[Point]) -> Option<Rect> {
    let first = points.first()?;
    Some(points.iter().fold(Rect::new(first.x, first.y, first.x, first.y), |rect, point| rect.including(*point)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filled(rings: &[&[(f64, f64)]], width: usize, height: usize) -> Vec<u8> {
        let rings: Vec<Vec<Point>> =
            rings.iter().map(|ring| ring.iter().map(|&(x, y)| Point::new(x, y)).collect()).collect();
        let mut pixels = vec![0; width * height];
        fill(rings.iter().map(Vec::as_slice), width, &mut pixels);
        pixels
    }

    #[test]
    fn parts_of_pixels_are_exact() {
        assert_eq!(filled(&[&[(0.5, 0.0), (2.0, 0.0), (2.0, 1.0), (0.5, 1.0)]], 3, 1), [128, 255, 0]);
        assert_eq!(filled(&[&[(0.0, 0.0), (2.0, 0.0), (0.0, 2.0)]], 2, 2), [255, 128, 128, 0]);
        assert_eq!(filled(&[&[(0.0, 0.25), (4.0, 0.25), (4.0, 0.5), (0.0, 0.5)]], 4, 1), [64; 4]);
    }

    #[test]
    fn beyond_the_picture_is_cut_off() {
        let around: &[(f64, f64)] = &[(-9.0, -9.0), (9.0, -9.0), (9.0, 9.0), (-9.0, 9.0)];
        assert_eq!(filled(&[around], 2, 2), [255; 4]);
        assert_eq!(filled(&[&[(-9.0, -1.0), (-1.0, -1.0), (-1.0, 5.0)]], 2, 2), [0; 4]);
        assert_eq!(filled(&[&[(-1e300, 0.0), (1e300, 0.0), (1e300, 1.0), (-1e300, 1.0)]], 1, 2), [255, 0]);
        let hole: &[(f64, f64)] = &[(1.0, 0.0), (1.0, 1.0), (2.0, 1.0), (2.0, 0.0)];
        assert_eq!(filled(&[around, hole], 3, 1), [255, 0, 255]);
        assert_eq!(filled(&[&[], &[(1.0, 1.0)], &[(0.0, 0.0), (1.0, 1.0)]], 2, 1), [0, 0]);
    }

    /// Whether a line goes round a point, from the definition.
    fn goes_round(line: &[Point], point: Point) -> bool {
        let pieces = line.iter().zip(line.iter().cycle().skip(1));
        let crosses = |(a, b): &(&Point, &Point)| {
            (a.y > point.y) != (b.y > point.y) && point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x
        };
        pieces.filter(crosses).count() % 2 == 1
    }

    #[test]
    fn a_row_of_questions_goes_through_a_hundred_thousand_points_once() {
        let wild: Vec<Point> =
            (0..100_000).map(|i| Point::new(f64::from(i * 37 % 500), f64::from(i * 91 % 700))).collect();
        let fine = (0..100_000).map(|i| f64::from(i) * 1e-4 * std::f64::consts::TAU / 10.0);
        let fine: Vec<Point> = fine.map(|a| Point::new(300.0 + 200.0 * a.cos(), 300.0 + 200.0 * a.sin())).collect();
        for points in [wild, fine] {
            let line = ClosedLine::from(points.clone());
            for y in [300.5, 2.5, 499.9, 699.5] {
                for x in [1.5, 99.9, 300.5, 250.5] {
                    let point = Point::new(x, y);
                    assert_eq!(line.surrounds(point), goes_round(&points, point), "{x}, {y}");
                    let last = line.last.lock().unwrap();
                    assert_eq!(last.as_ref().map(|(height, _)| *height), Some(y));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_of_a_row_changes_no_answer(
            line in prop::collection::vec((0.0f64..20.0, 0.0f64..20.0), 1..60),
            xs in prop::array::uniform3(-1.0f64..21.0),
            y in -1.0f64..21.0,
        ) {
            let points: Vec<Point> = line.iter().map(|&(x, y)| Point::new(x, y.round())).collect();
            let line = ClosedLine::from(points.clone());
            for y in [y, y.round(), y] {
                for point in xs.map(|x| Point::new(x, y)) {
                    prop_assert_eq!(line.surrounds(point), goes_round(&points, point));
                }
            }
        }

        #[test]
        fn the_area_of_a_triangle_is_kept(x in prop::array::uniform3(0f64..20.0), y in prop::array::uniform3(0f64..20.0)) {
            let pixels = filled(&[&[(x[0], y[0]), (x[1], y[1]), (x[2], y[2])]], 20, 20);
            let sum: f64 = pixels.iter().map(|&value| f64::from(value) / 255.0).sum();
            let area = ((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0])).abs() / 2.0;
            prop_assert!((sum - area).abs() < 0.2, "{sum} {area}");
        }
    }
}
