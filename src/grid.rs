//! A reduced picture as a grid of coloured cells: how strongly neighbours hang together, ways that avoid edges, and the
//! cut along edges.

use crate::graph_cut::{GridCut, LINKS};
use crate::palette::{difference, nearest};

/// Cuts are made in whole numbers of this fraction.
const PRECISION: f32 = 1000.0;

/// Cells with colours; those without a picture below hang together with nothing.
pub struct Grid {
    /// Cells in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// CIE L*a*b*, not a number where there is no picture.
    pub colours: Vec<[f32; 3]>,
    /// The nearest colour of the palette.
    pub tints: Vec<u16>,
    /// How alike a cell and its neighbour at `LINKS[i]` are: 1 the same, 0 an edge between them or no neighbour.
    pub bonds: Vec<[f32; 4]>,
}

impl Grid {
    /// A grid of these colours.
    pub fn new(width: usize, height: usize, colours: Vec<[f32; 3]>, palette: &[[f32; 3]]) -> Self {
        let tints = colours.iter().map(|colour| nearest(palette, *colour) as u16).collect();
        let mut grid = Self { width, height, colours, tints, bonds: Vec::new() };
        let contrasts: Vec<[f32; 4]> = (0..width * height)
            .map(|cell| [0, 1, 2, 3].map(|link| grid.neighbour(cell, link).map_or(f32::NAN, |next| grid.contrast(cell, next))))
            .collect();
        let (mut sum, mut number) = (0f64, 0f64);
        for contrast in contrasts.as_flattened().iter().filter(|contrast| contrast.is_finite()) {
            sum += f64::from(*contrast);
            number += 1.0;
        }
        // The mean decides what an edge is (Boykov and Jolly 2001; Rother et al. 2004, beta); noise is none.
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

    /// Whether there is a picture below the cell.
    pub fn has_picture(&self, cell: usize) -> bool {
        self.colours[cell][0].is_finite()
    }

    /// Whether the cell lies at the rim of the grid.
    pub fn at_rim(&self, cell: usize) -> bool {
        let (x, y) = (cell % self.width, cell / self.width);
        x == 0 || y == 0 || x + 1 == self.width || y + 1 == self.height
    }

    /// The length of the shortest way from each cell to a start, where crossing an edge costs up to `edge` cells more:
    /// sweeps to and fro (Toivanen 1996; Criminisi, Sharp and Blake 2008). Infinite without a start.
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

    /// The cells inside the cheapest boundary: `pulls` says how much each cell wants to be inside (negative: outside;
    /// infinite: must), and a boundary costs `stiffness` per cell of its length where there is no edge.
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

/// How far away the neighbour at `LINKS[link]` is.
fn length(link: usize) -> f32 {
    if link < 2 { 1.0 } else { std::f32::consts::SQRT_2 }
}
