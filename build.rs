//! Which network is compiled in; and linker flags of the shared library: its soname carries the ABI number, and it never
//! unloads (ONNX Runtime's threads and our log sink would outlive it).

use std::env::{current_dir, var};

fn main() {
    if var("CARGO_FEATURE_BUILTIN_MODEL").is_ok() {
        network();
    }
    linker_flags();
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

fn linker_flags() {
    let version = std::fs::read_to_string("src/base/abi.rs").expect("src/base/abi.rs");
    let abi = version
        .lines()
        .find_map(|line| line.strip_prefix("pub const ABI_VERSION: u32 = ")?.strip_suffix(';'))
        .expect("src/base/abi.rs states `pub const ABI_VERSION: u32 = N;`");
    println!("cargo::rerun-if-changed=src/base/abi.rs");
    match var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux" | "freebsd" | "android") => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libdeepcrop.so.{abi}");
            println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
        }
        Ok("macos") => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libdeepcrop.{abi}.dylib");
        }
        _ => {}
    }
}
