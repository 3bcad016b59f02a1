//! A reduced picture as a grid of coloured cells: the bonds between neighbours, shortest ways that avoid edges, and the cut
//! along edges.

use crate::geometry::graph_cut::{GridCut, LINKS};
use crate::network::engines::colours::palette::difference;
use crate::pixels::plane::Plane;

/// The graph cut takes whole numbers: this many are 1.
const PRECISION: f32 = 1000.0;

/// A grid of coloured cells. Cells outside the picture have no bonds.
pub struct Grid {
    /// The number of columns.
    pub width: usize,
    /// The number of rows.
    pub height: usize,
    /// The colours in CIE L*a*b*; NaN outside the picture.
    pub colours: Vec<[f32; 3]>,
    /// The bonds of each cell with its neighbours at `LINKS`: 1 for the same colour, 0 for an edge or no neighbour.
    pub bonds: Vec<[f32; 4]>,
}

impl Grid {
    /// A grid of these colours.
    pub fn new(width: usize, height: usize, colours: Vec<[f32; 3]>) -> Self {
        let mut grid = Self { width, height, colours, bonds: Vec::new() };
        let contrasts: Vec<[f32; 4]> = (0..width * height)
            .map(|cell| {
                [0, 1, 2, 3].map(|link| grid.neighbour(cell, link).map_or(f32::NAN, |next| grid.contrast(cell, next)))
            })
            .collect();
        let (mut sum, mut number) = (0f64, 0f64);
        for contrast in contrasts.as_flattened().iter().filter(|contrast| contrast.is_finite()) {
            sum += f64::from(*contrast);
            number += 1.0;
        }
        // The mean contrast decides what an edge is (Boykov and Jolly 2001; beta in Rother et al. 2004). Noise is not one.
        let usual = (sum / number.max(1.0)).max(1.0) as f32;
        let bond = |contrast: f32| if contrast.is_finite() { (-contrast / (2.0 * usual)).exp() } else { 0.0 };
        grid.bonds = contrasts.into_iter().map(|contrasts| contrasts.map(bond)).collect();
        grid
    }

    /// The cell at `LINKS[link]` from this one.
    pub fn neighbour(&self, cell: usize, link: usize) -> Option<usize> {
        let (dx, dy) = LINKS[link];
        let x = (cell % self.width).checked_add_signed(dx).filter(|x| *x < self.width)?;
        let y = (cell / self.width).checked_add_signed(dy).filter(|y| *y < self.height)?;
        Some(y * self.width + x)
    }

    fn contrast(&self, a: usize, b: usize) -> f32 {
        difference(self.colours[a], self.colours[b])
    }

    /// Whether the cell lies in the picture.
    pub fn has_picture(&self, cell: usize) -> bool {
        self.colours[cell][0].is_finite()
    }

    /// Whether the cell lies at the rim of the grid.
    pub fn at_rim(&self, cell: usize) -> bool {
        let (x, y) = (cell % self.width, cell / self.width);
        x == 0 || y == 0 || x + 1 == self.width || y + 1 == self.height
    }

    /// The length of the shortest way from each cell to a start; infinite if there is no start. Crossing an edge costs up to
    /// `edge` cells more. Computed by sweeps to and fro (Toivanen 1996; Criminisi, Sharp and Blake 2008).
    pub fn ways(&self, starts: impl Fn(usize) -> bool, edge: f32) -> Vec<f32> {
        let cells = self.width * self.height;
        let mut ways: Vec<f32> = (0..cells).map(|cell| if starts(cell) { 0.0 } else { f32::INFINITY }).collect();
        let visit = |ways: &mut [f32], cell: usize| {
            for link in 0..4 {
                if let Some(next) = self.neighbour(cell, link) {
                    let step = length(link) * (1.0 + edge * (1.0 - self.bonds[cell][link]));
                    ways[cell] = ways[cell].min(ways[next] + step);
                    ways[next] = ways[next].min(ways[cell] + step);
                }
            }
        };
        for _ in 0..2 {
            (0..cells).for_each(|cell| visit(&mut ways, cell));
            (0..cells).rev().for_each(|cell| visit(&mut ways, cell));
        }
        ways
    }

    /// The cells with a cell of the other side within `radius`.
    pub fn near_boundary(&self, inside: &[bool], radius: usize) -> Vec<bool> {
        (0..inside.len()).map(|cell| self.around(cell, radius).any(|other| inside[other] != inside[cell])).collect()
    }

    /// The cells at most `radius` columns and rows away, and the cell itself.
    pub fn around(&self, cell: usize, radius: usize) -> impl Iterator<Item = usize> + use<> {
        let (x, y, width) = (cell % self.width, cell / self.width, self.width);
        let columns = x.saturating_sub(radius)..(x + radius + 1).min(width);
        let rows = y.saturating_sub(radius)..(y + radius + 1).min(self.height);
        rows.flat_map(move |y| columns.clone().map(move |x| y * width + x))
    }

    /// How much of each cell is covered. Near the boundary that is the share of the inner colour in the cell's colour.
    /// The result is blurred by less than a cell, so that no steps are seen when the plane is enlarged.
    pub fn soften(&self, inside: &[bool]) -> Plane {
        let (near, close) = (self.near_boundary(inside, 2), self.near_boundary(inside, 1));
        let cover: Vec<f32> = (0..inside.len())
            .map(|cell| {
                if near[cell] && self.has_picture(cell) {
                    self.mixture(cell, inside, &close)
                } else {
                    f32::from(inside[cell])
                }
            })
            .collect();
        let weight = |a: usize, b: usize| {
            if a == b {
                4.0
            } else if a % self.width == b % self.width || a / self.width == b / self.width {
                2.0
            } else {
                1.0
            }
        };
        let blurred = |cell: usize| {
            let (sum, total) = self.around(cell, 1).fold((0.0, 0.0), |(sum, total), other| {
                (sum + weight(cell, other) * cover[other], total + weight(cell, other))
            });
            sum / total
        };
        let data = (0..inside.len()).map(|cell| if near[cell] { blurred(cell) } else { cover[cell] }).collect();
        Plane { width: self.width, height: self.height, data }
    }

    /// The share of the inner colour in a cell's colour. The less the inner and outer colours differ, the more the share of
    /// inner cells around it counts instead.
    fn mixture(&self, cell: usize, inside: &[bool], close: &[bool]) -> f32 {
        let mut sides = [([0f32; 3], 0f32); 2];
        let (mut covered, mut number) = (0.0, 0.0);
        for other in self.around(cell, 3).filter(|other| self.has_picture(*other)) {
            if !close[other] {
                let (sum, number) = &mut sides[usize::from(inside[other])];
                (0..3).for_each(|c| sum[c] += self.colours[other][c]);
                *number += 1.0;
            }
        }
        for other in self.around(cell, 1) {
            covered += f32::from(inside[other]);
            number += 1.0;
        }
        let smooth = covered / number;
        if sides.iter().any(|(_, number)| *number == 0.0) {
            return smooth;
        }
        let [outer, inner] = sides.map(|(sum, number)| sum.map(|value| value / number));
        let apart = difference(inner, outer);
        let along: f32 = (0..3).map(|c| (self.colours[cell][c] - outer[c]) * (inner[c] - outer[c])).sum();
        // Colours less than about ten units apart say little.
        (along.clamp(0.0, apart) + 100.0 * smooth) / (apart + 100.0)
    }

    /// The cells inside the cheapest boundary. `pulls` returns how strongly a cell is pulled inside (negative: outside;
    /// infinite: always). A boundary costs `stiffness` per cell of its length where there is no edge.
    pub fn cut(&self, pulls: impl Fn(usize) -> f32, stiffness: f32) -> Vec<bool> {
        let cells = self.width * self.height;
        let mut cut = GridCut::new(self.width, self.height);
        for cell in 0..cells {
            cut.pull(cell, (pulls(cell) * PRECISION).clamp(-1e9, 1e9) as i32);
            for (link, bond) in self.bonds[cell].iter().enumerate().filter(|(_, bond)| **bond > 0.0) {
                cut.link(cell, link, (stiffness * bond / length(link) * PRECISION) as i32);
            }
        }
        cut.solve();
        (0..cells).map(|cell| cut.inside(cell)).collect()
    }
}

/// The distance to the neighbour at `LINKS[link]`.
fn length(link: usize) -> f32 {
    if link < 2 { 1.0 } else { std::f32::consts::SQRT_2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dark cells left of column 6, light ones from there on.
    fn two_halves() -> Grid {
        Grid::new(12, 9, (0..108).map(|cell| if cell % 12 < 6 { [20.0, 0.0, 0.0] } else { [80.0, 0.0, 0.0] }).collect())
    }

    #[test]
    fn a_cut_follows_the_edge_and_not_the_pulls() {
        let pull = |cell: usize| match cell {
            49 => f32::INFINITY,
            58 => f32::NEG_INFINITY,
            _ => 0.0,
        };
        let inside = two_halves().cut(pull, 5.0);
        assert!((0..108).all(|cell| inside[cell] == (cell % 12 < 6)), "{inside:?}");
    }

    #[test]
    fn ways_grow_where_an_edge_is_crossed() {
        let ways = two_halves().ways(|cell| cell == 48, 10.0);
        assert_eq!(ways[53], 5.0);
        assert!(ways[54] > 12.0 && ways[54] < 17.0, "{}", ways[54]);
        assert!(two_halves().ways(|_| false, 1.0).iter().all(|way| way.is_infinite()));
    }

    #[test]
    fn half_covered_cells_come_out_half() {
        // Column 5 is a mixture of both colours: the edge runs through the middle of it.
        let colour = |cell: usize| [[20.0, 50.0, 80.0][(cell % 12).clamp(4, 6) - 4], 0.0, 0.0];
        let grid = Grid::new(12, 9, (0..108).map(colour).collect());
        let plane = grid.soften(&(0..108).map(|cell| cell % 12 < 6).collect::<Vec<_>>());
        let row: Vec<f32> = (3..8).map(|x| plane.at(x, 4)).collect();
        assert!((row[2] - 0.5).abs() < 0.1, "{row:?}");
        assert!(row.is_sorted_by(|a, b| a >= b) && row[0] > 0.95 && row[4] < 0.05, "{row:?}");
    }

    #[test]
    fn cells_without_a_picture_hang_together_with_nothing() {
        let colour = |cell: usize| if cell % 4 < 2 { [f32::NAN; 3] } else { [50.0; 3] };
        let grid = Grid::new(4, 3, (0..12).map(colour).collect());
        assert!(!grid.has_picture(0) && grid.has_picture(2));
        assert_eq!(grid.bonds[1], [0.0; 4]);
        assert_eq!(grid.bonds[2], [1.0, 1.0, 1.0, 0.0]);
    }
}
