//! Weights of a separable filter along one axis.

use std::f64::consts::PI;

/// How pixels come onto a grid. Networks see small details as their authors' tools showed them in training.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Linear, and as wide as a cell where cells are larger than pixels: nothing is skipped. Pillow's BILINEAR, also when
    /// torchvision's newer transforms call it.
    #[default]
    Smooth,
    /// The same without a step in bytes between columns and rows: torch's linear one with antialiasing.
    Antialiased,
    /// Linear between the nearest pixels, whatever lies between cells: OpenCV's INTER_LINEAR.
    Bilinear,
    /// The same with nothing rounded: torch's without antialiasing.
    Linear,
    /// Pillow's BICUBIC and torchvision's with antialiasing.
    Bicubic,
    /// Pillow's LANCZOS.
    Lanczos,
}

/// The weights with which source cells enter target cells, along one axis.
pub struct Axis {
    /// The first source cell of each target cell, and where its weights begin and end.
    taps: Vec<(usize, usize, usize)>,
    weights: Vec<f32>,
}

impl Axis {
    /// How many cells the cubic filter reaches.
    pub const CUBIC_RADIUS: f64 = 2.0;

    /// Target cell `i` looks at source position `start + (i + 0.5) * step`. `kernel` is nought beyond `radius` pixels, each
    /// `widen` wide: as wide as a cell where the target is coarser than the source, nothing is skipped (no aliasing).
    /// A target cell that lies wholly outside the source has no weights; one that reaches over its edge shows what it
    /// covers, or the edge of an object at the picture's border, and a picture thinner than a cell, would be lost.
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
            // A hair less, so that rounding makes no neighbour reach over.
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

    /// For pixels onto a grid.
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

    /// Cubic B-spline mixed with Catmull-Rom (Mitchell and Netravali 1988, B = C = 1/3): smooth, hardly overshoots.
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

    /// The source cells that are looked at all in all.
    pub fn span(&self) -> (usize, usize) {
        let used = self.taps.iter().filter(|(_, begin, end)| end > begin);
        let first = used.clone().map(|tap| tap.0).min().unwrap_or(0);
        (first, used.map(|tap| tap.0 + tap.2 - tap.1).max().unwrap_or(0))
    }
}
