//! Simulates a person who clicks each object until it is selected.

use std::time::Instant;

use crate::metrics::{Session, Truth, mean, median, share_at_least};
use deepcrop::{Cancel, Model, Picture, Result};
use serde::Serialize;

use super::count::{Count, How};
use super::table::{both, percent};
use crate::dataset::Scene;
use crate::single_picture::milliseconds;

/// The results of the clicks.
#[derive(Default)]
pub struct Clicks {
    sessions: Vec<Session>,
    analyse_ms: Vec<f64>,
    click_ms: Vec<f64>,
}

/// The figures for clicks.
#[derive(Serialize)]
pub struct Figures {
    objects: usize,
    /// The mean and median IoU after 1, 3 and 5 clicks.
    iou_1: [f64; 2],
    iou_3: [f64; 2],
    iou_5: [f64; 2],
    share_70_after_1: f64,
    clicks_to_85: f64,
    clicks_to_90: f64,
    boundary_iou_1: f64,
    /// The number of clicks after the first on each object.
    corrections: usize,
    /// The number of corrections that lowered the IoU by more than one point.
    worse: usize,
    corrections_worse: f64,
    analyse_ms: f64,
    click_ms: f64,
}

impl Count for Clicks {
    type Figures = Figures;

    const TITLES: &[&str] = &[
        "objects",
        "IoU, 1 click",
        "3 clicks",
        "5 clicks",
        "IoU ≥ 70, 1 click",
        "clicks to 85 %",
        "to 90 %",
        "boundary IoU, 1 click",
        "harmful corrections",
        "ms per click",
    ];

    const NOTE: &str = "IoU: mean / median, in per cent. IoU ≥ 70: the share of objects that reach 70 %. A correction is every \
                        click after the first on an object. It is harmful if it lowers the IoU by more than one point; the \
                        guard makes this rarer (see --no-guard).";

    fn add(&mut self, model: &Model, scene: &Scene, how: &How) -> Result<()> {
        let cancel = Cancel::new();
        let start = Instant::now();
        let picture = Picture::new(model, &scene.picture.view()?, &cancel)?;
        let analyse_ms = milliseconds(start.elapsed());
        let (mut sessions, mut click_ms) = (Vec::new(), Vec::new());
        for &label in &scene.objects {
            let object = scene.mask(label)?;
            let truth = Truth { object: &object, unknown: scene.unknown.as_ref() };
            sessions.push(Session::simulate(truth, usize::from(how.clicks), |prompts| {
                let start = Instant::now();
                let selection = picture.segment(prompts, &how.options, &cancel)?;
                click_ms.push(milliseconds(start.elapsed()));
                Ok(selection.mask)
            })?);
        }
        self.analyse_ms.push(analyse_ms);
        self.sessions.append(&mut sessions);
        self.click_ms.append(&mut click_ms);
        Ok(())
    }

    fn figures(&self, how: &How) -> Figures {
        let most = usize::from(how.clicks);
        let each = |value: &dyn Fn(&Session) -> f64| self.sessions.iter().map(value).collect::<Vec<f64>>();
        let after = |clicks: usize| each(&|session| session.iou_after(clicks));
        let both = |values: &[f64]| [mean(values), median(values)];
        let to = |goal: f64| mean(&each(&|session| session.clicks_to(goal, most) as f64));
        let (all, worse) = self.sessions.iter().map(Session::corrections).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        Figures {
            objects: self.sessions.len(),
            iou_1: both(&after(1)),
            iou_3: both(&after(3)),
            iou_5: both(&after(5)),
            share_70_after_1: share_at_least(&after(1), 0.7),
            clicks_to_85: to(0.85),
            clicks_to_90: to(0.90),
            boundary_iou_1: mean(&each(&|session| session.first_boundary_iou)),
            corrections: all,
            worse,
            corrections_worse: worse as f64 / all.max(1) as f64,
            analyse_ms: median(&self.analyse_ms),
            click_ms: median(&self.click_ms),
        }
    }

    fn cells(row: &Figures) -> Vec<String> {
        vec![
            row.objects.to_string(),
            both(row.iou_1),
            both(row.iou_3),
            both(row.iou_5),
            percent(row.share_70_after_1),
            format!("{:.2}", row.clicks_to_85),
            format!("{:.2}", row.clicks_to_90),
            percent(row.boundary_iou_1),
            format!("{} of {} ({} %)", row.worse, row.corrections, percent(row.corrections_worse)),
            format!("{:.1}", row.click_ms),
        ]
    }
}
