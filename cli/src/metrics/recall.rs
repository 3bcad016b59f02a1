//! Counts how many of a picture's objects are in a ranked list of masks, as the tables on object proposals do.

use crate::metrics::{Truth, ratio, share_at_least};
use deepcrop::types::PixelBox;
use deepcrop::{Mask, Result};

/// The lengths of the lists that are measured.
pub const LISTS: [usize; 3] = [10, 100, 1000];

/// The best masks of many objects.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recall {
    /// For each object and each length in [`LISTS`]: the best IoU among the first masks of the list.
    best: Vec<[f64; LISTS.len()]>,
}

impl Recall {
    /// Adds the objects of one picture, which do not overlap, and the masks proposed for it, best score first. Unknown
    /// pixels are not counted.
    pub fn add(
        &mut self,
        objects: &[Mask],
        unknown: Option<&Mask>,
        ranked: impl IntoIterator<Item = Result<Mask>>,
    ) -> Result<()> {
        let mut targets: Vec<Target> = objects.iter().map(|object| Target::new(Truth { object, unknown })).collect();
        for (rank, mask) in ranked.into_iter().take(LISTS[LISTS.len() - 1]).enumerate() {
            let mask = mask?;
            let Some(bounds) = mask.bounds(Mask::HALF) else { continue };
            let area = known_area(&Truth { object: &mask, unknown });
            targets.iter_mut().for_each(|target| target.compare(&mask, bounds, area, rank));
        }
        self.best.extend(targets.into_iter().map(|target| target.best));
        Ok(())
    }

    /// The number of objects so far.
    pub fn objects(&self) -> usize {
        self.best.len()
    }

    /// The average recall for each length in [`LISTS`]: the share of objects for which the list has a mask of at least a
    /// given IoU, averaged over the IoUs 0.5, 0.55 … 0.95. Objects do not overlap, so no mask finds two of them.
    pub fn averages(&self) -> [f64; LISTS.len()] {
        std::array::from_fn(|list| {
            let best: Vec<f64> = self.best.iter().map(|best| best[list]).collect();
            let recall = |step: u32| share_at_least(&best, f64::from(step) / 20.0);
            (10..20).map(recall).sum::<f64>() / 10.0
        })
    }
}

/// An object that is compared with many masks.
struct Target<'a> {
    truth: Truth<'a>,
    bounds: Option<PixelBox>,
    area: u64,
    best: [f64; LISTS.len()],
}

impl<'a> Target<'a> {
    fn new(truth: Truth<'a>) -> Self {
        Self { bounds: truth.object.bounds(Mask::HALF), area: known_area(&truth), truth, best: [0.0; LISTS.len()] }
    }

    /// Looks only at the part that both boxes share: most masks lie elsewhere.
    fn compare(&mut self, mask: &Mask, bounds: PixelBox, area: u64, rank: usize) {
        let Some(own) = self.bounds else { return };
        let (x0, x1) = (own.x0.max(bounds.x0), own.x1.min(bounds.x1));
        let (y0, y1) = (own.y0.max(bounds.y0), own.y1.min(bounds.y1));
        let mut shared = 0;
        for y in y0..y1 {
            let row = y as usize * mask.width() as usize;
            let cells = row + x0 as usize..row + x1.max(x0) as usize;
            shared += cells.filter(|&cell| self.truth.both(mask, cell) == (true, true)).count() as u64;
        }
        let iou = ratio(shared, self.area + area - shared);
        let lists = self.best.iter_mut().zip(LISTS).filter(|(_, length)| rank < *length);
        lists.for_each(|(best, _)| *best = best.max(iou));
    }
}

/// The number of known pixels of the object.
fn known_area(truth: &Truth) -> u64 {
    let object = truth.object.data().iter().enumerate();
    object.filter(|(cell, value)| **value >= Mask::HALF && truth.known(*cell)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn boxed([x0, y0, x1, y1]: [u32; 4]) -> Mask {
        let inside = |x, y| (x0..x1).contains(&x) && (y0..y1).contains(&y);
        let data = (0..20).flat_map(|y| (0..30).map(move |x| u8::from(inside(x, y)) * 255)).collect();
        Mask::new(30, 20, data).unwrap()
    }

    fn recall(objects: &[Mask], unknown: Option<&Mask>, ranked: &[Mask]) -> Recall {
        let mut recall = Recall::default();
        recall.add(objects, unknown, ranked.iter().cloned().map(Ok)).unwrap();
        recall
    }

    #[test]
    fn a_list_counts_as_far_as_it_is_read() {
        let (objects, half) = ([boxed([0, 0, 10, 10])], boxed([0, 0, 10, 5]));
        let averages = |ranked: &[Mask]| recall(&objects, None, ranked).averages();
        // An IoU of 0.5 reaches one of ten thresholds, one of 0.8 seven.
        assert_eq!((averages(&vec![half.clone(); 3]), averages(&[boxed([0, 0, 10, 8])])), ([0.1; 3], [0.7; 3]));
        assert_eq!((averages(&[]), Recall::default().averages()), ([0.0; 3], [0.0; 3]));
        let mut list = vec![half; 10];
        list.extend_from_slice(&objects);
        assert_eq!(averages(&list), [0.1, 1.0, 1.0]);
        list.splice(10..10, vec![boxed([12, 0, 13, 1]); 990]);
        assert_eq!(averages(&list), [0.1; 3], "place 1001 is not looked at");
    }

    #[test]
    fn objects_of_all_pictures_count_alike() {
        let two = [boxed([0, 0, 10, 10]), boxed([15, 0, 25, 10])];
        let mut all = recall(&two, None, &two[..1]);
        all.add(&two[1..], None, [Ok(two[1].clone())]).unwrap();
        assert!(all.objects() == 3 && all.averages().iter().all(|average| (average - 2.0 / 3.0).abs() < 1e-12));
        let failed = deepcrop::Error::cancelled();
        assert_eq!(all.add(&[], None, [Err(failed.clone())]), Err(failed));
    }

    fn rects() -> impl Strategy<Value = [u32; 4]> {
        (0u32..28, 0u32..18, 1u32..20, 1u32..20).prop_map(|(x, y, w, h)| [x, y, (x + w).min(30), (y + h).min(20)])
    }

    proptest! {
        #[test]
        fn the_best_iou_is_that_of_the_pixels(
            object in rects(), hidden in rects(), ranked in prop::collection::vec(rects(), 1..9),
        ) {
            let (object, hidden) = (boxed(object), boxed(hidden));
            let masks: Vec<Mask> = ranked.into_iter().map(boxed).collect();
            for unknown in [None, Some(&hidden)] {
                let truth = Truth { object: &object, unknown };
                let known = known_area(&truth) > 0;
                let best = masks.iter().map(|mask| truth.iou(mask)).fold(0.0, f64::max);
                let found = recall(std::slice::from_ref(&object), unknown, &masks);
                prop_assert!(!known || (found.best[0][0] - best).abs() < 1e-12);
            }
        }
    }
}
