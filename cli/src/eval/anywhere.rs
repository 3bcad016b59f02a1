//! Selects each object by single clicks anywhere on it: how much the place of a click matters.

use crate::metrics::{Truth, mean, median, share_at_least, spread};
use deepcrop::{Model, Prompt, Result};
use serde::Serialize;

use super::count::{Count, How};
use super::questions::Questions;
use super::table::{both, percent};
use crate::dataset::Scene;

/// The number of clicks on each object, each by itself.
const PLACES: usize = 10;

/// The results of the clicks.
#[derive(Default)]
pub struct Anywhere(Questions);

/// The figures for clicks anywhere on an object.
#[derive(Serialize)]
pub struct Figures {
    objects: usize,
    clicks_an_object: usize,
    /// Mean and median over all clicks.
    iou: [f64; 2],
    share_70: f64,
    /// The worst click, the best click and the standard deviation of each object, averaged over the objects.
    worst: f64,
    best: f64,
    spread: f64,
    click_ms: f64,
}

fn clicks(truth: &Truth) -> Vec<Prompt> {
    truth.places(PLACES).into_iter().map(Prompt::Include).collect()
}

impl Count for Anywhere {
    type Figures = Figures;

    const TITLES: &[&str] = &["objects", "IoU", "IoU ≥ 70", "worst", "best", "spread", "ms per click"];

    const NOTE: &str = "Each object gets ten single clicks anywhere on it. IoU: mean / median over all clicks, in per cent. \
                        IoU ≥ 70: the share of clicks that reach 70 %. Worst, best and spread (standard deviation): of \
                        the ten clicks on an object, averaged over the objects.";

    fn add(&mut self, model: &Model, scene: &Scene, how: &How) -> Result<()> {
        self.0.ask(model, scene, how, clicks)
    }

    fn figures(&self, _how: &How) -> Figures {
        let ious = self.0.all();
        let of_objects = |fact: &dyn Fn(&[f64]) -> f64| mean(&self.0.ious.iter().map(|o| fact(o)).collect::<Vec<_>>());
        Figures {
            objects: self.0.ious.len(),
            clicks_an_object: PLACES,
            iou: [mean(&ious), median(&ious)],
            share_70: share_at_least(&ious, 0.7),
            worst: of_objects(&|ious| ious.iter().copied().fold(1.0, f64::min)),
            best: of_objects(&|ious| ious.iter().copied().fold(0.0, f64::max)),
            spread: of_objects(&spread),
            click_ms: median(&self.0.prompt_ms),
        }
    }

    fn cells(row: &Figures) -> Vec<String> {
        let shares = [row.share_70, row.worst, row.best, row.spread].map(percent);
        let mut cells = vec![row.objects.to_string(), both(row.iou)];
        cells.extend(shares);
        cells.push(format!("{:.1}", row.click_ms));
        cells
    }
}
