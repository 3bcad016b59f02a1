//! Every fault of a file has its own error sentence. Faults that the file shows are found when it is loaded.

use std::fs;

use deepcrop::{Cancel, ErrorKind, Picture, Source};

use crate::{PLAIN, include, load, load_from, network, paint};

#[test]
fn a_wrong_network_is_refused_when_it_is_loaded() {
    for (name, says) in [
        (
            "wrong_channels",
            "the input `x` takes f32 [1, 3, 32, 32], but the manifest describes one picture of 2 planes",
        ),
        ("wrong_mask_name", "the manifest names an output `masks` that the network does not have"),
        ("wrong_input_name", "the manifest names an input `y` that the network does not have"),
        ("wrong_score_name", "the manifest names an output `iou` that the network does not have"),
        (
            "unknown",
            "it takes x f32[1, 3, 32, 32], tiredness f32[1] and gives mask f32[1, 3, 32, 32]; describe it in a model.toml",
        ),
        ("typo", "unknown field `meen`"),
        ("format_2", "has format 2, but this version of DeepCrop reads only format 1; install a newer version"),
        ("family", "names the family `click_maps`, which this version does not know"),
        ("no_table", "has no table [click_map]; add one"),
        ("no_scale", "`std` is [255.0, 0.0, 255.0]"),
        ("rank_3", "the input `x` has 3 dimensions, not 4"),
        ("int64", "the input `x` takes i64 [1, 3, 32, 32]"),
        ("extra_input", "it is not known what the input `tiredness` takes"),
        ("extra_encoder_input", "it is not known what the input `tiredness` takes"),
        ("early_region", "the encoder's input `x` has the plane Region, but the encoder runs before anybody clicks"),
        ("no_size", "neither the network nor the manifest says how large the input is (`size`)"),
        ("rank_2", "the output `roots` is f32 [32, 32], not a stack of masks"),
        ("int64_mask", "the output `roots` is i64 [1, 1, 32, 32], not a stack of masks"),
    ] {
        let error = load_from(Source::Path(network(name))).err().unwrap_or_else(|| panic!("{name} was loaded"));
        assert!(error.kind() == ErrorKind::Model, "{name}: {error:?}");
        assert!(error.to_string().contains(says), "{name}: {error}");
    }
}

#[test]
fn wrong_numbers_are_refused_when_they_come() {
    let image = paint(40, 30, |_, _| [90; 3]);
    for (name, status, says) in [
        ("nan", 8, "the network returned values that are not numbers"),
        ("nan_score", 8, "the network returned values that are not numbers"),
        (
            "no_answer",
            5,
            "`roots` is not a stack of masks [1, answers, height, width]; name the right output in model.toml",
        ),
    ] {
        let picture = Picture::new(&load(name), &image.view(), &Cancel::new()).unwrap();
        for _ in 0..2 {
            let error = picture.segment(&[include(9.0, 9.0)], &PLAIN, &Cancel::new()).unwrap_err();
            assert_eq!(error.kind() as i32, status, "{name}: {error}");
            assert!(error.to_string().contains(says), "{name}: {error}");
        }
    }
}

#[test]
fn what_is_no_network_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(network("red")).unwrap();
    let random: Vec<u8> = (0u32..3000).map(|i| (i.wrapping_mul(2654435761) >> 13) as u8).collect();
    let text = b"This is a letter, not a network.".to_vec();
    for (name, bytes) in
        [("empty", Vec::new()), ("cut short", whole[..whole.len() / 2].to_vec()), ("random", random), ("text", text)]
    {
        let path = folder.path().join(name);
        fs::write(&path, &bytes).unwrap();
        for (source, origin) in
            [(Source::Path(path.clone()), path.display().to_string()), (Source::from(bytes), "in memory".into())]
        {
            let error = load_from(source).err().unwrap_or_else(|| panic!("{name} was loaded"));
            assert!(error.kind() == ErrorKind::Model, "{name}: {error:?}");
            let sentence = error.to_string();
            assert!(sentence.contains(&origin) && sentence.contains("get it again"), "{name}: {sentence}");
        }
    }
}

#[test]
fn files_that_are_not_there_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("none.onnx");
    let error = load_from(Source::Path(place.clone())).err().unwrap();
    assert!(error.kind() == ErrorKind::File && error.to_string().contains(&place.display().to_string()), "{error}");
    let error = load_from(Source::Path(folder.path().to_owned())).err().unwrap();
    assert!(error.kind() == ErrorKind::File && error.to_string().contains("holds no .onnx file"), "{error}");

    // The encoder alone, in a folder and in memory.
    let alone = folder.path().join("encoder.onnx");
    fs::copy(network("two_graphs"), &alone).unwrap();
    let error = load_from(Source::Path(alone.clone())).err().unwrap();
    assert!(error.to_string().contains("two_graphs_decoder.onnx cannot be read"), "{error}");
    let error = load_from(Source::from(fs::read(&alone).unwrap())).err().unwrap();
    assert!(error.to_string().contains("load the network from a file, not from memory"), "{error}");
}
