//! Counts how many objects are in the list that a model makes without a prompt.

use std::time::Instant;

use crate::metrics::recall::Recall;
use crate::metrics::{mean, median};
use deepcrop::{Cancel, Model, Picture, Result};
use serde::Serialize;

use super::count::{Count, How};
use super::table::percent;
use crate::dataset::Scene;
use crate::single_picture::milliseconds;

/// The lists so far.
#[derive(Default)]
pub struct Proposals {
    recall: Recall,
    listed: Vec<f64>,
    analyse_ms: Vec<f64>,
    picture_ms: Vec<f64>,
}

/// The figures for lists.
#[derive(Serialize)]
pub struct Figures {
    objects: usize,
    /// The average recall of the first 10, 100 and 1000 masks.
    ar_10: f64,
    ar_100: f64,
    ar_1000: f64,
    /// The mean length of a list.
    listed: f64,
    analyse_ms: f64,
    /// The whole time for a picture, with every mask in the picture's size.
    picture_ms: f64,
}

impl Count for Proposals {
    type Figures = Figures;

    const TITLES: &[&str] = &["objects", "AR@10", "AR@100", "AR@1000", "listed", "ms to open", "ms per picture"];

    const NOTE: &str = "AR@N: the share of objects, in per cent, that the first N masks of the list find. It is averaged over ten \
                        definitions of found: an IoU of at least 50, 55 … 95 %. Listed: the mean length of a list.";

    fn add(&mut self, model: &Model, scene: &Scene, how: &How) -> Result<()> {
        let cancel = Cancel::new();
        let start = Instant::now();
        let picture = Picture::new(model, &scene.picture.view()?, &cancel)?;
        let analysed = milliseconds(start.elapsed());
        let listed = picture.objects(&how.options, &cancel)?;
        let took = milliseconds(start.elapsed());
        let objects = scene.objects.iter().map(|&label| scene.mask(label)).collect::<Result<Vec<_>>>()?;
        self.recall.add(&objects, scene.unknown.as_ref(), listed.iter().map(|object| object.mask.unpack()))?;
        self.listed.push(listed.len() as f64);
        self.analyse_ms.push(analysed);
        self.picture_ms.push(took);
        Ok(())
    }

    fn figures(&self, _how: &How) -> Figures {
        let [ar_10, ar_100, ar_1000] = self.recall.averages();
        Figures {
            objects: self.recall.objects(),
            ar_10,
            ar_100,
            ar_1000,
            listed: mean(&self.listed),
            analyse_ms: median(&self.analyse_ms),
            picture_ms: median(&self.picture_ms),
        }
    }

    fn cells(row: &Figures) -> Vec<String> {
        vec![
            row.objects.to_string(),
            percent(row.ar_10),
            percent(row.ar_100),
            percent(row.ar_1000),
            format!("{:.1}", row.listed),
            format!("{:.1}", row.analyse_ms),
            format!("{:.1}", row.picture_ms),
        ]
    }
}
