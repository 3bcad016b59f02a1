//! What several test programs need.

use std::path::{Path, PathBuf};

const NAME: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so.1"
};

/// The repository.
#[allow(dead_code, reason = "not every test program needs it")]
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().find(|folder| folder.join("Cargo.lock").is_file()).expect("a package lies in the repository")
}

/// ONNX Runtime: the one that the variable names, else the one that `cargo xtask runtime` fetched.
pub fn runtime() -> PathBuf {
    if let Some(path) = std::env::var_os("DEEPCROP_ONNXRUNTIME").filter(|path| !path.is_empty()) {
        return path.into();
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it lies in the target folder");
    let path = target.join("onnxruntime").join(NAME);
    assert!(
        path.exists(),
        "there is no {}: run `cargo xtask runtime`, or set DEEPCROP_ONNXRUNTIME to the path of an ONNX Runtime",
        path.display()
    );
    path
}
