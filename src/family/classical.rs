//! Objects without a network: what is inside and outside is learnt from the prompts, as colours and as places, and the
//! boundary runs along edges (GrabCut: Rother, Kolmogorov and Blake 2004). A single click says nothing about size, so
//! several sizes are tried, and the one that fits the picture best comes first.

use ndarray::ArrayD;

use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::family::{Analysis, Candidate, Family};
use crate::frame::{Frame, Point, Rect};
use crate::grid::Grid;
use crate::image::ImageView;
use crate::mask::Mask;
use crate::palette::{self, Blur};
use crate::prompt::Hints;
use crate::regions::{Parts, depth};
use crate::resample::{Plane, sample_mask, sample_rgb};

/// Cells along the longer side of the coarse grid, on which sizes are tried; the fine one has twice as many.
const COARSE: f64 = 128.0;
const COLOURS: usize = 64;

pub fn knob(name: &str, default: f32) -> f32 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// The family that needs no network.
pub struct Classical;

impl Family for Classical {
    fn analyse(&self, image: &ImageView, window: Rect, cancel: &Cancel) -> Result<Analysis> {
        cancel.check()?;
        let scale = COARSE / window.width().max(window.height());
        let cells = |length: f64| 2 * (length * scale).round().max(1.0) as usize;
        let frame = Frame::stretch(window, cells(window.width()), cells(window.height()));
        let rgb = sample_rgb(image, &frame, [f32::NAN; 3])?;
        let lab: Vec<f32> = rgb.as_chunks::<3>().0.iter().flat_map(|rgb| if rgb[0].is_nan() { *rgb } else { palette::lab(*rgb) }).collect();
        let tensor = ArrayD::from_shape_vec(vec![frame.height, frame.width, 3], lab);
        Ok(Analysis { frame, tensors: vec![tensor.map_err(|e| Error::Internal(e.to_string()))?] })
    }

    fn segment(&self, analysis: &Analysis, hints: &Hints, previous: Option<&Mask>, cancel: &Cancel) -> Result<Vec<Candidate>> {
        let scene = Scene::new(analysis)?;
        let mut found: Vec<(f32, Vec<bool>)> = Vec::new();
        let places = scene.places(hints, previous)?;
        for place in &places {
            cancel.check()?;
            let inside = scene.settle(place, hints, cancel)?;
            found.push(inside);
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ok(found
            .into_iter()
            .map(|(score, inside)| Candidate { plane: scene.soften(&inside), frame: scene.frame, score })
            .collect())
    }

    fn closer_look(&self) -> f64 {
        0.5
    }
}
struct Place {
    log_odds: Vec<f32>,
    size: f32,
}

struct Scene {
    frame: Frame,
    fine: Grid,
    coarse: Grid,
    blur: Blur,
}

impl Scene {
    fn new(analysis: &Analysis) -> Result<Self> {
        let t = analysis.tensors[0].as_slice().unwrap();
        let (w, h) = (analysis.frame.width, analysis.frame.height);
        let fine: Vec<[f32; 3]> = t.as_chunks::<3>().0.to_vec();
        let coarse: Vec<[f32; 3]> = (0..w / 2 * (h / 2))
            .map(|cell| {
                let (x, y) = (cell % (w / 2) * 2, cell / (w / 2) * 2);
                let four = [y * w + x, y * w + x + 1, (y + 1) * w + x, (y + 1) * w + x + 1];
                [0, 1, 2].map(|c| four.iter().map(|&i| fine[i][c]).sum::<f32>() / 4.0)
            })
            .collect();
        let known: Vec<[f32; 3]> = coarse.iter().copied().filter(|c| c[0].is_finite()).collect();
        let palette = palette::palette(&known, COLOURS);
        let blur = Blur::new(&palette, knob("BLUR", 4.0));
        Ok(Self {
            frame: analysis.frame,
            fine: Grid::new(w, h, fine, &palette),
            coarse: Grid::new(w / 2, h / 2, coarse, &palette),
            blur,
        })
    }

    fn cell(grid: &Grid, frame: &Frame, p: Point) -> Option<usize> {
        let g = frame.resized(grid.width, grid.height).to_grid(p);
        let (x, y) = (g.x.floor(), g.y.floor());
        let x = if g.x == grid.width as f64 { x - 1.0 } else { x };
        let y = if g.y == grid.height as f64 { y - 1.0 } else { y };
        (x >= 0.0 && y >= 0.0 && x < grid.width as f64 && y < grid.height as f64).then(|| y as usize * grid.width + x as usize)
    }

    fn places(&self, hints: &Hints, _previous: Option<&Mask>) -> Result<Vec<Place>> {
        let g = &self.coarse;
        let n = g.width * g.height;
        let clicks: Vec<usize> = hints.include.iter().filter_map(|p| Self::cell(g, &self.frame, *p)).collect();
        let ways = g.ways(|c| clicks.contains(&c), knob("EDGE", 3.0));
        let mut sorted = ways.clone();
        sorted.sort_by(f32::total_cmp);
        let mut out = Vec::new();
        for share in std::env::var("SIZES").unwrap_or("0.03,0.08,0.18,0.35".into()).split(',').map(|s| s.parse::<f32>().unwrap()) {
            let reach = sorted[((n as f32 * share) as usize).min(n - 1)].max(1.0);
            let strength = knob("PLACE", 2.0);
            out.push(Place { log_odds: ways.iter().map(|w| strength * (1.0 - w / reach).clamp(-1.0, 1.0)).collect(), size: share });
        }
        Ok(out)
    }

    fn settle(&self, place: &Place, hints: &Hints, cancel: &Cancel) -> Result<(f32, Vec<bool>)> {
        let g = &self.coarse;
        let n = g.width * g.height;
        let clicks: Vec<usize> = hints.include.iter().filter_map(|p| Self::cell(g, &self.frame, *p)).collect();
        let k = self.blur.shares(&vec![1.0; 0]).len();
        let mut inside: Vec<bool> = place.log_odds.iter().map(|&v| v > 0.0).collect();
        let mut ratio = vec![0.0; k];
        let mut sep = 0.0;
        let wc = knob("COLOUR", 1.0);
        let lambda = knob("STIFF", 4.0);
        let rim = knob("RIM", 1.0);
        let outside_place = knob("FAR", 0.0);
        for _ in 0..knob("ITER", 3.0) as usize {
            cancel.check()?;
            let mut hin = vec![0.0; k];
            let mut hout = vec![0.0; k];
            for c in 0..n {
                if !g.has_picture(c) { continue; }
                let t = g.tints[c] as usize;
                let w = 1.0 / (1.0 + (-outside_place * place.log_odds[c]).exp());
                if inside[c] { hin[t] += w } else { hout[t] += (1.0 - w) * if g.at_rim(c) { 3.0 } else { 1.0 } }
            }
            let (pin, pout) = (self.blur.shares(&hin), self.blur.shares(&hout));
            sep = 1.0 - pin.iter().zip(&pout).map(|(a, b)| (a * b).sqrt()).sum::<f32>();
            for i in 0..k { ratio[i] = ((pin[i] + 1e-3) / (pout[i] + 1e-3)).ln().clamp(-3.0, 3.0); }
            inside = g.cut(|c| if clicks.contains(&c) { 1e6 } else if !g.has_picture(c) { -1e6 } else {
                wc * ratio[g.tints[c] as usize] + place.log_odds[c] - if g.at_rim(c) { rim } else { 0.0 } }, lambda);
            keep(g, &mut inside, &clicks);
        }
        // fine
        let f = &self.fine;
        let coarse_of = |c: usize| (c / f.width / 2) * g.width + c % f.width / 2;
        let band: Vec<bool> = (0..n).map(|c| { let (x, y) = (c % g.width, c / g.width);
            (y.saturating_sub(2)..(y + 3).min(g.height)).any(|v| (x.saturating_sub(2)..(x + 3).min(g.width)).any(|u| inside[v * g.width + u] != inside[c])) }).collect();
        let fclicks: Vec<usize> = hints.include.iter().filter_map(|p| Self::cell(f, &self.frame, *p)).collect();
        let mut fin = f.cut(|c| { let k = coarse_of(c);
            if fclicks.contains(&c) { 1e6 } else if !f.has_picture(c) { -1e6 } else if !band[k] { if inside[k] { 1e6 } else { -1e6 } }
            else { (wc * ratio[f.tints[c] as usize] + place.log_odds[k]) * 0.5 } }, lambda);
        keep(f, &mut fin, &fclicks);
        // features
        let mut cutlen = 0.0; let mut contrast = 0.0; 
        for c in 0..n { for l in 0..4 { if let Some(j) = g.neighbour(c, l) { if inside[c] != inside[j] { let w = if l < 2 { 1.0 } else { 0.5 }; cutlen += w; contrast += w * (1.0 - g.bonds[c][l]); } } } }
        let area = inside.iter().filter(|&&v| v).count() as f32;
        let rimlen = (0..n).filter(|&c| g.at_rim(c) && inside[c]).count() as f32;
        let start: Vec<bool> = place.log_odds.iter().map(|&v| v > 0.0).collect();
        let inter = (0..n).filter(|&c| start[c] && inside[c]).count() as f32;
        let uni = (0..n).filter(|&c| start[c] || inside[c]).count() as f32;
        let dep = depth(g.width, g.height, |c| inside[c]);
        let maxd = dep.iter().cloned().fold(0.0, f32::max);
        let cd = clicks.iter().map(|&c| dep[c]).fold(f32::INFINITY, f32::min);
        let p = cutlen + rimlen;
        let feats = [1.0, contrast / cutlen.max(1.0), sep, rimlen / p.max(1.0), (area / n as f32).sqrt(), inter / uni.max(1.0), (cd / maxd.max(1.0)).min(1.0), (area * 12.57 / (p * p)).min(1.0)];
        if std::env::var("FEATS").is_ok() { println!("F {} {}", place.size, feats.map(|v| v.to_string()).join(" ")); }
        let score = feats.iter().zip(WEIGHTS).map(|(a, b)| a * b).sum::<f32>();
        Ok((score, fin))
    }

    fn soften(&self, inside: &[bool]) -> Plane {
        Plane { width: self.fine.width, height: self.fine.height, data: inside.iter().map(|&v| v as u8 as f32).collect() }
    }
}
const WEIGHTS: [f32; 8] = [0.0, 0.5, 0.3, -0.3, 0.0, 0.3, 0.3, 0.2];

fn keep(g: &Grid, inside: &mut [bool], clicks: &[usize]) {
    let parts = Parts::find(g.width, g.height, |c| inside[c]);
    let wanted: Vec<u32> = clicks.iter().map(|&c| parts.label[c]).collect();
    inside.iter_mut().enumerate().for_each(|(c, v)| *v &= wanted.contains(&parts.label[c]));
}
