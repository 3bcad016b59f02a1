//! A kind of table: what is asked of a model, picture by picture, and what comes of it.

use deepcrop::{Model, Result, SegmentOptions};
use serde::Serialize;

use crate::dataset::Scene;

/// How models are asked.
pub struct How {
    /// At most so many clicks an object.
    pub clicks: u16,
    /// How selections are made.
    pub options: SegmentOptions,
}

/// What is counted of a model on one picture after another: a kind of table.
pub trait Count: Default {
    /// Its numbers, as `--json` prints them.
    type Figures: Serialize;

    /// What they are called for people.
    const TITLES: &[&str];

    /// What has to be said of them.
    const NOTE: &str;

    /// Asks the model. A picture that fails half-way counts for nothing.
    fn add(&mut self, model: &Model, scene: &Scene, how: &How) -> Result<()>;

    /// What came of it.
    fn figures(&self, how: &How) -> Self::Figures;

    /// The same for people.
    fn cells(figures: &Self::Figures) -> Vec<String>;
}
