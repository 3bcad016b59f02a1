//! Writes target/dist: libraries, headers, programs and pkg-config file, for C developers and packagers.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Place, Result, place, runtime, shell, usage};

/// The file name of the program that tries a network in a process of its own.
pub fn trial() -> String {
    format!("deepcrop-trial{EXE_SUFFIX}")
}

/// The usual output folder.
pub fn folder(place: &Place) -> PathBuf {
    place.target.join("dist")
}

/// `cargo xtask dist [--out DIR]`.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    let out = match arguments {
        [] => {
            // Only this folder is emptied, so that no old files stay. A folder that the user names is never emptied.
            place::empty_folder(&folder(place))?;
            folder(place)
        }
        [option, path] if option == "--out" => {
            std::path::absolute(path).map_err(|e| format!("`{path}` is not the name of a folder: {e}"))?
        }
        _ => return Err(usage("dist")),
    };
    shell::build_release(place)?;
    libraries(place, &out)?;
    program_and_runtime(place, &out)?;
    headers(place, &out)?;
    place::write(&out.join("lib/pkgconfig/deepcrop.pc"), &pkg_config(place)?)?;
    documents(place, &out)?;
    println!("Written to {}: `export PKG_CONFIG_PATH={}`", place.show(&out), out.join("lib/pkgconfig").display());
    Ok(())
}

/// Copies the shared library under its soname, with a link for the linker, and the static library.
fn libraries(place: &Place, out: &Path) -> Result<()> {
    let release = place.release();
    if cfg!(windows) {
        place::copy(&place.library(), &out.join("bin/deepcrop.dll"))?;
        place::copy(&release.join("deepcrop.dll.lib"), &out.join("lib/deepcrop.dll.lib"))?;
        return place::copy(&release.join("deepcrop.lib"), &out.join("lib/deepcrop.lib"));
    }
    let soname = soname(place)?;
    let link = if cfg!(target_os = "macos") { "libdeepcrop.dylib" } else { "libdeepcrop.so" };
    place::copy(&place.library(), &out.join("lib").join(&soname))?;
    link_to(&soname, &out.join("lib").join(link))?;
    place::copy(&release.join("libdeepcrop.a"), &out.join("lib/libdeepcrop.a"))
}

/// The file name under which programs load the shared library. Except on Windows, it has the ABI number in it.
pub fn soname(place: &Place) -> Result<String> {
    let abi = abi(&place::read(&place.root.join("capi/src/abi.rs"))?)?;
    Ok(if cfg!(windows) {
        "deepcrop.dll".into()
    } else if cfg!(target_os = "macos") {
        format!("libdeepcrop.{abi}.dylib")
    } else {
        format!("libdeepcrop.so.{abi}")
    })
}

#[cfg(unix)]
fn link_to(name: &str, link: &Path) -> Result<()> {
    place::make_room(link)?;
    std::os::unix::fs::symlink(name, link).map_err(|e| format!("could not make the link {}: {e}", link.display()))
}

#[cfg(not(unix))]
fn link_to(_: &str, _: &Path) -> Result<()> {
    Ok(())
}

fn program_and_runtime(place: &Place, out: &Path) -> Result<()> {
    let program = place.program();
    for file in [&program, &program.with_file_name(trial())] {
        place::copy(file, &out.join("bin").join(file.file_name().unwrap_or_default()))?;
    }
    let Some(library) = runtime::present(place)? else {
        println!("Not included: ONNX Runtime; `cargo xtask runtime` fetches it.");
        return Ok(());
    };
    // Windows looks for a program's libraries beside it.
    let folder = out.join(if cfg!(windows) { "bin" } else { "lib" });
    for (file, name) in runtime::files(&library) {
        place::copy(&file, &folder.join(name))?;
    }
    for (file, name) in runtime::licences(&library) {
        place::copy(&file, &documents_folder(out).join(name))?;
    }
    Ok(())
}

fn headers(place: &Place, out: &Path) -> Result<()> {
    for name in ["include/deepcrop.h", "include/deepcrop.hpp"] {
        copy_if_there(place, name, &out.join(name))?;
    }
    Ok(())
}

fn documents(place: &Place, out: &Path) -> Result<()> {
    for name in ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "CHANGELOG.md"] {
        copy_if_there(place, name, &documents_folder(out).join(name))?;
    }
    Ok(())
}

fn documents_folder(out: &Path) -> PathBuf {
    out.join("share/doc/deepcrop")
}

fn copy_if_there(place: &Place, name: &str, to: &Path) -> Result<()> {
    let from = place.root.join(name);
    if from.is_file() {
        return place::copy(&from, to);
    }
    println!("Not included: {name}, which does not exist yet.");
    Ok(())
}

/// The pkg-config file. Its paths are relative to the file, so the folder can be moved.
fn pkg_config(place: &Place) -> Result<String> {
    let version = version(place)?;
    let private = system_libraries(place)?;
    Ok(format!(
        "prefix=${{pcfiledir}}/../..\nlibdir=${{prefix}}/lib\nincludedir=${{prefix}}/include\n\n\
         Name: deepcrop\nDescription: Click an object in a picture, get its outline\nVersion: {version}\n\
         Cflags: -I${{includedir}}\nLibs: -L${{libdir}} -ldeepcrop\nLibs.private: {private}\n"
    ))
}

/// The system libraries that a program with libdeepcrop.a must link. rustc is asked with an empty library: with
/// libdeepcrop.a it would be built a second time, and the list would be the same (no crate of ours needs a system
/// library beyond libc and libdl).
fn system_libraries(place: &Place) -> Result<String> {
    let source = place.target.join("empty.rs");
    place::write(&source, "")?;
    let mut rustc = Command::new("rustc");
    rustc.args(["--crate-type", "staticlib", "--print", "native-static-libs", "-o"]);
    let output = shell::output(rustc.arg(place.target.join("empty.a")).arg(&source).current_dir(&place.root))?;
    let text = String::from_utf8_lossy(&output.stderr);
    native_static_libs(&text)
        .map(str::to_owned)
        .ok_or_else(|| format!("rustc did not list what to link: {}", text.trim()))
}

fn native_static_libs(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.split_once("native-static-libs: ")).map(|(_, libraries)| libraries.trim())
}

fn abi(text: &str) -> Result<String> {
    let number = |line: &str| Some(line.strip_prefix("pub const ABI_VERSION: u32 = ")?.strip_suffix(';')?.to_owned());
    text.lines().find_map(number).ok_or_else(|| "capi/src/abi.rs must state `pub const ABI_VERSION: u32 = N;`".into())
}

/// The version of deepcrop.
pub fn version(place: &Place) -> Result<String> {
    let manifest = place::read(&place.root.join("Cargo.toml"))?;
    package_version(&manifest).map(str::to_owned).ok_or_else(|| "Cargo.toml states no version".into())
}

/// The first version in a Cargo.toml: that of its package.
fn package_version(manifest: &str) -> Option<&str> {
    manifest.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_their_one_place() {
        assert_eq!(abi(include_str!("../../capi/src/abi.rs")).map(|n| n.parse::<u32>().is_ok()), Ok(true));
        assert!(abi("pub const ABI: u32 = 1;").unwrap_err().contains("ABI_VERSION"));
        assert_eq!(package_version("[package]\nname = \"x\"\nversion = \"1.2.3\"\n"), Some("1.2.3"));
    }

    #[test]
    fn the_linker_list_is_found_among_notes() {
        let text = "note: link against the following\n\nnote: native-static-libs: -lgcc_s -lm -lc\n";
        assert_eq!(native_static_libs(text), Some("-lgcc_s -lm -lc"));
        assert_eq!(native_static_libs("error: none"), None);
    }
}
