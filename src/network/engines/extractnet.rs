//! The engine `extractnet`: the baseline that ExtractNet was measured against. It finds a picture's subject without a
//! network: grey values, Otsu's threshold, connected regions, a watershed; each region is weighted towards the centre,
//! and the best one chosen. It ignores all prompts.

use ndarray::{ArrayD, IxDyn};

use crate::base::cancel::Cancel;
use crate::base::error::{Error, Result};
use crate::geometry::distance::depth;
use crate::geometry::frame::Frame;
use crate::geometry::rect::Rect;
use crate::network::engines::colours::grid::Grid;
use crate::network::families::faults::foreign_analysis;
use crate::network::families::segmenter::{Analysis, Candidate, Previous, Segmenter};
use crate::network::hints::Hints;
use crate::pixels::image::ImageView;
use crate::pixels::resample::sample_rgb;

/// The cells along the longer side: ExtractNet's pictures were 224 pixels wide and high.
const CELLS: f64 = 224.0;
/// Two bumps of a region are two regions if the neck between them is thinner than this share of the thinner bump.
const NECK: f32 = 0.6;
/// The most answers.
const ANSWERS: usize = 3;

/// The engine.
pub struct ExtractNet;

impl Segmenter for ExtractNet {
    fn analyse(&self, image: &ImageView, window: Rect, cancel: &Cancel) -> Result<Analysis> {
        cancel.check()?;
        let scale = (CELLS / window.width().max(window.height())).min(1.0);
        let cells = |length: f64| (length * scale).round().max(1.0) as usize;
        let frame = Frame::stretch(window, cells(window.width()), cells(window.height()));
        let rgb = sample_rgb(image, &frame, [f32::NAN; 3])?;
        // ITU-R BT.601.
        let grey = rgb.as_chunks::<3>().0.iter().map(|[r, g, b]| 0.299 * r + 0.587 * g + 0.114 * b).collect();
        let tensor = ArrayD::from_shape_vec(IxDyn(&[frame.height, frame.width]), grey);
        Ok(Analysis { frame, tensors: vec![tensor.map_err(Error::internal)?] })
    }

    fn segment(
        &self,
        analysis: &Analysis,
        _hints: &Hints,
        _previous: Option<&Previous>,
        cancel: &Cancel,
    ) -> Result<Vec<Candidate>> {
        let Some(grey) = analysis.tensors.first().and_then(|tensor| tensor.as_slice()) else {
            return Err(foreign_analysis());
        };
        let Frame { width, height, .. } = analysis.frame;
        let threshold = otsu(grey);
        // The object may be the brighter or the darker side.
        let mut regions = Vec::new();
        for bright in [true, false] {
            cancel.check()?;
            let side = |cell: usize| grey[cell].is_finite() && (grey[cell] >= threshold) == bright;
            regions.extend(watershed(width, height, &depth(width, height, side)));
        }
        let weights = weights(width, height);
        let most: f32 = weights.iter().filter(|weight| **weight > 0.0).sum();
        let weigh =
            |region: &[usize]| region.iter().map(|cell| weights[*cell]).sum::<f32>() / most.max(f32::MIN_POSITIVE);
        let mut ranked: Vec<(f32, Vec<usize>)> = regions.into_iter().map(|region| (weigh(&region), region)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        if ranked.is_empty() {
            ranked.push((0.0, Vec::new())); // The window lies wholly beyond the picture.
        }
        let grid = Grid::new(width, height, grey.iter().map(|grey| [grey / 2.55, 0.0, 0.0]).collect());
        let candidate = |(weight, region): (f32, Vec<usize>)| {
            let mut inside = vec![false; width * height];
            region.into_iter().for_each(|cell| inside[cell] = true);
            // Its mean IoU was 0.38, so even a region that fills the middle gets little more.
            Candidate::new(grid.soften(&inside), analysis.frame, (0.2 + 0.4 * weight).clamp(0.01, 0.6))
        };
        Ok(ranked.into_iter().take(ANSWERS).map(candidate).collect())
    }

    fn closer_look(&self) -> f64 {
        0.0
    }

    fn subject(&self, analysis: &Analysis, cancel: &Cancel) -> Result<Option<Vec<Candidate>>> {
        self.segment(analysis, &Hints::default(), None, cancel).map(Some)
    }
}

/// The threshold that splits the grey values into a darker and a brighter group that differ as much as possible (Otsu 1979).
fn otsu(grey: &[f32]) -> f32 {
    let mut histogram = [0f64; 256];
    grey.iter().filter(|value| value.is_finite()).for_each(|value| histogram[(*value as usize).min(255)] += 1.0);
    let total: f64 = histogram.iter().sum();
    let mean: f64 = histogram.iter().enumerate().map(|(value, number)| value as f64 * number).sum();
    let (mut below, mut sum, mut best) = (0.0, 0.0, (0.0, 0));
    for (value, number) in histogram.iter().enumerate() {
        below += number;
        sum += value as f64 * number;
        let between = (mean * below - sum * total).powi(2) / (below * (total - below)).max(1.0);
        if between > best.0 {
            best = (between, value);
        }
    }
    best.1 as f32 + 1.0
}

/// Splits regions at thin necks: floods the depths from the deepest cells up (Vincent and Soille 1991), and keeps two basins
/// apart only at a neck. Returns the cells of each basin.
fn watershed(width: usize, height: usize, depth: &[f32]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..depth.len()).filter(|cell| depth[*cell] > 0.0).collect();
    order.sort_by(|a, b| depth[*b].total_cmp(&depth[*a]));
    // Each cell's basin, named by its deepest cell; basins that were joined point on.
    let mut basin: Vec<Option<usize>> = vec![None; depth.len()];
    let mut joined: Vec<usize> = (0..depth.len()).collect();
    let root = |joined: &[usize], mut cell: usize| {
        while joined[cell] != cell {
            cell = joined[cell];
        }
        cell
    };
    for &cell in &order {
        let (x, y) = (cell % width, cell / width);
        for ny in y.saturating_sub(1)..(y + 2).min(height) {
            for nx in x.saturating_sub(1)..(x + 2).min(width) {
                let Some(other) = basin[ny * width + nx] else { continue };
                let other = root(&joined, other);
                let mine = root(&joined, *basin[cell].get_or_insert(other));
                let (deeper, shallower) = if depth[other] > depth[mine] { (other, mine) } else { (mine, other) };
                if depth[cell] >= NECK * depth[shallower] {
                    joined[shallower] = deeper;
                }
            }
        }
        basin[cell].get_or_insert(cell);
    }
    let mut regions = vec![Vec::new(); depth.len()];
    order.iter().for_each(|cell| regions[root(&joined, basin[*cell].unwrap_or(*cell))].push(*cell));
    regions.retain(|region| !region.is_empty());
    regions
}

/// The weight of each cell: 1 in the middle of the window, falling to -1 in its corners.
fn weights(width: usize, height: usize) -> Vec<f32> {
    let from_middle = |cell: usize, length: usize| (cell as f32 + 0.5) / length as f32 * 2.0 - 1.0;
    (0..width * height)
        .map(|cell| {
            let (x, y) = (from_middle(cell % width, width), from_middle(cell / width, height));
            1.0 - 2.0 * ((x * x + y * y) / 2.0).sqrt()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::grid::render;
    use crate::mask::soft::Mask;
    use crate::pixels::rgb_image::RgbImage;

    fn segment(width: u32, height: u32, grey: impl Fn(i32, i32) -> u8) -> Mask {
        let pixels = (0..height as i32).flat_map(|y| (0..width as i32).map(move |x| (x, y)));
        let image = RgbImage::new(pixels.flat_map(|(x, y)| [grey(x, y); 3]).collect(), width, height).unwrap();
        let analysis = ExtractNet.analyse(&image.view(), Rect::whole(width, height), &Cancel::new()).unwrap();
        let found = ExtractNet.segment(&analysis, &Hints::default(), None, &Cancel::new()).unwrap();
        assert!(found.iter().all(|candidate| candidate.plane.data.iter().all(|value| (0.0..=1.0).contains(value))));
        render(&found[0].plane, &found[0].frame, width, height).unwrap()
    }

    #[test]
    fn the_middle_one_of_two_discs_is_the_object() {
        for (object, ground) in [(200, 60), (60, 200)] {
            let near = |x: i32, y: i32, cx: i32| (x - cx).pow(2) + (y - 60).pow(2) < 900;
            let mask = segment(240, 120, |x, y| if near(x, y, 120) || near(x, y, 30) { object } else { ground });
            assert!(mask.at(120, 60) > 200 && mask.at(30, 60) < 50 && mask.at(120, 10) < 50);
            assert!((2600..3050).contains(&mask.area()), "{}", mask.area());
        }
    }

    #[test]
    fn a_neck_parts_two_regions() {
        let disc = |x: i32, y: i32, cx: i32| (x - cx).pow(2) + (y - 100).pow(2) < 1600;
        let neck = |x: i32, y: i32| (40..100).contains(&x) && (97..103).contains(&y);
        let mask = segment(200, 200, |x, y| if disc(x, y, 30) || disc(x, y, 110) || neck(x, y) { 220 } else { 20 });
        assert!(mask.at(110, 100) > 200 && mask.at(20, 100) < 50);
    }

    #[test]
    fn one_pixel_flat_pictures_and_windows_beyond_the_picture() {
        assert!(segment(1, 1, |_, _| 7).at(0, 0) > 128);
        assert_eq!(segment(60, 40, |_, _| 255).area(), 60 * 40);
        let image = RgbImage::new(vec![9; 300], 10, 10).unwrap();
        let analysis = ExtractNet.analyse(&image.view(), Rect::new(50.0, 50.0, 60.0, 60.0), &Cancel::new()).unwrap();
        let found = ExtractNet.segment(&analysis, &Hints::default(), None, &Cancel::new()).unwrap();
        assert!(found[0].plane.data.iter().all(|value| *value == 0.0));
    }

    #[test]
    fn otsu_lies_between_two_groups() {
        let grey: Vec<f32> = (0..100).map(|i| if i % 3 == 0 { 200.0 } else { 50.0 } + (i % 7) as f32).collect();
        assert!((57.0..200.0).contains(&otsu(&grey)));
    }
}
