use super::*;
use crate::network::families::read_manifest;

/// `name`, or `name:u8`, with its dimensions; -1 where any length will do.
fn ports(list: &[(&str, &[i64])]) -> Vec<Port> {
    let element = |name: &str| match name {
        "u8" => Element::U8,
        "i32" => Element::I32,
        "i64" => Element::I64,
        "f16" => Element::F16,
        other => panic!("{other}"),
    };
    let port = |&(name, shape): &(&str, &[i64])| {
        let (name, element) = name.split_once(':').map_or((name, Element::F32), |(name, kind)| (name, element(kind)));
        Port { name: name.into(), element, shape: shape.into() }
    };
    list.iter().map(port).collect()
}

fn header(inputs: &[(&str, &[i64])], outputs: &[(&str, &[i64])]) -> Header {
    Header { inputs: ports(inputs), outputs: ports(outputs), ..Header::default() }
}

const EMBEDDING: (&str, &[i64]) = ("image_embeddings", &[1, 256, 64, 64]);
const OFFICIAL: [(&str, &[i64]); 6] = [
    EMBEDDING,
    ("point_coords", &[1, -1, 2]),
    ("point_labels", &[1, -1]),
    ("mask_input", &[1, 1, 256, 256]),
    ("has_mask_input", &[1]),
    ("orig_im_size", &[2]),
];
const OFFICIAL_OUT: [(&str, &[i64]); 3] =
    [("masks", &[-1, -1, -1, -1]), ("iou_predictions", &[-1, 4]), ("low_res_masks", &[-1, -1, -1, -1])];

fn official() -> Header {
    header(&OFFICIAL, &OFFICIAL_OUT)
}

/// What is made of two files: how the picture goes in, and the rest.
#[track_caller]
fn known(encoder: &Header, decoder: &Header) -> (InputManifest, EncoderDecoderManifest) {
    assert!(half(encoder).unwrap().contains("needs its decoder"), "{:?}", half(encoder));
    assert!(half(decoder).unwrap().contains("needs its encoder"), "{:?}", half(decoder));
    assert!(pair(decoder, encoder).is_none() && whole(encoder).is_none() && whole(decoder).is_none());
    let manifest = pair(encoder, decoder).unwrap().manifest;
    assert_eq!(read_manifest(&manifest.to_text().unwrap(), "printed").unwrap(), manifest);
    (manifest.input.clone().unwrap(), manifest.own::<EncoderDecoderManifest>().unwrap())
}

#[test]
fn sam_with_preprocessing_inside() {
    let encoder = header(&[("input_image", &[-1, -1, 3])], &[EMBEDDING]);
    let (input, manifest) = known(&encoder, &official());
    assert_eq!((input.fit, input.size, input.mean, input.std), (Fit::Inside, Some([1024; 2]), [0.0; 3], [1.0; 3]));
    assert_eq!(
        (manifest.grid, manifest.pads_inside, manifest.pad_point),
        (Some([1024; 2]), true, PadPoint::WithoutBox)
    );
    assert_eq!((manifest.masks.as_str(), manifest.picture_size_matters), ("low_res_masks", false));
    assert!(manifest.box_corners && manifest.most_points.is_none());
    // A canvas of one size, as rembg has it, and a small network.
    let canvas = header(&[("input_image", &[684, 1024, 3])], &[EMBEDDING]);
    let (input, manifest) = known(&canvas, &official());
    assert_eq!((input.fit, input.padding, manifest.grid), (Fit::Corner, Some([0.0; 3]), Some([1024; 2])));
    let small = ("image_embeddings", &[1, 32, 16, 16][..]);
    let encoder = header(&[("input_image", &[-1, -1, 3])], &[small]);
    assert!(pair(&encoder, &official()).is_none(), "another size of embedding");
    let mut decoder = OFFICIAL;
    decoder[0] = small;
    assert_eq!(known(&encoder, &header(&decoder, &OFFICIAL_OUT)).1.grid, Some([256; 2]));
}

#[test]
fn sam_as_a_plain_square_and_as_bytes() {
    let encoder = header(&[("input_image", &[1, 3, 1024, 1024])], &[EMBEDDING]);
    let (input, manifest) = known(&encoder, &official());
    assert_eq!((input.fit, input.size, input.mean), (Fit::Corner, None, IMAGENET.0));
    assert_eq!((manifest.grid, manifest.pads_inside), (None, false));
    let bytes = header(&[("input:u8", &[1, 3, 720, 1024])], &[("output", &[1, 256, 64, 64])]);
    let (input, manifest) = known(&bytes, &official());
    assert_eq!(
        (input.fit, input.std, manifest.grid, manifest.pads_inside),
        (Fit::Stretch, [1.0; 3], Some([1024; 2]), true)
    );
    assert_eq!(manifest.features["image_embeddings"], ["output"]);
}

#[test]
fn hq_sam_in_both_ways() {
    let mut inputs = OFFICIAL.to_vec();
    inputs.insert(1, ("interm_embeddings", &[4, 1, 64, 64, 768]));
    let decoder = header(&inputs, &OFFICIAL_OUT);
    let picture = [("input_image", &[1, 3, 1024, 1024][..])];
    let stacked = header(&picture, &[EMBEDDING, ("interm_embeddings", &[4, 1, 64, 64, 768])]);
    assert!(known(&stacked, &decoder).1.features.is_empty());
    let layer = &[1, 64, 64, 768][..];
    let layers = [EMBEDDING, ("a", layer), ("b", layer), ("c", layer), ("d", layer)];
    assert_eq!(known(&header(&picture, &layers), &decoder).1.features["interm_embeddings"], ["a", "b", "c", "d"]);
    assert!(pair(&header(&picture, &[EMBEDDING]), &decoder).is_none(), "a SAM encoder does not do for it");
}

#[test]
fn decoders_of_three_inputs_are_bound_by_name() {
    // EdgeSAM gives its scores first.
    let encoder = header(&[("image", &[1, 3, 1024, 1024])], &[EMBEDDING]);
    let decoder = header(&OFFICIAL[..3], &[("scores", &[1, 4]), ("masks", &[1, 4, 256, 256])]);
    let (input, manifest) = known(&encoder, &decoder);
    assert_eq!((manifest.scores.as_deref(), manifest.masks.as_str()), (Some("scores"), "masks"));
    assert_eq!((input.fit, manifest.pad_point, manifest.mask_input), (Fit::Corner, PadPoint::Never, None));
    assert!(pair(&encoder, &decoder).unwrap().manifest.licence.contains("no commercial use"));
    // EfficientViT-SAM looks at 512 pixels and counts 1024.
    let encoder = header(&[("input_image", &[-1, 3, 512, 512])], &[EMBEDDING]);
    let inputs = [EMBEDDING, ("point_coords", &[-1, -1, 2]), ("point_labels", &[-1, -1])];
    let decoder = header(&inputs, &[("masks", &[-1, 4, 256, 256]), ("iou_predictions", &[-1, 4])]);
    let (_, manifest) = known(&encoder, &decoder);
    assert_eq!((manifest.grid, manifest.pads_inside, manifest.pad_point), (Some([1024; 2]), false, PadPoint::Never));
    // An older export has all six inputs, and wants the padding.
    assert_eq!(known(&encoder, &official()).1.pad_point, PadPoint::WithoutBox);
    assert_eq!(known(&encoder, &official()).1.grid, Some([1024; 2]));
}

#[test]
fn efficient_sam_in_one_file_and_in_two() {
    let points = [("batched_point_coords", &[1, -1, -1, 2][..]), ("batched_point_labels", &[1, -1, -1])];
    let outputs = [("output_masks", &[1, -1, -1, -1, -1][..]), ("iou_predictions", &[1, -1, 3]), ("2345", &[])];
    let picture = ("batched_images", &[-1, 3, -1, -1][..]);
    let one = header(&[picture, points[0], points[1]], &outputs);
    assert!(half(&one).is_none());
    let manifest = whole(&one).unwrap().manifest;
    let (input, manifest) = (manifest.input.clone().unwrap(), manifest.own::<EncoderDecoderManifest>().unwrap());
    assert_eq!((input.fit, input.filter, input.size), (Fit::Original, Filter::Linear, Some([1024; 2])));
    assert_eq!((manifest.most_points, manifest.masks.as_str()), (Some(6), "2345"));
    let two = whole(&header(&[picture, points[0], points[1]], &outputs[..2])).unwrap().manifest;
    assert_eq!(two.own::<EncoderDecoderManifest>().unwrap().masks, "output_masks");
    let encoder = header(&[picture], &[EMBEDDING]);
    let decoder = header(&[EMBEDDING, points[0], points[1], ("orig_im_size:i64", &[2])], &outputs);
    let (_, manifest) = known(&encoder, &decoder);
    assert_eq!((manifest.picture_size_matters, manifest.pad_point), (true, PadPoint::Never));
}

const SAM2_FEATURES: [(&str, &[i64]); 3] = [
    ("high_res_feats_0", &[1, 32, 256, 256]),
    ("high_res_feats_1", &[1, 64, 128, 128]),
    ("image_embed", &[1, 256, 64, 64]),
];

#[test]
fn sam2_in_four_ways() {
    let [a, b, c] = SAM2_FEATURES;
    let picture = [("image", &[1, 3, 1024, 1024][..])];
    let mut inputs = vec![c, a, b];
    inputs.extend(OFFICIAL[1..5].iter().copied());
    let (masks, scores) = (("masks", &[-1, 3, 256, 256][..]), ("iou_predictions", &[-1, 3][..]));
    // The order in which encoders give their features differs.
    for encoder in [header(&picture, &[a, b, c]), header(&picture, &[c, a, b])] {
        let (input, manifest) = known(&encoder, &header(&inputs, &[masks, scores]));
        assert_eq!((input.fit, input.mean, manifest.pad_point), (Fit::Stretch, IMAGENET.0, PadPoint::Never));
        assert_eq!((manifest.masks.as_str(), manifest.mask_input.as_deref()), ("masks", Some("mask_input")));
    }
    let encoder = header(&picture, &SAM2_FEATURES);
    let coarse = ("low_res_masks", &[1, 3, 256, 256][..]);
    let fine = ("masks", &[1, 3, 1024, 1024][..]);
    assert_eq!(known(&encoder, &header(&inputs, &[fine, scores, coarse])).1.masks, "low_res_masks");
    inputs.push(("orig_im_size:i32", &[2]));
    let (_, manifest) = known(&encoder, &header(&inputs, &[masks, scores]));
    assert_eq!((manifest.picture_size.as_deref(), manifest.picture_size_matters), (Some("orig_im_size"), false));
    assert!(!manifest.feeds_back);
    let (_, manifest) = known(&encoder, &header(&inputs, &[masks, scores, coarse]));
    assert!(manifest.feeds_back && manifest.masks == "low_res_masks");
}

#[test]
fn networks_made_for_transformers_js() {
    let points = [("input_points", &[-1, 1, -1, 2][..]), ("input_labels:i64", &[-1, 1, -1])];
    let outputs = [("iou_scores", &[-1, 1, 3][..]), ("pred_masks", &[-1, 1, 3, -1, -1])];
    for (cells, side, mean) in [(64, 1024, IMAGENET.0), (72, 1008, [127.5; 3])] {
        let (c, b, a) = ([-1, 256, cells, cells], [-1, 64, 2 * cells, 2 * cells], [-1, 32, 4 * cells, 4 * cells]);
        let features = [("image_embeddings.0", &a[..]), ("image_embeddings.1", &b), ("image_embeddings.2", &c)];
        let encoder = header(&[("pixel_values", &[-1, 3, -1, -1])], &features);
        let inputs = [points[0], points[1], ("input_boxes", &[-1, -1, 4]), features[0], features[1], features[2]];
        let decoder = header(&inputs, &[outputs[0], outputs[1], ("object_score_logits", &[-1, 1, 1])]);
        let (input, manifest) = known(&encoder, &decoder);
        assert_eq!((input.size, input.mean, input.fit), (Some([side; 2]), mean, Fit::Stretch));
        assert_eq!((manifest.box_input.as_deref(), manifest.box_corners), (Some("input_boxes"), false));
        assert_eq!(manifest.object_score.as_deref(), Some("object_score_logits"));
    }
    let features = [EMBEDDING, ("image_positional_embeddings", EMBEDDING.1)];
    let encoder = header(&[("pixel_values", &[1, 3, 1024, 1024])], &features);
    let decoder = header(&[points[0], points[1], features[0], features[1]], &outputs);
    let (input, manifest) = known(&encoder, &decoder);
    assert_eq!((input.fit, manifest.grid, manifest.mask_input), (Fit::Corner, None, None));
    assert!(!manifest.box_corners && manifest.box_input.is_none());
}

#[test]
fn segnext_sees_probabilities() {
    let features = ("image_feats", &[1, 768, 64, 64][..]);
    let encoder = header(&[("image", &[1, 3, 1024, 1024])], &[features]);
    let square = &[1, 1, 1024, 1024][..];
    let inputs = [features, OFFICIAL[1], OFFICIAL[2], ("prev_mask", square)];
    let (input, manifest) = known(&encoder, &header(&inputs, &[("mask", square)]));
    assert_eq!((input.fit, input.mean, input.std), (Fit::Stretch, [0.0; 3], [255.0; 3]));
    assert_eq!((manifest.mask_input_holds, manifest.has_mask, manifest.scores), (OutputKind::Probability, None, None));
    assert!(!manifest.box_corners);
}

#[test]
fn other_networks_are_left_alone() {
    let saliency = header(&[("input", &[1, 3, 320, 320])], &[("output", &[1, 1, 320, 320])]);
    let boxes =
        header(&[("images", &[1, 3, 640, 640])], &[("output0", &[1, 37, 8400]), ("output1", &[1, 32, 160, 160])]);
    for file in [saliency, boxes] {
        assert!(whole(&file).is_none() && half(&file).is_none() && pair(&file, &official()).is_none());
    }
    // SAM's masks without those that still have the padding say too little.
    let encoder = header(&[("input_image", &[1, 3, 1024, 1024])], &[EMBEDDING]);
    assert!(pair(&encoder, &header(&OFFICIAL, &OFFICIAL_OUT[..2])).is_none());
}

#[test]
fn of_two_decoders_the_one_with_more_answers_is_better() {
    let encoder = header(&[("input_image", &[-1, -1, 3])], &[EMBEDDING]);
    let single = [OFFICIAL_OUT[0], ("iou_predictions", &[-1, 1]), OFFICIAL_OUT[2]];
    let preference = |outputs| pair(&encoder, &header(&OFFICIAL, outputs)).unwrap().preference;
    assert!(preference(&OFFICIAL_OUT) > preference(&single));
}
