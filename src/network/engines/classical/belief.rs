//! The belief: where the prompts say that the object is, without regard to colours.

use crate::base::error::Result;
use crate::geometry::connected_parts::Parts;
use crate::geometry::distance::depth;
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::network::engines::colours::grid::Grid;
use crate::network::families::segmenter::Previous;
use crate::network::hints::Hints;

/// The largest log odds of a place. They count as much as a colour that is e^2 times as frequent inside as outside.
const STRENGTH: f32 = 2.0;
/// The length in cells that crossing an edge adds to a way.
const EDGE: f32 = 3.0;
/// The sizes that a click may mean, as shares of the window: from a small part of a scene to a portrait.
const SIZES: [f32; 5] = [0.025, 0.06, 0.12, 0.22, 0.38];
/// The depths in a box or lasso at which the sure core of the object may begin, as shares of the depth of the middle.
const CORES: [f32; 3] = [0.15, 0.4, 0.7];

/// The width along the boundary of the selection so far in which it may be wrong, as a share of its size; and the share of
/// the window that an include click beside it adds. With more, corrections undo each other.
const SOFTNESS: f32 = 0.12;
const ADDED: f32 = 0.012;

/// What the prompts say about the cells of a grid.
pub struct Belief {
    /// The log odds that a cell lies inside: a plane for each size that the object may have.
    pub odds: Vec<Vec<f32>>,
    /// The clicked cells, and one for each part of the selection so far without a click. Every connected part of an
    /// answer must hold one of these. Empty if there is only a box or lasso.
    pub anchors: Vec<usize>,
}

impl Belief {
    /// Combines the prompts and the selection so far.
    pub fn new(grid: &Grid, frame: &Frame, hints: &Hints, previous: Option<&Previous>) -> Result<Self> {
        let frame = frame.resized(grid.width, grid.height);
        let earlier = match previous {
            Some(previous) => previous.on(&frame)?.data.iter().map(|share| *share >= 0.5).collect(),
            None => Vec::new(),
        };
        let cells = |points: &[Point]| points.iter().filter_map(|point| cell(grid, &frame, *point)).collect();
        let (mut include, exclude): (Vec<usize>, Vec<usize>) = (cells(&hints.include), cells(&hints.exclude));
        let from_excluded = grid.ways(|cell| exclude.contains(&cell), EDGE);

        let mut anchors = include.clone();
        let mut odds = if earlier.contains(&true) {
            anchors.extend(unclicked_parts(grid, &earlier, &include, &from_excluded));
            vec![from_earlier(grid, &earlier, &include)]
        } else if hints.bounds.is_some() {
            let within = within(grid, &frame, hints);
            let depth = depth(grid.width, grid.height, |cell| within[cell]);
            let deepest = depth.iter().copied().fold(1.0, f32::max);
            let core = |core: f32| depth.iter().map(|depth| odds(2.0 * depth / (core * deepest) - 1.0)).collect();
            CORES.map(core).into()
        } else {
            if include.is_empty() {
                // Without a prompt in this window, its middle counts as an include click.
                include.extend(cell(grid, &frame, frame.window.centre()));
                anchors.clone_from(&include);
            }
            let ways = grid.ways(|cell| include.contains(&cell), EDGE);
            SIZES.map(|size| around(&ways, size)).into()
        };

        // The surroundings of an exclude click are outside, nearly up to the nearest anchor.
        let nearest = anchors.iter().map(|anchor| from_excluded[*anchor]).fold(f32::INFINITY, f32::min);
        let reach = (0.9 * nearest).min(grid.width.max(grid.height) as f32 / 2.0).max(1.0);
        for plane in &mut odds {
            for (value, way) in plane.iter_mut().zip(&from_excluded).filter(|(_, way)| **way < reach) {
                *value = value.min(-odds_at(way / reach));
            }
        }
        Ok(Self { odds, anchors })
    }
}

/// The log odds for a number that is 1 for surely inside and -1 for surely outside.
fn odds(sureness: f32) -> f32 {
    STRENGTH * sureness.clamp(-1.0, 1.0)
}

/// The log odds at a distance from a click, in units of the object's reach.
fn odds_at(distance: f32) -> f32 {
    odds(1.0 - distance)
}

/// The log odds for an object that is `size` of the window: the nearest cells, up to that share, are inside.
fn around(ways: &[f32], size: f32) -> Vec<f32> {
    let mut sorted = ways.to_vec();
    let middle = ((ways.len() as f32 * size) as usize).min(ways.len() - 1);
    let reach = sorted.select_nth_unstable_by(middle, f32::total_cmp).1.max(1.0);
    ways.iter().map(|way| odds_at(way / reach)).collect()
}

/// The log odds from the selection so far: high within, lower near its boundary; include clicks outside add to it.
fn from_earlier(grid: &Grid, earlier: &[bool], include: &[usize]) -> Vec<f32> {
    let within = depth(grid.width, grid.height, |cell| earlier[cell]);
    let beyond = depth(grid.width, grid.height, |cell| !earlier[cell]);
    let area = earlier.iter().filter(|inside| **inside).count() as f32;
    let added: Vec<usize> = include.iter().copied().filter(|cell| !earlier[*cell]).collect();
    let ways = grid.ways(|cell| added.contains(&cell), EDGE);
    let width = (SOFTNESS * area.sqrt()).max(2.0);
    // A cell at the rim of the grid is not near the mask because of that.
    let signed = |(within, beyond): (&f32, &f32)| if *within > 0.0 { *within } else { -beyond.max(0.5) };
    let mut plane: Vec<f32> = within.iter().zip(&beyond).map(|pair| odds(signed(pair) / width)).collect();
    if !added.is_empty() {
        plane.iter_mut().zip(around(&ways, ADDED)).for_each(|(value, near)| *value = value.max(near));
    }
    plane
}

/// The innermost cell of each part of the selection so far that holds no click, well away from exclude clicks.
fn unclicked_parts(grid: &Grid, earlier: &[bool], include: &[usize], from_excluded: &[f32]) -> Vec<usize> {
    let parts = Parts::find(grid.width, grid.height, |cell| earlier[cell]);
    let depth = depth(grid.width, grid.height, |cell| earlier[cell]);
    let mut innermost = vec![(0.0, None); parts.areas.len() + 1];
    for (cell, label) in parts.label.iter().enumerate() {
        let sure = depth[cell].min(from_excluded[cell]);
        if *label != 0 && sure > innermost[*label as usize].0 {
            innermost[*label as usize] = (sure, Some(cell));
        }
    }
    include.iter().for_each(|cell| innermost[parts.label[*cell] as usize].1 = None);
    innermost.into_iter().filter_map(|(_, cell)| cell).collect()
}

/// The cell that a point lies in, if the grid covers it.
fn cell(grid: &Grid, frame: &Frame, point: Point) -> Option<usize> {
    if !frame.window.contains(point) {
        return None;
    }
    let point = frame.to_grid(point);
    Some((point.y as usize).min(grid.height - 1) * grid.width + (point.x as usize).min(grid.width - 1))
}

/// The cells that the prompts decide: `Some(true)` inside, `Some(false)` outside. A click decides its cell and those
/// around it, unless another click is nearer. Cells beyond the box, the lasso or the picture are outside.
pub fn certain(grid: &Grid, frame: &Frame, hints: &Hints) -> Vec<Option<bool>> {
    let frame = frame.resized(grid.width, grid.height);
    let within = within(grid, &frame, hints);
    let mut certain: Vec<Option<bool>> =
        (0..within.len()).map(|cell| (!within[cell] || !grid.has_picture(cell)).then_some(false)).collect();
    let clicks = || {
        let place = |inside: bool| move |point: &Point| (inside, *point);
        hints.include.iter().map(place(true)).chain(hints.exclude.iter().map(place(false)))
    };
    for (_, point) in clicks() {
        let Some(middle) = cell(grid, &frame, point) else { continue };
        for cell in grid.around(middle, 1) {
            let centre = Point::new((cell % grid.width) as f64 + 0.5, (cell / grid.width) as f64 + 0.5);
            let distance = |point: Point| frame.to_grid(point).distance(centre);
            let nearest = clicks().min_by(|a, b| distance(a.1).total_cmp(&distance(b.1)));
            certain[cell] = nearest.map(|(inside, _)| inside);
        }
    }
    certain
}

/// The cells whose middle lies in the box or lasso; all if there is none. At least one cell, however thin the box is.
fn within(grid: &Grid, frame: &Frame, hints: &Hints) -> Vec<bool> {
    let Some(bounds) = hints.bounds else { return vec![true; grid.width * grid.height] };
    let middle =
        |cell: usize| frame.to_picture(Point::new((cell % grid.width) as f64 + 0.5, (cell / grid.width) as f64 + 0.5));
    let mut within: Vec<bool> = (0..grid.width * grid.height).map(|cell| hints.allow(middle(cell))).collect();
    if !within.contains(&true) {
        cell(grid, frame, bounds.centre()).into_iter().for_each(|cell| within[cell] = true);
    }
    within
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::rect::Rect;
    use crate::mask::soft::Mask;

    fn flat() -> (Grid, Frame) {
        (Grid::new(40, 30, vec![[50.0, 0.0, 0.0]; 1200]), Frame::stretch(Rect::whole(400, 300), 40, 30))
    }

    #[test]
    fn sizes_round_a_click() {
        let (grid, frame) = flat();
        let hints = Hints { include: vec![Point::new(200.0, 150.0)], ..Hints::default() };
        let belief = Belief::new(&grid, &frame, &hints, None).unwrap();
        assert_eq!(belief.anchors, [15 * 40 + 20]);
        for (odds, size) in belief.odds.iter().zip(SIZES) {
            let share = odds.iter().filter(|value| **value > 0.0).count() as f32 / 1200.0;
            assert!((share - size).abs() < 0.02, "{share} {size}");
        }
    }

    #[test]
    fn an_exclude_click_pushes_away() {
        let (grid, frame) = flat();
        let hints = Hints {
            include: vec![Point::new(105.0, 155.0)],
            exclude: vec![Point::new(205.0, 155.0)],
            ..Hints::default()
        };
        let odds = &Belief::new(&grid, &frame, &hints, None).unwrap().odds[4];
        assert!(odds[15 * 40 + 10] > 0.0 && odds[15 * 40 + 8] > 0.0 && odds[15 * 40 + 17] < 0.0);
        let certain = certain(&grid, &frame, &hints);
        assert_eq!((certain[15 * 40 + 10], certain[15 * 40 + 20], certain[0]), (Some(true), Some(false), None));
    }

    #[test]
    fn beyond_a_lasso_is_outside() {
        let (grid, frame) = flat();
        let lasso = vec![Point::new(100.0, 100.0), Point::new(300.0, 100.0), Point::new(100.0, 250.0)];
        let hints = Hints {
            bounds: crate::geometry::polygon::bounding_box(&lasso),
            lasso: Some(lasso.into()),
            ..Hints::default()
        };
        let certain = certain(&grid, &frame, &hints);
        assert_eq!(certain[12 * 40 + 12], None);
        assert_eq!(certain[24 * 40 + 28], Some(false), "in the box, not in the lasso");
        assert_eq!(certain[5 * 40 + 5], Some(false));
        let belief = Belief::new(&grid, &frame, &hints, None).unwrap();
        assert!(belief.anchors.is_empty() && belief.odds.iter().all(|odds| odds[15 * 40 + 15] > 0.0));
    }

    #[test]
    fn each_part_of_the_earlier_mask_stays_unless_it_is_clicked() {
        let (grid, frame) = flat();
        let mut mask = Mask::empty(400, 300).unwrap();
        for y in 100..200usize {
            mask.data_mut()[y * 400 + 50..y * 400 + 120].fill(255);
            mask.data_mut()[y * 400 + 250..y * 400 + 320].fill(255);
        }
        let hints = Hints { include: vec![Point::new(60.0, 110.0)], ..Hints::default() };
        let belief = Belief::new(&grid, &frame, &hints, Some(&Previous { mask: Some(&mask), answer: None })).unwrap();
        assert_eq!(belief.anchors.len(), 2);
        assert_eq!(belief.anchors[0], 11 * 40 + 6);
        assert!((25..32).contains(&(belief.anchors[1] % 40)));
        assert!(belief.odds[0][15 * 40 + 8] > 1.0 && belief.odds[0][15 * 40 + 20] < -1.0);
    }
}
