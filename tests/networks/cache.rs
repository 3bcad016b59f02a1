//! The cache of encoder outputs on disk: outputs are used if they fit, and computed again if not.

use std::fs;
use std::path::{Path, PathBuf};

use deepcrop::internals::pixels::rgb_image::RgbImage;
use deepcrop::types::{DiskCache, Provider};
use deepcrop::{Cancel, Error, ImageView, LoadOptions, Mask, Model, PixelFormat, Source};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::{PLAIN, common, include, network, paint, picture, segment};

/// A folder with the network of two graphs and its cache.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["two_graphs", "two_graphs_decoder"] {
            fs::copy(network(name), folder.path().join(name).with_extension("onnx")).unwrap();
        }
        Self { folder }
    }

    fn network(&self) -> PathBuf {
        self.folder.path().join("two_graphs.onnx")
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("kept")
    }

    fn load(&self, disk_cache: DiskCache) -> Model {
        let options = LoadOptions::default().provider(Provider::Cpu).runtime(common::runtime()).disk_cache(disk_cache);
        Model::load(Source::Path(self.network()), &options, &Cancel::new()).unwrap()
    }

    /// The answer for a program that starts, opens the picture and clicks.
    fn click(&self, image: &RgbImage) -> Mask {
        let model = self.load(DiskCache::Folder(self.cache()));
        segment(&model, image, &[include(16.0, 16.0)], &PLAIN).mask
    }

    fn entries(&self) -> Vec<PathBuf> {
        let Ok(files) = fs::read_dir(self.cache()) else { return Vec::new() };
        let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        files
    }
}

/// A picture that is red to the left of `x`.
fn red_up_to(x: f64) -> RgbImage {
    paint(64, 64, |at, _| [if at < x { 255 } else { 0 }, 0, 0])
}

/// Whether nothing was found: only the click's own spot is selected, because every click is obeyed.
fn nothing(mask: &Mask) -> bool {
    mask.area() < 20
}

/// Changes the encoder output in the file as if nothing were red, with a valid checksum.
fn forge(path: &Path) {
    let mut file = fs::read(path).unwrap();
    let body = file.len() - 32;
    // The file ends with two planes, each after its header. A quarter of each plane is overwritten, but no header.
    let cells = 4 * 256;
    for end in [body, body - cells - 4 - "features".len() - 4 - 4 * 8] {
        file[end - cells..end].as_chunks_mut().0.iter_mut().for_each(|value| *value = (-20f32).to_le_bytes());
    }
    let sum = Sha256::digest(&file[..body]);
    file[body..].copy_from_slice(&sum);
    fs::write(path, file).unwrap();
}

#[test]
fn a_second_opening_asks_the_disk_and_not_the_encoder() {
    let (place, image) = (Place::new(), red_up_to(32.0));
    let plain = segment(&place.load(DiskCache::Off), &image, &[include(16.0, 16.0)], &PLAIN).mask;
    assert!(!nothing(&plain) && place.entries().is_empty());
    assert_eq!(place.click(&image), plain, "the first time");
    let [entry] = &place.entries()[..] else { panic!("{:?}", place.entries()) };
    let made = fs::read(entry).unwrap();
    assert_eq!(place.click(&image), plain, "the second time");
    assert_eq!(place.entries().len(), 1);
    // The forged answer shows that the encoder did not run again.
    forge(entry);
    assert!(nothing(&place.click(&image)));
    // The encoder runs again without the cache, with a damaged file, and without the file.
    assert_eq!(segment(&place.load(DiskCache::Off), &image, &[include(16.0, 16.0)], &PLAIN).mask, plain);
    for damaged in [&made[..made.len() - 1], &made[..40], b""] {
        fs::write(entry, damaged).unwrap();
        assert_eq!(place.click(&image), plain);
        assert_eq!(fs::read(entry).unwrap(), made, "made anew");
    }
    fs::remove_file(entry).unwrap();
    assert_eq!(place.click(&image), plain);
    assert_eq!(fs::read(entry).unwrap(), made);
}

#[test]
fn another_picture_another_window_and_another_network_have_their_own() {
    let place = Place::new();
    let (image, other) = (red_up_to(32.0), red_up_to(40.0));
    let mask = place.click(&image);
    assert_ne!(place.click(&other), mask);
    assert_eq!(place.entries().len(), 2, "another picture");
    place.entries().iter().for_each(|entry| forge(entry));
    assert!(nothing(&place.click(&image)));
    // The same network after it was moved and moved back.
    let renamed = place.folder.path().join("renamed.onnx");
    fs::rename(place.network(), &renamed).unwrap();
    fs::rename(renamed, place.network()).unwrap();
    assert!(nothing(&place.click(&image)));
    // With this manifest the network gets other numbers: blue instead of red.
    let manifest = r#"
        format = 1
        family = "click_map"
        name = "Blue"
        version = "1"
        licence = "MIT"
        [click_map]
        inputs = { x = ["blue", "green", "red"], clicks = ["include_distance", "exclude_distance"] }
        mean = [0, 0, 0]
        std = [255, 255, 255]
        output = "logits"
        decoder = "two_graphs_decoder.onnx"
    "#;
    let beside = place.network().with_extension("toml");
    fs::write(&beside, manifest).unwrap();
    let blue = paint(64, 64, |x, _| [0, 0, if x < 32.0 { 255 } else { 0 }]);
    assert!(nothing(&place.click(&image)), "no blue");
    assert_eq!(place.entries().len(), 3);
    // For the blue picture this network gets the same numbers as for a red one, so there is one more answer without
    // blue.
    assert!(nothing(&place.click(&blue)));
    assert_eq!(place.entries().len(), 3);
    fs::remove_file(&beside).unwrap();
    // A field that ONNX Runtime ignores (unknown in protobuf) makes it another network.
    let bytes = fs::read(place.network()).unwrap();
    fs::write(place.network(), [&bytes[..], &[0xf8, 0x7f, 0x01]].concat()).unwrap();
    assert_eq!(place.click(&image), mask);
    assert_eq!(place.entries().len(), 4);
    // A closer look is another window.
    let model = place.load(DiskCache::Folder(place.cache()));
    let options = PLAIN.closer_look(true);
    let small = paint(400, 400, |x, y| [if x < 30.0 && y < 30.0 { 255 } else { 0 }, 0, 0]);
    segment(&model, &small, &[include(16.0, 16.0)], &options);
    assert_eq!(place.entries().len(), 6, "the whole and the window");
}

#[test]
fn the_same_colours_in_another_format_are_the_same_picture() {
    let place = Place::new();
    let mask = place.click(&red_up_to(32.0));
    let bgra: Vec<u8> = (0..64 * 64).flat_map(|i| [0, 0, if i % 64 < 32 { 255 } else { 0 }, 255]).collect();
    let view = ImageView::new(&bgra, 64, 64, 256, PixelFormat::Bgra8).unwrap();
    let model = place.load(DiskCache::Folder(place.cache()));
    assert_eq!(segment(&model, &RgbImage::copy_of(&view).unwrap(), &[include(16.0, 16.0)], &PLAIN).mask, mask);
    assert_eq!(place.entries().len(), 1);
}

#[test]
fn a_place_that_cannot_be_written_is_no_error() {
    let (place, image) = (Place::new(), red_up_to(32.0));
    let plain = place.click(&image);
    let model = place.load(DiskCache::Folder(place.network()));
    assert_eq!(segment(&model, &image, &[include(16.0, 16.0)], &PLAIN).mask, plain);
}

#[test]
fn a_cancelled_opening_keeps_nothing() {
    let place = Place::new();
    let model = place.load(DiskCache::Folder(place.cache()));
    let cancel = Cancel::new();
    cancel.raise();
    let image = red_up_to(32.0);
    let opened = deepcrop::Picture::borrowing(&model, image.view(), &cancel);
    assert_eq!(opened.err(), Some(Error::cancelled()));
    assert!(place.entries().is_empty());
}

#[test]
fn a_network_in_one_graph_keeps_nothing() {
    let place = Place::new();
    fs::copy(network("red"), place.network()).unwrap();
    let image = paint(64, 64, |_, _| [255, 0, 0]);
    let model = place.load(DiskCache::Folder(place.cache()));
    drop(picture(&model, &image));
    assert!(place.entries().is_empty());
}
