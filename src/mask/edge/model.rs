//! Colour models: linear functions of colour that tell object from background near a cell.
//!
//! In every window the colours on either side of the mask's edge count as two normal distributions with the same
//! covariance. The log odds of a colour are then a linear function of it (Fisher 1936). The functions of all windows
//! that a cell lies in are averaged, as in a guided filter (He, Sun and Tang 2013). If both sides look the same, the
//! function is 0; texture widens the distributions and makes the odds smaller.

/// A working cell. The numbers go from 0 to 1.
#[derive(Clone, Copy, Default)]
pub struct Cell {
    /// The mean red, green and blue.
    pub colour: [f32; 3],
    /// The mean of the mask.
    pub mask: f32,
    /// Whether the cell lies in the picture.
    pub inside: bool,
}

/// A linear function of colour: three slopes, and the value of black.
pub type Linear = [f32; 4];

/// Sums over a window: weight, weighted colours and their products, then weight and colours of the selected cells.
type Sums = [f32; 14];

/// The least variance of a colour, from noise and compression: about one and a half grey levels, squared.
const NOISE: f32 = 3e-5;

/// The least weight of a window. The sums of lighter ones are mostly rounding errors.
const LEAST: f32 = 0.1;

/// The model of each cell of a square of `side` cells, from windows that reach `radius` cells to each side.
pub fn fit(cells: &[Cell], side: usize, radius: usize) -> Vec<Linear> {
    let sums = box_sums(&cells.iter().map(terms).collect::<Vec<_>>(), side, radius);
    let fitted: Vec<_> = sums.iter().map(fit_window).collect();
    let averaged = box_sums(&fitted, side, radius);
    // Windows that hardly show one of the sides have little weight. If there are no others, the model stays near 0.
    let mean = |sum: &[f32; 5]| std::array::from_fn(|i| sum[i] / sum[4].max(1e-3));
    averaged.iter().map(mean).collect()
}

/// What a cell adds to the sums of its windows: the more, the more certain the mask is.
fn terms(cell: &Cell) -> Sums {
    if !cell.inside {
        return Sums::default();
    }
    let weight = (2.0 * cell.mask - 1.0).abs().sqrt();
    let selected = if cell.mask >= 0.5 { weight } else { 0.0 };
    let [r, g, b] = cell.colour;
    let [wr, wg, wb] = cell.colour.map(|value| weight * value);
    [
        weight,
        wr,
        wg,
        wb,
        wr * r,
        wg * r,
        wg * g,
        wb * r,
        wb * g,
        wb * b,
        selected,
        selected * r,
        selected * g,
        selected * b,
    ]
}

/// The function of a window times its weight, then the weight. It is largest if both sides are half of the window.
fn fit_window(sums: &Sums) -> [f32; 5] {
    let total = sums[0];
    let (object, ground) = (sums[10] / total, (total - sums[10]) / total);
    if !(total > LEAST && object > 0.01 && ground > 0.01) {
        return [0.0; 5];
    }
    let of_object: [f32; 3] = std::array::from_fn(|i| sums[11 + i] / sums[10]);
    let of_ground: [f32; 3] = std::array::from_fn(|i| (sums[1 + i] - sums[11 + i]) / (total - sums[10]));
    let mut spread = [[0.0; 3]; 3];
    let mut pair = 4;
    for i in 0..3 {
        for j in 0..=i {
            spread[i][j] =
                sums[pair] / total - object * of_object[i] * of_object[j] - ground * of_ground[i] * of_ground[j];
            pair += 1;
        }
        spread[i][i] = spread[i][i].max(0.0) + NOISE;
    }
    let slopes = solve(spread, std::array::from_fn(|i| of_object[i] - of_ground[i]));
    let base: f32 = (0..3).map(|i| -slopes[i] * (of_object[i] + of_ground[i]) / 2.0).sum();
    let counts = object * ground;
    [slopes[0], slopes[1], slopes[2], base, 1.0].map(|value| value * counts)
}

/// Solves `matrix * x = right` for a positive definite matrix of which the lower half is given (Cholesky).
fn solve(mut matrix: [[f32; 3]; 3], mut right: [f32; 3]) -> [f32; 3] {
    for i in 0..3 {
        for j in 0..=i {
            let rest: f32 = matrix[i][j] - (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum::<f32>();
            matrix[i][j] = if i == j { rest.max(1e-9).sqrt() } else { rest / matrix[j][j] };
        }
        right[i] = (right[i] - (0..i).map(|k| matrix[i][k] * right[k]).sum::<f32>()) / matrix[i][i];
    }
    for i in (0..3).rev() {
        right[i] = (right[i] - (i + 1..3).map(|k| matrix[k][i] * right[k]).sum::<f32>()) / matrix[i][i];
    }
    right
}

/// The sums over windows that reach `radius` cells to each side, cut off at the border of the square.
fn box_sums<const N: usize>(cells: &[[f32; N]], side: usize, radius: usize) -> Vec<[f32; N]> {
    row_sums(&row_sums(cells, side, radius), side, radius)
}

/// The sums along rows, with rows and columns exchanged. Applied twice, they are the sums over squares.
fn row_sums<const N: usize>(cells: &[[f32; N]], side: usize, radius: usize) -> Vec<[f32; N]> {
    let mut out = vec![[0.0; N]; cells.len()];
    for (y, row) in cells.chunks_exact(side).enumerate() {
        let mut sum = [0.0; N];
        let mut add = |cell: Option<&[f32; N]>, sign: f32| {
            if let Some(cell) = cell {
                sum.iter_mut().zip(cell).for_each(|(sum, value)| *sum += sign * value);
            }
            sum
        };
        row[..radius.min(side)].iter().for_each(|cell| _ = add(Some(cell), 1.0));
        for x in 0..side {
            out[x * side + y] = add(row.get(x + radius), 1.0);
            add(x.checked_sub(radius).map(|x| &row[x]), -1.0);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halves(left: [f32; 3], right: [f32; 3]) -> Vec<Cell> {
        let cell = |i: usize| {
            let mask = ((i % 16) as f32 / 15.0 * 3.0 - 1.0).clamp(0.0, 1.0);
            Cell { colour: if i % 16 < 8 { left } else { right }, mask, inside: true }
        };
        (0..256).map(cell).collect()
    }

    fn says(model: &Linear, colour: [f32; 3]) -> f32 {
        (0..3).map(|i| model[i] * colour[i]).sum::<f32>() + model[3]
    }

    #[test]
    fn colours_are_told_apart_only_where_they_differ() {
        let (red, blue) = ([0.8, 0.1, 0.1], [0.1, 0.1, 0.7]);
        let models = fit(&halves(red, blue), 16, 4);
        assert!(says(&models[8 * 16 + 8], red) < -5.0 && says(&models[8 * 16 + 8], blue) > 5.0);
        let same = fit(&halves(red, red), 16, 4);
        assert!(same.iter().all(|model| says(model, red).abs() < 1e-2));
        let nowhere = vec![Cell::default(); 256];
        assert!(fit(&nowhere, 16, 4).iter().flatten().all(|value| *value == 0.0));
    }

    #[test]
    fn windows_beyond_the_picture_leave_no_nonsense() {
        let (side, radius) = (86, 3);
        for seed in 0..40u32 {
            let random = |i: usize, salt: u32| {
                let mixed = (i as u32 ^ salt.wrapping_mul(0x85eb_ca6b) ^ seed << 20).wrapping_mul(0x9e37_79b1);
                ((mixed ^ mixed >> 15).wrapping_mul(0x2c1b_3c6d) >> 16) as f32 / 65536.0
            };
            let edge = 20 + seed as usize;
            let cell = |i: usize| match i % side < edge {
                true => Cell { colour: [1, 2, 3].map(|c| random(i, c)), mask: random(i, 4), inside: true },
                false => Cell::default(),
            };
            let models = fit(&(0..side * side).map(cell).collect::<Vec<_>>(), side, radius);
            assert!(models.iter().flatten().all(|value| value.is_finite()), "{seed}");
        }
    }

    #[test]
    fn sums_are_those_of_squares() {
        let cells: Vec<[f32; 1]> = (0..49).map(|i| [(i * i % 11) as f32]).collect();
        let sums = box_sums(&cells, 7, 2);
        for (i, sum) in sums.iter().enumerate() {
            let near = |j: &usize| (i % 7).abs_diff(j % 7) <= 2 && (i / 7).abs_diff(j / 7) <= 2;
            let expected: f32 = (0..49).filter(near).map(|j| cells[j][0]).sum();
            assert!((sum[0] - expected).abs() < 1e-3);
        }
    }

    #[test]
    fn three_equations_are_solved() {
        let x = solve([[4.0, 0.0, 0.0], [1.0, 3.0, 0.0], [0.5, -1.0, 2.0]], [1.0, 2.0, 3.0]);
        let matrix = [[4.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.5, -1.0, 2.0]];
        for (row, right) in matrix.iter().zip([1.0, 2.0, 3.0]) {
            assert!((row.iter().zip(x).map(|(a, b)| a * b).sum::<f32>() - right).abs() < 1e-4);
        }
    }
}
