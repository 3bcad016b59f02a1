//! Bytes as a network's file, and as the manifest of a sound network with an input of any shape. What loads is asked for
//! a mask too. ONNX Runtime must be there: `cargo xtask fuzz` names it.
//!
//! Whole networks are not varied: ONNX Runtime itself ends the process over some of them (an assertion in its optimiser),
//! before anything of ours sees them.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use deepcrop::{Cancel, ErrorKind, LoadOptions, Model, Picture, Point, Prompt, SegmentOptions, Source};
use deepcrop::internals::network::families::read_manifest;
use deepcrop::internals::network::families::click_map::manifest::ClickMapManifest;
use deepcrop::internals::network::manifest::METADATA_KEY;
use deepcrop::internals::network::runtime::Runtime;
use deepcrop::internals::pixels::rgb_image::RgbImage;
use deepcrop::types::Provider;

/// A manifest may ask for an input that takes gigabytes.
const LARGEST: usize = 256;

fuzz_target!(init: has_runtime(), |data: &[u8]| {
    load(data.to_vec());
    // The input's kind of number, how many dimensions it has, the dimensions, and the manifest.
    let [element, rank, rest @ ..] = data else { return };
    let Some((shape, text)) = rest.split_at_checked(usize::from(rank % 6)) else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let manifest = read_manifest(text, "model.toml");
    let size = manifest.as_ref().ok().and_then(|manifest| manifest.own::<ClickMapManifest>().ok()?.size);
    if size.is_none_or(|size| size.iter().all(|side| *side <= LARGEST)) {
        let loaded = load(network(*element, shape, text));
        assert!(manifest.is_ok() || !loaded, "a wrong manifest was taken");
    }
});

/// Whether a network could be loaded. One that could is asked for a mask.
fn load(bytes: Vec<u8>) -> bool {
    let options = LoadOptions::default().provider(Provider::Cpu).threads(1);
    match Model::load(&Source::from(bytes), &options, &Cancel::new()) {
        Ok(model) => {
            segment(&model);
            true
        }
        Err(error) if error.kind() == ErrorKind::Model => false,
        Err(other) => panic!("a bad network is an error of its own kind, not {other:?}"),
    }
}

fn has_runtime() {
    static FOUND: OnceLock<()> = OnceLock::new();
    FOUND.get_or_init(|| {
        if let Err(error) = Runtime::get(None) {
            eprintln!("{error}");
            std::process::exit(1);
        }
    });
}

/// An ONNX file that hands its input `x` on as `mask`. A dimension of 0 is left open.
fn network(element: u8, shape: &[u8], manifest: &str) -> Vec<u8> {
    let dimension = |&length: &u8| match length {
        0 => bytes(1, &bytes(2, b"n")),
        length => bytes(1, &number(1, length)),
    };
    let shape = bytes(2, &shape.iter().flat_map(dimension).collect::<Vec<u8>>());
    let kind = bytes(2, &bytes(1, &[number(1, element), shape].concat()));
    let port = |name: &str| [bytes(1, name.as_bytes()), kind.clone()].concat();
    let node = [bytes(1, b"x"), bytes(2, b"mask"), bytes(4, b"Identity")].concat();
    let graph = [bytes(1, &node), bytes(2, b"graph"), bytes(11, &port("x")), bytes(12, &port("mask"))].concat();
    let metadata = [bytes(1, METADATA_KEY.as_bytes()), bytes(2, manifest.as_bytes())].concat();
    // The version of the format, the graph, the version of the operators, the metadata.
    [number(1, 8), bytes(7, &graph), bytes(8, &number(2, 17)), bytes(14, &metadata)].concat()
}

/// A protobuf field that holds bytes: its number and kind, its length in groups of seven bits, and the bytes.
fn bytes(field: u8, bytes: &[u8]) -> Vec<u8> {
    [varint(usize::from(field) << 3 | 2), varint(bytes.len()), bytes.to_vec()].concat()
}

/// A protobuf field that holds a number.
fn number(field: u8, value: u8) -> Vec<u8> {
    [varint(usize::from(field) << 3), varint(value.into())].concat()
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut groups = Vec::new();
    while value >= 0x80 {
        groups.push(value as u8 | 0x80);
        value >>= 7;
    }
    groups.push(value as u8);
    groups
}

/// Any answer will do, but a mask is as large as the picture and a score lies between 0 and 1.
fn segment(model: &Model) {
    let image = RgbImage::new([200, 40, 90].repeat(12), 4, 3).unwrap();
    let answer = Picture::new(model, &image.view(), &Cancel::new()).and_then(|picture| {
        picture.segment(&[Prompt::Include(Point::new(1.0, 2.0))], &SegmentOptions::default(), &Cancel::new())
    });
    match answer {
        Ok(selection) => {
            assert_eq!((selection.mask.width(), selection.mask.height()), (4, 3));
            assert!((0.0..=1.0).contains(&selection.score), "{}", selection.score);
        }
        Err(error) if error.kind() == ErrorKind::Internal => panic!("{error}"),
        Err(_) => {}
    }
}
