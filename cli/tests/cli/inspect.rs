//! `deepcrop models inspect`: what a network is taken for, and a manifest that says the same.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Run, common, deepcrop};

fn golden(set: &str) -> PathBuf {
    common::root().join("tests/golden/data").join(set)
}

fn inspect(folder: &Path, words: &[&str]) -> Run {
    deepcrop(folder, &[&["models", "inspect"], words].concat())
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.path().extension().is_some_and(|ending| ending == "onnx" || ending == "toml") {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn every_kind_is_explained() {
    for (set, family, because) in [
        (
            "sam-official",
            "encoder_decoder",
            "its decoder takes `point_coords` and `mask_input`, as that of a SAM network",
        ),
        ("sam2-transformers", "encoder_decoder", "as that of a SAM 2 network does"),
        ("efficientsam", "encoder_decoder", "it takes both a picture and points, as EfficientSAM does"),
        ("yolo-seg", "instances", "as Ultralytics exports YOLO-seg"),
        ("mask-rcnn-zoo", "instances", "it has outputs `6568`, `6570`, `6572` and `6887`"),
        ("fcn-torchvision", "semantic", "it takes one picture and has a plane for each class in its output `out`"),
        ("birefnet", "saliency", "its first output `output_image` is one plane; fed like BiRefNet"),
        ("vitmatte", "matting", "an input `pixel_values` of four planes, as ViTMatte has"),
    ] {
        let run = inspect(&golden(set), &["."]);
        assert_eq!(run.code, 0, "{set}: {}", run.err);
        let known = format!("Recognised as a network of the family {family}, because ");
        assert!(run.out.contains(&known) && run.out.contains(because), "{set}: {}", run.out);
        assert!(
            run.out.contains("To change a setting, write it into") && run.out.contains("mean = ["),
            "{set}: {}",
            run.out
        );
        assert!(run.out.contains("  inputs   ") && run.out.contains("  outputs  "), "{set}: {}", run.out);
    }
}

#[test]
fn one_half_leads_to_the_other() {
    let run = inspect(&golden("sam-official"), &["sam_mask_decoder_multi.onnx"]);
    assert!(run.out.contains("mobile_sam_image_encoder.onnx") && run.code == 0, "{}{}", run.out, run.err);
    let folder = tempfile::tempdir().unwrap();
    fs::copy(golden("sam-official").join("sam_mask_decoder_multi.onnx"), folder.path().join("d.onnx")).unwrap();
    let run = inspect(folder.path(), &["d.onnx"]);
    assert!(run.out.contains("point_coords f32[1, ?, 2]"), "what it has is shown all the same: {}", run.out);
    assert!(run.code == 1 && run.err.contains("the decoder of a SAM network; it needs its encoder"), "{}", run.err);
}

#[test]
fn a_manifest_that_was_printed_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    copy(&golden("yolo-seg"), folder.path());
    let printed = inspect(folder.path(), &[".", "--toml"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    fs::write(folder.path().join("model.toml"), &printed.out).unwrap();
    assert_eq!(inspect(folder.path(), &[".", "--toml"]).out, printed.out);
    // Single fields, and who said so.
    fs::write(folder.path().join("model.toml"), "licence = \"MIT\"\n[instances]\nconfidence = 0.7\n").unwrap();
    let run = inspect(folder.path(), &["."]);
    assert!(run.out.contains("model.toml was read. The complete manifest is:"), "{}", run.out);
    assert!(run.out.contains("confidence = 0.7") && run.out.contains("licence = \"MIT\""), "{}", run.out);
    assert!(run.out.contains("overlap = 0.45"), "{}", run.out);
    fs::write(folder.path().join("model.toml"), "[instances]\nconfidance = 0.7\n").unwrap();
    let run = inspect(folder.path(), &["."]);
    assert!(run.code == 1 && run.err.contains("unknown field `confidance`"), "{}", run.err);
}

#[test]
fn what_is_not_known_is_described() {
    let networks = common::root().join("tests/data/networks");
    let run = inspect(&networks, &["unknown.onnx"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("  inputs   x f32[1, 3, 32, 32]\n           tiredness f32[1]"), "{}", run.out);
    assert!(run.err.contains("describe it in a model.toml"), "{}", run.err);
    let run = inspect(&networks, &["nowhere.onnx"]);
    assert!(run.code == 1 && run.err.contains("nowhere.onnx"), "{}", run.err);
}

#[test]
fn names_in_a_file_do_not_control_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let mut network = fs::read(common::root().join("tests/data/networks/red.onnx")).unwrap();
    // The same length, so that the file stays well formed.
    let at = network.windows(4).position(|bytes| bytes == b"make").unwrap();
    network[at..at + 4].copy_from_slice(b"\x1b[2J");
    fs::write(folder.path().join("crafted.onnx"), network).unwrap();
    let run = inspect(folder.path(), &["crafted.onnx"]);
    let said = run.out + &run.err;
    assert!(said.contains("\\u001b[2J_networks.py") && !said.contains('\u{1b}'), "{said}");
}
