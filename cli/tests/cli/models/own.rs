//! `deepcrop models import`: networks of one's own.

use std::fs;
use std::path::PathBuf;

use super::Shop;
use crate::{assert_sentence, common};

fn network(name: &str) -> PathBuf {
    common::root().join(format!("tests/data/networks/{name}.onnx"))
}

impl Shop {
    fn own(name: &str) -> Self {
        let shop = Self::new(1);
        fs::copy(network(name), shop.at(&format!("{name}.onnx"))).unwrap();
        shop
    }

    fn files(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.at("models").join(name)).unwrap().flatten();
        let mut files: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        files.sort();
        files
    }
}

/// A field of an ONNX file: its number, its length, its content.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, content.len() as u8], content].concat()
}

/// A network in outline: with an input, an output, and weights in another file.
fn outline(input: &str, output: &str, weights: Option<&str>) -> Vec<u8> {
    let entry = |path: &str| field(13, &[field(1, b"location"), field(2, path.as_bytes())].concat());
    let tensor = weights.map_or(Vec::new(), |path| field(5, &entry(path)));
    field(7, &[tensor, field(11, &field(1, input.as_bytes())), field(12, &field(1, output.as_bytes()))].concat())
}

#[test]
fn an_imported_network_works_by_its_name() {
    let shop = Shop::own("red");
    crate::scene().save(shop.at("scene.png")).unwrap();
    let done = shop.run("models import red.onnx");
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert!(done.out.contains("red is imported: 1 file, 436 bytes; use it with --model red"), "{}", done.out);
    assert!(done.out.contains("licence: MIT OR Apache-2.0; check that it allows your use"), "{}", done.out);
    assert_eq!(shop.files("red"), ["installed.toml", "red.onnx"]);

    let runtime = common::runtime();
    let segment = |model: &str| {
        let mut command = shop.command("segment scene.png --at 60,70 --json --runtime");
        command.arg(&runtime).args(["--model", model]);
        super::run(command)
    };
    let report = crate::json(&segment("red"));
    assert_eq!(report["family"], "click_map");
    let unknown = segment("rot");
    assert_sentence(&unknown, 1, &["`rot` is neither a file or folder nor an installed network (installed: red)"]);
    // A path of that name comes first.
    fs::create_dir(shop.at("red")).unwrap();
    assert_sentence(&segment("red"), 1, &["the folder red holds no .onnx"]);

    // It is listed though no list knows it.
    let list = shop.run("models list").out;
    assert!(list.lines().nth(1).unwrap().starts_with("red "), "{list}");
    assert!(shop.run("models list red").out.contains("436 bytes in "));

    // Not replaced by accident, and not by a network of the list.
    assert_sentence(&shop.run("models import red.onnx"), 1, &["red is already installed", "--force"]);
    assert_eq!(shop.run("models import red.onnx --force").code, 0);
    let text = fs::read_to_string(shop.at("list.toml")).unwrap();
    fs::write(shop.at("list.toml"), text.replacen("\"net\"", "\"red\"", 1)).unwrap();
    let taken = shop.run("models install red --catalogue list.toml");
    assert!(taken.code == 1 && taken.err.contains("red is the name of a network that you imported"), "{}", taken.err);

    fs::write(shop.at("models/red/red.onnx"), "x").unwrap();
    assert_sentence(
        &shop.run("models verify"),
        1,
        &["red.onnx has 1 bytes instead of 436", "import it again from", "--force"],
    );
}

#[test]
fn what_belongs_to_a_network_comes_along() {
    // The second graph that its manifest names.
    let shop = Shop::own("two_graphs");
    assert_sentence(&shop.run("models import two_graphs.onnx"), 1, &["two_graphs_decoder.onnx", "check the path"]);
    fs::copy(network("two_graphs_decoder"), shop.at("two_graphs_decoder.onnx")).unwrap();
    assert_eq!(shop.run("models import two_graphs.onnx --name pair").code, 0);
    assert_eq!(shop.files("pair"), ["installed.toml", "two_graphs.onnx", "two_graphs_decoder.onnx"]);

    // Weights in other files, and the manifest; not what lies there besides.
    fs::create_dir_all(shop.at("My Net/w")).unwrap();
    fs::write(shop.at("My Net/n.onnx"), outline("x", "y", Some("w/1.bin"))).unwrap();
    let manifest = "format = 1\nfamily = \"saliency\"\nname = \"n\"\nversion = \"1\"\nlicence = \"CC0\"\n[input]\nname = \"x\"\n\
        size = [8, 8]\nfit = \"stretch\"\nmean = [0, 0, 0]\nstd = [1, 1, 1]\n[saliency]\nmap = \"y\"\noutput = \"logits\"\n\
        rescale = false\nfilter = \"linear\"\n";
    fs::write(shop.at("My Net/model.toml"), manifest).unwrap();
    fs::write(shop.at("My Net/notes.txt"), "notes").unwrap();
    let import = || {
        super::run({
            let mut command = shop.command("models import");
            command.arg("My Net");
            command
        })
    };
    let told = import();
    assert_sentence(&told, 1, &["cannot read", "1.bin", "check the path"]);
    assert!(!shop.at("models/my-net").exists());
    fs::write(shop.at("My Net/w/1.bin"), "weights").unwrap();
    let done = import();
    assert!(done.out.contains("my-net is imported: 3 files") && done.out.contains("licence: CC0"), "{}", done.out);
    assert_eq!(shop.files("my-net"), ["installed.toml", "model.toml", "n.onnx", "w"]);
    assert_eq!(shop.run("models verify").code, 0);
}

#[test]
fn half_a_pair_is_not_taken_alone() {
    let shop = Shop::new(1);
    let golden = common::root().join("tests/golden/data/sam-u8");
    fs::copy(golden.join("sam_preprocess.onnx"), shop.at("e.onnx")).unwrap();
    fs::copy(golden.join("sam_vit_b.onnx"), shop.at("d.onnx")).unwrap();
    assert_sentence(&shop.run("models import e.onnx"), 1, &["e.onnx is the encoder", "it needs its decoder"]);
    assert_sentence(&shop.run("models import d.onnx"), 1, &["d.onnx is the decoder", "it needs its encoder"]);
    assert!(!shop.at("models/e").exists());
    fs::write(shop.at("what.onnx"), outline("x", "y", None)).unwrap();
    assert_sentence(&shop.run("models import what.onnx"), 1, &["what is a network of an unknown family"]);
    assert_sentence(&shop.run("models import e.onnx d.onnx"), 2, &["--name"]);
    let done = shop.run("models import e.onnx d.onnx --name sam");
    assert!(done.out.contains("sam is imported: 2 files") && done.out.contains("not stated"), "{}", done.out);
}

#[test]
fn what_cannot_be_imported_is_explained() {
    let shop = Shop::own("red");
    fs::write(shop.at("page.onnx"), "<html>not found</html>").unwrap();
    fs::write(shop.at("out.onnx"), outline("x", "y", Some("../secret"))).unwrap();
    fs::create_dir_all(shop.at("empty")).unwrap();
    fs::create_dir_all(shop.at("other")).unwrap();
    fs::copy(network("disk"), shop.at("other/red.onnx")).unwrap();
    for (words, code, says) in [
        ("none.onnx", 1, "none.onnx"),
        ("page.onnx", 1, "page.onnx: this is not an ONNX file"),
        ("out.onnx", 1, "`../secret`, outside its folder"),
        ("empty", 1, "holds no .onnx"),
        ("red.onnx --name Red", 2, "cannot be the name of a network"),
        ("red.onnx --name classical", 2, "always means"),
        ("red.onnx other --name two", 1, "would both be called red.onnx"),
    ] {
        assert_sentence(&shop.run(&format!("models import {words}")), code, &[says]);
    }
    assert_eq!(shop.run("models verify").out, "nothing is installed\n");

    // A folder that somebody put there by hand is used, but cannot be verified until it is recorded.
    fs::create_dir_all(shop.at("models/hand")).unwrap();
    fs::copy(network("red"), shop.at("models/hand/red.onnx")).unwrap();
    assert_sentence(&shop.run("models verify hand"), 1, &["by hand", "--force` makes one"]);
    // Nothing in it may get lost, whichever command is meant for it.
    fs::write(shop.at("models/hand/notes.txt"), "mine").unwrap();
    for words in ["models import models/hand --name hand --force", "models remove hand"] {
        assert_sentence(&shop.run(words), 1, &["models/hand was not installed by deepcrop", "yourself"]);
    }
    assert_eq!(fs::read(shop.at("models/hand/notes.txt")).unwrap(), b"mine");
    fs::remove_file(shop.at("models/hand/notes.txt")).unwrap();
    assert_eq!(shop.run("models import models/hand --name hand --force").code, 0);
    assert_eq!(shop.run("models verify").out, "hand is complete and unchanged: 1 file, 436 bytes\n");
    // Removed is what was installed, and not what somebody added.
    fs::write(shop.at("models/hand/notes.txt"), "mine").unwrap();
    let run = shop.run("models remove hand");
    assert_eq!(
        (run.code, run.out.as_str()),
        (0, "hand is removed; its folder keeps a file that deepcrop did not install\n")
    );
    assert_eq!(fs::read(shop.at("models/hand/notes.txt")).unwrap(), b"mine");
    assert!(!shop.at("models/hand/red.onnx").exists() && !shop.at("models/hand/installed.toml").exists());
    // Replaced is what was installed, too.
    assert_eq!(shop.run("models import red.onnx --name other").code, 0);
    fs::write(shop.at("models/other/notes.txt"), "mine").unwrap();
    assert_eq!(shop.run("models import red.onnx --name other --force").code, 0);
    assert_eq!(fs::read(shop.at("models/other/notes.txt")).unwrap(), b"mine");
}
