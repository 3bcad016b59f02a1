//! Downloads the wheel of ONNX Runtime with pip, which checks its SHA-256, and unpacks it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Place, Result, place, python, shell};

/// The requirement file for pip: the version, and the SHA-256 of its wheel for each platform.
const REQUIREMENT: &str = "xtask/onnxruntime.txt";

/// What to do if pip cannot download it.
pub const BY_HAND: &str = "or get the file elsewhere and pass it: `cargo xtask runtime --from FILE` takes a wheel, an \
    archive, a folder or the library itself";

/// The pinned requirement without its hashes, such as "onnxruntime==1.23.2".
pub fn pinned(place: &Place) -> Result<String> {
    let text = place::read(&place.root.join(REQUIREMENT))?;
    requirement(&text).map(str::to_owned).ok_or_else(|| format!("{REQUIREMENT} pins no version of onnxruntime"))
}

fn requirement(text: &str) -> Option<&str> {
    text.lines().find(|line| line.starts_with("onnxruntime==")).and_then(|line| line.split_whitespace().next())
}

/// Downloads the wheel for this platform into `folder`.
pub fn download(place: &Place, folder: &Path) -> Result<PathBuf> {
    let platform = platform(std::env::consts::OS, std::env::consts::ARCH, cfg!(target_env = "musl"))?;
    let mut pip = python::with_pip().map_err(|sentence| format!("{sentence}, {BY_HAND}"))?;
    // The version of Python need not be this machine's, because only the shared library in the wheel is used.
    pip.args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--implementation", "cp"])
        .args(["--python-version", "3.12", "--platform", platform, "--require-hashes"])
        .args(["--disable-pip-version-check", "--no-input", "--retries", "2", "-r", REQUIREMENT, "-d"])
        .arg(folder)
        .current_dir(&place.root)
        .stdout(Stdio::inherit());
    println!("Fetching {} for {platform} with pip (13 to 20 MB, once).", pinned(place)?);
    let output = shell::output(&mut pip)?;
    if !output.status.success() {
        return Err(reason(&String::from_utf8_lossy(&output.stderr)));
    }
    let files = std::fs::read_dir(folder).map_err(|e| format!("could not read {}: {e}", folder.display()))?;
    files
        .filter_map(|file| Some(file.ok()?.path()))
        .find(|path| path.extension().is_some_and(|e| e == "whl"))
        .ok_or_else(|| format!("pip said it succeeded but left no wheel in {}; {BY_HAND}", folder.display()))
}

/// Unpacks a wheel (a zip file) or another archive into `folder`.
pub fn unpack(archive: &Path, folder: &Path) -> Result<()> {
    let mut command = if is_zip(archive) {
        let mut python =
            python::any().map_err(|sentence| format!("{sentence}, or unpack the file and pass the folder"))?;
        python.args(["-m", "zipfile", "-e"]).arg(archive).arg(folder);
        python
    } else {
        let mut tar = Command::new("tar");
        tar.arg("-xzf").arg(archive).arg("-C").arg(folder);
        tar
    };
    if shell::output(&mut command)?.status.success() {
        return Ok(());
    }
    Err(format!("{} could not be unpacked: it may be cut short, so get it again", archive.display()))
}

/// Whether the name of `path` is that of an archive that `unpack` can unpack.
pub fn is_archive(path: &Path) -> bool {
    is_zip(path) || path.extension().is_some_and(|e| e == "tgz" || e == "gz")
}

fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "whl" || e == "zip")
}

/// The wheel's platform, as pip calls it.
fn platform(os: &str, arch: &str, musl: bool) -> Result<&'static str> {
    Ok(match (os, arch) {
        ("linux", "x86_64") if !musl => "manylinux_2_28_x86_64",
        ("linux", "aarch64") if !musl => "manylinux_2_28_aarch64",
        ("macos", "aarch64") => "macosx_13_0_arm64",
        ("macos", "x86_64") => "macosx_13_0_x86_64",
        ("windows", "x86_64") => "win_amd64",
        _ => {
            let libc = if musl { " with musl" } else { "" };
            return Err(format!("there is no wheel for {os} on {arch}{libc}; build ONNX Runtime yourself {BY_HAND}"));
        }
    })
}

/// Why pip failed, from what it wrote on standard error.
fn reason(stderr: &str) -> String {
    if stderr.contains("DO NOT MATCH THE HASHES") {
        return format!(
            "the downloaded wheel does not have the SHA-256 in {REQUIREMENT}, so it was thrown away: check pip's package index \
             and proxies, {BY_HAND}"
        );
    }
    // pip writes this if no index answers.
    if stderr.contains("(from versions: none)")
        || stderr.contains("Connection")
        || stderr.contains("Network is unreachable")
    {
        return format!("pip could not reach its package index: check the network or pip's proxy settings, {BY_HAND}");
    }
    let last = stderr.lines().rev().find(|line| line.starts_with("ERROR")).unwrap_or("ERROR: it gave no reason");
    format!("pip could not download ONNX Runtime ({}): solve that, {BY_HAND}", last.trim_start_matches("ERROR: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_has_a_wheel_or_a_sentence() {
        assert_eq!(platform("linux", "x86_64", false).unwrap(), "manylinux_2_28_x86_64");
        assert_eq!(platform("linux", "aarch64", false).unwrap(), "manylinux_2_28_aarch64");
        assert_eq!(platform("macos", "aarch64", false).unwrap(), "macosx_13_0_arm64");
        assert_eq!(platform("macos", "x86_64", false).unwrap(), "macosx_13_0_x86_64");
        assert_eq!(platform("windows", "x86_64", false).unwrap(), "win_amd64");
        for (os, arch, musl) in [("windows", "aarch64", false), ("linux", "x86_64", true), ("freebsd", "x86_64", false)]
        {
            assert!(platform(os, arch, musl).unwrap_err().contains("--from FILE"), "{os} {arch}");
        }
    }

    #[test]
    fn the_requirement_is_read_without_its_hashes() {
        assert_eq!(
            requirement("# onnxruntime==9\nonnxruntime==1.2.3 \\\n  --hash=sha256:0\n"),
            Some("onnxruntime==1.2.3")
        );
        assert_eq!(requirement("ruff==1\n"), None);
    }

    #[test]
    fn the_pinned_file_has_one_whole_hash_for_each_wheel() {
        let text = include_str!("../onnxruntime.txt");
        assert_eq!(requirement(text), Some("onnxruntime==1.23.2"));
        let hashes: Vec<_> = text.lines().filter_map(|line| line.trim().strip_prefix("--hash=sha256:")).collect();
        assert_eq!(hashes.len(), 5);
        for hash in hashes {
            let digits = hash.trim_end_matches(" \\");
            assert!(digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");
        }
    }

    #[test]
    fn pip_failures_become_sentences() {
        assert!(
            reason("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.").contains("thrown away")
        );
        assert!(reason("ERROR: Could not find a version (from versions: none)\n").contains("check the network"));
        assert!(reason("x\nERROR: disk full\n").contains("(disk full)"));
        assert!(reason("").contains("no reason"));
    }
}
