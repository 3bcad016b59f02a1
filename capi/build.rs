//! Linker flags of the shared library: its soname carries the number of the interface, and it never unloads (ONNX
//! Runtime's threads and our log sink would outlive it).

use std::env::var;

fn main() {
    let version = std::fs::read_to_string("src/abi.rs").expect("src/abi.rs");
    let abi = version
        .lines()
        .find_map(|line| line.strip_prefix("pub const ABI_VERSION: u32 = ")?.strip_suffix(';'))
        .expect("src/abi.rs states `pub const ABI_VERSION: u32 = N;`");
    println!("cargo::rerun-if-changed=src/abi.rs");
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
