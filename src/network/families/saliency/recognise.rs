//! Recognises U²-Net, IS-Net, BiRefNet and similar networks: one picture in, maps of one plane out. The rules for
//! BiRefNet come from its authors, the others from rembg's sessions.

use crate::network::families::family::{MEASURED, Recognised, only_picture};
use crate::network::families::saliency::manifest::SaliencyManifest;
use crate::network::manifest::Manifest;
use crate::network::manifest::input::{Fit, IMAGENET, InputManifest};
use crate::network::manifest::output::OutputKind;
use crate::network::onnx::Header;
use crate::network::onnx::port::Port;
use crate::pixels::resample::axis::Filter;

/// The names of BiRefNet's output, which holds logits; the other networks give probabilities.
const BIREFNET: [&str; 2] = ["output_image", "logits"];
/// The name of the output of BRIA's RMBG 2, a BiRefNet that gives probabilities.
const RMBG: &str = "alphas";
/// The side of the input of IS-Net, BRIA RMBG and BEN. U²-Net's is 320, with another normalisation.
const FINE_SIDE: usize = 1024;

/// Recognises a network.
pub fn whole(file: &Header) -> Option<Recognised> {
    let (port, [width, height]) = only_picture(file)?;
    let one_plane = |output: &Port| {
        let known = BIREFNET[0] == output.name || RMBG == output.name;
        output.element.is_float()
            && match *output.shape.as_slice() {
                [batch, planes, ..] if output.shape.len() == 4 => batch <= 1 && (planes == 1 || planes < 0 && known),
                _ => false,
            }
    };
    // The first output is the best: U²-Net and IS-Net give their intermediate maps after it, some exports other planes too.
    let map = file.outputs.first().filter(|output| one_plane(output))?;
    if MEASURED.iter().any(|word| map.name.to_lowercase().contains(word)) || !port.element.is_float() {
        return None;
    }
    let birefnet = BIREFNET.contains(&map.name.as_str()) || map.name == RMBG;
    let (colours, kind, like) = match (birefnet, width, height) {
        (true, ..) if map.name == RMBG => (IMAGENET, OutputKind::Probability, "RMBG 2"),
        (true, ..) => (IMAGENET, OutputKind::Logits, "BiRefNet"),
        (false, Some(FINE_SIDE), Some(FINE_SIDE)) => {
            (([127.5; 3], [255.0; 3]), OutputKind::Probability, "IS-Net or RMBG")
        }
        _ => (IMAGENET, OutputKind::Probability, "U²-Net"),
    };
    let input = InputManifest {
        size: (width.is_none() || height.is_none()).then_some([if birefnet { FINE_SIDE } else { 320 }; 2]),
        filter: if birefnet { Filter::Smooth } else { Filter::Lanczos },
        stretch_to_brightest: !birefnet,
        ..InputManifest::normalised(&port.name, Fit::Stretch, colours)
    };
    let saliency = SaliencyManifest {
        map: map.name.clone(),
        output: kind,
        rescale: !birefnet,
        filter: if birefnet { Filter::Bicubic } else { Filter::Lanczos },
        clean: None,
    };
    let manifest = Manifest::of(Some(input), &saliency).ok()?;
    let because = format!("it takes one picture and its first output `{}` is one plane; fed like {like}", map.name);
    Some(Recognised { manifest, because, preference: 0 })
}
