//! Cases with a band along the edge that a matting network redraws.

use std::path::Path;

use deepcrop::internals::geometry::frame::Frame;
use deepcrop::internals::network::assembly::Assembly;
use deepcrop::internals::network::families::matting::network::Matting;
use deepcrop::internals::network::runtime::Runtime;
use deepcrop::internals::network::runtime::graph::{Graph, GraphSource};
use deepcrop::internals::pixels::plane::Plane;
use deepcrop::types::{Provider, Rect};
use deepcrop::{Cancel, Mask, Result};
use serde_json::Value;

use crate::{Set, common};

/// Loads the network alone, because a model gives no access to its opacities.
fn load(folder: &Path) -> Result<Matting> {
    let assembly = Assembly::of_path(folder)?;
    let runtime = Runtime::get(Some(&common::runtime()))?;
    let graph = Graph::open(runtime, GraphSource::File(&assembly.files[0]), Provider::Cpu, 1)?;
    Matting::new(graph, assembly.manifest.input.clone(), assembly.manifest.own()?)
}

/// Compares the opacities for a picture and its trimap with the expected ones.
pub fn check(set: &mut Set, title: &str, case: &Value) {
    let image = set.pixels(case["picture"].as_str().expect("a case names its picture"));
    let trimap = set.mask(case["trimap"].as_str().expect("a case has a trimap"));
    let expected = set.mask(case["alpha"].as_str().expect("a case has an alpha"));
    let (width, height) = (trimap.width(), trimap.height());
    let frame = Frame::stretch(Rect::whole(width, height), width as usize, height as usize);
    let data = trimap.data().iter().map(|value| f32::from(*value) / 255.0).collect();
    let trimap = Plane { width: frame.width, height: frame.height, data };
    let matting = load(&set.folder).unwrap_or_else(|error| panic!("{title}: {error}"));
    let alpha = matting.alpha(&image.view(), &frame, &trimap, &Cancel::new());
    let alpha = alpha.unwrap_or_else(|error| panic!("{title}: {error}"));
    let bytes = alpha.data.iter().map(|value| (value * 255.0).round() as u8).collect();
    set.compare_map(title, &Mask::new(width, height, bytes).unwrap(), &expected);
}
