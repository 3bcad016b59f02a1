//! The colours of a picture: perceptual coordinates, a palette of a few representatives, and blurred histograms.

/// A colour in CIE L*a*b* (D65), from sRGB of 0 to 255. Distances are about as large as people see them.
pub fn lab(rgb: [f32; 3]) -> [f32; 3] {
    let [r, g, b] = rgb.map(|value| {
        let value = (value / 255.0).clamp(0.0, 1.0);
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) } // IEC 61966-2-1
    });
    let xyz = [
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    ];
    let [x, y, z] = xyz.map(|t| if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The squared distance of two colours.
#[inline]
pub fn difference(a: [f32; 3], b: [f32; 3]) -> f32 {
    let [l, a, b] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    l * l + a * a + b * b
}

/// The palette: up to `count` colours that represent all of these. Boxes are split at the mean of their widest side (as Wu
/// 1991 does for the least variance), then each colour is moved to the mean of those nearest to it (Lloyd 1982).
pub fn palette(colours: &[[f32; 3]], count: usize) -> Vec<[f32; 3]> {
    let mut groups = vec![Group::of(colours.to_vec())];
    while groups.len() < count {
        let Some(widest) = (0..groups.len()).max_by(|&a, &b| groups[a].spread.total_cmp(&groups[b].spread)) else {
            break;
        };
        if groups[widest].spread <= 1e-3 {
            break;
        }
        let Group { colours, mean, axis, .. } = groups.swap_remove(widest);
        let (low, high) = colours.into_iter().partition(|colour: &[f32; 3]| colour[axis] < mean[axis]);
        groups.extend([Group::of(low), Group::of(high)]);
    }
    let mut palette: Vec<[f32; 3]> = groups.iter().map(|group| group.mean).collect();
    for _ in 0..2 {
        let mut sums = vec![([0f32; 3], 0f32); palette.len()];
        for colour in colours {
            let (sum, number) = &mut sums[nearest(&palette, *colour)];
            (0..3).for_each(|c| sum[c] += colour[c]);
            *number += 1.0;
        }
        for (colour, (sum, number)) in palette.iter_mut().zip(sums).filter(|(_, (_, number))| *number > 0.0) {
            *colour = sum.map(|value| value / number);
        }
    }
    palette
}

struct Group {
    colours: Vec<[f32; 3]>,
    mean: [f32; 3],
    /// The coordinate that varies most, and its squared deviations summed up.
    axis: usize,
    spread: f32,
}

impl Group {
    fn of(colours: Vec<[f32; 3]>) -> Self {
        let number = colours.len().max(1) as f32;
        let mean = [0, 1, 2].map(|c| colours.iter().map(|colour| colour[c]).sum::<f32>() / number);
        let spreads = [0, 1, 2].map(|c| colours.iter().map(|colour| (colour[c] - mean[c]).powi(2)).sum::<f32>());
        let axis = (0..3).max_by(|&a, &b| spreads[a].total_cmp(&spreads[b])).unwrap_or(0);
        Self { colours, mean, axis, spread: spreads[axis] }
    }
}

/// The index of the nearest colour of the palette.
pub fn nearest(palette: &[[f32; 3]], colour: [f32; 3]) -> usize {
    let mut best = (f32::INFINITY, 0);
    for (i, entry) in palette.iter().enumerate() {
        let distance = difference(*entry, colour);
        if distance < best.0 {
            best = (distance, i);
        }
    }
    best.1
}

/// A blur for histograms over a palette, so that a colour also counts for similar ones.
pub struct Blur {
    weights: Vec<f32>,
    count: usize,
}

impl Blur {
    /// A blur in which colours `radius` apart have the weight exp(-1/2).
    pub fn new(palette: &[[f32; 3]], radius: f32) -> Self {
        let alike =
            |a: &[f32; 3]| palette.iter().map(|b| (-difference(*a, *b) / (2.0 * radius * radius)).exp()).collect();
        let rows: Vec<Vec<f32>> = palette.iter().map(alike).collect();
        let totals: Vec<f32> = rows.iter().map(|row| row.iter().sum()).collect();
        let weights =
            rows.iter().flat_map(|row| row.iter().zip(&totals).map(|(weight, total)| weight / total)).collect();
        Self { weights, count: palette.len() }
    }

    /// The blurred shares of the palette's colours. Their sum is 1, or all are 0.
    pub fn shares(&self, histogram: &[f32]) -> Vec<f32> {
        let total = histogram.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        let share = |row: &[f32]| row.iter().zip(histogram).map(|(weight, value)| weight * value).sum::<f32>() / total;
        self.weights.chunks_exact(self.count).map(share).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours() {
        let near = |a: [f32; 3], b: [f32; 3]| assert!(difference(a, b) < 0.1, "{a:?} {b:?}");
        near(lab([255.0; 3]), [100.0, 0.0, 0.0]);
        near(lab([0.0; 3]), [0.0, 0.0, 0.0]);
        near(lab([255.0, 0.0, 0.0]), [53.24, 80.09, 67.20]);
        near(lab([0.0, 0.0, 255.0]), [32.30, 79.19, -107.86]);
    }

    #[test]
    fn a_palette_finds_the_colours_there_are() {
        let colours: Vec<[f32; 3]> =
            (0..300).map(|i| [[10.0, 0.0, 0.0], [50.0, 40.0, 0.0], [90.0, 0.0, 30.0]][i % 3]).collect();
        let mut found = palette(&colours, 16);
        found.sort_by(|a, b| a[0].total_cmp(&b[0]));
        assert_eq!(found, [[10.0, 0.0, 0.0], [50.0, 40.0, 0.0], [90.0, 0.0, 30.0]]);
        assert_eq!(palette(&[[5.0; 3]; 40], 16), [[5.0; 3]]);
        assert_eq!(nearest(&found, [45.0, 30.0, 5.0]), 1);
    }

    #[test]
    fn blurred_shares_sum_to_one() {
        let palette = [[10.0, 0.0, 0.0], [14.0, 0.0, 0.0], [90.0, 0.0, 0.0]];
        let shares = Blur::new(&palette, 5.0).shares(&[4.0, 0.0, 0.0]);
        assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(shares[0] > shares[1] && shares[1] > 0.2 && shares[2] < 1e-3);
    }
}
