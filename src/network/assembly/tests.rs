use std::fs;

use super::*;
use crate::network::manifest::input::Fit;

const ENCODER: &str = "sam-official/mobile_sam_image_encoder.onnx";
const DECODER: &str = "sam-official/sam_mask_decoder_multi.onnx";
const ONE_MASK: &str = "sam-plain-encoder/sam_vit_b_01ec64.decoder.onnx";
const SAM2_ENCODER: &str = "sam2-samexporter/sam2_hiera_tiny.encoder.onnx";
const SAM2_DECODER: &str = "sam2-samexporter/sam2_hiera_tiny.decoder.onnx";

/// A folder with copies of some of the golden networks under other names.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/data");
    for (from, to) in files {
        fs::copy(data.join(from), folder.path().join(to)).unwrap_or_else(|error| panic!("{from}: {error}"));
    }
    folder
}

fn names(assembly: &Assembly) -> Vec<String> {
    assembly.files.iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

fn refused(path: &Path) -> String {
    Assembly::of_path(path).unwrap_err().to_string()
}

#[test]
fn an_encoder_and_its_decoder_find_each_other_whatever_they_are_called() {
    let folder = folder(&[(ENCODER, "b.onnx"), (DECODER, "a.onnx")]);
    for path in [folder.path().to_owned(), folder.path().join("a.onnx"), folder.path().join("b.onnx")] {
        let assembly = Assembly::of_path(&path).unwrap();
        assert_eq!(names(&assembly), ["b.onnx", "a.onnx"]);
        assert_eq!(assembly.manifest.family, "encoder_decoder");
        assert!(!assembly.because.is_empty() && assembly.overridden_by.is_none());
    }
}

#[test]
fn of_several_pairs_the_plain_and_like_named_one_is_taken() {
    let folder = folder(&[
        (SAM2_ENCODER, "tiny_encoder_fp16.onnx"),
        (SAM2_DECODER, "tiny_decoder_fp16.onnx"),
        (SAM2_ENCODER, "tiny_encoder.onnx"),
        (SAM2_DECODER, "tiny_decoder.onnx"),
        (ENCODER, "mobile_encoder.onnx"),
        (DECODER, "mobile_decoder.onnx"),
    ]);
    let of = |name: &str| names(&Assembly::of_path(&folder.path().join(name)).unwrap());
    assert_eq!(of("tiny_encoder.onnx"), ["tiny_encoder.onnx", "tiny_decoder.onnx"]);
    assert_eq!(of("tiny_decoder_fp16.onnx")[1], "tiny_decoder_fp16.onnx");
    assert_eq!(of("mobile_decoder.onnx"), ["mobile_encoder.onnx", "mobile_decoder.onnx"]);
}

#[test]
fn names_tell_networks_of_one_shape_apart() {
    let folder = folder(&[
        (ENCODER, "mobile_sam_image_encoder.onnx"),
        (ONE_MASK, "sam_mask_decoder_single.onnx"),
        (ENCODER, "sam_vit_b.encoder.onnx"),
        (DECODER, "sam_vit_b.decoder.onnx"),
        (DECODER, "tiny.decoder.quant.onnx"),
        (ENCODER, "tiny.encoder.onnx"),
    ]);
    let of = |name: &str| names(&Assembly::of_path(&folder.path().join(name)).unwrap());
    assert_eq!(of("mobile_sam_image_encoder.onnx")[1], "sam_mask_decoder_single.onnx");
    assert_eq!(of("sam_vit_b.encoder.onnx")[1], "sam_vit_b.decoder.onnx");
    assert_eq!(of("tiny.encoder.onnx")[1], "tiny.decoder.quant.onnx");
    let sentence = refused(folder.path());
    assert!(
        sentence.contains("sam_vit_b.encoder.onnx and") && sentence.contains("tiny.encoder.onnx both fit"),
        "{sentence}"
    );
}

#[test]
fn of_whole_networks_the_plain_one_is_taken() {
    let folder = folder(&[("u2net/u2net.onnx", "u2net_fp16.onnx"), ("u2net/u2net.onnx", "u2net.onnx")]);
    assert_eq!(names(&Assembly::of_path(folder.path()).unwrap()), ["u2net.onnx"]);
    fs::copy(folder.path().join("u2net.onnx"), folder.path().join("isnet.onnx")).unwrap();
    assert!(refused(folder.path()).contains("holds 3 networks; pass the path of one file"));
    fs::copy(folder.path().join("u2net.onnx"), folder.path().join("model.onnx")).unwrap();
    assert_eq!(names(&Assembly::of_path(folder.path()).unwrap()), ["model.onnx"]);
    let both =
        self::folder(&[(ENCODER, "encoder.onnx"), (DECODER, "decoder.onnx"), ("u2net/u2net.onnx", "u2net.onnx")]);
    assert!(refused(both.path()).contains("holds 2 networks"));
}

#[test]
fn weights_that_are_missing_are_told_of() {
    let folder = folder(&[(DECODER, "decoder.onnx"), ("sam-external/sam_vit_b_01ec64.encoder.onnx", "encoder.onnx")]);
    for path in [folder.path().to_owned(), folder.path().join("decoder.onnx"), folder.path().join("encoder.onnx")] {
        assert!(refused(&path).contains("encoder.onnx keeps its weights in"), "{}", refused(&path));
    }
}

#[test]
fn either_half_may_have_the_manifest() {
    let folder = folder(&[(ENCODER, "encoder.onnx"), (DECODER, "decoder.onnx")]);
    for half in ["encoder", "decoder"] {
        let manifest = folder.path().join(half).with_extension("toml");
        fs::write(&manifest, "licence = \"MIT\"").unwrap();
        for path in [folder.path().to_owned(), folder.path().join("decoder.onnx"), folder.path().join("encoder.onnx")] {
            assert_eq!(Assembly::of_path(&path).unwrap().overridden_by.as_ref(), Some(&manifest));
        }
        fs::remove_file(manifest).unwrap();
    }
}

#[test]
fn half_a_network_says_what_it_lacks() {
    let folder = folder(&[(ENCODER, "encoder.onnx"), (SAM2_DECODER, "decoder.onnx")]);
    for path in [folder.path().to_owned(), folder.path().join("encoder.onnx"), folder.path().join("decoder.onnx")] {
        let sentence = refused(&path);
        assert!(sentence.contains("put both files into one folder"), "{sentence}");
    }
}

#[test]
fn a_manifest_beside_overrides_single_fields() {
    let folder = folder(&[(ENCODER, "encoder.onnx"), (DECODER, "decoder.onnx"), (ONE_MASK, "one.onnx")]);
    let manifest = folder.path().join("model.toml");
    fs::write(&manifest, "name = \"Mine\"\n[input]\nfit = \"stretch\"").unwrap();
    let assembly = Assembly::of_path(folder.path()).unwrap();
    assert_eq!((assembly.manifest.name.as_str(), assembly.manifest.input.clone().unwrap().fit), ("Mine", Fit::Stretch));
    assert_eq!(assembly.overridden_by.as_ref(), Some(&manifest));
    // What inspect prints stands for the same network.
    fs::write(&manifest, assembly.manifest.to_text().unwrap()).unwrap();
    assert_eq!(Assembly::of_path(folder.path()).unwrap().manifest, assembly.manifest);

    fs::write(&manifest, "[encoder_decoder]\nencoder = \"encoder.onnx\"\ndecoder = \"one.onnx\"").unwrap();
    assert_eq!(names(&Assembly::of_path(folder.path()).unwrap()), ["encoder.onnx", "one.onnx"]);
    fs::write(&manifest, "[encoder_decoder]\nencoder = \"encoder.onnx\"\ndecoder = \"none.onnx\"").unwrap();
    assert!(refused(folder.path()).contains("none.onnx cannot be read"));
    fs::write(&manifest, "[input]\nfitt = \"stretch\"").unwrap();
    let sentence = refused(folder.path());
    assert!(sentence.contains("model.toml") && sentence.contains("unknown field `fitt`"), "{sentence}");
}

#[test]
fn folders_of_what_is_no_network_are_refused() {
    let folder = folder(&[]);
    fs::write(folder.path().join("a.onnx"), "a letter").unwrap();
    assert!(refused(folder.path()).contains("get it again"));
    fs::write(folder.path().join("b.onnx"), "another letter").unwrap();
    assert!(refused(folder.path()).contains("get it again"));
}
