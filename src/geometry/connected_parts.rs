//! Connected parts of a grid.

/// The connected parts of a grid. Cells that touch at an edge or a corner are connected.
pub struct Parts {
    /// The part of each cell: 1 to `areas.len()`, or 0 for cells outside.
    pub label: Vec<u32>,
    /// The number of cells of each part, beginning with part 1.
    pub areas: Vec<usize>,
}

impl Parts {
    /// Finds the parts of the cells for which `inside` is true.
    pub fn find(width: usize, height: usize, inside: impl Fn(usize) -> bool) -> Self {
        let mut label = vec![0u32; width * height];
        let mut areas = Vec::new();
        let mut stack = Vec::new();
        for start in 0..width * height {
            if label[start] != 0 || !inside(start) {
                continue;
            }
            let name = areas.len() as u32 + 1;
            let mut area = 0;
            label[start] = name;
            stack.push(start);
            while let Some(cell) = stack.pop() {
                area += 1;
                let (x, y) = (cell % width, cell / width);
                for ny in y.saturating_sub(1)..(y + 2).min(height) {
                    for nx in x.saturating_sub(1)..(x + 2).min(width) {
                        let next = ny * width + nx;
                        if label[next] == 0 && inside(next) {
                            label[next] = name;
                            stack.push(next);
                        }
                    }
                }
            }
            areas.push(area);
        }
        Self { label, areas }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_inside_cell_is_in_one_part(width in 1usize..12, height in 1usize..12, bits: [u64; 3]) {
            let inside = |cell: usize| bits[cell / 64] >> (cell % 64) & 1 == 1;
            let parts = Parts::find(width, height, inside);
            prop_assert_eq!(parts.areas.iter().sum::<usize>(), (0..width * height).filter(|&cell| inside(cell)).count());
            for cell in 0..width * height {
                prop_assert_eq!(parts.label[cell] != 0, inside(cell));
                if cell % width + 1 < width && inside(cell) && inside(cell + 1) {
                    prop_assert_eq!(parts.label[cell], parts.label[cell + 1]);
                }
            }
        }
    }
}
