//! Several threads: stopping a call from another thread, and sharing a model.

use std::fs;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use deepcrop::{Cancel, Error, LoadOptions, Model, Picture, Result, Source};

use crate::{PLAIN, common, include, load, load_from, network, paint, segment};

/// A call must return this soon after its flag is raised.
const SOON: Duration = Duration::from_millis(100);

/// Lets `work` run for a while, raises its flag, and checks that it stops soon. One of four tries must be fast enough,
/// as a busy machine may delay the others.
#[track_caller]
pub fn stops_soon<T>(work: impl Fn(&Cancel) -> Result<T> + Sync) {
    let mut least = Duration::MAX;
    for _ in 0..4 {
        let cancel = Cancel::new();
        let (raised, when) = mpsc::channel();
        let result = thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(60));
                raised.send(Instant::now()).unwrap();
                cancel.raise();
            });
            work(&cancel)
        });
        least = least.min(when.recv().unwrap().elapsed());
        assert_eq!(result.err(), Some(Error::cancelled()), "it ended before it was stopped");
        if least < SOON {
            return;
        }
    }
    panic!("it took {least:?} to stop");
}

#[test]
fn a_run_stops_within_a_tenth_of_a_second() {
    let model = load("slow");
    let image = paint(200, 150, |_, _| [255, 0, 0]);
    let picture = Picture::new(&model, &image.view(), &Cancel::new()).unwrap();
    stops_soon(|cancel| picture.segment(&[include(50.0, 50.0)], &PLAIN, cancel));
    stops_soon(|cancel| picture.candidates(&[include(50.0, 50.0)], &PLAIN, cancel));
    // Afterwards the picture answers as usual.
    let selection = picture.segment(&[include(50.0, 50.0)], &PLAIN, &Cancel::new()).unwrap();
    assert_eq!(selection.mask.area(), 200 * 150);
}

#[test]
fn an_analysis_stops_within_a_tenth_of_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let encoder = folder.path().join("slow.onnx");
    fs::copy(network("slow"), &encoder).unwrap();
    // Encoder and decoder are the same slow graph; the decoder also takes a red plane.
    fs::copy(network("slow"), folder.path().join("decoder.onnx")).unwrap();
    let text = r#"
        format = 1
        family = "click_map"
        name = "slow"
        version = "1"
        licence = "MIT"
        [click_map]
        inputs = { x = ["red"] }
        decoder = "decoder.onnx"
        mean = [0, 0, 0]
        std = [255, 255, 255]
        output = "probability"
    "#;
    fs::write(encoder.with_extension("toml"), text).unwrap();
    let model = load_from(Source::Path(encoder)).unwrap();
    let image = paint(200, 150, |_, _| [255, 0, 0]);
    stops_soon(|cancel| Picture::new(&model, &image.view(), cancel));
    stops_soon(|cancel| Picture::borrowing(&model, image.view(), cancel));
}

#[test]
fn loading_heeds_the_flag() {
    let options = LoadOptions::default().runtime(common::runtime());
    for source in [Source::Path(network("two_graphs")), Source::Builtin, Source::Engine("classical")] {
        let cancel = Cancel::new();
        cancel.raise();
        assert_eq!(Model::load(&source, &options, &cancel).err(), Some(Error::cancelled()));
        // Raised by the callback itself, at the last report of progress.
        let (cancel, inner) = (Cancel::new(), Cancel::new());
        let raised = inner.clone();
        cancel.on_progress(Some(Box::new(move |fraction, _| {
            if fraction == 1.0 {
                raised.raise();
            }
        })));
        Model::load(&source, &options, &cancel).unwrap();
        assert_eq!(inner.check(), Err(Error::cancelled()), "progress ends at 1");
    }
}

#[test]
fn a_call_that_waits_for_the_network_stops_too() {
    let model = load("slow");
    let image = paint(200, 150, |_, _| [255, 0, 0]);
    let other = Picture::new(&model, &image.view(), &Cancel::new()).unwrap();
    let picture = Picture::new(&model, &image.view(), &Cancel::new()).unwrap();
    let busy = Cancel::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            while busy.check().is_ok() {
                let _ = other.segment(&[include(9.0, 9.0)], &PLAIN, &busy);
            }
        });
        stops_soon(|cancel| picture.segment(&[include(50.0, 50.0)], &PLAIN, cancel));
        busy.raise();
    });
}

#[test]
fn threads_share_a_model() {
    for name in ["disk", "two_graphs"] {
        let model = load(name);
        let images: Vec<_> = (1..5u8).map(|i| paint(60 * u32::from(i), 90, |_, _| [255, i, 0])).collect();
        let click = [include(20.0, 30.0)];
        let alone: Vec<_> = images.iter().map(|image| segment(&model, image, &click, &PLAIN).mask).collect();
        thread::scope(|scope| {
            for (image, expected) in images.iter().zip(&alone) {
                let (model, click) = (model.clone(), &click);
                scope.spawn(move || {
                    for _ in 0..20 {
                        assert_eq!(segment(&model, image, click, &PLAIN).mask, *expected);
                    }
                });
            }
        });
    }
}

#[test]
fn a_picture_outlives_every_handle_of_its_model() {
    let model = load("disk");
    let image = paint(60, 40, |_, _| [90; 3]);
    let expected = segment(&model, &image, &[include(9.0, 9.0)], &PLAIN).mask;
    let picture = Picture::new(&model, &image.view(), &Cancel::new()).unwrap();
    drop(model);
    assert_eq!(picture.segment(&[include(9.0, 9.0)], &PLAIN, &Cancel::new()).unwrap().mask, expected);
}
