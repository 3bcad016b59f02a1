//! The interface of a measure: it asks a model about one picture after another and sums up the results.

use deepcrop::{Model, Result, SegmentOptions};
use serde::Serialize;

use crate::dataset::Scene;

/// How a model is asked.
pub struct How {
    /// The most clicks for one object.
    pub clicks: u16,
    /// The options for selections.
    pub options: SegmentOptions,
}

/// A measure, and what it has counted so far.
pub trait Count: Default {
    /// The figures, as `--json` prints them.
    type Figures: Serialize;

    /// The column headings of the table.
    const TITLES: &[&str];

    /// The note below the table.
    const NOTE: &str;

    /// Asks the model about one picture. A picture that fails half-way is not counted.
    fn add(&mut self, model: &Model, scene: &Scene, how: &How) -> Result<()>;

    /// Sums up.
    fn figures(&self, how: &How) -> Self::Figures;

    /// The figures as cells of the table.
    fn cells(figures: &Self::Figures) -> Vec<String>;
}
