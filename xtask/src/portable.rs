//! Builds the shared library and its program for the plug-ins' zips: small, and on Linux linked for an old glibc.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Place, Result, elf, python, shell};

/// Arguments for cargo commands that select the package of the C interface alone, so that the program's crates are left
/// out.
pub const PACKAGE: &[&str] =
    &["--manifest-path", "capi/Cargo.toml", "--no-default-features", "--features", "builtin-model"];

/// The version of Debian 10 and RHEL 8, for which the wheels of ONNX Runtime are also made.
const GLIBC: &str = "2.28";

/// The requirement file for pip with zig and cargo-zigbuild.
const LINKER: &str = "xtask/zig.txt";

/// Other systems have no glibc, so cargo builds the library as usual.
const LINKED_BY_ZIG: bool = cfg!(all(target_os = "linux", target_env = "gnu"));

/// Builds the library, and the program that tries networks with it, in their own folder; in target/release they would
/// replace those with other features. Returns that folder.
pub fn build(place: &Place) -> Result<PathBuf> {
    let folder = place.target.join("portable");
    let (mut cargo, made) = if LINKED_BY_ZIG {
        let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let mut cargo = zigbuild(place)?;
        cargo.arg(format!("--target={triple}.{GLIBC}"));
        (cargo, folder.join(triple))
    } else {
        (shell::cargo(place, &["build"]), folder.clone())
    };
    cargo.args(["--release", "--locked", "--lib", "--bins"]).args(PACKAGE).arg("--target-dir").arg(&folder);
    // The names of functions take a tenth of the file.
    shell::run(cargo.env("CARGO_PROFILE_RELEASE_STRIP", "symbols"))?;
    Ok(made.join("release"))
}

/// `cargo zigbuild`, which links with zig. zig knows the symbols of every glibc.
fn zigbuild(place: &Place) -> Result<Command> {
    let python = zig(place)?;
    let mut command = Command::new(python.with_file_name("cargo-zigbuild"));
    command.arg("zigbuild").current_dir(&place.root).env("CARGO_ZIGBUILD_PYTHON_PATH", python);
    for variable in ["CARGO_ZIGBUILD_CACHE_DIR", "ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"] {
        command.env(variable, place.target.join("zig-cache"));
    }
    Ok(command)
}

/// The Python with zig.
fn zig(place: &Place) -> Result<PathBuf> {
    python::environment(place, "zig-venv", LINKER)
}

/// The licences of the code that zig adds to the library, and their names in the zip: its compiler's functions, and
/// LLVM's unwinder.
pub fn licences(place: &Place) -> Result<Vec<(PathBuf, &'static str)>> {
    if !LINKED_BY_ZIG {
        return Ok(Vec::new());
    }
    let output = shell::output(Command::new(zig(place)?).args(["-c", "import ziglang; print(ziglang.__path__[0])"]))?;
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    Ok(vec![
        (folder.join("LICENSE"), "zig-LICENSE"),
        (folder.join("lib/libunwind/LICENSE.TXT"), "llvm-libunwind-LICENSE.TXT"),
    ])
}

/// Prints which glibc each library in the folder needs. A newer one than promised is an error.
pub fn check(folder: &Path) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let entries = std::fs::read_dir(folder).map_err(|e| format!("could not read {}: {e}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).map_err(|e| format!("could not read {}: {e}", path.display()))?;
        let need = elf::glibc(&bytes).map_err(|reason| format!("{} {reason}", path.display()))?;
        println!("{name}: {:.1} MB, {}", bytes.len() as f64 / 1e6, verdict(&name, need)?);
    }
    Ok(())
}

fn verdict(name: &str, need: Option<elf::Need>) -> Result<String> {
    let Some(elf::Need { version, symbol }) = need else { return Ok("needs no glibc".into()) };
    let number = version.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
    if Some(version) > elf::version(GLIBC) {
        return Err(format!(
            "{name} needs glibc {number} ({symbol}), but the zip must work with {GLIBC}: link it with an older glibc, or use an \
             ONNX Runtime that was (`cargo xtask runtime` fetches one)"
        ));
    }
    Ok(format!("needs glibc {number} ({symbol})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_glibc_than_promised_is_refused_with_the_symbol() {
        let need = |version: &str| {
            Some(elf::Need { version: elf::version(version).unwrap(), symbol: "pthread_create".into() })
        };
        assert_eq!(verdict("libx.so", need("2.28")).unwrap(), "needs glibc 2.28 (pthread_create)");
        assert_eq!(verdict("libx.so", need("2.2.5")).unwrap(), "needs glibc 2.2.5 (pthread_create)");
        assert_eq!(verdict("libx.so", None).unwrap(), "needs no glibc");
        for newer in ["2.28.1", "2.34", "3.0"] {
            let sentence = verdict("libx.so", need(newer)).unwrap_err();
            assert!(sentence.contains(newer) && sentence.contains("pthread_create"), "{sentence}");
        }
    }

    #[test]
    fn the_linkers_wheels_are_pinned_for_both_processors() {
        let text = include_str!("../zig.txt");
        assert_eq!(text.lines().filter(|line| line.contains("==") && line.ends_with('\\')).count(), 2);
        assert_eq!(text.matches("--hash=sha256:").count(), 4);
    }
}
