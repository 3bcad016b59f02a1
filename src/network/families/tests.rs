//! Headers as the public files have them, by hand.

use crate::network::families::click_map::manifest::{ClickMapManifest, PlaneKind};
use crate::network::families::instances::manifest::{Detections, InstancesManifest, MaskPlace};
use crate::network::families::matting::manifest::MattingManifest;
use crate::network::families::saliency::manifest::SaliencyManifest;
use crate::network::families::semantic::manifest::{ClassOutput, SemanticManifest};
use crate::network::families::{override_manifest, read_manifest, whole};
use crate::network::manifest::Manifest;
use crate::network::manifest::input::{Fit, IMAGENET, InputManifest, Order};
use crate::network::manifest::output::OutputKind;
use crate::network::onnx::Header;
use crate::network::onnx::port::{Element, Port};
use crate::pixels::resample::axis::Filter;

fn port(name: &str, element: Element, shape: &[i64]) -> Port {
    Port { name: name.into(), element, shape: shape.to_vec() }
}

fn floats(name: &str, shape: &[i64]) -> Port {
    port(name, Element::F32, shape)
}

fn header(input: Port, outputs: &[Port]) -> Header {
    Header { inputs: vec![input], outputs: outputs.to_vec(), ..Header::default() }
}

fn manifest(header: &Header) -> Manifest {
    let known = whole(header).unwrap_or_else(|| panic!("not recognised: {header:?}"));
    assert!(!known.because.is_empty());
    // What is printed for a person to start from is a manifest.
    let text = known.manifest.to_text().unwrap();
    assert_eq!(read_manifest(&text, "printed").unwrap(), known.manifest);
    known.manifest
}

fn yolo(boxes: &[i64]) -> Header {
    header(floats("images", &[1, 3, 640, 640]), &[floats("output0", boxes), floats("output1", &[1, 32, 160, 160])])
}

#[test]
fn yolo_and_fastsam() {
    let mut file = yolo(&[1, 116, 8400]);
    let known = manifest(&file);
    let (input, instances) = (known.input.clone().unwrap(), known.own::<InstancesManifest>().unwrap());
    assert_eq!((input.fit, input.filter, input.padding), (Fit::Letterbox, Filter::Bilinear, Some([114.0; 3])));
    assert_eq!((instances.detections, instances.mask_place), (Detections::Anchors, MaskPlace::Prototypes));
    assert_eq!((instances.confidence, instances.overlap), (0.4, 0.45));
    assert!(instances.names.is_empty());
    file.metadata.insert("names".into(), "{0: 'object'}".into());
    file.outputs[0].shape = vec![1, 37, 8400];
    let fast_sam = manifest(&file).own::<InstancesManifest>().unwrap();
    assert_eq!((fast_sam.names.as_slice(), fast_sam.overlap), (&["object".to_owned()][..], 0.9));
    // Half floats, open sizes.
    let mut half = yolo(&[-1, -1, -1]);
    half.inputs[0] = port("images", Element::F16, &[-1, 3, -1, -1]);
    assert_eq!(manifest(&half).input.clone().unwrap().size, Some([640, 640]));
}

#[test]
fn yolo_without_suppression() {
    let rows = |file: &Header| manifest(file).own::<InstancesManifest>().unwrap().detections;
    assert_eq!(rows(&yolo(&[1, 300, 38])), Detections::Rows, "told by its shape");
    let mut stated = yolo(&[1, -1, -1]);
    stated.metadata.insert("end2end".into(), "True".into());
    assert_eq!(rows(&stated), Detections::Rows, "told by its metadata");
    stated.metadata.insert("end2end".into(), "False".into());
    assert_eq!(rows(&stated), Detections::Anchors);
    stated.metadata.insert("args".into(), "{'half': False, 'nms': True}".into());
    assert_eq!(rows(&stated), Detections::Rows, "suppressed by the graph itself");
    let mut suppressed = yolo(&[1, 100, 38]);
    suppressed.metadata.insert("end2end".into(), "False".into());
    assert_eq!(rows(&suppressed), Detections::Rows, "whatever the most of its rows");
    assert_eq!(rows(&yolo(&[1, 25200, 117])), Detections::Presences, "YOLOv5");
}

#[test]
fn mask_rcnn_of_the_model_zoo() {
    let whole = |shape: &[i64]| port("6570", Element::I64, shape);
    let outputs = [floats("6568", &[-1, 4]), whole(&[-1]), floats("6572", &[-1]), floats("6887", &[-1, -1, 28, 28])];
    let known = manifest(&header(floats("image", &[3, -1, -1]), &outputs));
    let (input, instances) = (known.input.clone().unwrap(), known.own::<InstancesManifest>().unwrap());
    assert_eq!(
        (input.order, input.fit, input.size, input.multiple),
        (Order::Bgr, Fit::Shorter, Some([800, 1333]), Some(32))
    );
    assert_eq!(
        (input.mean[2], input.std),
        (102.9801, [1.0; 3]),
        "blue comes last here, whatever the order in the input"
    );
    assert_eq!((instances.masks.as_str(), instances.mask_place), ("6887", MaskPlace::Boxes));
    assert_eq!((instances.scores.as_deref(), instances.labels.as_deref()), (Some("6572"), Some("6570")));
}

#[test]
fn mask_rcnn_of_torchvision_named_or_not() {
    let outputs = |names: [&str; 4]| {
        [
            floats(names[0], &[-1, 4]),
            port(names[1], Element::I64, &[-1]),
            floats(names[2], &[-1]),
            floats(names[3], &[-1, 1, -1, -1]),
        ]
    };
    for names in [["boxes", "labels", "scores", "masks"], ["2770", "2772", "2771", "2887"]] {
        let known = manifest(&header(floats("image", &[3, -1, -1]), &outputs(names)));
        let instances = known.own::<InstancesManifest>().unwrap();
        assert_eq!(known.input.clone().unwrap().fit, Fit::AtMost);
        assert_eq!((instances.boxes.as_str(), instances.masks.as_str()), (names[0], names[3]));
        assert_eq!((instances.scores.as_deref(), instances.labels.as_deref()), (Some(names[2]), Some(names[1])));
        assert_eq!(instances.mask_place, MaskPlace::Input);
    }
}

#[test]
fn saliency_by_its_side_and_names() {
    let map = |name: &str, side: i64| floats(name, &[1, 1, side, side]);
    let picture = |name: &str, side: i64| floats(name, &[1, 3, side, side]);
    let maps: Vec<Port> = (1959..1966).map(|name| map(&name.to_string(), 320)).collect();
    let u2net = manifest(&header(picture("input.1", 320), &maps));
    let (input, saliency) = (u2net.input.clone().unwrap(), u2net.own::<SaliencyManifest>().unwrap());
    assert_eq!((input.mean, input.std, input.filter), (IMAGENET.0, IMAGENET.1, Filter::Lanczos));
    assert!(input.stretch_to_brightest && saliency.rescale);
    assert_eq!((saliency.map.as_str(), saliency.output), ("1959", OutputKind::Probability));

    let isnet = manifest(&header(picture("input_image", 1024), &[map("output", 1024)]));
    assert_eq!(isnet.input.clone().unwrap().std, [255.0; 3]);

    let birefnet =
        manifest(&header(floats("input_image", &[-1, 3, 1024, 1024]), &[floats("output_image", &[-1, -1, -1, -1])]));
    assert_eq!(birefnet.input.clone().unwrap().std, IMAGENET.1);
    assert_eq!(birefnet.own::<SaliencyManifest>().unwrap().output, OutputKind::Logits);

    for sides in [[1024, 1024], [-1, -1]] {
        let shape = |planes: i64| [-1, planes, sides[0], sides[1]];
        let mut rmbg = header(floats("pixel_values", &shape(-1)), &[floats("alphas", &shape(1))]);
        rmbg.planes = [3, 96].into();
        let known = manifest(&rmbg);
        let (input, saliency) = (known.input.clone().unwrap(), known.own::<SaliencyManifest>().unwrap());
        assert_eq!((input.mean, input.size), (IMAGENET.0, (sides[0] < 0).then_some([1024; 2])));
        assert!(saliency.output == OutputKind::Probability && !saliency.rescale);
    }
}

#[test]
fn classes_as_logits_or_numbers() {
    let open = floats("input", &[-1, 3, -1, -1]);
    let maps = [floats("aux", &[-1, -1, -1, -1]), floats("out", &[-1, -1, -1, -1])];
    let fcn = manifest(&header(open, &maps));
    let (input, semantic) = (fcn.input.clone().unwrap(), fcn.own::<SemanticManifest>().unwrap());
    assert_eq!((input.fit, input.size), (Fit::Shorter, Some([520, 2080])));
    assert_eq!((semantic.classes.as_str(), semantic.output), ("out", ClassOutput::Logits));

    let fixed = || floats("image", &[1, 3, 96, 96]);
    let dilated = manifest(&header(fixed(), &[floats("scores", &[1, 21, 24, 24])]));
    assert_eq!(
        (dilated.input.clone().unwrap().size, dilated.own::<SemanticManifest>().unwrap().output),
        (None, ClassOutput::Logits)
    );
    for shape in [&[1, 96, 128][..], &[1, 1, 96, 128]] {
        let numbers = manifest(&header(fixed(), &[port("classes", Element::I64, shape)]));
        assert_eq!(numbers.own::<SemanticManifest>().unwrap().output, ClassOutput::Number);
    }
}

#[test]
fn matting_by_its_fourth_plane() {
    let alphas = [floats("alphas", &[-1, 1, -1, -1])];
    let known = manifest(&header(floats("pixel_values", &[-1, 4, -1, -1]), &alphas));
    let input = known.input.clone().unwrap();
    assert_eq!(
        (known.own::<MattingManifest>().unwrap().alpha.as_str(), input.multiple, input.mean),
        ("alphas", Some(32), [127.5; 3])
    );
    assert!(whole(&header(floats("pixel_values", &[1, 4, -1]), &alphas)).is_none());
    let mut open = header(floats("pixel_values", &[-1, -1, -1, -1]), &alphas);
    open.planes = [4, 48].into();
    assert!(manifest(&open).own::<MattingManifest>().is_ok(), "its filters take four planes");
}

#[test]
fn what_is_none_of_them_is_not_recognised() {
    let picture = || floats("image", &[1, 3, 1024, 1024]);
    for (input, outputs) in [
        // An embedding, and features of 64 planes.
        (picture(), vec![floats("image_embeddings", &[1, 256, 64, 64])]),
        (picture(), vec![floats("image_feats", &[1, 64, 64, 64])]),
        // A classifier, and one of depth by an unknown name.
        (picture(), vec![floats("probabilities", &[1, 1000])]),
        (picture(), vec![floats("depth", &[1, -1, -1, -1])]),
        (picture(), vec![floats("predicted_depth", &[1, 1, 518, 518])]),
        // A picture in other colours, or larger; normals.
        (picture(), vec![floats("output1", &[1, 3, 1024, 1024])]),
        (picture(), vec![floats("normals", &[1, 3, 1024, 1024])]),
        // No picture.
        (floats("tokens", &[1, 77]), vec![floats("output0", &[1, 116, 8400]), floats("output1", &[1, 32, 160, 160])]),
        // Ranks that belong to nothing.
        (picture(), vec![floats("output0", &[1, 116]), floats("output1", &[1, 32, 160, 160])]),
    ] {
        assert!(whole(&header(input, &outputs)).is_none(), "{outputs:?}");
    }
}

const TEXT: &str = r#"
    format = 1
    family = "click_map"
    name = "test"
    version = "1"
    licence = "MIT"
    [click_map]
    inputs = { x = ["red", "green", "blue", "include_distance"] }
    mean = [0, 0, 0]
    std = [255, 255, 255]
    output = "logits"
"#;

#[test]
fn a_short_manifest_gets_defaults() {
    let click_map = read_manifest(TEXT, "model.toml").unwrap().own::<ClickMapManifest>().unwrap();
    assert_eq!(click_map.inputs["x"][3], PlaneKind::IncludeDistance);
    assert_eq!((click_map.mask.as_str(), click_map.score), ("mask", None));
}

#[test]
fn what_is_said_beside_a_network_overrides_what_was_assumed() {
    let input = InputManifest::normalised("image", Fit::Stretch, IMAGENET);
    let table = SaliencyManifest {
        map: "map".into(),
        output: OutputKind::Probability,
        rescale: true,
        filter: Filter::Lanczos,
        clean: None,
    };
    let assumed = Manifest::of(Some(input), &table).unwrap();
    let text = "licence = \"MIT\"\n[input]\nfit = \"letterbox\"\nsize = [320, 200]";
    let manifest = override_manifest(&assumed, text, "model.toml").unwrap();
    let input = manifest.input.clone().unwrap();
    assert_eq!((input.fit, input.size, input.std), (Fit::Letterbox, Some([320, 200]), IMAGENET.1));
    assert_eq!((manifest.licence.as_str(), manifest.family.as_str()), ("MIT", "saliency"));
    // What is printed for a person to start from says the same.
    assert_eq!(read_manifest(&manifest.to_text().unwrap(), "printed").unwrap(), manifest);
    for (wrong, says) in [
        ("[input]\nfits = 1", "unknown field `fits`"),
        ("[input]\nstd = [0, 1, 1]", "`std` is [0.0, 1.0, 1.0]"),
        ("[input", "model.toml, line 1"),
        ("format = 7", "format 7"),
    ] {
        let error = override_manifest(&assumed, wrong, "model.toml").unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn mistakes_are_named_with_their_line() {
    for (wrong, says) in [
        (TEXT.replace("\"blue\"", "\"infrared\""), "line 8: unknown variant `infrared`"),
        (TEXT.replace("mean", "meen"), "line 9: unknown field `meen`"),
        (TEXT.replace("format = 1", "format = 2"), "format 2"),
        ("=".into(), "model.toml, line 1"),
        (TEXT.replace("mean = [0,", "mean = [nan,"), "`mean` is [NaN, 0.0, 0.0]"),
        (TEXT.replace("std = [255,", "std = [0,"), "`std` is [0.0, 255.0, 255.0]"),
        (TEXT.to_owned() + "spot = 0.0", "`spot` is 0.0; write a number above 0"),
        (TEXT.to_owned() + "reach = inf", "`reach` is inf"),
        (TEXT.to_owned() + "closer_look = 1.5", "`closer_look` is 1.5; write a number from 0 to 1"),
    ] {
        let error = read_manifest(&wrong, "model.toml").unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}
