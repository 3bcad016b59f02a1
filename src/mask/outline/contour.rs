//! Contours: the lines along which a mask is half selected, by marching squares (Lorensen and Cline 1987, in the plane).
//!
//! Samples are the centres of pixels; beyond the picture they are 0. If one of two neighbours is selected, the line
//! passes between them where linear interpolation gives one half. A cell is the square between four samples; cell (x,
//! y) has the pixels `x - 1` and `x` by `y - 1` and `y` at its corners.

use crate::geometry::point::Point;
use crate::mask::selected_runs::flips;
use crate::mask::soft::{HALF, Mask};

/// Half of 255. No pixel has this value, so every sample is on one side.
const LEVEL: f64 = 127.5;

/// A contour: a closed line.
pub struct Contour<Line> {
    /// The finished line. Its points go clockwise, as seen on a screen, round a selected part, and counter-clockwise round a
    /// hole.
    pub line: Line,
    /// Whether the line goes round a hole.
    pub hole: bool,
    /// The index of the next contour outside.
    pub parent: Option<usize>,
}

/// Finds all contours; an outer one comes before those inside it. `finish` turns the points of each into its line as
/// soon as it is complete, so that the points of all are never in memory together.
pub fn trace<Line>(mask: &Mask, mut finish: impl FnMut(Vec<Point>) -> Line) -> Vec<Contour<Line>> {
    let Some(bounds) = mask.bounds(HALF) else { return Vec::new() };
    let mut contours: Vec<Contour<Line>> = Vec::new();
    // The columns at which known contours cross the rows to come; and, for the current row, the contour at each column (0:
    // none).
    let mut coming: Vec<Vec<(u32, u32)>> = vec![Vec::new(); (bounds.y1 - bounds.y0) as usize];
    let mut here = vec![0u32; mask.width() as usize + 1];
    let mut columns = Vec::new();
    for y in bounds.y0..bounds.y1 {
        let take_known = |coming: &mut [Vec<(u32, u32)>], here: &mut [u32]| {
            for (x, name) in std::mem::take(&mut coming[(y - bounds.y0) as usize]) {
                here[x as usize] = name;
            }
        };
        take_known(&mut coming, &mut here);
        columns.clear();
        flips(mask.row(y), |x| columns.push(x));
        // Contours do not cross, so stepping over one leads into it or out of it.
        let mut inside_of = None;
        for (i, &x) in columns.iter().enumerate() {
            if here[x] == 0 {
                let name = contours.len() as u32 + 1;
                let hole = i % 2 == 1;
                let mut points = Vec::new();
                walk(mask, x as i64, i64::from(y), hole, &mut points, |x, y| {
                    coming[y as usize - bounds.y0 as usize].push((x as u32, name));
                });
                contours.push(Contour { line: finish(points), hole, parent: inside_of });
                take_known(&mut coming, &mut here);
            }
            let contour = std::mem::take(&mut here[x]) as usize - 1;
            inside_of = if inside_of == Some(contour) { contours[contour].parent } else { Some(contour) };
        }
    }
    contours
}

/// Whether a contour is that of a hard mask: most of its points lie exactly halfway between two pixels. Then the true
/// edge is only known to half a pixel, and the contour runs round it in steps.
pub fn is_hard(contour: &[Point]) -> bool {
    let whole = |value: f64| (value - value.round()).abs() < 0.02;
    contour.iter().filter(|point| whole(point.x) || whole(point.y)).count() * 2 > contour.len()
}

/// The steps to the next cell: up, right, down, left.
const STEPS: [(i64, i64); 4] = [(0, -1), (1, 0), (0, 1), (-1, 0)];
/// The cell's corners, clockwise from the top left; side `d` of the cell lies between corners `d` and `d + 1`.
const CORNERS: [(i64, i64); 4] = [(-1, -1), (0, -1), (0, 0), (-1, 0)];

/// Walks once round a contour, with the selected side on the right. It starts where the contour crosses row `y` left of
/// pixel `x`: upwards at the left end of a selected run, downwards at the left end of a hole. Passes every crossing of
/// a row to `crosses`.
fn walk(mask: &Mask, x: i64, y: i64, down: bool, points: &mut Vec<Point>, mut crosses: impl FnMut(i64, i64)) {
    let (width, height) = (i64::from(mask.width()), i64::from(mask.height()));
    let sample = |x: i64, y: i64| {
        let inside = (0..width).contains(&x) && (0..height).contains(&y);
        if inside { i32::from(mask.at(x as u32, y as u32)) } else { 0 }
    };
    let start = if down { (x, y + 1, 2) } else { (x, y, 0) };
    let (mut cx, mut cy, mut heading) = start;
    let [before, after] = [x - 1, x].map(|x| f64::from(sample(x, y)));
    points.push(Point::new(x as f64 - 0.5 + (LEVEL - before) / (after - before), y as f64 + 0.5));
    loop {
        let corner = CORNERS.map(|(dx, dy)| sample(cx + dx, cy + dy));
        let [front_left, front_right, back_right, back_left] = [0, 1, 2, 3].map(|i| corner[(heading + i) % 4]);
        let selected = |value: i32| value >= i32::from(HALF);
        let turn = match (selected(front_left), selected(front_right)) {
            (false, false) => 1,
            (false, true) => 0,
            (true, true) => 3,
            // A saddle: the selected corners are connected if the bilinear surface is selected at its saddle point
            // (Nielson and Hamann 1991). At exactly one half they are, as corners are in `components`.
            (true, false) => {
                let joined = 2 * (front_left * back_right - front_right * back_left)
                    >= 255 * (front_left + back_right - front_right - back_left);
                if joined { 3 } else { 1 }
            }
        };
        heading = (heading + turn) % 4;
        let (outside, inside) = (CORNERS[heading], CORNERS[(heading + 1) % 4]);
        let (low, high) = (f64::from(corner[heading]), f64::from(corner[(heading + 1) % 4]));
        let t = (LEVEL - low) / (high - low);
        let between = |from: i64, to: i64, cell: i64| (cell + from) as f64 + (to - from) as f64 * t + 0.5;
        let point = Point::new(between(outside.0, inside.0, cx), between(outside.1, inside.1, cy));
        if (cx == 0 || cx == width) && (cy == 0 || cy == height) {
            // The picture's corner is not cut off.
            let last = points[points.len() - 1];
            let (x, y) = if heading % 2 == 0 { (point.x, last.y) } else { (last.x, point.y) };
            points.push(Point::new(x, y));
        }
        match heading {
            0 => crosses(cx, cy - 1),
            2 => crosses(cx, cy),
            _ => {}
        }
        (cx, cy) = (cx + STEPS[heading].0, cy + STEPS[heading].1);
        if (cx, cy, heading) == start {
            break;
        }
        points.push(point);
    }
}
