//! Analyses on disk, as several programs share them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{common, folder};

/// A run that keeps its analyses in `kept` below the folder.
fn command(folder: &Path, words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deepcrop"));
    command.args(words.split(' ')).current_dir(folder).env("DEEPCROP_CACHE", folder.join("kept"));
    command.env("DEEPCROP_ONNXRUNTIME", common::runtime()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn finish(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(files) = fs::read_dir(folder.join("kept")) else { return Vec::new() };
    files.map(|file| file.unwrap().path()).collect()
}

/// The picture, a network with an encoder, and the words that segment the one with the other.
fn place() -> (tempfile::TempDir, &'static str) {
    let folder = folder();
    for name in ["two_graphs.onnx", "two_graphs_decoder.onnx"] {
        let network = common::root().join("tests/data/networks").join(name);
        fs::copy(network, folder.path().join(name)).unwrap();
    }
    (folder, "segment scene.png --at 60,70 --model two_graphs.onnx --no-closer-look --json")
}

#[test]
fn programs_that_open_the_same_picture_at_once_agree() {
    let (folder, words) = place();
    let runs: Vec<_> = (0..6).map(|_| command(folder.path(), words).spawn().unwrap()).collect();
    let answers: Vec<Value> = runs
        .into_iter()
        .map(|run| {
            let output = run.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            serde_json::from_slice(&output.stdout).unwrap()
        })
        .collect();
    let without: Value =
        serde_json::from_str(&finish(&mut command(folder.path(), &format!("{words} --no-cache"))).1).unwrap();
    for answer in &answers {
        assert_eq!((&answer["box"], &answer["score"]), (&without["box"], &without["score"]));
    }
    assert_eq!(entries(folder.path()).len(), 1);
}

#[test]
fn it_can_be_turned_off_looked_at_and_cleared() {
    let (folder, words) = place();
    let told = |words: &str| finish(&mut command(folder.path(), words));
    assert_eq!(told(&format!("{words} --no-cache")).0, 0);
    for (name, value) in [("DEEPCROP_CACHE", "off"), ("DEEPCROP_CACHE_SIZE", "0")] {
        assert_eq!(finish(command(folder.path(), words).env(name, value)).0, 0);
        let (code, out) = finish(command(folder.path(), "cache").env(name, value));
        assert!(code == 0 && out.contains("none are kept"), "{out}");
    }
    assert!(entries(folder.path()).is_empty());
    // A size that is no number is told.
    let output = command(folder.path(), words).env("DEEPCROP_CACHE_SIZE", "much").output().unwrap();
    let sentence = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && sentence.contains("DEEPCROP_CACHE_SIZE is `much`"), "{sentence}");
    assert_eq!(told(words).0, 0);
    assert_eq!(entries(folder.path()).len(), 1);
    let (code, out) = told("cache");
    assert!(
        code == 0 && out.starts_with("encoder outputs on disk: 1 in ") && out.contains("of at most 2147.5 MB"),
        "{out}"
    );
    assert!(told("doctor").1.contains("\nencoder outputs on disk: 1 in "));
    let (code, out) = told("cache --clear");
    assert!(
        code == 0
            && out.starts_with("removed: 1 entry, ")
            && out.contains(
                "
encoder outputs on disk: 0 in "
            ),
        "{out}"
    );
    assert!(entries(folder.path()).is_empty());
}

#[test]
fn what_measures_takes_nothing_from_the_disk() {
    let (folder, _) = place();
    let run = finish(&mut command(folder.path(), "bench --model two_graphs.onnx --sizes 1 --runs 1 --json"));
    assert_eq!(run.0, 0);
    assert!(entries(folder.path()).is_empty());
}

#[test]
fn a_folder_that_cannot_be_made_is_a_warning_at_most() {
    let (folder, words) = place();
    let run = finish(command(folder.path(), words).env("DEEPCROP_CACHE", "scene.png/kept"));
    assert_eq!(run.0, 0);
    let (code, told) = finish(command(folder.path(), words).env_remove("DEEPCROP_CACHE"));
    assert_eq!(code, 0);
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap()["family"], "click_map");
}

#[test]
#[cfg(unix)]
fn a_folder_that_others_can_fill_is_not_trusted() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, words) = place();
    let open = folder.path().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, PermissionsExt::from_mode(0o777)).unwrap();
    assert_eq!(finish(command(folder.path(), words).env("DEEPCROP_CACHE", &open)).0, 0);
    assert_eq!(std::fs::read_dir(&open).unwrap().count(), 0, "nothing is kept there");
    let output = command(folder.path(), "cache --clear").env("DEEPCROP_CACHE", &open).output().unwrap();
    let sentence = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && sentence.contains("can be written by everybody"), "{sentence}");
    let (_, report) = finish(command(folder.path(), "doctor").env("DEEPCROP_CACHE", &open));
    assert!(report.contains("none are kept: the cache folder"), "{report}");
    std::fs::set_permissions(&open, PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(finish(command(folder.path(), words).env("DEEPCROP_CACHE", &open)).0, 0);
}
