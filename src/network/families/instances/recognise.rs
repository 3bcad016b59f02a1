//! Recognises YOLO-seg as Ultralytics exports it, and Mask R-CNN from torchvision and the ONNX model zoo.

use crate::network::families::family::{Recognised, only_picture};
use crate::network::families::instances::manifest::{Detections, InstancesManifest, MaskPlace};
use crate::network::manifest::Manifest;
use crate::network::manifest::input::{Fit, InputManifest, Order};
use crate::network::onnx::Header;
use crate::pixels::resample::axis::Filter;

/// The side of Ultralytics' inputs, if a file leaves it open.
const YOLO_SIDE: usize = 640;
/// FastSAM, as its authors use it: the name of its only class, the largest overlap, the side of the input.
const FAST_SAM: (&str, f32, usize) = ("object", 0.9, 1024);
/// The longest side of a picture for torchvision's Mask R-CNN. It scales larger pictures down itself.
const MASK_RCNN_LONGEST: usize = 1333;

/// Recognises a network.
pub fn whole(file: &Header) -> Option<Recognised> {
    yolo(file).or_else(|| model_zoo(file)).or_else(|| torchvision(file))
}

fn recognised(input: InputManifest, instances: InstancesManifest, because: &str) -> Option<Recognised> {
    let manifest = Manifest::of(Some(input), &instances).ok()?;
    Some(Recognised { manifest, because: because.into(), preference: 0 })
}

fn yolo(file: &Header) -> Option<Recognised> {
    let (port, size) = only_picture(file)?;
    let (boxes, masks) = (file.output("output0")?, file.output("output1")?);
    if masks.shape.len() != 4 || !(1..=1024).contains(&masks.shape[1]) {
        return None;
    }
    let names = file.metadata.get("names").map(|text| python_names(text)).unwrap_or_default();
    let (coefficients, classes) = (masks.shape[1], names.len() as i64);
    let [_, high, wide] = boxes.shape[..] else { return None };
    // Newer exports state that they list rows, in one of two ways; the shape tells it too.
    let said = |key: &str, what: &str| file.metadata.get(key).is_some_and(|text| text.contains(what));
    let detections = if said("end2end", "True") || said("args", "'nms': True") || wide == 6 + coefficients {
        Detections::Rows
    } else if high > wide && (wide == 5 + classes + coefficients || classes == 0 && wide > 5 + coefficients) {
        Detections::Presences
    } else {
        Detections::Anchors
    };
    let fast_sam = names == [FAST_SAM.0];
    let side = if fast_sam { FAST_SAM.2 } else { YOLO_SIDE };
    let input = InputManifest {
        size: size.contains(&None).then_some([side; 2]),
        filter: Filter::Bilinear,
        padding: Some([114.0; 3]),
        ..InputManifest::unit(&port.name, Fit::Letterbox)
    };
    let instances = InstancesManifest {
        detections,
        boxes: boxes.name.clone(),
        scores: None,
        labels: None,
        masks: masks.name.clone(),
        mask_place: MaskPlace::Prototypes,
        // The numbers of Ultralytics' example for ONNX Runtime.
        confidence: 0.4,
        overlap: if fast_sam { FAST_SAM.1 } else { 0.45 },
        most: 300,
        names,
    };
    recognised(input, instances, "it has outputs `output0` and `output1`, as Ultralytics exports YOLO-seg")
}

/// The names in a dictionary as Python writes it: `{0: 'person', 1: "driver's licence"}`.
fn python_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        if letter != '\'' && letter != '"' {
            continue;
        }
        let mut name = String::new();
        while let Some(inner) = rest.next().filter(|inner| *inner != letter) {
            name.extend(if inner == '\\' { rest.next() } else { Some(inner) });
        }
        names.push(name);
    }
    names
}

fn lists([boxes, labels, scores, masks]: [&str; 4], mask_place: MaskPlace) -> InstancesManifest {
    InstancesManifest {
        detections: Detections::Lists,
        boxes: boxes.into(),
        scores: Some(scores.into()),
        labels: Some(labels.into()),
        masks: masks.into(),
        mask_place,
        confidence: 0.5,
        overlap: 0.5,
        most: 300,
        names: Vec::new(),
    }
}

/// MaskRCNN-10 and -12 of github.com/onnx/models, whose outputs are called by numbers.
fn model_zoo(file: &Header) -> Option<Recognised> {
    const NAMES: [&str; 4] = ["6568", "6570", "6572", "6887"];
    let (port, _) = only_picture(file)?;
    NAMES.iter().all(|name| file.output(name).is_some()).then_some(())?;
    let input = InputManifest {
        size: Some([800, MASK_RCNN_LONGEST]),
        order: Order::Bgr,
        multiple: Some(32),
        // The authors state these for blue, green, red.
        ..InputManifest::normalised(&port.name, Fit::Shorter, ([122.7717, 115.9465, 102.9801], [1.0; 3]))
    };
    recognised(input, lists(NAMES, MaskPlace::Boxes), "it has outputs `6568`, `6570`, `6572` and `6887`")
}

fn torchvision(file: &Header) -> Option<Recognised> {
    let (port, size) = only_picture(file)?;
    let input = torchvision_input(&port.name, size);
    let named = |name| file.output(name);
    if let (Some(boxes), Some(labels), Some(scores), Some(masks)) =
        (named("boxes"), named("labels"), named("scores"), named("masks"))
    {
        let names = [boxes, labels, scores, masks].map(|port| port.name.as_str());
        let because = "it has outputs `boxes`, `labels`, `scores` and `masks`, as torchvision's Mask R-CNN gives them";
        return recognised(input, lists(names, MaskPlace::Input), because);
    }
    // Exported without names: a picture of rank 3, and four outputs that differ in rank or type.
    if port.shape.len() != 3 || file.outputs.len() != 4 {
        return None;
    }
    let of_rank = |rank: usize, float: bool| {
        file.outputs.iter().find(|port| port.shape.len() == rank && port.element.is_float() == float)
    };
    let found = [of_rank(2, true)?, of_rank(1, false)?, of_rank(1, true)?, of_rank(4, true)?];
    if found[0].shape[1] != 4 {
        return None;
    }
    let names = found.map(|port| port.name.as_str());
    let because = "it takes a picture of three dimensions and gives boxes, labels, scores and masks, as torchvision's \
        Mask R-CNN does";
    recognised(input, lists(names, MaskPlace::Input), because)
}

/// The network scales pictures itself. If it was exported for a fixed size, pictures keep their proportions in it.
fn torchvision_input(name: &str, size: [Option<usize>; 2]) -> InputManifest {
    match size.contains(&None) {
        true => InputManifest { size: Some([MASK_RCNN_LONGEST; 2]), ..InputManifest::unit(name, Fit::AtMost) },
        false => InputManifest::unit(name, Fit::Corner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_python_writes_them() {
        let names = python_names(r#"{0: 'person', 1: "driver's licence", 2: 'it\'s', 10: ''}"#);
        assert_eq!(names, ["person", "driver's licence", "it's", ""]);
        assert_eq!(python_names("{0: 'cut"), ["cut"]);
        assert!(python_names("{}").is_empty());
    }
}
