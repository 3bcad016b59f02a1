//! The common part of `boxes` and `anywhere`: single prompts for each object.

use std::time::Instant;

use crate::metrics::Truth;
use deepcrop::{Cancel, Model, Picture, Prompt, Result};

use super::count::How;
use crate::dataset::Scene;
use crate::single_picture::milliseconds;

/// The results of the prompts.
#[derive(Default)]
pub struct Questions {
    /// The IoUs of each object.
    pub ious: Vec<Vec<f64>>,
    /// The time of each prompt.
    pub prompt_ms: Vec<f64>,
}

impl Questions {
    /// Selects every object of a scene by each of its prompts.
    pub fn ask(
        &mut self,
        model: &Model,
        scene: &Scene,
        how: &How,
        prompts: impl Fn(&Truth) -> Vec<Prompt>,
    ) -> Result<()> {
        let cancel = Cancel::new();
        let picture = Picture::new(model, &scene.picture.view()?, &cancel)?;
        let (mut objects, mut prompt_ms) = (Vec::new(), Vec::new());
        for &label in &scene.objects {
            let object = scene.mask(label)?;
            let truth = Truth { object: &object, unknown: scene.unknown.as_ref() };
            let mut ious = Vec::new();
            for prompt in prompts(&truth) {
                let start = Instant::now();
                let selection = picture.segment(&[prompt], &how.options, &cancel)?;
                prompt_ms.push(milliseconds(start.elapsed()));
                ious.push(truth.iou(&selection.mask));
            }
            objects.push(ious);
        }
        self.ious.append(&mut objects);
        self.prompt_ms.append(&mut prompt_ms);
        Ok(())
    }

    /// The IoUs of all objects.
    pub fn all(&self) -> Vec<f64> {
        self.ious.concat()
    }
}
