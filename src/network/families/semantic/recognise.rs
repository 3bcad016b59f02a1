//! Recognises FCN, DeepLab, dilated convolutions and similar networks.

use crate::network::families::family::MEASURED;
use crate::network::families::family::{Recognised, only_picture};
use crate::network::families::semantic::manifest::{ClassOutput, SemanticManifest};
use crate::network::manifest::Manifest;
use crate::network::manifest::input::{Fit, IMAGENET, InputManifest};
use crate::network::onnx::Header;
use crate::network::onnx::port::{Element, Port};
use crate::pixels::resample::axis::Filter;

/// The length of a picture's shorter side for torchvision's weights. The limit for the longer side is ours: a very long
/// picture would take too much memory.
const SHORTER: usize = 520;
const LONGER: usize = 4 * SHORTER;
/// The most classes: no public network has more. An output with more planes is an embedding.
const MOST_CLASSES: i64 = 255;
/// The usual names of outputs with a plane for each class, for files that leave the number of planes open.
const USUAL: [&str; 3] = ["out", "logits", "scores"];

/// Recognises a network.
pub fn whole(file: &Header) -> Option<Recognised> {
    let (port, size) = only_picture(file)?;
    let (output, kind) = match (file.output("out"), file.outputs.as_slice()) {
        // torchvision's second output `aux` is for training.
        (Some(out), _) => (out, kind(out)?),
        (None, [only]) => (only, kind(only)?),
        _ => return None,
    };
    let fixed = size.iter().all(Option::is_some);
    let fit = if fixed { Fit::Stretch } else { Fit::Shorter };
    let input = InputManifest {
        size: (!fixed).then_some([SHORTER, LONGER]),
        filter: Filter::Antialiased,
        ..InputManifest::normalised(&port.name, fit, IMAGENET)
    };
    let semantic = SemanticManifest { classes: output.name.clone(), output: kind, names: Vec::new() };
    let manifest = Manifest::of(Some(input), &semantic).ok()?;
    let what = if kind == ClassOutput::Number { "the number of a class in" } else { "a plane for each class in" };
    let because = format!("it takes one picture and has {what} its output `{}`", output.name);
    Some(Recognised { manifest, because, preference: 0 })
}

fn kind(output: &Port) -> Option<ClassOutput> {
    let whole_numbers = matches!(output.element, Element::U8 | Element::I32 | Element::I64);
    match *output.shape.as_slice() {
        [batch, _, _] if whole_numbers && batch <= 1 => Some(ClassOutput::Number),
        [batch, 1, _, _] if whole_numbers && batch <= 1 => Some(ClassOutput::Number),
        // The batch may be open, as in torchvision's exports.
        [_, planes, _, _] if output.element.is_float() => {
            let usual = USUAL.contains(&output.name.as_str());
            let name = output.name.to_lowercase();
            let other = ["feat", "embed"].iter().chain(&MEASURED).any(|word| name.contains(word));
            // Three planes are usually a picture.
            let classes = (2..=MOST_CLASSES).contains(&planes) && planes != 3 && !other;
            (classes || usual && planes <= MOST_CLASSES).then_some(ClassOutput::Logits)
        }
        _ => None,
    }
}
