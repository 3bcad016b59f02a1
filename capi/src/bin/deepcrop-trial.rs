//! `deepcrop-trial LIBRARY NETWORK PROVIDER`: loads a network with DeepCrop's library and clicks with it once. LIBRARY and
//! NETWORK are paths, PROVIDER is a number of deepcrop.h.
//!
//! A program that must not die runs this before it loads a network that it does not know: what would crash it crashes
//! here. The exit status is 0 if the calls return, even with an error, which the program then gets too; and 64 if they
//! cannot be made. Errors are sentences on standard error.

#![allow(unsafe_code, reason = "it calls the C interface")]

use std::error::Error as _;
use std::ffi::{CStr, CString, OsString, c_char, c_void};
use std::process::ExitCode;
use std::ptr;

use libloading::{Library, Symbol};

/// The exit status if nothing was tried. Windows ends a process that aborts with 3.
const NOT_TRIED: u8 = 64;

/// The first fields of `deepcrop_model_options`; `struct_size` says so.
#[repr(C)]
struct ModelOptions {
    struct_size: u32,
    provider: u32,
}

/// `deepcrop_image`.
#[repr(C)]
struct Image {
    data: *const u8,
    stride: usize,
    width: u32,
    height: u32,
    format: u32,
    premultiplied: u32,
}

/// `deepcrop_error`.
#[repr(C)]
struct Error {
    status: i32,
    message: [c_char; 508],
}

type Load = unsafe extern "C" fn(*const c_char, *const ModelOptions, *mut *mut c_void, *mut Error) -> i32;
type Segment = unsafe extern "C" fn(*const c_void, *const Image, f64, f64, *mut *mut c_void, *mut Error) -> i32;
type Free = unsafe extern "C" fn(*mut c_void);

fn main() -> ExitCode {
    match run(std::env::args_os().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("deepcrop-trial: {sentence}");
            ExitCode::from(NOT_TRIED)
        }
    }
}

fn run(arguments: Vec<OsString>) -> Result<(), String> {
    let [library, network, provider] =
        <[OsString; 3]>::try_from(arguments).map_err(|_| "usage: deepcrop-trial LIBRARY NETWORK PROVIDER")?;
    let provider = provider.to_str().and_then(|number| number.parse().ok());
    let provider = provider.ok_or("PROVIDER is a number of deepcrop.h, for example 0")?;
    let network = CString::new(network.into_encoded_bytes()).map_err(|_| "NETWORK has a zero byte in it")?;
    // SAFETY: the caller names a library that it has itself loaded; the types are those of deepcrop.h.
    unsafe {
        let name = library.display().to_string();
        let library = Library::new(&library).map_err(|error| format!("{name}: {}", reason(&error)))?;
        let load: Symbol<'_, Load> = symbol(&library, b"deepcrop_model_load\0")?;
        let segment: Symbol<'_, Segment> = symbol(&library, b"deepcrop_segment\0")?;
        let free_model: Symbol<'_, Free> = symbol(&library, b"deepcrop_model_free\0")?;
        let free_mask: Symbol<'_, Free> = symbol(&library, b"deepcrop_mask_free\0")?;
        let options = ModelOptions { struct_size: size_of::<ModelOptions>() as u32, provider };
        let (mut model, mut mask) = (ptr::null_mut(), ptr::null_mut());
        let mut error = Error { status: 0, message: [0; _] };
        load(network.as_ptr(), &options, &mut model, &mut error);
        if !model.is_null() {
            let (pixels, middle) = (pixels(), f64::from(SIZE) / 2.0);
            segment(model, &image(&pixels), middle, middle, &mut mask, &mut error);
            free_mask(mask);
            free_model(model);
        }
        if error.status != 0 {
            eprintln!("{}", CStr::from_ptr(error.message.as_ptr()).to_string_lossy());
        }
    }
    Ok(())
}

/// A function of the library.
///
/// # Safety
///
/// `T` must be its type.
unsafe fn symbol<'a, T>(library: &'a Library, name: &[u8]) -> Result<Symbol<'a, T>, String> {
    // SAFETY: the caller promises the type.
    unsafe { library.get(name) }.map_err(|error| reason(&error))
}

/// The system's own words for an error.
fn reason(error: &libloading::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// The width and height of the picture.
const SIZE: u32 = 128;

/// A bright square on a dark ground, in grey.
fn pixels() -> Vec<u8> {
    let inside = |at: u32| (SIZE / 4..SIZE * 3 / 4).contains(&at);
    (0..SIZE * SIZE).map(|i| if inside(i % SIZE) && inside(i / SIZE) { 220 } else { 30 }).collect()
}

fn image(pixels: &[u8]) -> Image {
    const GRAY8: u32 = 1;
    Image { data: pixels.as_ptr(), stride: SIZE as usize, width: SIZE, height: SIZE, format: GRAY8, premultiplied: 0 }
}
