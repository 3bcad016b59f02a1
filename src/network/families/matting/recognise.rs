//! Recognises ViTMatte.

use crate::network::families::family::Recognised;
use crate::network::families::matting::manifest::MattingManifest;
use crate::network::manifest::Manifest;
use crate::network::manifest::input::{Fit, InputManifest};
use crate::network::onnx::Header;

/// Recognises a network.
pub fn whole(file: &Header) -> Option<Recognised> {
    let [input] = file.inputs.as_slice() else { return None };
    let alpha = file.output("alphas")?;
    let [batch, planes, _, _] = *input.shape.as_slice() else { return None };
    // If the input leaves the planes open, the filters tell. Networks that take pictures may have an `alphas` too.
    let takes_four = planes == 4 || planes < 0 && file.planes.contains(&4);
    if batch > 1 || !takes_four || !input.element.is_float() {
        return None;
    }
    // IMAGENET_STANDARD_MEAN and _STD, as in transformers' VitMatteImageProcessor.
    let half = ([127.5; 3], [127.5; 3]);
    let shown = InputManifest { multiple: Some(32), ..InputManifest::normalised(&input.name, Fit::Original, half) };
    let matting = MattingManifest { alpha: alpha.name.clone() };
    let manifest = Manifest::of(Some(shown), &matting).ok()?;
    let because = format!("it has an output `alphas` and an input `{}` of four planes, as ViTMatte has", input.name);
    Some(Recognised { manifest, because, preference: 0 })
}
