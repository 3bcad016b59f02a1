//! The weights of a separable filter along one axis.

use std::f64::consts::PI;

/// The filter of a resampling. A network needs that of the tool that its authors used in training.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Linear; where cells are larger than pixels, as wide as a cell, so that no pixel is skipped. Pillow's BILINEAR,
    /// which newer transforms of torchvision use too.
    #[default]
    Smooth,
    /// As `smooth`, but not rounded to bytes between columns and rows: torch's linear filter with antialiasing.
    Antialiased,
    /// Linear between the nearest pixels only: OpenCV's INTER_LINEAR.
    Bilinear,
    /// As `bilinear`, but without rounding: torch's linear filter without antialiasing.
    Linear,
    /// Pillow's BICUBIC, and torchvision's with antialiasing.
    Bicubic,
    /// Pillow's LANCZOS.
    Lanczos,
}

/// The weights of the source cells in each target cell, along one axis.
pub struct Axis {
    /// For each target cell the first source cell, and where its weights begin and end.
    taps: Vec<(usize, usize, usize)>,
    weights: Vec<f32>,
}

impl Axis {
    /// The reach of the cubic filter, in cells.
    pub const CUBIC_RADIUS: f64 = 2.0;

    /// The centre of target cell `i` is the source position `start + (i + 0.5) * step`. `kernel` is 0 beyond `radius`,
    /// in units of `widen` source cells. If `widen` is as wide as a coarser target cell, no source cell is skipped (no
    /// aliasing). A target cell wholly outside the source has no weights. One that is partly outside shows the part
    /// inside: otherwise objects would lose their edge at the picture's border, and pictures thinner than a cell would
    /// vanish.
    fn new(
        source: usize,
        (start, step): (f64, f64),
        target: usize,
        (radius, widen): (f64, f64),
        kernel: impl Fn(f64) -> f64,
    ) -> Self {
        let mut axis = Axis { taps: Vec::with_capacity(target), weights: Vec::new() };
        for i in 0..target {
            let centre = start + (i as f64 + 0.5) * step;
            let begin = axis.weights.len();
            // A little less than half, so that a neighbour does not reach in by rounding.
            let half = step * (0.5 - 1e-6);
            if centre + half <= 0.0 || centre - half >= source as f64 {
                axis.taps.push((0, begin, begin));
                continue;
            }
            let centre = centre.clamp(0.0, source as f64);
            let first = (centre - radius * widen - 0.5).ceil().max(0.0) as usize;
            let last = ((centre + radius * widen - 0.5).floor() as usize).min(source - 1);
            axis.weights.extend((first..=last).map(|cell| kernel((cell as f64 + 0.5 - centre) / widen) as f32));
            let sum: f32 = axis.weights[begin..].iter().sum();
            axis.weights[begin..].iter_mut().for_each(|weight| *weight /= sum);
            axis.taps.push((first, begin, axis.weights.len()));
        }
        axis
    }

    /// The weights of pixels in the cells of a grid.
    pub fn pixels(source: usize, start: f64, step: f64, target: usize, filter: Filter) -> Self {
        let wide = step.max(1.0);
        let linear = |t: f64| (1.0 - t.abs()).max(0.0);
        let new = |shape, kernel: fn(f64) -> f64| Self::new(source, (start, step), target, shape, kernel);
        match filter {
            Filter::Smooth | Filter::Antialiased => new((1.0, wide), linear),
            Filter::Bilinear | Filter::Linear => new((1.0, 1.0), linear),
            // Keys 1981 with a = -1/2.
            Filter::Bicubic => new((2.0, wide), |t| match t.abs() {
                t if t < 1.0 => (1.5 * t - 2.5) * t * t + 1.0,
                t if t < 2.0 => ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0,
                _ => 0.0,
            }),
            Filter::Lanczos => new((3.0, wide), |t| {
                let sinc = |t: f64| if t == 0.0 { 1.0 } else { (PI * t).sin() / (PI * t) };
                if t.abs() < 3.0 { sinc(t) * sinc(t / 3.0) } else { 0.0 }
            }),
        }
    }

    /// A mixture of cubic B-spline and Catmull-Rom (Mitchell and Netravali 1988, B = C = 1/3): smooth, with little overshoot.
    pub fn cubic(source: usize, start: f64, step: f64, target: usize) -> Self {
        Self::new(source, (start, step), target, (Self::CUBIC_RADIUS, step.max(1.0)), |t| {
            let t = t.abs();
            if t < 1.0 {
                (7.0 * t * t * t - 12.0 * t * t + 16.0 / 3.0) / 6.0
            } else if t < 2.0 {
                (-7.0 / 3.0 * t * t * t + 12.0 * t * t - 20.0 * t + 32.0 / 3.0) / 6.0
            } else {
                0.0
            }
        })
    }

    /// The first source cell of target cell `i`, and the weights from there on.
    pub fn of(&self, i: usize) -> (usize, &[f32]) {
        let (first, begin, end) = self.taps[i];
        (first, &self.weights[begin..end])
    }

    /// The first source cell that is used, and the one after the last.
    pub fn span(&self) -> (usize, usize) {
        let used = self.taps.iter().filter(|(_, begin, end)| end > begin);
        let first = used.clone().map(|tap| tap.0).min().unwrap_or(0);
        (first, used.map(|tap| tap.0 + tap.2 - tap.1).max().unwrap_or(0))
    }
}
