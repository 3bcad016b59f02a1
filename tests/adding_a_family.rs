//! Checks docs/adding-a-family.md: follows its steps in a copy of the repository, and runs its test there.

#[path = "common/mod.rs"]
mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

/// The files that the copy needs so that cargo accepts it and the page's test finds its network.
const COPIED: [&str; 10] = [
    "Cargo.toml",
    "Cargo.lock",
    "build.rs",
    "src",
    "examples/click.rs",
    "capi",
    "cli",
    "xtask",
    "benches",
    "tests/data/networks",
];

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
        return;
    }
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// Follows a code block of the page. Its first line says what to do; returns whether it says anything.
fn follow(block: &str, root: &Path) -> bool {
    let (about, code) = block.split_once('\n').unwrap();
    let said = |key: &str| {
        let (_, value) = about.split_once(&format!("{key}="))?;
        Some(value.strip_prefix('"').map_or_else(|| value.split(' ').next(), |value| value.split('"').next()).unwrap())
    };
    if let Some(file) = said("file") {
        let file = root.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, code).unwrap();
    } else if let (Some(file), Some(before)) = (said("insert"), said("before")) {
        let file = root.join(file);
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.matches(before).count(), 1, "`{before}` stands once in {}", file.display());
        fs::write(file, text.replace(before, &format!("{code}{before}"))).unwrap();
    } else {
        return false;
    }
    true
}

#[test]
fn the_page_adds_a_family() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = tempfile::tempdir().unwrap();
    for name in COPIED {
        copy(&root.join(name), &place.path().join(name));
    }
    let page = fs::read_to_string(root.join("docs/adding-a-family.md")).unwrap();
    let blocks: Vec<&str> = page.split("```").skip(1).step_by(2).collect();
    let followed = blocks.iter().filter(|block| follow(block, place.path())).count();
    assert_eq!(followed, 4, "the page has four steps that a program can follow");

    // In this build's own folder, where the dependencies are built already.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["test", "--offline", "--no-default-features", "--test", "foreground", "--package", "deepcrop"])
        .current_dir(place.path())
        .env("CARGO_TARGET_DIR", target)
        .env("DEEPCROP_ONNXRUNTIME", common::runtime())
        .output()
        .unwrap();
    let said = [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
