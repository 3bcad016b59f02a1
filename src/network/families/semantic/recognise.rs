//! FCN, DeepLab, dilated convolutions and their like: the class of each pixel.

use crate::network::families::kind::MEASURED;
use crate::network::families::kind::{Recognised, only_picture};
use crate::network::families::semantic::manifest::{ClassOutput, SemanticManifest};
use crate::network::manifest::Manifest;
use crate::network::manifest::input::{Fit, IMAGENET, InputManifest};
use crate::network::onnx::Header;
use crate::network::onnx::port::{Element, Port};
use crate::pixels::resample::axis::Filter;

/// torchvision's weights look at pictures whose shorter side has this length. The bound for the longer is ours: a thin strip
/// of a picture would else take any memory.
const SHORTER: usize = 520;
const LONGER: usize = 4 * SHORTER;
/// No public network tells more classes apart; what has more planes is an embedding.
const MOST_CLASSES: i64 = 255;
/// What outputs with a plane for each class are called where their file leaves the number of planes open.
const USUAL: [&str; 3] = ["out", "logits", "scores"];

/// A network that tells the class of each pixel.
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
        // An open batch of torchvision's exports is no number either.
        [_, planes, _, _] if output.element.is_float() => {
            let usual = USUAL.contains(&output.name.as_str());
            let name = output.name.to_lowercase();
            let other = ["feat", "embed"].iter().chain(&MEASURED).any(|word| name.contains(word));
            // Three planes are a picture as a rule.
            let classes = (2..=MOST_CLASSES).contains(&planes) && planes != 3 && !other;
            (classes || usual && planes <= MOST_CLASSES).then_some(ClassOutput::Logits)
        }
        _ => None,
    }
}
