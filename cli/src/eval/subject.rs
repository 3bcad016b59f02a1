//! Compares the subject that a model finds with the objects of the picture.

use std::time::Instant;

use crate::metrics::{Truth, mean, median, share_at_least};
use deepcrop::{Cancel, Model, Picture, Result};
use serde::Serialize;

use super::count::{Count, How};
use super::table::{both, percent};
use crate::dataset::Scene;
use crate::single_picture::milliseconds;

/// The results so far.
#[derive(Default)]
pub struct Subject {
    ious: Vec<f64>,
    picture_ms: Vec<f64>,
}

/// The figures for subjects.
#[derive(Serialize)]
pub struct Figures {
    subjects: usize,
    /// Mean and median.
    iou: [f64; 2],
    share_70: f64,
    picture_ms: f64,
}

impl Count for Subject {
    type Figures = Figures;

    const TITLES: &[&str] = &["pictures", "IoU", "IoU ≥ 70", "ms per picture"];

    const NOTE: &str = "The subject is compared with all objects of the picture together. IoU: mean / median, in per cent. IoU ≥ 70: \
                        the share of pictures that reach 70 %.";

    fn add(&mut self, model: &Model, scene: &Scene, how: &How) -> Result<()> {
        let cancel = Cancel::new();
        let start = Instant::now();
        let picture = Picture::new(model, &scene.picture.view()?, &cancel)?;
        let subject = picture.subject(&how.options, &cancel)?;
        let took = milliseconds(start.elapsed());
        let objects = scene.union()?;
        self.ious.push(Truth { object: &objects, unknown: scene.unknown.as_ref() }.iou(&subject.mask));
        self.picture_ms.push(took);
        Ok(())
    }

    fn figures(&self, _how: &How) -> Figures {
        Figures {
            subjects: self.ious.len(),
            iou: [mean(&self.ious), median(&self.ious)],
            share_70: share_at_least(&self.ious, 0.7),
            picture_ms: median(&self.picture_ms),
        }
    }

    fn cells(row: &Figures) -> Vec<String> {
        vec![row.subjects.to_string(), both(row.iou), percent(row.share_70), format!("{:.1}", row.picture_ms)]
    }
}
