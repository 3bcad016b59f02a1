//! Non-maximum suppression: of many boxes or masks of one object, only the best stays.

use crate::geometry::rect::Rect;

/// The IoU of two boxes.
pub fn overlap(a: &Rect, b: &Rect) -> f64 {
    let shared = |a0: f64, a1: f64, b0: f64, b1: f64| (a1.min(b1) - a0.max(b0)).max(0.0);
    let both = shared(a.x0, a.x1, b.x0, b.x1) * shared(a.y0, a.y1, b.y0, b.y1);
    let either = a.width() * a.height() + b.width() * b.height() - both;
    if both > 0.0 { both / either } else { 0.0 }
}

/// Takes the best box, drops the boxes of its class that overlap with it by more than `most_overlap`, and repeats that
/// with the rest until `count` are taken. Boxes come with their scores and classes, in any order. Returns the indices
/// of the boxes that stay, the best first.
pub fn suppress(boxes: &[(Rect, f32, u32)], most_overlap: f64, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..boxes.len()).collect();
    // Of equal scores the first comes first, so that the same list always gives the same result.
    order.sort_by(|&a, &b| boxes[b].1.total_cmp(&boxes[a].1));
    let rivals = |&better: &usize, &next: &usize| {
        boxes[better].2 == boxes[next].2 && overlap(&boxes[better].0, &boxes[next].0) > most_overlap
    };
    best(order, rivals, count)
}

/// The same for items of any kind, ranked from best to worst: takes each item that is no rival of one taken before,
/// until `count` are taken. `rivals` gets the better item first.
pub fn best<T>(ranked: impl IntoIterator<Item = T>, rivals: impl Fn(&T, &T) -> bool, count: usize) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for next in ranked {
        if kept.len() >= count {
            break;
        }
        if !kept.iter().any(|better| rivals(better, &next)) {
            kept.push(next);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn square(x: f64, score: f32, class: u32) -> (Rect, f32, u32) {
        (Rect::new(x, 0.0, x + 10.0, 10.0), score, class)
    }

    #[test]
    fn the_best_of_those_that_overlap_stays() {
        // The second overlaps both its neighbours by more than half and falls to the best of them; the third then stands.
        let boxes = [square(0.0, 0.9, 0), square(3.0, 0.8, 0), square(6.0, 0.7, 0), square(1.0, 0.5, 1)];
        assert_eq!(suppress(&boxes, 0.5, 10), [0, 2, 3]);
        assert_eq!(suppress(&boxes, 0.5, 2), [0, 2]);
        assert_eq!(suppress(&boxes, 1.0, 10), [0, 1, 2, 3]);
        assert!(suppress(&[], 0.5, 10).is_empty());
    }

    #[test]
    fn overlap_is_intersection_over_union() {
        let rect = Rect::new;
        assert_eq!(overlap(&rect(0.0, 0.0, 10.0, 10.0), &rect(5.0, 0.0, 15.0, 10.0)), 1.0 / 3.0);
        assert_eq!(overlap(&rect(0.0, 0.0, 10.0, 10.0), &rect(10.0, 0.0, 15.0, 10.0)), 0.0);
        // Boxes without area.
        assert_eq!(overlap(&rect(1.0, 1.0, 1.0, 1.0), &rect(1.0, 1.0, 1.0, 1.0)), 0.0);
    }

    proptest! {
        #[test]
        fn what_stays_hardly_overlaps_and_what_goes_overlaps_something_better(
            boxes in prop::collection::vec((0f64..50.0, 0f64..50.0, 1f64..30.0, 1f64..30.0, 0f32..1.0, 0u32..3), 0..40),
            most in 0.05f64..0.95,
        ) {
            let boxes: Vec<_> =
                boxes.into_iter().map(|(x, y, w, h, score, class)| (Rect::new(x, y, x + w, y + h), score, class)).collect();
            let kept = suppress(&boxes, most, usize::MAX);
            let beats = |a: usize, b: usize| boxes[a].2 == boxes[b].2 && overlap(&boxes[a].0, &boxes[b].0) > most;
            prop_assert!(kept.windows(2).all(|pair| boxes[pair[0]].1 >= boxes[pair[1]].1));
            for i in 0..boxes.len() {
                let beaten = kept.iter().any(|&other| other != i && boxes[other].1 >= boxes[i].1 && beats(other, i));
                prop_assert_eq!(kept.contains(&i), !beaten);
            }
        }
    }
}
