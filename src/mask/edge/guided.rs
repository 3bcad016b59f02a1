//! The guided filter: makes a plane of numbers a linear function of colour in every small window (He, Sun and Tang
//! 2013). Repeated, with a small pull back to the first numbers, it approaches closed-form matting (Levin and others
//! 2008), which has the same aim.

use multiversion::multiversion;

/// The cells that a window reaches to each side.
const RADIUS: usize = 1;
/// The least variance of a colour.
const NOISE: f32 = 1e-4;
/// The weight of the first numbers, where they are trusted fully; the windows have 1.
const TRUST: f32 = 0.2;

/// The colours of a plane of cells, as a guide.
pub struct Guide<'a> {
    /// The cells across.
    width: usize,
    colours: &'a [Vec<f32>; 3],
    /// The mean colour of each window.
    mean: [Vec<f32>; 3],
    /// The upper half of the inverse of each window's covariance.
    inverse: [Vec<f32>; 6],
}

impl<'a> Guide<'a> {
    pub fn new(width: usize, colours: &'a [Vec<f32>; 3]) -> Self {
        let mean: [Vec<f32>; 3] = std::array::from_fn(|i| box_mean(&colours[i], width, RADIUS));
        let mut inverse = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
            .map(|(i, j)| box_mean(&product(&colours[i], &colours[j]), width, RADIUS));
        invert(&mut inverse, &mean);
        Self { width, colours, mean, inverse }
    }

    /// A linear function of colour for each cell, that gives the values as nearly as it can. Values are pulled to the
    /// first ones as far as these are trusted.
    pub fn fit(&self, values: &[f32], trust: &[f32], rounds: usize) -> [Vec<f32>; 4] {
        let mut current = values.to_vec();
        for _ in 1..rounds {
            let linear = self.round(&current);
            pull(&mut current, &linear, self.colours, values, trust);
        }
        self.round(&current)
    }

    fn round(&self, values: &[f32]) -> [Vec<f32>; 4] {
        let base = box_mean(values, self.width, RADIUS);
        let [r, g, b] = self.colours.each_ref().map(|colour| box_mean(&product(values, colour), self.width, RADIUS));
        let mut linear = [r, g, b, base];
        solve(&mut linear, &self.mean, &self.inverse);
        linear.map(|plane| box_mean(&plane, self.width, RADIUS))
    }
}

/// The value of a linear function for a colour.
#[inline]
pub fn apply(linear: &[f32; 4], [r, g, b]: [f32; 3]) -> f32 {
    linear[0] * r + linear[1] * g + linear[2] * b + linear[3]
}

/// Several planes as slices of the same length: so the compiler sees that no index lies outside, and uses vectors.
macro_rules! cells {
    ($planes:expr, $count:expr) => {
        $planes.each_ref().map(|plane| &plane[..$count])
    };
    (mut $planes:expr, $count:expr) => {
        $planes.each_mut().map(|plane| &mut plane[..$count])
    };
}

/// Turns mean products of colours into the inverse of the covariance.
#[multiversion(targets("x86_64+avx2"))]
fn invert(products: &mut [Vec<f32>; 6], mean: &[Vec<f32>; 3]) {
    let count = mean[0].len();
    let [red, green, blue] = cells!(mean, count);
    let [rr, rg, rb, gg, gb, bb] = cells!(mut products, count);
    for k in 0..count {
        let (r, g, b) = (red[k], green[k], blue[k]);
        let variance = |product: f32, mean: f32| f64::from((product - mean * mean).max(0.0) + NOISE);
        let covariance = |product: f32, a: f32, b: f32| f64::from(product - a * b);
        // For grey colours the products nearly cancel, so that rounding errors would remain in single precision.
        let (a, d, f) = (variance(rr[k], r), variance(gg[k], g), variance(bb[k], b));
        let (b, c, e) = (covariance(rg[k], r, g), covariance(rb[k], r, b), covariance(gb[k], g, b));
        let (first, second, third) = (d * f - e * e, c * e - b * f, b * e - c * d);
        let scale = 1.0 / (a * first + b * second + c * third).max(1e-20);
        rr[k] = (first * scale) as f32;
        rg[k] = (second * scale) as f32;
        rb[k] = (third * scale) as f32;
        gg[k] = ((a * f - c * c) * scale) as f32;
        gb[k] = ((b * c - a * e) * scale) as f32;
        bb[k] = ((a * d - b * b) * scale) as f32;
    }
}

/// Turns mean products of values and colours, and mean values, into linear functions of colour.
#[multiversion(targets("x86_64+avx2"))]
fn solve(linear: &mut [Vec<f32>; 4], mean: &[Vec<f32>; 3], inverse: &[Vec<f32>; 6]) {
    let count = mean[0].len();
    let [red, green, blue] = cells!(mean, count);
    let [a, b, c, d, e, f] = cells!(inverse, count);
    let [x, y, z, base] = cells!(mut linear, count);
    for k in 0..count {
        let value = base[k];
        let (u, v, w) = (x[k] - value * red[k], y[k] - value * green[k], z[k] - value * blue[k]);
        x[k] = a[k] * u + b[k] * v + c[k] * w;
        y[k] = b[k] * u + d[k] * v + e[k] * w;
        z[k] = c[k] * u + e[k] * v + f[k] * w;
        base[k] = value - x[k] * red[k] - y[k] * green[k] - z[k] * blue[k];
    }
}

/// Replaces the values by those of the functions, pulled to the first values as far as these are trusted.
#[multiversion(targets("x86_64+avx2"))]
fn pull(current: &mut [f32], linear: &[Vec<f32>; 4], colours: &[Vec<f32>; 3], first: &[f32], trust: &[f32]) {
    let count = current.len();
    let [red, green, blue] = cells!(colours, count);
    let [r, g, b, base] = cells!(linear, count);
    let (first, trust) = (&first[..count], &trust[..count]);
    for (k, value) in current.iter_mut().enumerate() {
        let guided = r[k] * red[k] + g[k] * green[k] + b[k] * blue[k] + base[k];
        let back = TRUST * trust[k];
        *value = ((guided + back * first[k]) / (1.0 + back)).clamp(0.0, 1.0);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn product(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

/// The means over windows of a plane of `width` cells across. Beyond its border it continues as at the border.
#[multiversion(targets("x86_64+avx2"))]
pub fn box_mean(plane: &[f32], width: usize, radius: usize) -> Vec<f32> {
    let scale = 1.0 / ((2 * radius + 1) as f32).powi(2);
    let last = plane.len() / width - 1;
    let row = |y: usize| &plane[y.saturating_sub(radius).min(last) * width..][..width];
    let mut result = vec![0.0; plane.len()];
    // The sums of columns, with `radius` more on the left and on the right.
    let mut sums = vec![0.0; width + 2 * radius];
    for y in 0..=2 * radius {
        sums[radius..radius + width].iter_mut().zip(row(y)).for_each(|(sum, value)| *sum += value);
    }
    for (y, out) in result.chunks_exact_mut(width).enumerate() {
        let (first, last) = (sums[radius], sums[radius + width - 1]);
        sums[..radius].fill(first);
        sums[radius + width..].fill(last);
        if radius == 1 {
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
        sums[radius..radius + width].iter_mut().zip(change).for_each(|(sum, (next, gone))| *sum += next - gone);
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
