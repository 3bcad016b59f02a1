//! The guided filter: makes a plane of numbers a linear function of colour in every small window (He, Sun and Tang
//! 2013). Repeated, with a small pull back to the first numbers, it approaches closed-form matting (Levin and others
//! 2008), which has the same aim.

/// The cells that a window reaches to each side.
const RADIUS: usize = 1;
/// The least variance of a colour.
const NOISE: f32 = 1e-4;
/// The weight of the first numbers, where they are trusted fully; the windows have 1.
const TRUST: f32 = 0.2;

/// The statistics of colours in the window round each cell of a square.
pub struct Guide<'a> {
    side: usize,
    colours: &'a [Vec<f32>; 3],
    mean: [Vec<f32>; 3],
    /// The inverse of the colours' covariance: the rows of its upper half.
    inverse: [Vec<f32>; 6],
}

impl<'a> Guide<'a> {
    /// The guide of a square of `side` cells, from its planes of red, green and blue.
    pub fn new(side: usize, colours: &'a [Vec<f32>; 3]) -> Self {
        let mean: [Vec<f32>; 3] = std::array::from_fn(|i| box_mean(&colours[i], side, RADIUS));
        let mut inverse = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)].map(|(i, j)| {
            let mut spread = box_mean(&product(&colours[i], &colours[j]), side, RADIUS);
            for (k, value) in spread.iter_mut().enumerate() {
                *value -= mean[i][k] * mean[j][k];
                if i == j {
                    *value = value.max(0.0) + NOISE;
                }
            }
            spread
        });
        for k in 0..side * side {
            // For grey colours the products nearly cancel, so that rounding errors would remain in single precision.
            let [a, b, c, d, e, f] = std::array::from_fn(|i| f64::from(inverse[i][k]));
            let (first, second, third) = (d * f - e * e, c * e - b * f, b * e - c * d);
            let scale = 1.0 / (a * first + b * second + c * third).max(1e-20);
            let rest = [first, second, third, a * f - c * c, b * c - a * e, a * d - b * b];
            inverse.iter_mut().zip(rest).for_each(|(plane, value)| plane[k] = (value * scale) as f32);
        }
        Self { side, colours, mean, inverse }
    }

    /// The linear functions (three slopes, and the value of black) after `rounds` rounds.
    pub fn fit(&self, values: &[f32], trust: &[f32], rounds: usize) -> [Vec<f32>; 4] {
        let mut current = values.to_vec();
        for _ in 1..rounds {
            let linear = self.round(&current);
            for (k, value) in current.iter_mut().enumerate() {
                let colour = std::array::from_fn(|i| self.colours[i][k]);
                let guided = apply(&std::array::from_fn(|i| linear[i][k]), colour);
                let back = TRUST * trust[k];
                *value = ((guided + back * values[k]) / (1.0 + back)).clamp(0.0, 1.0);
            }
        }
        self.round(&current)
    }

    /// Fits a function to every window, then averages for each cell those of all windows that it lies in.
    fn round(&self, values: &[f32]) -> [Vec<f32>; 4] {
        let mut base = box_mean(values, self.side, RADIUS);
        let mut linear: [Vec<f32>; 3] =
            std::array::from_fn(|i| box_mean(&product(values, &self.colours[i]), self.side, RADIUS));
        for (k, base) in base.iter_mut().enumerate() {
            let mean: [f32; 3] = std::array::from_fn(|i| self.mean[i][k]);
            let [x, y, z]: [f32; 3] = std::array::from_fn(|i| linear[i][k] - *base * mean[i]);
            let [a, b, c, d, e, f] = std::array::from_fn(|i| self.inverse[i][k]);
            let slopes = [a * x + b * y + c * z, b * x + d * y + e * z, c * x + e * y + f * z];
            for i in 0..3 {
                linear[i][k] = slopes[i];
                *base -= slopes[i] * mean[i];
            }
        }
        let [r, g, b] = linear;
        [r, g, b, base].map(|plane| box_mean(&plane, self.side, RADIUS))
    }
}

/// The value of a linear function.
#[inline]
pub fn apply(linear: &[f32; 4], [r, g, b]: [f32; 3]) -> f32 {
    linear[0] * r + linear[1] * g + linear[2] * b + linear[3]
}

fn product(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

/// The means over windows that reach `radius` cells to each side. Beyond the square the plane continues as at its rim.
pub fn box_mean(plane: &[f32], side: usize, radius: usize) -> Vec<f32> {
    let scale = 1.0 / ((2 * radius + 1) as f32).powi(2);
    let row = |y: usize| &plane[y.saturating_sub(radius).min(side - 1) * side..][..side];
    let mut result = vec![0.0; plane.len()];
    // The sums of columns, with `radius` more on the left and on the right.
    let mut sums = vec![0.0; side + 2 * radius];
    for y in 0..=2 * radius {
        sums[radius..radius + side].iter_mut().zip(row(y)).for_each(|(sum, value)| *sum += value);
    }
    for (y, out) in result.chunks_exact_mut(side).enumerate() {
        let (first, last) = (sums[radius], sums[radius + side - 1]);
        sums[..radius].fill(first);
        sums[radius + side..].fill(last);
        if radius == RADIUS {
            out.iter_mut().zip(sums.windows(3)).for_each(|(out, near)| *out = (near[0] + near[1] + near[2]) * scale);
        } else {
            let mut sum: f32 = sums[..2 * radius].iter().sum();
            for (x, out) in out.iter_mut().enumerate() {
                sum += sums[x + 2 * radius];
                *out = sum * scale;
                sum -= sums[x];
            }
        }
        let change = row(y + 2 * radius + 1).iter().zip(row(y));
        sums[radius..radius + side].iter_mut().zip(change).for_each(|(sum, (next, gone))| *sum += next - gone);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_those_of_windows() {
        let side = 11;
        let plane: Vec<f32> = (0..side * side).map(|i| (i * i % 17) as f32 / 17.0).collect();
        for radius in [1, 2, 7, 20] {
            let means = box_mean(&plane, side, radius);
            for (i, mean) in means.iter().enumerate() {
                let within = |at: usize, step: usize| (at + step).saturating_sub(radius).min(side - 1);
                let window = (0..=2 * radius).flat_map(|j| (0..=2 * radius).map(move |k| (j, k)));
                let sum: f32 = window.map(|(j, k)| plane[within(i / side, j) * side + within(i % side, k)]).sum();
                assert!((mean - sum / ((2 * radius + 1) as f32).powi(2)).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn what_is_linear_in_colour_is_found() {
        let side = 12;
        let colours: [Vec<f32>; 3] =
            std::array::from_fn(|c| (0..side * side).map(|i| ((i * (7 + c) + c) % 23) as f32 / 23.0).collect());
        let values: Vec<f32> = (0..side * side).map(|i| 0.1 + 0.5 * colours[0][i] + 0.3 * colours[2][i]).collect();
        let linear = Guide::new(side, &colours).fit(&values, &vec![1.0; side * side], 3);
        for (i, value) in values.iter().enumerate() {
            let function = std::array::from_fn(|k| linear[k][i]);
            assert!((apply(&function, std::array::from_fn(|c| colours[c][i])) - value).abs() < 0.02);
        }
    }
}
