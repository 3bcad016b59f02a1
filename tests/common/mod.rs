//! Helpers for several test programs.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

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

/// ONNX Runtime: the one in DEEPCROP_ONNXRUNTIME, or else the one that `cargo xtask runtime` fetched.
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

/// The shared library: the one in `DEEPCROP_DIST`, or else one built now, because cargo does not build it for these
/// tests.
#[allow(dead_code, reason = "not every test program needs it")]
pub fn shared_library() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let name = format!("{DLL_PREFIX}deepcrop{DLL_SUFFIX}");
    if let Some(dist) = std::env::var_os("DEEPCROP_DIST") {
        let library = Path::new(&dist).join(if cfg!(windows) { "bin" } else { "lib" }).join(name);
        assert!(library.is_file(), "{} is not there; run `cargo xtask dist`", library.display());
        return library;
    }
    let build = || {
        // The path of this program is target/PROFILE/deps/NAME-HASH.
        let program = std::env::current_exe().unwrap();
        let profile = program.ancestors().nth(2).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--package", "deepcrop-capi"]).current_dir(root());
        cargo.env("CARGO_TARGET_DIR", profile.parent().unwrap());
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success(), "the library cannot be built; the reason is above");
        profile.join(name)
    };
    BUILT.get_or_init(build).clone()
}
