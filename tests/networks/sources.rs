//! Sources of networks, and the description of a loaded network.

use std::fs;
use std::path::Path;

use deepcrop::internals::pixels::rgb_image::RgbImage;
use deepcrop::types::Provider;
use deepcrop::{Cancel, Error, ErrorKind, LoadOptions, Mask, Model, SegmentOptions, Source};

use crate::{PLAIN, common, include, load, load_from, network, paint, segment};

#[test]
fn a_path_a_folder_and_bytes_are_the_same_network() {
    let folder = tempfile::tempdir().unwrap();
    // A name with spaces and letters of several scripts.
    let place = folder.path().join("my networks – Модели 模型 é");
    fs::create_dir(&place).unwrap();
    let file = place.join("rot & grün.onnx");
    fs::copy(network("red"), &file).unwrap();
    let image = paint(60, 40, |x, _| [if x < 30.0 { 255 } else { 0 }, 0, 0]);
    let expected = segment(&load("red"), &image, &[include(10.0, 10.0)], &PLAIN).mask;
    for source in [Source::Path(file.clone()), Source::Path(place), Source::from(fs::read(&file).unwrap())] {
        let model = load_from(source).unwrap();
        assert_eq!(segment(&model, &image, &[include(10.0, 10.0)], &PLAIN).mask, expected);
    }
}

#[test]
fn a_manifest_beside_the_file_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.onnx");
    fs::copy(network("no_manifest"), &file).unwrap();
    let text = r#"
        format = 1
        family = "click_map"
        name = "Beside"
        version = "7"
        licence = "MIT"
        [click_map]
        inputs = { x = ["blue", "green", "red"] }
        mean = [0, 0, 0]
        std = [255, 255, 255]
        output = "logits"
    "#;
    fs::write(folder.path().join("model.toml"), text).unwrap();
    let model = load_from(Source::Path(folder.path().to_owned())).unwrap();
    let info = model.info();
    assert_eq!((info.name.as_str(), info.version.as_str(), info.licence.as_str()), ("Beside", "7", "MIT"));
    // The network looks at the first plane, which is blue now.
    let image = paint(64, 64, |x, _| [0, 0, if x < 32.0 { 255 } else { 0 }]);
    let mask = segment(&model, &image, &[include(10.0, 10.0)], &PLAIN).mask;
    assert_eq!((mask.at(10, 50), mask.at(50, 50)), (255, 0));
}

#[test]
fn a_model_says_what_runs_it() {
    let info = load("red").info().clone();
    assert_eq!((info.family.as_str(), info.provider_name(), info.provider_note.as_str()), ("click_map", "cpu", ""));
    assert!(info.runtime.starts_with("ONNX Runtime 1."), "{}", info.runtime);
}

fn load_on(provider: Provider) -> deepcrop::Result<Model> {
    let options = LoadOptions::default().provider(provider).runtime(common::runtime());
    Model::load(Source::Path(network("red")), &options, &Cancel::new())
}

#[test]
fn a_provider_that_the_runtime_lacks_is_an_error_by_name_and_a_note_by_choice() {
    // These two are for different systems, so no runtime has both.
    let errors: Vec<Error> =
        [Provider::CoreMl, Provider::DirectMl].into_iter().filter_map(|provider| load_on(provider).err()).collect();
    assert!(!errors.is_empty());
    for error in &errors {
        assert!(error.kind() == ErrorKind::Provider, "{error:?}");
        let sentence = error.to_string();
        assert!(
            sentence.contains("built without it; it has ") && sentence.contains("use `auto` or `cpu`"),
            "{sentence}"
        );
    }
    let model = load_on(Provider::Auto).unwrap();
    assert_eq!(
        model.info().provider == Some(Provider::Cpu),
        !model.info().provider_note.is_empty(),
        "{:?}",
        model.info()
    );
}

#[test]
fn cuda_without_cuda_names_the_cause_and_the_next_step() {
    // On a machine with a graphics card and a runtime for it, loading works.
    if let Err(error) = load_on(Provider::Cuda) {
        let sentence = error.to_string();
        assert!(error.kind() == ErrorKind::Provider, "{error:?}");
        assert!(sentence.starts_with("the provider cuda does not work here: "), "{sentence}");
        assert!(sentence.contains("install an ONNX Runtime and drivers for "), "{sentence}");
    }
}

#[test]
fn the_network_from_free_sources_finds_the_duck() {
    let file = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let model = crate::load_from(Source::Path(file("models/clean.onnx"))).unwrap();
    let pixels = image::open(file("tests/data/still_life.png")).unwrap().into_rgb8();
    let (width, height) = pixels.dimensions();
    let image = RgbImage::new(pixels.into_raw(), width, height).unwrap();
    let mask = segment(&model, &image, &[include(511.0, 231.0)], &SegmentOptions::default()).mask;
    let truth = image::open(file("tests/data/masks/still_life_duck.png")).unwrap().into_luma8();
    let iou = mask.overlap(&Mask::new(width, height, truth.into_raw()).unwrap()).unwrap();
    assert!(iou > 0.9, "{iou}");
}
