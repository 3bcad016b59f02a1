//! Selects each object by the box around it.

use deepcrop::types::Rect;
use deepcrop::{Mask, Model, Prompt, Result};
use serde::Serialize;

use super::count::{Count, How};
use super::questions::Questions;
use super::table::{both, percent};
use crate::dataset::Scene;
use crate::metrics::{Truth, mean, median, share_at_least};

/// The results of the boxes.
#[derive(Default)]
pub struct Boxes(Questions);

/// The figures for boxes.
#[derive(Serialize)]
pub struct Figures {
    objects: usize,
    /// Mean and median.
    iou: [f64; 2],
    share_70: f64,
    box_ms: f64,
}

/// The box of the object; none if the object has no pixels.
fn box_round(truth: &Truth) -> Vec<Prompt> {
    let bounds = truth.object.bounds(Mask::HALF);
    let rect = bounds.map(|b| Rect::new(b.x0.into(), b.y0.into(), b.x1.into(), b.y1.into()));
    rect.map(Prompt::Box).into_iter().collect()
}

impl Count for Boxes {
    type Figures = Figures;

    const TITLES: &[&str] = &["objects", "IoU", "IoU ≥ 70", "ms per box"];

    const NOTE: &str = "Each object is selected by the smallest box around it. IoU: mean / median, in per cent. IoU ≥ 70: the \
                        share of objects that reach 70 %.";

    fn add(&mut self, model: &Model, scene: &Scene, how: &How) -> Result<()> {
        self.0.ask(model, scene, how, box_round)
    }

    fn figures(&self, _how: &How) -> Figures {
        let ious = self.0.all();
        Figures {
            objects: self.0.ious.len(),
            iou: [mean(&ious), median(&ious)],
            share_70: share_at_least(&ious, 0.7),
            box_ms: median(&self.0.prompt_ms),
        }
    }

    fn cells(row: &Figures) -> Vec<String> {
        vec![row.objects.to_string(), both(row.iou), percent(row.share_70), format!("{:.1}", row.box_ms)]
    }
}
