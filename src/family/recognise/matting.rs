//! ViTMatte.

use super::Recognised;
use crate::manifest::{Fit, InputManifest, Manifest, MattingManifest};
use crate::onnx::Header;

/// A network that refines a band along an edge.
pub fn whole(file: &Header) -> Option<Recognised> {
    let [input] = file.inputs.as_slice() else { return None };
    let alpha = file.output("alphas")?;
    let [batch, 4 | -1, ..] = *input.shape.as_slice() else { return None };
    if input.shape.len() != 4 || batch > 1 {
        return None;
    }
    // ImageNet's plain mean and deviation of transformers' VitMatteImageProcessor.
    let half = ([127.5; 3], [127.5; 3]);
    let shown = InputManifest { multiple: Some(32), ..InputManifest::normalised(&input.name, Fit::Original, half) };
    let matting = MattingManifest { alpha: alpha.name.clone() };
    let manifest = Manifest { input: Some(shown), matting: Some(matting), ..Manifest::of("matting") };
    let because = format!("it has an output `alphas` and an input `{}` of four planes, as ViTMatte has", input.name);
    Some(Recognised { manifest, because, preference: 0 })
}
