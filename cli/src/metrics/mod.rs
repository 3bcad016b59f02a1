//! Measures how good a mask is and how many clicks a person would need, by the numbers of published tables.

pub mod recall;

use deepcrop::internals::geometry::distance::depth;
use deepcrop::types::PixelBox;
use deepcrop::{Mask, Point, Prompt, Result};

/// The true object. The mask that is judged has the same size.
#[derive(Clone, Copy)]
pub struct Truth<'a> {
    /// The object.
    pub object: &'a Mask,
    /// Pixels that may or may not belong to the object; they are not counted.
    pub unknown: Option<&'a Mask>,
}

impl Truth<'_> {
    fn known(&self, cell: usize) -> bool {
        self.unknown.is_none_or(|unknown| unknown.data()[cell] < Mask::HALF)
    }

    fn size(&self) -> (usize, usize) {
        (self.object.width() as usize, self.object.height() as usize)
    }

    /// Whether the object has this pixel, and whether the mask has it. Unknown pixels are in neither.
    fn both(&self, mask: &Mask, cell: usize) -> (bool, bool) {
        let known = self.known(cell);
        (known && self.object.data()[cell] >= Mask::HALF, known && mask.data()[cell] >= Mask::HALF)
    }

    /// The number of pixels in both, divided by the number of pixels in either. Two empty masks agree.
    pub fn iou(&self, mask: &Mask) -> f64 {
        assert_eq!((mask.width(), mask.height()), (self.object.width(), self.object.height()), "masks of one size");
        let (mut shared, mut all) = (0u64, 0u64);
        for cell in 0..mask.data().len() {
            let (object, found) = self.both(mask, cell);
            shared += u64::from(object && found);
            all += u64::from(object || found);
        }
        ratio(shared, all)
    }

    /// The IoU of the bands along the insides of both contours, 2 % of the picture's diagonal wide (Cheng et al. 2021,
    /// "Boundary IoU"). Unlike the IoU, it shows a coarse border on a large object.
    pub fn boundary_iou(&self, mask: &Mask) -> f64 {
        let (width, height) = self.size();
        let reach = (0.02 * (width as f64).hypot(height as f64)).round().max(1.0) as f32;
        let object = Inside::new(width, height, |cell| self.both(mask, cell).0);
        let found = Inside::new(width, height, |cell| self.both(mask, cell).1);
        let (mut shared, mut all) = (0u64, 0u64);
        for y in 0..height {
            for x in 0..width {
                let near = |inside: &Inside| (f32::MIN_POSITIVE..=reach).contains(&inside.depth_at(x, y));
                let (object, found) = (near(&object), near(&found));
                shared += u64::from(object && found);
                all += u64::from(object || found);
            }
        }
        ratio(shared, all)
    }

    /// `count` places on the object, spread over its known pixels and always the same; fewer if the object is tiny.
    pub fn places(&self, count: usize) -> Vec<Point> {
        let width = self.object.width() as usize;
        let inside = |cell: &usize| self.known(*cell) && self.object.data()[*cell] >= Mask::HALF;
        let cells: Vec<usize> = (0..self.object.data().len()).filter(inside).collect();
        // Steps of the golden ratio spread over the rows of the object for any count.
        const STEP: f64 = 0.618_033_988_749_894_8;
        let pick = |n: usize| cells[(((n as f64 + 0.5) * STEP).fract() * cells.len() as f64) as usize];
        let point = |cell: usize| Point::new((cell % width) as f64 + 0.5, (cell / width) as f64 + 0.5);
        let mut picked: Vec<usize> = (0..count.min(cells.len())).map(pick).collect();
        picked.sort_unstable();
        picked.dedup();
        picked.into_iter().map(point).collect()
    }

    /// The next click of a careful person, as RITM and SimpleClick simulate it: in the middle of the largest error, at the
    /// pixel that lies deepest in what is missing or surplus, and never twice on one pixel. The first click, on an empty
    /// mask, falls into the middle of the object. `None` if nothing is wrong.
    pub fn next_click(&self, mask: &Mask, earlier: &[Prompt]) -> Option<Prompt> {
        let (width, height) = self.size();
        let clicked = |x: usize, y: usize| {
            earlier.iter().any(|prompt| match prompt {
                Prompt::Include(point) | Prompt::Exclude(point) => (point.x as usize, point.y as usize) == (x, y),
                _ => false,
            })
        };
        let missing = Inside::new(width, height, |cell| matches!(self.both(mask, cell), (true, false)));
        let surplus = Inside::new(width, height, |cell| matches!(self.both(mask, cell), (false, true)));
        match (missing.deepest(clicked), surplus.deepest(clicked)) {
            (Some((point, depth)), surplus) if surplus.is_none_or(|(_, other)| depth > other) => {
                Some(Prompt::Include(point))
            }
            (_, Some((point, _))) => Some(Prompt::Exclude(point)),
            _ => None,
        }
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// The depth of each pixel inside a region. It is computed in the region's box only, because most regions are small.
struct Inside {
    bounds: PixelBox,
    depth: Vec<f32>,
}

impl Inside {
    fn new(width: usize, height: usize, inside: impl Fn(usize) -> bool) -> Self {
        let (mut x0, mut y0, mut x1, mut y1) = (width, height, 0, 0);
        for y in 0..height {
            let row = || (y * width)..((y + 1) * width);
            if let Some(first) = row().position(&inside) {
                let last = row().rposition(&inside).unwrap_or(first);
                (x0, x1) = (x0.min(first), x1.max(last + 1));
                (y0, y1) = (y0.min(y), y + 1);
            }
        }
        let (w, h) = (x1.saturating_sub(x0), y1.saturating_sub(y0));
        let depth = depth(w, h, |cell| inside((y0 + cell / w) * width + x0 + cell % w));
        Self { bounds: PixelBox { x0: x0 as u32, y0: y0 as u32, x1: x1 as u32, y1: y1 as u32 }, depth }
    }

    fn depth_at(&self, x: usize, y: usize) -> f32 {
        let PixelBox { x0, y0, x1, y1 } = self.bounds;
        if !(x0..x1).contains(&(x as u32)) || !(y0..y1).contains(&(y as u32)) {
            return 0.0;
        }
        self.depth[(y - y0 as usize) * (x1 - x0) as usize + x - x0 as usize]
    }

    /// The middle of the deepest pixel that is not `taken`, and its depth.
    fn deepest(&self, taken: impl Fn(usize, usize) -> bool) -> Option<(Point, f32)> {
        let width = (self.bounds.x1.saturating_sub(self.bounds.x0)) as usize;
        let mut best: Option<(Point, f32)> = None;
        for (cell, &depth) in self.depth.iter().enumerate() {
            if depth <= best.map_or(0.0, |(_, depth)| depth) {
                continue;
            }
            let (x, y) = (self.bounds.x0 as usize + cell % width, self.bounds.y0 as usize + cell / width);
            if !taken(x, y) {
                best = Some((Point::new(x as f64 + 0.5, y as f64 + 0.5), depth));
            }
        }
        best
    }
}

/// The IoU at which a simulated person stops.
pub const CONTENT: f64 = 0.9;

/// The clicks of a simulated person on one object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Session {
    /// The clicks.
    pub prompts: Vec<Prompt>,
    /// The IoU after each click.
    pub ious: Vec<f64>,
    /// The boundary IoU after the first click.
    pub first_boundary_iou: f64,
}

impl Session {
    /// Clicks until the IoU reaches [`CONTENT`] or `most` clicks are made. `segment` gets all clicks so far.
    pub fn simulate(truth: Truth, most: usize, mut segment: impl FnMut(&[Prompt]) -> Result<Mask>) -> Result<Self> {
        let mut session = Session::default();
        let mut mask = Mask::empty(truth.object.width(), truth.object.height())?;
        while session.ious.len() < most && session.ious.last().is_none_or(|&iou| iou < CONTENT) {
            let Some(click) = truth.next_click(&mask, &session.prompts) else { break };
            session.prompts.push(click);
            mask = segment(&session.prompts)?;
            session.ious.push(truth.iou(&mask));
            if session.ious.len() == 1 {
                session.first_boundary_iou = truth.boundary_iou(&mask);
            }
        }
        Ok(session)
    }

    /// The IoU after this many clicks, or after the last click if the person stopped earlier.
    pub fn iou_after(&self, clicks: usize) -> f64 {
        self.ious.get(clicks.saturating_sub(1)).or(self.ious.last()).copied().unwrap_or(0.0)
    }

    /// The number of clicks until the IoU first reaches `goal`; `most` if it never does.
    pub fn clicks_to(&self, goal: f64, most: usize) -> usize {
        self.ious.iter().position(|&iou| iou >= goal).map_or(most, |index| index + 1)
    }

    /// The number of corrections, and the number of those that lowered the IoU by more than one point.
    pub fn corrections(&self) -> (usize, usize) {
        let worse = self.ious.windows(2).filter(|pair| pair[1] < pair[0] - 0.01).count();
        (self.ious.len().saturating_sub(1), worse)
    }
}

/// The arithmetic mean; 0 for no values.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The middle value, or the mean of the two middle values; 0 for no values.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// The standard deviation; 0 for no values.
pub fn spread(values: &[f64]) -> f64 {
    let middle = mean(values);
    mean(&values.iter().map(|value| (value - middle).powi(2)).collect::<Vec<_>>()).sqrt()
}

/// The share of values that are at least `least`; 0 for no values.
pub fn share_at_least(values: &[f64], least: f64) -> f64 {
    mean(&values.iter().map(|&value| f64::from(u8::from(value >= least))).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mask of `width` x `height` with some boxes selected, each `[x0, y0, x1, y1]`.
    fn boxes(width: u32, height: u32, boxes: &[[u32; 4]]) -> Mask {
        let inside = |x, y| boxes.iter().any(|&[x0, y0, x1, y1]| (x0..x1).contains(&x) && (y0..y1).contains(&y));
        let data = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| u8::from(inside(x, y)) * 255);
        Mask::new(width, height, data.collect()).unwrap()
    }

    fn truth(object: &Mask) -> Truth<'_> {
        Truth { object, unknown: None }
    }

    #[test]
    fn iou_counts_known_pixels() {
        let (a, b) = (boxes(10, 10, &[[0, 0, 4, 5]]), boxes(10, 10, &[[2, 0, 6, 5]]));
        assert_eq!(truth(&a).iou(&b), 10.0 / 30.0);
        assert_eq!(truth(&a).iou(&a), 1.0);
        let nothing = boxes(10, 10, &[]);
        assert_eq!((truth(&a).iou(&nothing), truth(&nothing).iou(&nothing)), (0.0, 1.0));
        let unknown = boxes(10, 10, &[[4, 0, 10, 10]]);
        assert_eq!(Truth { object: &a, unknown: Some(&unknown) }.iou(&b), 10.0 / 20.0);
    }

    #[test]
    fn half_selected_pixels_count() {
        let object = boxes(2, 1, &[[0, 0, 2, 1]]);
        assert_eq!(truth(&object).iou(&Mask::new(2, 1, vec![Mask::HALF, Mask::HALF - 1]).unwrap()), 0.5);
    }

    #[test]
    fn boundary_iou_sees_only_the_band() {
        // The diagonal is 100, so the band is two pixels wide: a 20 x 20 square's has 20 * 20 - 16 * 16 = 144 pixels.
        let object = boxes(60, 80, &[[10, 10, 30, 30]]);
        let hollow = boxes(60, 80, &[[10, 10, 30, 12], [10, 28, 30, 30], [10, 12, 12, 28], [28, 12, 30, 28]]);
        assert_eq!(truth(&object).boundary_iou(&hollow), 1.0);
        assert_eq!(truth(&object).iou(&hollow), 144.0 / 400.0);
        // One pixel to the right: of each band 2 rows of 19 above and below, and 1 column of 16 left and right remain.
        let shifted = boxes(60, 80, &[[11, 10, 31, 30]]);
        let shared = 4.0 * 19.0 + 2.0 * 16.0;
        assert_eq!(truth(&object).boundary_iou(&shifted), shared / (288.0 - shared));
        assert_eq!(truth(&object).boundary_iou(&boxes(60, 80, &[])), 0.0);
    }

    #[test]
    fn the_first_click_falls_into_the_middle_of_the_object() {
        let object = boxes(20, 20, &[[2, 2, 4, 4], [10, 8, 17, 15]]);
        let click = truth(&object).next_click(&boxes(20, 20, &[]), &[]);
        assert_eq!(click, Some(Prompt::Include(Point::new(13.5, 11.5))));
        assert_eq!(truth(&object).next_click(&object, &[]), None);
    }

    #[test]
    fn the_next_click_falls_into_the_deepest_error() {
        let object = boxes(30, 20, &[[0, 0, 10, 20]]);
        // 3 columns are missing, a square of 5 is too much.
        let mask = boxes(30, 20, &[[0, 0, 7, 20], [20, 5, 25, 10]]);
        let click = truth(&object).next_click(&mask, &[]).unwrap();
        assert_eq!(click, Prompt::Exclude(Point::new(22.5, 7.5)));
        // A click on that pixel changed nothing: the next click takes another pixel.
        let again = truth(&object).next_click(&mask, std::slice::from_ref(&click)).unwrap();
        assert!(matches!(again, Prompt::Exclude(_) | Prompt::Include(_)) && again != click);
        // Unknown pixels are no error.
        let unknown = boxes(30, 20, &[[20, 0, 30, 20]]);
        let click = Truth { object: &object, unknown: Some(&unknown) }.next_click(&mask, &[]);
        assert!(matches!(click, Some(Prompt::Include(point)) if point.x == 8.5), "{click:?}");
    }

    #[test]
    fn places_lie_on_the_known_object_and_apart() {
        let object = boxes(40, 40, &[[5, 5, 35, 35]]);
        let unknown = boxes(40, 40, &[[0, 0, 40, 12]]);
        let places = Truth { object: &object, unknown: Some(&unknown) }.places(10);
        assert_eq!(places.len(), 10);
        for (n, place) in places.iter().enumerate() {
            assert!((5.0..35.0).contains(&place.x) && (12.0..35.0).contains(&place.y), "{place:?}");
            assert!(places[..n].iter().all(|other| other.distance(*place) > 1.0), "{place:?} twice");
        }
        // They reach into all quarters of it.
        let quarter = |place: &Point| (place.x > 20.0, place.y > 23.5);
        assert_eq!(places.iter().map(quarter).collect::<std::collections::BTreeSet<_>>().len(), 4);
        let mut ten = truth(&boxes(20, 9, &[[2, 2, 12, 3]])).places(10);
        let all = ten.len();
        ten.dedup();
        assert!((5..=10).contains(&all) && ten.len() == all, "{ten:?}: no place twice");
        assert_eq!(truth(&boxes(9, 9, &[[2, 2, 4, 3]])).places(10).len(), 2);
        assert_eq!(truth(&boxes(9, 9, &[])).places(10), []);
    }

    #[test]
    fn a_session_stops_when_the_person_is_content() {
        let object = boxes(20, 10, &[[0, 0, 10, 10]]);
        let answers = [[0, 0, 5, 10], [0, 0, 4, 10], [0, 0, 9, 10], [0, 0, 10, 10]].map(|rect| boxes(20, 10, &[rect]));
        let session = Session::simulate(truth(&object), 20, |prompts| Ok(answers[prompts.len() - 1].clone())).unwrap();
        assert_eq!(session.ious, [0.5, 0.4, 0.9]);
        assert_eq!((session.clicks_to(0.85, 20), session.clicks_to(0.95, 20)), (3, 20));
        assert_eq!((session.iou_after(1), session.iou_after(3), session.iou_after(5)), (0.5, 0.9, 0.9));
        assert_eq!(session.corrections(), (2, 1));
        let never = Session::simulate(truth(&object), 4, |_| Ok(answers[0].clone())).unwrap();
        assert_eq!((never.ious.len(), never.clicks_to(0.85, 20)), (4, 20));
    }

    #[test]
    fn averages() {
        assert_eq!((mean(&[]), median(&[]), share_at_least(&[], 0.7)), (0.0, 0.0, 0.0));
        assert_eq!(mean(&[0.25, 0.5, 0.75, 1.0]), 0.625);
        assert_eq!((spread(&[]), spread(&[0.5]), spread(&[0.25, 0.75])), (0.0, 0.0, 0.25));
        assert_eq!((median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 2.0, 3.0])), (2.0, 2.5));
        assert_eq!(share_at_least(&[0.7, 0.5, 0.9, 0.69], 0.7), 0.5);
    }
}
