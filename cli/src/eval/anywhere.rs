//! Each object by one click, wherever on the object that falls: how much it matters where people click.

use crate::metrics::{Truth, mean, median, share_at_least, spread};
use deepcrop::{Model, Prompt, Result};
use serde::Serialize;

use super::count::{Count, How};
use super::questions::Questions;
use super::table::{both, percent};
use crate::dataset::Scene;

/// So many clicks an object, each by itself.
const PLACES: usize = 10;

/// What the clicks found.
#[derive(Default)]
pub struct Anywhere(Questions);

/// How good a model is at clicks anywhere on an object.
#[derive(Serialize)]
pub struct Figures {
    objects: usize,
    clicks_an_object: usize,
    /// Mean and median over all clicks.
    iou: [f64; 2],
    share_70: f64,
    /// Mean over the objects of their worst and of their best click, and of the standard deviation.
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

    const TITLES: &[&str] = &["objects", "IoU", "≥ 70", "worst", "best", "spread", "ms a click"];

    const NOTE: &str = "Ten single clicks an object, anywhere on it. IoU is mean / median in per cent over all clicks; worst, \
                        best and spread (standard deviation) are those of an object's ten, averaged over the objects.";

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
