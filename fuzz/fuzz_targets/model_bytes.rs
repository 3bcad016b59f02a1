//! Bytes as a network's file, and as the manifest of a good network. What loads is asked for a mask too.
//! ONNX Runtime must be there: `cargo xtask fuzz` names it.
#![no_main]

use std::sync::OnceLock;

use deepcrop::cancel::Cancel;
use deepcrop::error::Error;
use deepcrop::frame::Point;
use deepcrop::image::RgbImage;
use deepcrop::manifest::{METADATA_KEY, Manifest};
use deepcrop::model::{LoadOptions, Model};
use deepcrop::picture::{Picture, SegmentOptions};
use deepcrop::prompt::Prompt;
use deepcrop::runtime::{Provider, Runtime};
use deepcrop::store::Source;
use libfuzzer_sys::fuzz_target;

/// It takes an input `x` of three planes and gives one `mask`, and says nothing of itself.
const NETWORK: &[u8] = include_bytes!("../../tests/data/networks/no_manifest.onnx");

fuzz_target!(init: has_runtime(), |data: &[u8]| {
    load(data.to_vec());
    if let Ok(text) = std::str::from_utf8(data) {
        let manifest = Manifest::parse(text, "model.toml");
        let loaded = load(described(text));
        assert!(manifest.is_ok() || !loaded, "a wrong manifest was taken");
    }
});

/// Whether a network could be loaded. One that could is asked for a mask.
fn load(bytes: Vec<u8>) -> bool {
    let options = LoadOptions { provider: Provider::Cpu, threads: 1, ..LoadOptions::default() };
    match Model::load(&Source::Bytes(bytes), &options, &Cancel::new()) {
        Ok(model) => {
            segment(&model);
            true
        }
        Err(Error::Model(_)) => false,
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

/// The network with a manifest in its metadata. Two protobuf messages written one after the other are one.
fn described(text: &str) -> Vec<u8> {
    let entry = [field(1, METADATA_KEY.as_bytes()), field(2, text.as_bytes())].concat();
    [NETWORK.to_vec(), field(14, &entry)].concat()
}

/// A protobuf field that holds bytes: its number and kind, its length in groups of seven bits, and the bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        field.push(length as u8 | 0x80);
        length >>= 7;
    }
    field.push(length as u8);
    field.extend(bytes);
    field
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
        Err(Error::Internal(sentence)) => panic!("{sentence}"),
        Err(_) => {}
    }
}
