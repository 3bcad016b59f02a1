//! Distances on a grid whose cells are inside or outside.

/// The distance of each inside cell's centre from the nearest outside cell's centre; 0 for outside cells. All beyond
/// the grid is outside.
pub fn depth(width: usize, height: usize, inside: impl Fn(usize) -> bool) -> Vec<f32> {
    // A border of outside cells for what lies beyond the grid.
    let (w, h) = (width + 2, height + 2);
    let away = distance(w, h, |cell| {
        let (x, y) = (cell % w, cell / w);
        let beyond = x == 0 || y == 0 || x == w - 1 || y == h - 1;
        beyond || !inside((y - 1) * width + x - 1)
    });
    (0..width * height).map(|cell| away[(cell / width + 1) * w + cell % width + 1]).collect()
}

/// The distance of each cell's centre from the nearest cell for which `to` is true; infinite if there is none.
/// Linear in time (Felzenszwalb and Huttenlocher 2012), and exact but for the rounding of the result.
pub fn distance(width: usize, height: usize, to: impl Fn(usize) -> bool) -> Vec<f32> {
    let mut squared: Vec<f32> = (0..width * height).map(|cell| if to(cell) { 0.0 } else { f32::INFINITY }).collect();
    let mut column = vec![0f32; height];
    let mut hull = Hull::default();
    for x in 0..width {
        (0..height).for_each(|y| column[y] = squared[y * width + x]);
        hull.transform(&mut column);
        (0..height).for_each(|y| squared[y * width + x] = column[y]);
    }
    squared.chunks_exact_mut(width).for_each(|row| hull.transform(row));
    squared.iter().map(|squared| squared.sqrt()).collect()
}

/// The distance of each cell's centre from the nearest cell for which `to` is true, but at most `limit`. Faster than
/// [`distance`] if the limit is small.
pub fn distance_within(width: usize, height: usize, limit: usize, to: impl Fn(usize) -> bool) -> Vec<f32> {
    // Squared distances along rows.
    let far = (limit * limit) as i32;
    let mut along = vec![far; width * height];
    for (y, row) in along.chunks_exact_mut(width).enumerate() {
        let mut last = None;
        for x in 0..width {
            if to(y * width + x) {
                // The cells back to the middle between both are nearer to this one.
                let from = x.saturating_sub(limit);
                let from = last.map_or(from, |last: usize| from.max((last + x).div_ceil(2)));
                (from..=x).for_each(|at| row[at] = ((x - at) * (x - at)) as i32);
                last = Some(x);
            } else if let Some(last) = last {
                row[x] = far.min(((x - last) * (x - last)) as i32);
            }
        }
    }
    let mut result = vec![0.0; width * height];
    let mut nearest = vec![0; width];
    for (y, out) in result.chunks_exact_mut(width).enumerate() {
        nearest.fill(far);
        for other in y.saturating_sub(limit)..(y + limit + 1).min(height) {
            let down = (y.abs_diff(other) * y.abs_diff(other)) as i32;
            let row = &along[other * width..][..width];
            nearest.iter_mut().zip(row).for_each(|(nearest, along)| *nearest = (*nearest).min(along + down));
        }
        out.iter_mut().zip(&nearest).for_each(|(out, nearest)| *out = (*nearest as f32).sqrt());
    }
    result
}

/// The lower envelope of parabolas that the one-dimensional transform walks along.
#[derive(Default)]
struct Hull {
    vertices: Vec<(usize, f32)>,
    /// Double precision, as squares above 4,096 squared are not whole numbers in single precision.
    starts: Vec<f64>,
}

impl Hull {
    fn transform(&mut self, line: &mut [f32]) {
        self.vertices.clear();
        self.starts.clear();
        for (q, &value) in line.iter().enumerate().filter(|(_, value)| value.is_finite()) {
            let height = |(p, low): (usize, f32)| f64::from(low) + (p as f64).powi(2);
            let crossing = |vertex: (usize, f32)| (height((q, value)) - height(vertex)) / (2.0 * (q - vertex.0) as f64);
            while let (Some(&vertex), Some(&start)) = (self.vertices.last(), self.starts.last()) {
                if crossing(vertex) > start {
                    break;
                }
                self.vertices.pop();
                self.starts.pop();
            }
            self.starts.push(self.vertices.last().map_or(f64::NEG_INFINITY, |&vertex| crossing(vertex)));
            self.vertices.push((q, value));
        }
        if self.vertices.is_empty() {
            return;
        }
        let mut k = 0;
        for (q, value) in line.iter_mut().enumerate() {
            while k + 1 < self.starts.len() && self.starts[k + 1] < q as f64 {
                k += 1;
            }
            let (p, low) = self.vertices[k];
            *value = low + (q as f32 - p as f32).powi(2);
        }
    }
}

/// The inside cell farthest from all outside cells, as (x, y): where a careful person clicks.
pub fn innermost(width: usize, height: usize, inside: impl Fn(usize) -> bool) -> Option<(usize, usize)> {
    let depth = depth(width, height, inside);
    let (cell, &deepest) = depth.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))?;
    (deepest > 0.0).then_some((cell % width, cell / width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn near_distances_are_those_of_all(cells in proptest::collection::vec(0u8..12, 15 * 11), limit in 1usize..9) {
            let to = |i: usize| cells[i] == 0;
            let (near, all) = (distance_within(15, 11, limit, to), distance(15, 11, to));
            for (near, all) in near.iter().zip(&all) {
                prop_assert!((near - all.min(limit as f32)).abs() < 1e-5, "{near} {all}");
            }
        }
    }

    #[test]
    fn distances_are_right_on_sides_of_a_hundred_thousand_cells() {
        const LENGTH: usize = 130_000;
        // Neighbours far from the start: with squares in single precision they hide one another.
        let to = |cell: usize| matches!(cell, 5 | 120_001..=120_400) || cell == LENGTH + 99_998;
        let away = distance(LENGTH, 2, to);
        for (row, x) in (0..2).flat_map(|row| (0..LENGTH).step_by(7).map(move |x| (row, x))) {
            let nearest = |y: i64, p: i64| ((x as i64 - p).pow(2) + (row as i64 - y).pow(2)) as f64;
            let stretch = nearest(0, (x as i64).clamp(120_001, 120_400));
            let truth = nearest(0, 5).min(nearest(1, 99_998)).min(stretch).sqrt();
            let found = f64::from(away[row * LENGTH + x]);
            assert!((found - truth).abs() <= truth * 1e-6, "{found}, not {truth}, at {x} of row {row}");
        }
    }

    proptest! {
        #[test]
        fn depth_is_the_distance_to_the_nearest_outside_cell(width in 1usize..12, height in 1usize..12, bits: [u64; 3]) {
            let inside = |cell: usize| bits[cell / 64] >> (cell % 64) & 1 == 1;
            let fast = depth(width, height, inside);
            for (cell, fast) in fast.into_iter().enumerate() {
                let (x, y) = ((cell % width) as f32, (cell / width) as f32);
                let mut slow = f32::INFINITY;
                for oy in -1..=height as i32 {
                    for ox in -1..=width as i32 {
                        let beyond = ox < 0 || oy < 0 || ox == width as i32 || oy == height as i32;
                        if beyond || !inside(oy as usize * width + ox as usize) {
                            slow = slow.min((ox as f32 - x).hypot(oy as f32 - y));
                        }
                    }
                }
                prop_assert!((fast - slow).abs() < 1e-3, "{} {}", fast, slow);
            }
        }

        #[test]
        fn distance_does_not_end_at_the_grid(width in 1usize..12, height in 1usize..12, bits: [u64; 3]) {
            let to = |cell: usize| bits[cell / 64] >> (cell % 64) & 1 == 1;
            let at = |cell: usize| ((cell % width) as f32, (cell / width) as f32);
            for (cell, fast) in distance(width, height, to).into_iter().enumerate() {
                let away = |other: usize| (at(other).0 - at(cell).0).hypot(at(other).1 - at(cell).1);
                let slow = (0..width * height).filter(|&other| to(other)).map(away).fold(f32::INFINITY, f32::min);
                prop_assert!(fast == slow || (fast - slow).abs() < 1e-3, "{} {}", fast, slow);
            }
        }
    }

    #[test]
    fn the_innermost_cell_of_a_square() {
        let inside = |cell: usize| (2..7).contains(&(cell % 10)) && (1..6).contains(&(cell / 10));
        assert_eq!(innermost(10, 10, inside), Some((4, 3)));
        assert_eq!(innermost(10, 10, |_| false), None);
    }
}
