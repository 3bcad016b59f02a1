//! `deepcrop::models`: installed networks are listed, imported, verified and removed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use deepcrop::models::{self, ImportOptions, Installed};
use deepcrop::{ErrorKind, Result};

/// Of tests/data/networks/red.onnx, by sha256sum.
const RED: &str = "eaa10607361bd48cdebf275e43992f99caf712aab06862ee4f5d0e61dc6aea4b";
const RED_BYTES: u64 = 436;

/// Runs a test again in a process whose networks lie in a folder of its own. There it gets the folder above that one.
fn alone(test: &str) -> Option<PathBuf> {
    if let Some(folder) = env::var_os("DEEPCROP_TEST_FOLDER") {
        return Some(folder.into());
    }
    let folder = tempfile::tempdir().unwrap();
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(["--exact", test, "--nocapture"]).env("DEEPCROP_TEST_FOLDER", folder.path());
    again.env("DEEPCROP_MODELS", folder.path().join("models"));
    let output = again.output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    None
}

/// A copy of a network of the test data.
fn copied(name: &str, folder: &Path) -> PathBuf {
    let path = folder.join(format!("{name}.onnx"));
    fs::copy(format!("{}/tests/data/networks/{name}.onnx", env!("CARGO_MANIFEST_DIR")), &path).unwrap();
    path
}

fn options() -> ImportOptions {
    ImportOptions::new()
}

/// The call fails with this kind and a sentence with these parts.
#[track_caller]
fn assert_fails<T>(result: Result<T>, kind: ErrorKind, parts: &[&str]) {
    let error = result.err().expect("it must fail");
    let sentence = error.to_string();
    assert!(parts.iter().all(|part| sentence.contains(part)), "no {parts:?} in: {sentence}");
    assert_eq!(error.kind(), kind, "{sentence}");
    // The library does not know the options of the program.
    assert!(!sentence.contains("--"), "{sentence}");
}

fn names() -> Vec<String> {
    models::list().unwrap().into_iter().map(|network| network.name).collect()
}

#[test]
fn a_network_comes_and_goes() {
    let Some(folder) = alone("a_network_comes_and_goes") else { return };
    assert_eq!(models::list(), Ok(Vec::new()));
    let red = copied("red", &folder);
    let network = models::import([&red], &options()).unwrap();
    let Installed { name, title, licence, source, folder: place, bytes, has_record, .. } = &network;
    assert_eq!((name.as_str(), title.as_str(), licence.as_str()), ("red", "red", "MIT OR Apache-2.0"));
    assert_eq!(
        (source.as_str(), place),
        (fs::canonicalize(&red).unwrap().to_str().unwrap(), &folder.join("models/red"))
    );
    assert_eq!((*bytes, *has_record), (RED_BYTES, true));
    assert_eq!(models::list(), Ok(vec![network.clone()]));

    let known = options().name("rouge").title("Red").licence("CC0").source("https://example.org");
    let rouge = models::import([&red], &known).unwrap();
    assert_eq!([rouge.title, rouge.licence, rouge.source], ["Red", "CC0", "https://example.org"].map(String::from));
    // Put there by hand: usable, and its size is known.
    fs::create_dir_all(folder.join("models/hand")).unwrap();
    copied("red", &folder.join("models/hand"));
    assert_eq!(names(), ["hand", "red", "rouge"]);
    let hand = models::list().unwrap().remove(0);
    assert_eq!(
        (hand.bytes, hand.has_record, hand.title.as_str(), hand.licence.as_str()),
        (RED_BYTES, false, "hand", "")
    );
    assert_fails(models::verify("hand"), ErrorKind::File, &["by hand", "no record", "import its folder"]);
    assert_fails(models::remove("hand"), ErrorKind::File, &["was not installed by deepcrop", "yourself"]);

    assert_eq!(models::verify("red"), Ok(()));
    fs::write(place.join("notes.txt"), "mine").unwrap();
    assert_eq!((models::remove("red"), models::remove("rouge")), (Ok(1), Ok(0)));
    assert!(place.join("notes.txt").exists() && !place.join("red.onnx").exists());
    assert!(!folder.join("models/rouge").exists());
}

#[test]
fn a_name_is_not_taken_twice() {
    let Some(folder) = alone("a_name_is_not_taken_twice") else { return };
    let (red, disk) = (copied("red", &folder), copied("disk", &folder));
    models::import([&red], &options()).unwrap();
    assert_fails(models::import([&disk], &options().name("red")), ErrorKind::File, &["red is already installed"]);
    assert!(folder.join("models/red/red.onnx").exists());
    models::import([&disk], &options().name("red").replace(true)).unwrap();
    assert!(folder.join("models/red/disk.onnx").exists() && !folder.join("models/red/red.onnx").exists());
    assert_eq!(models::verify("red"), Ok(()));
    // What somebody put there by hand is not lost.
    fs::create_dir_all(folder.join("models/hand")).unwrap();
    fs::write(folder.join("models/hand/notes.txt"), "mine").unwrap();
    let replaced = models::import([&disk], &options().name("hand").replace(true));
    assert_fails(replaced, ErrorKind::File, &["hand was not installed by deepcrop", "yourself"]);
    assert!(folder.join("models/hand/notes.txt").exists());
}

#[test]
fn a_file_with_another_hash_is_refused() {
    let Some(folder) = alone("a_file_with_another_hash_is_refused") else { return };
    let red = copied("red", &folder);
    for wrong in ["", "0a", &RED.replace('e', "g"), &format!("{RED}0")] {
        let import = models::import([&red], &options().sha256(&red, wrong));
        assert_fails(import, ErrorKind::Argument, &["is not the SHA-256 of", "red.onnx", "64 digits"]);
    }
    let other = "0a".repeat(32);
    let import = models::import([&red], &options().sha256(&red, &other));
    assert_fails(
        import,
        ErrorKind::File,
        &["red.onnx", "its SHA-256 is eaa1", "instead of 0a0a", "nothing was installed"],
    );
    assert_eq!(names(), [""; 0]);
    assert_eq!(fs::read_dir(folder.join("models/.part/red")).unwrap().count(), 0, "something is left");
    // Not only what was named may be damaged.
    let pair = copied("two_graphs", &folder);
    let decoder = copied("two_graphs_decoder", &folder);
    let import = models::import([&pair], &options().name("pair").sha256(&decoder, &other));
    assert_fails(import, ErrorKind::File, &["two_graphs_decoder.onnx is damaged or the wrong file"]);
    // A hash of another file would never be looked at.
    let import = models::import([&pair], &options().name("pair").sha256(&red, RED));
    assert_fails(import, ErrorKind::Argument, &["red.onnx has a SHA-256", "two_graphs.onnx, two_graphs_decoder.onnx"]);
    let import = models::import([&red], &options().sha256(folder.join("none.onnx"), RED));
    assert_fails(import, ErrorKind::File, &["cannot read", "none.onnx", "check the path"]);
    let import = models::import([&red], &options().sha256(&red, &other).sha256(&red, RED));
    assert_fails(import, ErrorKind::Argument, &["red.onnx has two different SHA-256"]);
    assert_eq!(names(), [""; 0]);
    // What failed leaves nothing to remove.
    assert_fails(models::remove("red"), ErrorKind::File, &["none is installed"]);

    // The path may be written in another way, and the digits too.
    let another_way = folder.join("models/../red.onnx");
    models::import([&red], &options().sha256(another_way, RED.to_uppercase())).unwrap();
    assert_eq!(names(), ["red"]);
}

#[test]
fn every_damaged_file_is_named() {
    let Some(folder) = alone("every_damaged_file_is_named") else { return };
    let pair = copied("two_graphs", &folder);
    copied("two_graphs_decoder", &folder);
    let place = models::import([&pair], &options().name("pair")).unwrap().folder;
    let (whole, decoder) = (fs::read(place.join("two_graphs.onnx")).unwrap(), place.join("two_graphs_decoder.onnx"));
    let mut bytes = whole.clone();
    bytes[10] ^= 1;
    fs::write(place.join("two_graphs.onnx"), &bytes).unwrap();
    let says = "1 of 2 files of pair is missing or changed; import it again: two_graphs.onnx has changed";
    assert_fails(models::verify("pair"), ErrorKind::File, &[says]);
    fs::write(place.join("two_graphs.onnx"), "cut off").unwrap();
    fs::remove_file(decoder).unwrap();
    let says =
        ["2 of 2 files of pair are", "two_graphs.onnx has 7 bytes instead of", "two_graphs_decoder.onnx is missing"];
    assert_fails(models::verify("pair"), ErrorKind::File, &says);
    models::import([&pair], &options().name("pair").replace(true)).unwrap();
    assert_eq!(models::verify("pair"), Ok(()));

    fs::write(place.join("installed.toml"), "=").unwrap();
    assert_fails(models::verify("pair"), ErrorKind::File, &["installed.toml is damaged", "delete its folder"]);
    let pair = models::list().unwrap().remove(0);
    assert!(!pair.has_record && pair.bytes > whole.len() as u64);
}

#[test]
fn what_cannot_be_imported_is_explained() {
    let Some(folder) = alone("what_cannot_be_imported_is_explained") else { return };
    let (red, disk) = (copied("red", &folder), copied("disk", &folder));
    let page = folder.join("page.onnx");
    fs::write(&page, "<html>not found</html>").unwrap();
    fs::create_dir(folder.join("empty")).unwrap();
    let unnameable = folder.join("漢.onnx");
    fs::copy(&red, &unnameable).unwrap();
    let import = |paths: &[&PathBuf]| models::import(paths, &options());
    assert_fails(import(&[]), ErrorKind::Argument, &["no file to import", "pass the path"]);
    assert_fails(import(&[&red, &disk]), ErrorKind::Argument, &["several files need one name"]);
    assert_fails(import(&[&unnameable]), ErrorKind::Argument, &["cannot be the name of a network"]);
    assert_fails(import(&[&folder.join("none")]), ErrorKind::File, &["none", "check the path"]);
    assert_fails(import(&[&page]), ErrorKind::Model, &["page.onnx: this is not an ONNX file"]);
    assert_fails(import(&[&folder.join("empty")]), ErrorKind::File, &["holds no .onnx"]);
    let named = |name: &str| models::import([&red], &options().name(name));
    assert_fails(named("Red"), ErrorKind::Argument, &["`Red` cannot be the name"]);
    assert_fails(named("../red"), ErrorKind::Argument, &["`../red` cannot be the name"]);
    assert_fails(named("classical"), ErrorKind::Argument, &["`classical` always means"]);
    let both = models::import([&red, &disk], &options().name("two"));
    assert_fails(both, ErrorKind::File, &["two holds 2 networks", "pass the path of one file"]);
    for name in ["none", "../red"] {
        assert_fails(models::verify(name), ErrorKind::File, &["none is installed"]);
    }
    assert_fails(models::remove("none"), ErrorKind::File, &["none is installed"]);
    assert_fails(models::remove("../red"), ErrorKind::Argument, &["cannot be the name"]);
    assert_eq!(names(), [""; 0]);
}

#[cfg(unix)]
#[test]
fn links_in_a_shared_folder_are_not_followed() {
    use std::os::unix::fs::symlink;
    let Some(folder) = alone("links_in_a_shared_folder_are_not_followed") else { return };
    let (red, precious) = (copied("red", &folder), folder.join("precious"));
    for link in ["models/red", "models/.part", "models/.part/red", "models/.part/red.lock"] {
        let link = folder.join(link);
        _ = fs::remove_dir_all(folder.join("models"));
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        fs::create_dir_all(&precious).unwrap();
        fs::write(precious.join("red.onnx"), "precious").unwrap();
        symlink(&precious, &link).unwrap();
        assert_fails(models::import([&red], &options().replace(true)), ErrorKind::File, &["link"]);
        assert_eq!(fs::read_dir(&precious).unwrap().count(), 1, "{}", link.display());
        assert_eq!(fs::read(precious.join("red.onnx")).unwrap(), b"precious");
        fs::remove_file(link).unwrap();
    }
}
