//! Checking that graphs have the inputs and outputs in their manifest, so that no run can fail because of a name or a shape.

use crate::base::error::Result;
use crate::network::families::encoder_decoder::manifest::EncoderDecoderManifest;
use crate::network::families::faults::contradiction;
use crate::network::onnx::port::{Port, list};
use crate::network::runtime::graph::Graph;

/// The longest side of the input for the selection so far.
const LARGEST_MASK: i64 = 4096;

/// The decoder's inputs that take encoder output: their names, and the indices of the encoder's outputs.
pub fn features(
    encoder: Option<&Graph>,
    decoder: &Graph,
    picture: &str,
    manifest: &EncoderDecoderManifest,
) -> Result<Vec<(String, Vec<usize>)>> {
    let outputs = encoder.map_or(&[][..], |encoder| &encoder.outputs);
    if let Some(name) = manifest.features.keys().find(|name| decoder.input(name).is_none()) {
        find(&decoder.inputs, name, "an input")?;
    }
    let prompts = prompts(manifest);
    let mut features = Vec::new();
    for port in decoder.inputs.iter().filter(|port| !prompts.contains(&port.name.as_str())) {
        if encoder.is_none() && port.name == picture {
            continue;
        }
        let own = vec![port.name.clone()];
        let names = manifest.features.get(&port.name).unwrap_or(&own);
        let mut places = Vec::new();
        for name in names {
            let Some(place) = outputs.iter().position(|output| output.name == *name) else {
                return Err(contradiction(format!(
                    "it is not known what the decoder's input `{port}` takes; the encoder gives {}",
                    list(outputs)
                )));
            };
            places.push(place);
        }
        match places.as_slice() {
            [] => return Err(contradiction(format!("no output is named for the decoder's input `{port}`"))),
            [one] if !same_shape(&outputs[*one], port) => {
                return Err(contradiction(format!(
                    "the encoder gives `{}`, but the decoder takes `{port}`",
                    outputs[*one]
                )));
            }
            _ => features.push((port.name.clone(), places)),
        }
    }
    Ok(features)
}

/// Whether an output fits an input, as far as lengths are fixed.
pub fn same_shape(output: &Port, input: &Port) -> bool {
    let unknown = output.shape.is_empty() || input.shape.is_empty();
    let fits = |(a, b): (&i64, &i64)| a == b || *a < 0 || *b < 0;
    unknown || (output.shape.len() == input.shape.len() && output.shape.iter().zip(&input.shape).all(fits))
}

/// Checks that the decoder takes prompts and gives masks as the manifest says.
pub fn check(decoder: &Graph, manifest: &EncoderDecoderManifest) -> Result<()> {
    let input = |name: &str, shapes: &[&[i64]]| shaped(find(&decoder.inputs, name, "an input")?, shapes);
    let (any, one) = (-1, 1);
    if let Some(port) = decoder.input(&manifest.points)
        && let [.., 0 | 1, _] = *port.shape.as_slice()
    {
        return Err(contradiction(format!(
            "the input `{port}` is too short for a box, or for a click and the end of the list"
        )));
    }
    input(&manifest.points, &[&[one, any, 2], &[one, one, any, 2]])?;
    match decoder.input(&manifest.points).map(|port| port.shape.len()) {
        Some(4) => input(&manifest.labels, &[&[one, one, any]])?,
        _ => input(&manifest.labels, &[&[one, any]])?,
    }
    let optional = |name: &Option<String>, shapes: &[&[i64]]| name.iter().try_for_each(|name| input(name, shapes));
    optional(&manifest.box_input, &[&[one, any, 4]])?;
    optional(&manifest.mask_input, &[&[one, one, any, any]])?;
    if let Some(port) = manifest.mask_input.as_ref().and_then(|name| decoder.input(name))
        && port.shape.iter().any(|length| *length > LARGEST_MASK)
    {
        return Err(contradiction(format!("the input `{port}` is impossibly large")));
    }
    optional(&manifest.has_mask, &[&[one], &[]])?;
    optional(&manifest.picture_size, &[&[2]])?;
    let output = |name: &str| find(&decoder.outputs, name, "an output");
    let masks = output(&manifest.masks)?;
    if !masks.element.is_float() || !(masks.shape.is_empty() || (4..=5).contains(&masks.shape.len())) {
        return Err(contradiction(format!(
            "the output `{masks}` is not a stack of masks [1, answers, height, width] of floats"
        )));
    }
    for name in manifest.scores.iter().chain(&manifest.object_score) {
        let port = output(name)?;
        if !port.element.is_float() {
            return Err(contradiction(format!("the output `{port}` is not a score of floats")));
        }
    }
    Ok(())
}

/// The decoder's inputs for prompts.
fn prompts(manifest: &EncoderDecoderManifest) -> Vec<&str> {
    let EncoderDecoderManifest { points, labels, box_input, mask_input, has_mask, picture_size, .. } = manifest;
    let optional = [box_input, mask_input, has_mask, picture_size];
    [points, labels].into_iter().chain(optional.into_iter().flatten()).map(String::as_str).collect()
}

fn find<'p>(ports: &'p [Port], name: &str, what: &str) -> Result<&'p Port> {
    match ports.iter().find(|port| port.name == name) {
        Some(port) => Ok(port),
        None => Err(contradiction(format!("the manifest names {what} `{name}`, which is not among {}", list(ports)))),
    }
}

/// Checks that a port has one of these shapes; -1 is any length.
fn shaped(port: &Port, shapes: &[&[i64]]) -> Result<()> {
    let fits = |(a, b): (&i64, &i64)| a == b || *a < 0 || *b < 0;
    if shapes.iter().any(|shape| port.shape.len() == shape.len() && port.shape.iter().zip(*shape).all(fits)) {
        return Ok(());
    }
    let wanted: Vec<String> = shapes.iter().map(|shape| format!("{shape:?}").replace("-1", "?")).collect();
    Err(contradiction(format!("the input `{port}` does not have the shape {}", wanted.join(" or "))))
}
