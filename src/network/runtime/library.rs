//! Finds the library of ONNX Runtime, opens it, and hands its function table to `ort`.
//!
//! The places, in this order: the caller's path, `DEEPCROP_ONNXRUNTIME`, a library already in the process, beside our own
//! library, the system. If a path was set and fails, that is an error: trying other places would hide it.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::sys::{OrtApi, OrtApiBase};

use crate::base::error::{ErrorKind, Result};
use crate::network::runtime::{ending, library_file};

/// The environment variable that names the library.
pub const VARIABLE: &str = "DEEPCROP_ONNXRUNTIME";

/// The oldest version that works. Older ones crash when the process ends after a session was dropped.
const OLDEST: (u32, u32) = (1, 23);

/// The newest version that was tested.
pub const NEWEST_TESTED: (u32, u32) = (1, 23);

#[cfg(target_os = "linux")]
const NAMES: &[&str] = &["libonnxruntime.so.1", "libonnxruntime.so"];
#[cfg(target_os = "macos")]
const NAMES: &[&str] = &["libonnxruntime.dylib"];
#[cfg(windows)]
const NAMES: &[&str] = &["onnxruntime.dll"];
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
const NAMES: &[&str] = &["libonnxruntime.so.1", "libonnxruntime.so"];

/// The address of the function table that `ort` got.
static ADOPTED: Mutex<Option<usize>> = Mutex::new(None);

/// An opened library. It is never closed: its threads live as long as the process.
#[derive(Debug, Clone)]
pub struct Library {
    /// Its path, or its name if the path is not known.
    pub path: PathBuf,
    /// Its version, as the library states it.
    pub version: String,
}

/// A place where the library was looked for.
pub struct Attempt {
    place: String,
    result: String,
    /// Whether a library was there.
    found: bool,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.result)
    }
}

/// Every place that was tried, in order.
pub type Attempts = Vec<Attempt>;

/// Opens the library and hands it to `ort`. After that, this process keeps this library.
pub fn open(chosen: Option<&Path>, attempts: &mut Attempts) -> Result<Library> {
    let variable = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some((path, whose)) =
        chosen.map(|path| (path.to_owned(), "the given path")).or(variable.map(|path| (path, VARIABLE)))
    {
        return adopt_file(&path, attempts).ok_or_else(|| {
            ErrorKind::Runtime.error(format!(
                "{whose} names an ONNX Runtime that cannot be used: {}; correct it or remove it",
                attempts.last().map_or(String::new(), Attempt::to_string)
            ))
        });
    }
    if let Some(library) = adopt_loaded(attempts) {
        return Ok(library);
    }
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in [own_folder(), program_folder()].into_iter().flatten() {
        // A program in bin/ has its libraries in lib/.
        for place in [folder.clone(), folder.join("../lib")] {
            if !folders.contains(&place) {
                folders.push(place);
            }
        }
    }
    for name in NAMES {
        for folder in &folders {
            let path = folder.join(name);
            if !path.exists() {
                attempts.push(Attempt { place: path.display().to_string(), result: "not there".into(), found: false });
            } else if let Some(library) = adopt_file(&path, attempts) {
                return Ok(library);
            }
        }
    }
    for name in NAMES {
        if let Some(library) = adopt_system(name, attempts) {
            return Ok(library);
        }
    }
    // The report of `deepcrop doctor` lists all places; a sentence has room for those that are worth a look.
    let unusable: String =
        attempts.iter().filter(|attempt| attempt.found).map(|attempt| format!("; {attempt}")).collect();
    Err(ErrorKind::Runtime.error(format!(
        "no usable ONNX Runtime was found; put {} beside the DeepCrop library or set {VARIABLE} to its path (from the sources: `cargo xtask runtime`){unusable}",
        NAMES[0],
    )))
}

/// Has the process call [`ending::end`] when it ends.
pub fn register_end() {
    #[cfg(unix)]
    // SAFETY: a function without arguments that does not unwind.
    unsafe {
        libc::atexit(ending::end);
    }
}

fn adopt_file(path: &Path, attempts: &mut Attempts) -> Option<Library> {
    let absolute = std::fs::canonicalize(path).map_err(|error| error.to_string());
    let whole = absolute.and_then(|absolute| library_file::check(&absolute).map(|()| absolute));
    let opened = whole.and_then(|absolute| {
        #[cfg(unix)]
        let library = {
            use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
            // SAFETY: opening runs the library's initialisers; it is the file the user chose or installed for this.
            unsafe { Library::open(Some(&absolute), RTLD_NOW | RTLD_LOCAL) }
        };
        #[cfg(windows)]
        let library = {
            use libloading::os::windows::{LOAD_WITH_ALTERED_SEARCH_PATH, Library};
            // SAFETY: as above; the altered search path finds the library's own companions, not those in System32.
            unsafe { Library::load_with_flags(&absolute, LOAD_WITH_ALTERED_SEARCH_PATH) }
        };
        library.map(|library| (library.into(), absolute)).map_err(|error| reason(&error))
    });
    let adopted = opened.and_then(|(library, absolute)| adopt(library, absolute));
    note(path.display().to_string(), true, adopted, attempts)
}

fn adopt_system(name: &str, attempts: &mut Attempts) -> Option<Library> {
    // SAFETY: the system's own search, for a library of this very name.
    let opened = unsafe { libloading::Library::new(name) };
    note(
        format!("{name} of the system"),
        opened.is_ok(),
        opened.map_err(|error| reason(&error)).and_then(|library| adopt(library, PathBuf::from(name))),
        attempts,
    )
}

/// Takes the library that the program has already loaded: a second copy in the process would be a waste and a danger.
fn adopt_loaded(attempts: &mut Attempts) -> Option<Library> {
    NAMES.iter().find_map(|name| {
        #[cfg(unix)]
        let library = {
            use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
            // SAFETY: nothing is loaded, only found.
            unsafe { Library::open(Some(*name), RTLD_NOW | RTLD_LOCAL | libc::RTLD_NOLOAD) }.ok()?
        };
        #[cfg(windows)]
        let library = libloading::os::windows::Library::open_already_loaded(*name).ok()?;
        note(format!("{name} already in this process"), true, adopt(library.into(), PathBuf::from(name)), attempts)
    })
}

/// The message of the system's loader, without libloading's own words.
fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |source| source.to_string())
}

fn note(
    place: String,
    found: bool,
    adopted: std::result::Result<Library, String>,
    attempts: &mut Attempts,
) -> Option<Library> {
    let result = match &adopted {
        Ok(library) => format!("ONNX Runtime {}", library.version),
        // The loader's message begins with the path again.
        Err(why) => why.trim_start_matches(place.as_str()).trim_start_matches(": ").to_owned(),
    };
    attempts.push(Attempt { place, result, found });
    adopted.ok()
}

/// Checks the library and its version, and hands it to `ort`.
fn adopt(library: libloading::Library, path: PathBuf) -> std::result::Result<Library, String> {
    // Never closed: its threads may run until the process ends.
    let library = std::mem::ManuallyDrop::new(library);
    // SAFETY: the name and type of ONNX Runtime's one entry point, unchanged since its first release.
    let entry = unsafe { library.get::<unsafe extern "system" fn() -> *const OrtApiBase>(b"OrtGetApiBase") }
        .map_err(|_| "it is not ONNX Runtime (it has no OrtGetApiBase)".to_owned())?;
    // SAFETY: the entry returns a static table or NULL.
    let base = unsafe { entry().as_ref() }.ok_or("OrtGetApiBase returned NULL")?;
    // SAFETY: a static C string.
    let version = unsafe { CStr::from_ptr((base.GetVersionString)().cast::<c_char>()) }.to_string_lossy().into_owned();
    let number = parse_version(&version).ok_or_else(|| format!("its version `{version}` is not a version number"))?;
    if number < OLDEST {
        return Err(format!("ONNX Runtime {version} is too old; use {}.{} or newer", OLDEST.0, OLDEST.1));
    }
    // SAFETY: returns the table for this interface version, or NULL if it has none.
    let api: *const OrtApi = unsafe { (base.GetApi)(ort::sys::ORT_API_VERSION) };
    if api.is_null() {
        return Err(format!("ONNX Runtime {version} does not offer interface version {}", ort::sys::ORT_API_VERSION));
    }
    // `ort` keeps the first table that it gets. Its owner may be this library, if the last start failed after that.
    let mut adopted = ADOPTED.lock().unwrap_or_else(PoisonError::into_inner);
    match *adopted {
        Some(address) if address == api.addr() => {}
        // SAFETY: tables only grow from version to version, so this one is at least as long as the type we read.
        None if ort::set_api(unsafe { api.read() }) => {
            *adopted = Some(api.addr());
        }
        _ => return Err("this process already uses another ONNX Runtime; restart it".into()),
    }
    // For a library that was found by its name, the loader knows the path.
    #[cfg(unix)]
    let path = file_of((base as *const OrtApiBase).cast()).unwrap_or(path);
    Ok(Library { path, version })
}

/// The major and minor number of a version such as "1.23.2".
pub fn parse_version(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

/// The names of all providers that the library was built with, the fastest first.
pub fn providers() -> Vec<String> {
    let (mut names, mut count) = (std::ptr::null_mut(), 0);
    // SAFETY: both are out parameters; the list is given back below.
    let status = unsafe { (ort::api().GetAvailableProviders)(&mut names, &mut count) };
    if !status.0.is_null() || names.is_null() {
        return Vec::new();
    }
    // SAFETY: `count` C strings.
    let list = unsafe { std::slice::from_raw_parts(names, count as usize) };
    // SAFETY: each is a C string that lives until the list is released.
    let providers = list.iter().map(|&name| unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()).collect();
    // SAFETY: the list came from the call that this one pairs with.
    let _ = unsafe { (ort::api().ReleaseAvailableProviders)(names, count) };
    providers
}

/// The file of the library or program at this address.
#[cfg(unix)]
fn file_of(address: *const libc::c_void) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    // SAFETY: an all-zero Dl_info is valid, and dladdr fills it for any address.
    let info = unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        (libc::dladdr(address, &mut info) != 0 && !info.dli_fname.is_null()).then_some(info)
    }?;
    // SAFETY: dladdr gave a C string that lives as long as the library.
    let name = unsafe { CStr::from_ptr(info.dli_fname) };
    std::fs::canonicalize(Path::new(std::ffi::OsStr::from_bytes(name.to_bytes()))).ok()
}

/// The folder of the library or program that contains this code.
fn own_folder() -> Option<PathBuf> {
    #[cfg(unix)]
    {
        static ANCHOR: u8 = 0;
        file_of((&raw const ANCHOR).cast())?.parent().map(Path::to_owned)
    }
    #[cfg(windows)]
    {
        let library = libloading::os::windows::Library::open_already_loaded("deepcrop.dll").ok()?;
        let handle = library.into_raw();
        module_file(handle as *mut std::ffi::c_void)?.parent().map(Path::to_owned)
    }
}

#[cfg(windows)]
fn module_file(handle: *mut std::ffi::c_void) -> Option<PathBuf> {
    use std::os::windows::ffi::OsStringExt;
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetModuleFileNameW(module: *mut std::ffi::c_void, name: *mut u16, size: u32) -> u32;
    }
    let mut name = [0u16; 32768];
    // SAFETY: the buffer has the size that is passed.
    let length = unsafe { GetModuleFileNameW(handle, name.as_mut_ptr(), name.len() as u32) } as usize;
    (length > 0).then(|| PathBuf::from(std::ffi::OsString::from_wide(&name[..length])))
}

fn program_folder() -> Option<PathBuf> {
    Some(std::env::current_exe().ok()?.parent()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        assert_eq!(parse_version("1.23.2"), Some((1, 23)));
        assert_eq!(parse_version("1.9"), Some((1, 9)));
        assert_eq!(parse_version("next"), None);
        assert!(parse_version("1.9") < Some(OLDEST));
    }
}
