//! The guard: a new click changes the selection only around the click, and every click is obeyed.
//!
//! Networks sometimes answer one more click with a wholly different mask. So the guard compares the new answer with the
//! selection and splits the difference into parts. It takes the part that holds the click (progressive merge, Chen et al.,
//! FocalClick, 2022), as far as the click reaches (see `correction_range`), and of the other parts only small ones. It takes
//! only what the click asked for: an include click never removes a pixel, an exclude click never adds one.
//! `deepcrop eval --no-guard` measures without it.

pub mod correction_range;

use crate::base::error::Result;
use crate::base::threads::for_each_band;
use crate::geometry::connected_parts::Parts;
use crate::geometry::distance::{depth, distance};
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::geometry::rect::Rect;
use crate::mask::grid::{render, sample_mask};
use crate::mask::soft::{HALF, Mask};
use crate::network::hints::{Hints, obeyed_radius};
use crate::pixels::plane::Plane;
use crate::session::guard::correction_range::Reaches;

/// The cells along the longer side of the grid on which parts are found.
const GRID: f64 = 256.0;

/// The most that the parts without the new click may change, as a share of the selection. The smallest come first.
const FAR: f64 = 0.02;

/// Pixels handled together. Most such runs are equal in both masks, or keep the old mask, and cost almost nothing.
const STRIDE: usize = 256;

/// The kind of the new click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// An include click: the selection may only grow.
    Include,
    /// An exclude click: the selection may only shrink.
    Exclude,
}

/// Changes `after`, the new mask: keeps what the new `clicks` ask for and restores the mask `before` elsewhere. The two may
/// differ only within `window`, which holds all of `before`.
pub fn merge(before: &Mask, after: &mut Mask, window: Rect, wish: Wish, clicks: &[Point], hints: &Hints) -> Result<()> {
    let scale = GRID / window.width().max(window.height());
    let cells = |length: f64| ((length * scale).round() as usize).max(1);
    let frame = Frame::stretch(window, cells(window.width()), cells(window.height()));
    let (width, height) = (frame.width, frame.height);
    let (old, new) = (sample_mask(before, &frame)?, sample_mask(after, &frame)?);
    let changed = |cell: usize| match wish {
        Wish::Include => old.data[cell] < 0.5 && new.data[cell] >= 0.5,
        Wish::Exclude => old.data[cell] >= 0.5 && new.data[cell] < 0.5,
    };
    let parts = Parts::find(width, height, changed);
    let near = |(x, y): (usize, usize), reach: usize| {
        let rows = y.saturating_sub(reach)..(y + reach + 1).min(height);
        rows.flat_map(move |v| (x.saturating_sub(reach)..(x + reach + 1).min(width)).map(move |u| v * width + u))
    };
    let selected = old.data.iter().filter(|&&value| value >= 0.5).count() as f64;
    let mut by_size: Vec<usize> = (0..parts.areas.len()).collect();
    by_size.sort_by_key(|&part| parts.areas[part]);
    let mut wanted = vec![false; parts.areas.len() + 1];
    let mut far = 0.0;
    for part in by_size {
        far += parts.areas[part] as f64;
        wanted[part + 1] = far <= FAR * selected;
    }
    // A click may lie one cell beside its part.
    for &click in clicks {
        near(frame.cell_of(click), 1).for_each(|cell| wanted[parts.label[cell] as usize] = true);
    }
    wanted[0] = false;
    // If the part also holds earlier clicks of the other kind, each cell goes to the nearest click.
    let others = match wish {
        Wish::Include => &hints.exclude,
        Wish::Exclude => &hints.include,
    };
    let opposed: Vec<Point> = others
        .iter()
        .copied()
        .filter(|&other| {
            let (x, y) = frame.cell_of(other);
            wanted[parts.label[y * width + x] as usize]
        })
        .collect();
    let nearest =
        |points: &[Point], to: Point| points.iter().map(|point| point.distance(to)).fold(f64::INFINITY, f64::min);
    let away = match wish {
        Wish::Include => distance(width, height, |cell| old.data[cell] >= 0.5),
        Wish::Exclude => depth(width, height, |cell| old.data[cell] >= 0.5),
    };
    let reaches = Reaches::new(clicks, &frame, &old, away);
    let taken = |cell: usize| {
        wanted[parts.label[cell] as usize]
            && reaches.hold(cell)
            && (opposed.is_empty() || {
                let centre = frame.centre_of(cell);
                nearest(clicks, centre) < nearest(&opposed, centre)
            })
    };
    let mut share = Plane::zeros(width, height);
    for cell in (0..width * height).filter(|&cell| taken(cell)) {
        // One cell more on each side, for the part's soft edge.
        near((cell % width, cell / width), 1).for_each(|cell| share.data[cell] = 1.0);
    }
    let share = render(&share, &frame, before.width(), before.height())?;
    let columns = before.width() as usize;
    for_each_band(after.data_mut(), columns, 1 + 500_000 / columns, |first_row, band| {
        let start = first_row * columns;
        let olds = before.data()[start..start + band.len()].chunks(STRIDE);
        let shares = share.data()[start..start + band.len()].chunks(STRIDE);
        for ((news, olds), shares) in band.chunks_mut(STRIDE).zip(olds).zip(shares) {
            let same = news == olds;
            if !same && shares.iter().fold(0, |any, share| any | share) == 0 {
                news.copy_from_slice(olds);
            } else if !same {
                for ((new, &old), &share) in news.iter_mut().zip(olds).zip(shares) {
                    let wished = if wish == Wish::Include { (*new).max(old) } else { (*new).min(old) };
                    let [wished, old, share] = [wished, old, share].map(u16::from);
                    *new = ((wished * share + old * (255 - share) + 127) / 255) as u8;
                }
            }
        }
    });
    Ok(())
}

/// Makes the mask right at every click. A click that the mask ignores gets a small soft disk, which ends before the nearest
/// click of the other kind.
pub fn obey(mask: &mut Mask, hints: &Hints) {
    let longer = f64::from(mask.width().max(mask.height()));
    let kinds = [(&hints.include, &hints.exclude, 255u8), (&hints.exclude, &hints.include, 0)];
    for (points, others, value) in kinds {
        for &point in points {
            let (x, y) = pixel_of(mask, point);
            if (mask.at(x, y) >= HALF) == (value >= HALF) {
                continue;
            }
            let gap = others.iter().map(|other| other.distance(point)).fold(f64::INFINITY, f64::min);
            disk(mask, point, obeyed_radius(longer).min(gap / 2.0).max(0.5), value);
        }
    }
    // Where clicks crowd, the soft rim of one disk may change the pixel of another click.
    for (points, _, value) in kinds {
        for &point in points {
            let (x, y) = pixel_of(mask, point);
            if (mask.at(x, y) >= HALF) != (value >= HALF) {
                let columns = mask.width() as usize;
                mask.data_mut()[y as usize * columns + x as usize] = value;
            }
        }
    }
}

/// The pixel under a point. The picture's right and lower borders belong to the last pixels.
pub fn pixel_of(mask: &Mask, point: Point) -> (u32, u32) {
    ((point.x.max(0.0) as u32).min(mask.width() - 1), (point.y.max(0.0) as u32).min(mask.height() - 1))
}

fn disk(mask: &mut Mask, centre: Point, radius: f64, value: u8) {
    let (width, height) = (f64::from(mask.width()), f64::from(mask.height()));
    let columns = mask.width() as usize;
    let range = |middle: f64, length: f64| {
        (middle - radius - 1.0).floor().max(0.0) as usize..(middle + radius + 1.0).ceil().min(length) as usize
    };
    let middle = pixel_of(mask, centre);
    for y in range(centre.y, height) {
        for x in range(centre.x, width) {
            let distance = Point::new(x as f64 + 0.5, y as f64 + 0.5).distance(centre);
            // Even the smallest disk sets the clicked pixel fully.
            let weight = if (x as u32, y as u32) == middle { 1.0 } else { (radius + 0.5 - distance).clamp(0.0, 1.0) };
            let pixel = &mut mask.data_mut()[y * columns + x];
            *pixel = (f64::from(*pixel) + (f64::from(value) - f64::from(*pixel)) * weight).round() as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn squares(rects: &[(u32, u32, u32, u32)]) -> Mask {
        let mut mask = Mask::empty(200, 100).unwrap();
        for &(x0, y0, x1, y1) in rects {
            for y in y0..y1 {
                for x in x0..x1 {
                    mask.data_mut()[(y * 200 + x) as usize] = 255;
                }
            }
        }
        mask
    }

    fn merged(before: &Mask, after: &Mask, wish: Wish, click: Point, hints: &Hints) -> Mask {
        let mut result = after.clone();
        merge(before, &mut result, Rect::whole(200, 100), wish, &[click], hints).unwrap();
        result
    }

    #[test]
    fn only_the_clicked_part_changes_and_only_as_asked() {
        let before = squares(&[(20, 20, 60, 60)]);
        // The new answer adds at the right, adds far away, and loses half of the old square.
        let after = squares(&[(40, 20, 90, 60), (150, 20, 180, 60)]);
        let click = Point::new(80.0, 40.0);
        let hints = Hints { include: vec![Point::new(30.0, 40.0), click], ..Hints::default() };
        let result = merged(&before, &after, Wish::Include, click, &hints);
        assert_eq!(result.at(80, 40), 255, "what was clicked is taken");
        assert_eq!(result.at(165, 40), 0, "nothing far away");
        assert_eq!(result.at(25, 40), 255, "an include click removes nothing");

        let click = Point::new(30.0, 40.0);
        let result = merged(&before, &after, Wish::Exclude, click, &Hints { exclude: vec![click], ..Hints::default() });
        assert_eq!((result.at(25, 40), result.at(50, 40), result.at(80, 40)), (0, 255, 0));
    }

    #[test]
    fn an_earlier_click_is_not_swallowed() {
        let before = squares(&[(20, 20, 180, 60)]);
        let after = squares(&[]);
        let (keep, drop) = (Point::new(40.0, 40.0), Point::new(160.0, 40.0));
        let hints = Hints { include: vec![keep], exclude: vec![drop], ..Hints::default() };
        let result = merged(&before, &after, Wish::Exclude, drop, &hints);
        assert_eq!((result.at(40, 40), result.at(90, 40), result.at(160, 40)), (255, 255, 0));
    }

    proptest! {
        #[test]
        fn an_include_click_takes_nothing_and_an_exclude_click_gives_nothing(
            old in prop::collection::vec(any::<u8>(), 6 * 4), new in prop::collection::vec(any::<u8>(), 6 * 4),
            click in (0.0..200.0f64, 0.0..100.0f64), other in (0.0..200.0f64, 0.0..100.0f64), include: bool,
        ) {
            let window = Rect::whole(200, 100);
            let blobs = |data: &[u8]| {
                let data = data.iter().map(|&value| f32::from(value) / 255.0).collect();
                render(&Plane { width: 6, height: 4, data }, &Frame::stretch(window, 6, 4), 200, 100).unwrap()
            };
            let (before, after) = (blobs(&old), blobs(&new));
            let (click, other) = (Point::new(click.0, click.1), Point::new(other.0, other.1));
            let (wish, hints) = match include {
                true => (Wish::Include, Hints { include: vec![click], exclude: vec![other], ..Hints::default() }),
                false => (Wish::Exclude, Hints { include: vec![other], exclude: vec![click], ..Hints::default() }),
            };
            let result = merged(&before, &after, wish, click, &hints);
            for ((&old, &new), &result) in before.data().iter().zip(after.data()).zip(result.data()) {
                prop_assert!(if include { result >= old } else { result <= old }, "{} {}", old, result);
                // The result lies between the old and the new mask.
                prop_assert!((old.min(new)..=old.max(new)).contains(&result), "{} {} {}", old, new, result);
            }
        }

        #[test]
        fn every_click_is_obeyed(
            points in prop::collection::vec((0.0..200.0f64, 0.0..100.0f64, any::<bool>()), 1..12),
            // Close together, so that soft disks touch.
            crowd in prop::collection::vec((58.0..62.0f64, 58.0..62.0f64, any::<bool>()), 0..12),
        ) {
            let mut hints = Hints::default();
            let mut seen = std::collections::HashMap::new();
            let mut mask = squares(&[(20, 20, 60, 60)]);
            for (x, y, include) in points.into_iter().chain(crowd) {
                let point = Point::new(x, y);
                // Two opposite clicks on one pixel cannot both be right.
                if *seen.entry(pixel_of(&mask, point)).or_insert(include) == include {
                    if include { hints.include.push(point) } else { hints.exclude.push(point) }
                }
            }
            obey(&mut mask, &hints);
            for (points, inside) in [(&hints.include, true), (&hints.exclude, false)] {
                for &point in points {
                    let (x, y) = pixel_of(&mask, point);
                    prop_assert_eq!(mask.at(x, y) >= HALF, inside);
                }
            }
        }
    }
}
