//! Recognises public exports by the names, types and ranks of their inputs and outputs; never by their order, in which
//! exports differ. The rules for each were read from the code that exports or calls it.

use std::collections::BTreeMap;

use crate::network::families::encoder_decoder::manifest::{EncoderDecoderManifest, PadPoint};
use crate::network::families::encoder_decoder::ports::same_shape;
use crate::network::families::family::Recognised;
use crate::network::manifest::Manifest;
use crate::network::manifest::input::{Fit, IMAGENET, InputManifest};
use crate::network::manifest::output::OutputKind;
use crate::network::onnx::Header;
use crate::network::onnx::port::{Element, Port};
use crate::pixels::resample::axis::Filter;
use crate::pixels::tensor::Layout;

/// The names of a decoder's inputs and outputs, by purpose; the best first.
const POINTS: &[&str] = &["point_coords", "batched_point_coords", "input_points"];
const LABELS: &[&str] = &["point_labels", "batched_point_labels", "input_labels"];
const BOXES: &[&str] = &["input_boxes"];
const MASK_INPUT: &[&str] = &["mask_input", "prev_mask"];
const HAS_MASK: &[&str] = &["has_mask_input"];
const PICTURE_SIZE: &[&str] = &["orig_im_size"];
const COARSE_MASKS: &[&str] = &["low_res_masks", "pred_masks"];
const MASKS: &[&str] = &["masks", "output_masks", "mask"];
const SCORES: &[&str] = &["iou_predictions", "iou_scores", "scores"];
const OBJECT_SCORE: &[&str] = &["object_score_logits"];
/// The names of the encoder's input for the picture.
const PICTURES: &[&str] = &["pixel_values", "batched_images", "input_image", "image", "images", "input"];

/// The kinds of network that differ in more than names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// SAM as its authors export it, and similar networks: MobileSAM, HQ-SAM.
    Sam,
    /// Networks whose decoder has no mask input: EdgeSAM, EfficientViT-SAM.
    SamOfPoints,
    /// SAM and SlimSAM as exported for transformers.js.
    SamTransformers,
    /// EfficientSAM, in one file or two.
    EfficientSam,
    /// SAM 2 and 2.1.
    Sam2,
    /// SAM 2, EdgeTAM and SAM 3's tracker as exported for transformers.js.
    Sam2Transformers,
    /// SegNext.
    SegNext,
}

impl Kind {
    /// The kind of a decoder, by its inputs; and the input by which it was recognised.
    fn of(decoder: &Header) -> Option<(Self, &'static str)> {
        let has = |name| decoder.input(name).is_some();
        [
            ("batched_images", Kind::EfficientSam),
            ("batched_point_coords", Kind::EfficientSam),
            ("image_positional_embeddings", Kind::SamTransformers),
            ("image_embeddings.0", Kind::Sam2Transformers),
            ("high_res_feats_0", Kind::Sam2),
            ("image_feats", Kind::SegNext),
            ("mask_input", Kind::Sam),
            ("image_embeddings", Kind::SamOfPoints),
        ]
        .into_iter()
        .find_map(|(name, kind)| (has(name) && has_points(decoder)).then_some((kind, name)))
    }

    fn title(self) -> &'static str {
        match self {
            Kind::Sam | Kind::SamOfPoints | Kind::SamTransformers => "a SAM network",
            Kind::EfficientSam => "an EfficientSAM network",
            Kind::Sam2 | Kind::Sam2Transformers => "a SAM 2 network",
            Kind::SegNext => "a SegNext network",
        }
    }

    /// The side of the square input, if the files do not tell it.
    fn usual_side(self) -> usize {
        1024
    }
}

/// Recognises a network in one file: EfficientSAM.
pub fn whole(file: &Header) -> Option<Recognised> {
    let (kind, _) = Kind::of(file).filter(|_| picture(file).is_some())?;
    let manifest = described(kind, file, file, BTreeMap::new())?;
    let because = "it takes both a picture and points, as EfficientSAM does".into();
    Some(Recognised { manifest, because, preference: preference(file) })
}

/// Recognises a network in two files.
pub fn pair(encoder: &Header, decoder: &Header) -> Option<Recognised> {
    let (kind, sign) = Kind::of(decoder).filter(|_| picture(decoder).is_none())?;
    let features = features(encoder, decoder)?;
    let manifest = described(kind, encoder, decoder, features)?;
    let points = name_of(&decoder.inputs, POINTS)?;
    let because = format!("its decoder takes `{points}` and `{sign}`, as that of {} does", kind.title());
    Some(Recognised { manifest, because, preference: preference(decoder) })
}

/// Describes an encoder or decoder without its other half.
pub fn half(file: &Header) -> Option<String> {
    if whole(file).is_some() {
        return None;
    }
    if let Some((kind, sign)) = Kind::of(file) {
        let wanted = file.input(sign).filter(|_| kind != Kind::Sam).or(file.input("image_embeddings"));
        let wanted = wanted.map_or_else(|| sign.to_owned(), Port::to_string);
        return Some(format!("the decoder of {}; it needs its encoder, which gives `{wanted}`", kind.title()));
    }
    picture(file)?;
    let (kind, sign) = [
        ("image_positional_embeddings", Kind::SamTransformers),
        ("image_embeddings.0", Kind::Sam2Transformers),
        ("high_res_feats_0", Kind::Sam2),
        ("image_feats", Kind::SegNext),
        ("image_embeddings", Kind::Sam),
        ("output", Kind::Sam),
    ]
    .into_iter()
    .find_map(|(name, kind)| Some((kind, file.output(name)?)))
    .filter(|(_, sign)| sign.shape.is_empty() || sign.shape.len() >= 3)?;
    // The name `output` is too common. Encoders with that name take bytes.
    let (port, ..) = picture(file)?;
    if sign.name == "output" && !(port.element == Element::U8 && sign.shape.len() == 4) {
        return None;
    }
    Some(format!("the encoder of {}; it needs its decoder, which takes points and `{sign}`", kind.title()))
}

/// The manifest that the network's authors would have written.
fn described(
    kind: Kind,
    encoder: &Header,
    decoder: &Header,
    features: BTreeMap<String, Vec<String>>,
) -> Option<Manifest> {
    let (port, layout, fixed) = picture(encoder)?;
    let embedding = embedding(encoder).or(embedding_taken(decoder));
    // In SAM and its relatives a cell covers 16 x 16 pixels.
    let square = embedding.map_or(kind.usual_side(), |cells| 16 * cells);
    let open = fixed.iter().all(Option::is_none);
    let take = |names: &[&str]| name_of(&decoder.inputs, names);
    let give = |names: &[&str]| name_of(&decoder.outputs, names);
    let unnamed = || {
        let known = |port: &&Port| !MASKS.iter().chain(SCORES).any(|name| port.name == *name);
        decoder.outputs.iter().find(known).filter(|_| kind == Kind::EfficientSam).map(|port| port.name.clone())
    };
    let coarse = give(COARSE_MASKS).or_else(unnamed);
    let size_said = take(PICTURE_SIZE).is_some();
    // Such a decoder gives masks in the picture's size only, without the padding of SAM's masks.
    if kind == Kind::Sam && size_said && coarse.is_none() {
        return None;
    }
    let sam3 = kind == Kind::Sam2Transformers && (fixed[0] == Some(1008) || embedding == Some(72));

    let name = port.name.as_str();
    let mut input = match kind {
        _ if port.element == Element::U8 => raw(name, Fit::Stretch),
        Kind::Sam | Kind::SamOfPoints if !layout.planar => match open {
            true => raw(name, Fit::Inside),
            false => InputManifest { padding: Some([0.0; 3]), ..raw(name, Fit::Corner) },
        },
        Kind::Sam | Kind::SamOfPoints | Kind::SamTransformers => InputManifest::normalised(name, Fit::Corner, IMAGENET),
        Kind::EfficientSam => {
            let fit = if open { Fit::Original } else { Fit::Stretch };
            // The network scales the picture to a square itself, with a linear filter. A larger picture is scaled down the
            // same way.
            InputManifest { filter: Filter::Linear, ..InputManifest::unit(name, fit) }
        }
        Kind::Sam2Transformers if sam3 => InputManifest::normalised(name, Fit::Stretch, ([127.5; 3], [127.5; 3])),
        Kind::Sam2 | Kind::Sam2Transformers => InputManifest::normalised(name, Fit::Stretch, IMAGENET),
        Kind::SegNext => InputManifest::unit(name, Fit::Stretch),
    };
    let side = if sam3 { 14 * embedding.unwrap_or(72) } else { square };
    input.size = fixed.contains(&None).then_some([side; 2]);
    let size = fixed.map(|length| length.unwrap_or(side));
    // The encoder pads a picture smaller than its square, unless it is one with a smaller input than SAM.
    let sam = matches!(kind, Kind::Sam | Kind::SamOfPoints);
    let pads_inside = sam && (!layout.planar || port.element == Element::U8);
    let grid = (sam && (pads_inside || size != [square; 2])).then_some([square; 2]);

    let table = EncoderDecoderManifest {
        encoder: None,
        decoder: None,
        points: take(POINTS)?,
        labels: take(LABELS)?,
        most_points: (kind == Kind::EfficientSam).then_some(6),
        // Other networks add the point themselves.
        pad_point: if kind == Kind::Sam { PadPoint::WithoutBox } else { PadPoint::Never },
        box_corners: !matches!(kind, Kind::SamTransformers | Kind::Sam2Transformers | Kind::SegNext),
        box_input: take(BOXES),
        grid,
        pads_inside,
        mask_input: take(MASK_INPUT),
        // A network that only gives masks in the picture's size is not meant to get them back.
        feeds_back: !(kind == Kind::Sam2 && size_said && coarse.is_none()),
        mask_input_holds: if kind == Kind::SegNext { OutputKind::Probability } else { OutputKind::Logits },
        has_mask: take(HAS_MASK),
        picture_size: take(PICTURE_SIZE),
        picture_size_matters: size_said && kind == Kind::EfficientSam,
        features,
        masks: coarse.or_else(|| give(MASKS))?,
        scores: give(SCORES),
        object_score: give(OBJECT_SCORE),
        closer_look: 0.0,
    };
    let mut manifest = Manifest::of(Some(input), &table).ok()?;
    if kind == Kind::SamOfPoints && give(&["scores"]).is_some() {
        manifest.licence =
            "EdgeSAM by its looks, whose weights are under the S-Lab License 1.0: no commercial use".into();
    }
    Some(manifest)
}

/// An input that takes the picture's numbers unchanged.
fn raw(name: &str, fit: Fit) -> InputManifest {
    InputManifest::normalised(name, fit, ([0.0; 3], [1.0; 3]))
}

/// The encoder's outputs for the decoder's inputs that have other names; none if the two files do not belong together.
fn features(encoder: &Header, decoder: &Header) -> Option<BTreeMap<String, Vec<String>>> {
    let prompt = |port: &Port| {
        [POINTS, LABELS, BOXES, MASK_INPUT, HAS_MASK, PICTURE_SIZE].concat().contains(&port.name.as_str())
    };
    let wanted: Vec<&Port> = decoder.inputs.iter().filter(|port| !prompt(port)).collect();
    let alike = |output: &Port| wanted.iter().any(|port| port.name == output.name);
    let mut renamed = BTreeMap::new();
    for port in &wanted {
        if let Some(output) = encoder.output(&port.name) {
            if !same_shape(output, port) {
                return None;
            }
            continue;
        }
        let spare: Vec<&Port> = encoder.outputs.iter().filter(|output| !alike(output)).collect();
        let names = |outputs: &[&Port]| outputs.iter().map(|output| output.name.clone()).collect::<Vec<_>>();
        let from = match spare.iter().find(|output| !output.shape.is_empty() && same_shape(output, port)) {
            Some(output) => vec![output.name.clone()],
            // HQ-SAM's encoders may give one output a layer.
            None if port.name == "interm_embeddings" && spare.len() > 1 => names(&spare),
            None => return None,
        };
        renamed.insert(port.name.clone(), from);
    }
    (!wanted.is_empty()).then_some(renamed)
}

/// The input for the picture.
fn picture(file: &Header) -> Option<(&Port, Layout, [Option<usize>; 2])> {
    let named = PICTURES.iter().find_map(|name| file.input(name));
    let port = named.filter(|port| port.element.is_float() || port.element == Element::U8)?;
    let (layout, size) = Layout::of(&port.shape)?;
    Some((port, layout, size))
}

/// The number of cells along a side of the encoder output.
fn embedding(encoder: &Header) -> Option<usize> {
    let names = ["image_embeddings", "image_embeddings.2", "image_embed", "image_feats", "output"];
    names.iter().find_map(|name| side(encoder.output(name)?))
}

fn embedding_taken(decoder: &Header) -> Option<usize> {
    let names = ["image_embeddings", "image_embeddings.2", "image_embed", "image_feats"];
    names.iter().find_map(|name| side(decoder.input(name)?))
}

fn side(port: &Port) -> Option<usize> {
    match *port.shape.as_slice() {
        // 512 cells cover 8192 pixels.
        [_, _, height, width] if height == width && (1..=512).contains(&width) => usize::try_from(width).ok(),
        _ => None,
    }
}

fn has_points(decoder: &Header) -> bool {
    name_of(&decoder.inputs, POINTS).is_some() && name_of(&decoder.inputs, LABELS).is_some()
}

fn name_of(ports: &[Port], names: &[&str]) -> Option<String> {
    let found = names.iter().find(|name| ports.iter().any(|port| port.name == **name));
    found.map(|name| (*name).to_owned())
}

/// Decoders with several answers come before those with one.
fn preference(decoder: &Header) -> i32 {
    let one = |port: &Port| port.shape.get(1) == Some(&1) || port.shape.last() == Some(&1);
    i32::from(!SCORES.iter().filter_map(|name| decoder.output(name)).any(one))
}

#[cfg(test)]
mod tests;
