//! Which network is compiled in.

use std::env::{current_dir, var};

fn main() {
    if var("CARGO_FEATURE_BUILTIN_MODEL").is_ok() {
        network();
    }
}

/// `DEEPCROP_BUILTIN=FILE`, from this folder: another network than ours.
fn network() {
    println!("cargo::rerun-if-env-changed=DEEPCROP_BUILTIN");
    let name = var("DEEPCROP_BUILTIN").unwrap_or_else(|_| "models/click.onnx".into());
    let file = current_dir().expect("the package's folder").join(&name);
    if !file.is_file() {
        println!(
            "cargo::error=DEEPCROP_BUILTIN={name}: there is no such file in the folder of DeepCrop or at that path"
        );
    }
    println!("cargo::rustc-env=DEEPCROP_BUILTIN={}", file.display());
}
