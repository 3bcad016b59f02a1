//! What several test programs need.

use std::path::{Path, PathBuf};

const NAME: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so.1"
};

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
