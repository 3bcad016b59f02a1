//! ONNX Runtime in target/onnxruntime: fetched with pip, or passed by the user.

use std::path::{Path, PathBuf};

use crate::{Place, Result, place, usage, wheel};

/// The file name under which DeepCrop finds ONNX Runtime. On Linux it is the soname; on macOS it is not the install
/// name, which has the whole version in it.
pub const NAME: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so.1"
};

/// Other files that are copied with the library if they exist. It loads the first three for separate providers.
const COMPANIONS: [&str; 5] = [
    "libonnxruntime_providers_shared.so",
    "libonnxruntime_providers_shared.dylib",
    "onnxruntime_providers_shared.dll",
    "LICENSE",
    "ThirdPartyNotices.txt",
];

/// The file with the library's origin and size. It is written last, so an unfinished fetch does not leave it.
const STAMP: &str = "made-from.txt";

/// The variable with the path of the user's own ONNX Runtime, which is preferred to a fetched one.
pub const VARIABLE: &str = "DEEPCROP_ONNXRUNTIME";

/// `cargo xtask runtime [--from FILE]`.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    let library = match arguments {
        [] => ensure(place)?,
        [option, file] if option == "--from" => take(place, Path::new(file))?,
        _ => return Err(usage("runtime")),
    };
    println!("ONNX Runtime: {}", place.show(&library));
    Ok(())
}

/// The runtime's library. It is fetched if there is none yet.
pub fn ensure(place: &Place) -> Result<PathBuf> {
    if let Some(library) = present(place)? {
        return Ok(library);
    }
    in_scratch(place, |scratch| {
        let wheel = wheel::download(place, scratch)?;
        install(place, scratch, &wheel, &wheel::pinned(place)?)
    })
}

/// The runtime's library if there is one: the one in the variable, one that the user passed, or the pinned version.
pub fn present(place: &Place) -> Result<Option<PathBuf>> {
    if let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        let library = if path.is_dir() { search(&path, 0) } else { Some(path.clone()) };
        return match library.filter(|file| file.is_file()) {
            Some(library) => absolute(&library).map(Some),
            None => {
                Err(format!("{VARIABLE} is {}, where there is no ONNX Runtime: correct it or unset it", path.display()))
            }
        };
    }
    let folder = place.target.join("onnxruntime");
    let library = folder.join(NAME);
    let Ok(stamp) = std::fs::read_to_string(folder.join(STAMP)) else { return Ok(None) };
    let size = std::fs::metadata(&library).map_or(0, |file| file.len());
    let good = is_current(&stamp, &wheel::pinned(place)?, size);
    Ok(good.then_some(library))
}

/// The library and its providers, which must lie beside a program, and their names there.
pub fn files(library: &Path) -> Vec<(PathBuf, &'static str)> {
    let mut files = vec![(library.to_owned(), NAME)];
    for name in COMPANIONS.into_iter().filter(|name| name.contains("providers")) {
        let path = library.with_file_name(name);
        if path.is_file() {
            files.push((path, name));
        }
    }
    files
}

/// The runtime's licence files, and names for them that do not clash with those of other packages. In wheels and
/// archives they lie one folder above the library.
pub fn licences(library: &Path) -> Vec<(PathBuf, String)> {
    let folders: Vec<&Path> = library.ancestors().skip(1).take(2).collect();
    let found = |name| folders.iter().map(|folder| folder.join(name)).find(|path: &PathBuf| path.is_file());
    let named = |name| Some((found(name)?, format!("onnxruntime-{name}")));
    ["LICENSE", "ThirdPartyNotices.txt"].into_iter().filter_map(named).collect()
}

/// Copies a file or folder that the user passed. Its hash is not checked, because none is known.
fn take(place: &Place, given: &Path) -> Result<PathBuf> {
    let given = absolute(given)?;
    let origin = format!("by hand: {}", given.display());
    in_scratch(place, |scratch| install(place, scratch, &given, &origin))
}

/// Runs `work` with a temporary folder, which is removed afterwards even if `work` fails.
fn in_scratch(place: &Place, work: impl FnOnce(&Path) -> Result<PathBuf>) -> Result<PathBuf> {
    let scratch = place.target.join("onnxruntime.scratch");
    place::empty_folder(&scratch)?;
    let result = work(&scratch);
    place::remove_folder(&scratch)?;
    result
}

/// Finds the library in a wheel, archive, folder or file and copies it to target/onnxruntime.
fn install(place: &Place, scratch: &Path, given: &Path, origin: &str) -> Result<PathBuf> {
    let unpacked = scratch.join("unpacked");
    let fresh = scratch.join("fresh");
    place::empty_folder(&unpacked)?;
    let library = if given.is_dir() {
        search(given, 0)
    } else if wheel::is_archive(given) {
        wheel::unpack(given, &unpacked)?;
        search(&unpacked, 0)
    } else {
        Some(given.to_owned())
    };
    let library = library
        .ok_or_else(|| format!("{} has no {NAME} in it: pass the file or wheel for this system", given.display()))?;
    check_kind(&library)?;
    place::copy(&library, &fresh.join(NAME))?;
    // In wheels and archives the licences lie one folder above the library.
    for folder in library.ancestors().skip(1).take(2) {
        for name in COMPANIONS.into_iter().filter(|name| folder.join(name).is_file()) {
            place::copy(&folder.join(name), &fresh.join(name))?;
        }
    }
    let size = std::fs::metadata(&library).map_or(0, |file| file.len());
    place::write(&fresh.join(STAMP), &format!("{origin}\n{size}\n"))?;
    let folder = place.target.join("onnxruntime");
    place::remove_folder(&folder)?;
    std::fs::rename(&fresh, &folder).map_err(|e| format!("could not rename {}: {e}", fresh.display()))?;
    Ok(folder.join(NAME))
}

/// Looks for the library in a folder and four levels of folders below it, which is enough for wheels and archives.
fn search(folder: &Path, depth: u32) -> Option<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let named =
        |path: &&PathBuf| path.is_file() && path.file_name().is_some_and(|name| is_library(&name.to_string_lossy()));
    let here = paths.iter().find(named).cloned();
    here.or_else(|| paths.iter().filter(|path| depth < 4 && path.is_dir()).find_map(|path| search(path, depth + 1)))
}

/// Whether a file name is that of the library, such as "libonnxruntime.so.1.23.2", "libonnxruntime.1.23.2.dylib" or
/// "onnxruntime.dll"; not that of a provider.
fn is_library(name: &str) -> bool {
    if cfg!(windows) {
        name.eq_ignore_ascii_case(NAME)
    } else if cfg!(target_os = "macos") {
        name.starts_with("libonnxruntime.") && name.ends_with(".dylib")
    } else {
        name == "libonnxruntime.so" || name.starts_with("libonnxruntime.so.")
    }
}

/// An error if the file is not an ONNX Runtime for this system and processor.
fn check_kind(library: &Path) -> Result<()> {
    let bytes = std::fs::read(library).map_err(|e| format!("could not read {}: {e}", library.display()))?;
    let entry = b"OrtGetApiBase";
    if fits(&bytes, std::env::consts::OS, std::env::consts::ARCH) && bytes.windows(entry.len()).any(|w| w == entry) {
        return Ok(());
    }
    let wanted = format!("a wheel, an archive, a folder or {NAME} made for this system and processor");
    Err(format!("{} is not an ONNX Runtime that works here: pass {wanted}", library.display()))
}

/// Whether a file begins like a library of this system. For ELF the processor is checked too, which is byte 18.
fn fits(bytes: &[u8], os: &str, arch: &str) -> bool {
    match os {
        "windows" => bytes.starts_with(b"MZ"),
        // A library for one processor, or for several in one file.
        "macos" => bytes.starts_with(&[0xcf, 0xfa, 0xed, 0xfe]) || bytes.starts_with(&[0xca, 0xfe, 0xba, 0xbe]),
        _ => {
            let processor = match arch {
                "x86_64" => Some(0x3e),
                "aarch64" => Some(0xb7),
                _ => None,
            };
            bytes.starts_with(b"\x7fELF") && (processor.is_none() || bytes.get(18).copied() == processor)
        }
    }
}

fn is_current(stamp: &str, pinned: &str, size: u64) -> bool {
    let mut lines = stamp.lines();
    let origin = lines.next().unwrap_or_default();
    let length = lines.next().and_then(|line| line.parse::<u64>().ok());
    (origin == pinned || origin.starts_with("by hand: ")) && length == Some(size) && size > 0
}

fn absolute(path: &Path) -> Result<PathBuf> {
    let full = std::path::absolute(path).map_err(|e| format!("`{}` is not a path: {e}", path.display()))?;
    if full.exists() { Ok(full) } else { Err(format!("there is no {}", full.display())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_holds_for_one_version_and_size() {
        let pinned = "onnxruntime==1.23.2";
        assert!(is_current("onnxruntime==1.23.2\n22\n", pinned, 22));
        assert!(is_current("by hand: /somewhere/libonnxruntime.so\n22\n", pinned, 22));
        for (stamp, size) in [("onnxruntime==1.22.0\n22\n", 22), ("onnxruntime==1.23.2\n22\n", 21), ("", 0)] {
            assert!(!is_current(stamp, pinned, size), "{stamp:?}");
        }
    }

    #[test]
    fn the_library_is_told_from_its_providers() {
        assert!(is_library(NAME));
        assert!(COMPANIONS.iter().all(|name| !is_library(name)));
        assert!(!is_library("libonnxruntime.txt"));
    }

    #[test]
    fn libraries_of_other_systems_and_processors_are_told_apart() {
        let mut elf = *b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0";
        assert!(fits(&elf, "linux", "x86_64") && fits(&elf, "linux", "riscv64"));
        assert!(!fits(&elf, "linux", "aarch64") && !fits(&elf, "macos", "x86_64") && !fits(&elf, "windows", "x86_64"));
        elf[18] = 0xb7;
        assert!(fits(&elf, "linux", "aarch64") && !fits(&elf, "linux", "x86_64"));
        assert!(!fits(b"\x7fELF", "linux", "x86_64") && !fits(b"", "windows", "x86_64"));
    }
}
