//! include/deepcrop.h is what capi/src says. `cargo xtask header` writes it anew.

use std::path::Path;

#[path = "../src/abi.rs"]
mod abi;

/// The files in the order of the header.
const HEADER_ORDER: [&str; 15] = [
    "status",
    "log",
    "cancel",
    "model",
    "models",
    "image",
    "point",
    "mask",
    "edges",
    "picture",
    "objects",
    "outline",
    "run_lengths",
    "cutout",
    "doctor",
];

fn generate() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml")).unwrap();
    config.after_includes = config.after_includes.map(|text| text.replace("@ABI@", &abi::ABI_VERSION.to_string()));
    let mut builder = cbindgen::Builder::new().with_config(config);
    for name in HEADER_ORDER {
        builder = builder.with_src(root.join(format!("src/{name}.rs")));
    }
    let mut header = Vec::new();
    builder.generate().unwrap().write(&mut header);
    // Rust's safety chapters are about the caller's side in Rust; the comments before them say the same for C.
    let header = String::from_utf8(header).unwrap();
    let mut kept = String::new();
    let mut in_safety = false;
    for line in header.lines() {
        let text = line.trim_start_matches([' ', '*']);
        if text.starts_with("# Safety") {
            in_safety = true;
            while kept.ends_with(" *\n") {
                kept.truncate(kept.len() - 3);
            }
        }
        if line.trim() == "*/" {
            in_safety = false;
        }
        // cbindgen leaves a blank line for what it leaves out.
        let left_out = in_safety || (line.is_empty() && kept.ends_with("\n\n"));
        if !left_out {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[test]
fn the_header_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../include/deepcrop.h");
    let header = generate();
    if std::env::var_os("DEEPCROP_WRITE_HEADER").is_some() {
        std::fs::write(&path, &header).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == header, "include/deepcrop.h differs from capi/src; run `cargo xtask header` and commit it");
}
