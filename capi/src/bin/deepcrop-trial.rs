//! `deepcrop-trial LIBRARY NETWORK PROVIDER SECONDS`: loads a network with DeepCrop's library and makes a few selections with
//! it. LIBRARY and NETWORK are what the caller would load, PROVIDER is a number of deepcrop.h.
//!
//! A program that must not die runs this before it loads a network that it does not know: what would crash it crashes
//! here. The exit status is 0 if the network works, 64 if it cannot be tried, 65 if the library refuses it, and 66 if it
//! gives no answer within the time; the last line of standard error says the same. If the process ends otherwise after
//! the line `deepcrop-trial: begins`, most likely the network ended it.
#![allow(unsafe_code, reason = "it calls the C interface")]

use std::error::Error as _;
use std::ffi::{CStr, CString, OsString, c_char, c_void};
use std::mem::ManuallyDrop;
use std::ptr::{null, null_mut};
use std::time::Duration;

use libloading::{Library, Symbol};

const NOT_TRIED: u8 = 64;
const REFUSED: u8 = 65;
const TIME_OVER: u8 = 66;

/// The width and height of the picture.
const SIZE: (u32, u32) = (160, 96);

/// `deepcrop_model_options` up to the last field that is set here; `struct_size` says so.
#[repr(C)]
struct ModelOptions {
    struct_size: u32,
    provider: u32,
    threads: u32,
    fall_back: u32,
    runtime_path: *const c_char,
    cancel: *const c_void,
    matting_path: *const c_char,
    no_disk_cache: u32,
    reserved: u32,
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

/// `deepcrop_prompt`.
#[repr(C)]
struct Prompt {
    kind: u32,
    reserved: u32,
    x: f64,
    y: f64,
    x1: f64,
    y1: f64,
    points: *const c_void,
    point_count: usize,
    mask: *const c_void,
}

/// `deepcrop_error`.
#[repr(C)]
struct Error {
    status: i32,
    message: [c_char; 508],
}

// A handle is `*mut c_void`, and so is what is not used here: options and cancel flags.
type Handle = *mut c_void;
type Load = unsafe extern "C" fn(*const c_char, *const ModelOptions, *mut Handle, *mut Error) -> i32;
type Open = unsafe extern "C" fn(Handle, *const Image, Handle, *mut Handle, *mut Error) -> i32;
type Segment = unsafe extern "C" fn(Handle, *const Prompt, usize, Handle, Handle, *mut Handle, *mut Error) -> i32;
type Find = unsafe extern "C" fn(Handle, Handle, Handle, *mut Handle, *mut Error) -> i32;
type Free = unsafe extern "C" fn(Handle);

fn main() {
    prepare_for_a_crash();
    end(match run(std::env::args_os().skip(1).collect()) {
        Ok(()) => {
            eprintln!("deepcrop-trial: works");
            0
        }
        Err((status, sentence)) => {
            eprintln!("{sentence}");
            status
        }
    })
}

/// Ends the process at once: what libraries do at the end is not tried.
fn end(status: u8) -> ! {
    #[cfg(unix)]
    // SAFETY: it takes a number and does not return.
    unsafe {
        libc::_exit(status.into())
    }
    #[cfg(not(unix))]
    std::process::exit(status.into())
}

/// Makes sure that a crash leaves no dump of the memory and opens no window. On Linux also that the system ends this
/// process first if memory runs out, and ends it when the caller ends.
fn prepare_for_a_crash() {
    #[cfg(target_os = "linux")]
    {
        _ = std::fs::write("/proc/self/oom_score_adj", "1000");
        // SAFETY: it takes numbers, and concerns this process alone.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
    }
    #[cfg(unix)]
    // SAFETY: the limit lives as long as the call.
    unsafe {
        libc::setrlimit(libc::RLIMIT_CORE, &libc::rlimit { rlim_cur: 0, rlim_max: 0 });
    }
    #[cfg(windows)]
    {
        unsafe extern "system" {
            fn SetErrorMode(mode: u32) -> u32;
        }
        const NO_WINDOW_FOR_FAULTS_AND_MISSING_FILES: u32 = 1 | 2 | 0x8000;
        // SAFETY: it takes a number, and concerns this process alone.
        unsafe { SetErrorMode(NO_WINDOW_FOR_FAULTS_AND_MISSING_FILES) };
    }
}

fn run(arguments: Vec<OsString>) -> Result<(), (u8, String)> {
    let [library, network, provider, seconds] = <[OsString; 4]>::try_from(arguments)
        .map_err(|_| not_tried("usage: deepcrop-trial LIBRARY NETWORK PROVIDER SECONDS"))?;
    let provider = number(&provider).ok_or_else(|| not_tried("PROVIDER is a number of deepcrop.h, for example 0"))?;
    let seconds = number(&seconds).ok_or_else(|| not_tried("SECONDS is a number, for example 600"))?;
    let network = CString::new(network.into_encoded_bytes()).map_err(|_| not_tried("NETWORK has a zero byte in it"))?;
    let name = library.display().to_string();
    // Never unloaded: threads of ONNX Runtime may outlive the last call.
    // SAFETY: the caller names the library that it loads itself.
    let library = unsafe { Library::new(&library) };
    let library = ManuallyDrop::new(library.map_err(|error| not_tried(&format!("{name}: {}", reason(&error))))?);
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(seconds.into()));
        eprintln!("it gives no answer within {seconds} seconds");
        end(TIME_OVER);
    });
    // SAFETY: the types are those of deepcrop.h.
    unsafe { try_network(&library, &network, provider) }
}

fn number(text: &OsString) -> Option<u32> {
    text.to_str()?.parse().ok()
}

/// Loads the network, opens a picture, and makes selections that pass different inputs to the network. Only an error of the
/// first click counts, since networks may refuse the rest.
///
/// # Safety
///
/// The library must be DeepCrop's.
unsafe fn try_network(library: &Library, network: &CStr, provider: u32) -> Result<(), (u8, String)> {
    // SAFETY: the caller promises that these are the functions of deepcrop.h, and what is passed to them lives until
    // they return. A function that fails sets its output to NULL, and to free NULL does nothing.
    unsafe {
        let load: Symbol<'_, Load> = symbol(library, b"deepcrop_model_load\0")?;
        let open: Symbol<'_, Open> = symbol(library, b"deepcrop_picture_new\0")?;
        let segment: Symbol<'_, Segment> = symbol(library, b"deepcrop_picture_segment\0")?;
        let objects: Symbol<'_, Find> = symbol(library, b"deepcrop_picture_objects\0")?;
        let free_mask: Symbol<'_, Free> = symbol(library, b"deepcrop_mask_free\0")?;
        let free_objects: Symbol<'_, Free> = symbol(library, b"deepcrop_objects_free\0")?;
        eprintln!("deepcrop-trial: begins");

        let mut error = Error { status: 0, message: [0; _] };
        let (mut model, mut picture, mut found) = (null_mut(), null_mut(), null_mut());
        check(load(network.as_ptr(), &options(provider), &mut model, &mut error), &error)?;
        let pixels = pixels();
        check(open(model, &image(&pixels), null_mut(), &mut picture, &mut error), &error)?;
        let (inside, outside) = (prompt(INCLUDE, 0.5, 0.5), prompt(EXCLUDE, 0.1, 0.1));
        check(segment(picture, &inside, 1, null_mut(), null_mut(), &mut found, &mut error), &error)?;
        free_mask(found);
        let corners = Prompt { x1: f64::from(SIZE.0) * 0.8, y1: f64::from(SIZE.1) * 0.8, ..prompt(BOX, 0.2, 0.2) };
        for prompts in [&[inside, outside][..], &[corners][..]] {
            segment(picture, prompts.as_ptr(), prompts.len(), null_mut(), null_mut(), &mut found, &mut error);
            free_mask(found);
        }
        objects(picture, null_mut(), null_mut(), &mut found, &mut error);
        free_objects(found);
    }
    Ok(())
}

const INCLUDE: u32 = 1;
const EXCLUDE: u32 = 2;
const BOX: u32 = 3;

/// A prompt at a place in shares of the picture.
fn prompt(kind: u32, x: f64, y: f64) -> Prompt {
    let (x, y) = (x * f64::from(SIZE.0), y * f64::from(SIZE.1));
    Prompt { kind, reserved: 0, x, y, x1: 0.0, y1: 0.0, points: null(), point_count: 0, mask: null() }
}

fn options(provider: u32) -> ModelOptions {
    ModelOptions {
        struct_size: size_of::<ModelOptions>() as u32,
        provider,
        threads: 0,
        fall_back: 0,
        runtime_path: null(),
        cancel: null(),
        matting_path: null(),
        no_disk_cache: 1,
        reserved: 0,
    }
}

/// A bright rectangle on a dark ground, in grey.
fn pixels() -> Vec<u8> {
    let inside = |at: u32, size: u32| (size / 4..size * 3 / 4).contains(&at);
    let pixel = |i: u32| if inside(i % SIZE.0, SIZE.0) && inside(i / SIZE.0, SIZE.1) { 220 } else { 30 };
    (0..SIZE.0 * SIZE.1).map(pixel).collect()
}

fn image(pixels: &[u8]) -> Image {
    const GRAY8: u32 = 1;
    let (width, height) = SIZE;
    Image { data: pixels.as_ptr(), stride: width as usize, width, height, format: GRAY8, premultiplied: 0 }
}

fn check(status: i32, error: &Error) -> Result<(), (u8, String)> {
    if status == 0 {
        return Ok(());
    }
    // SAFETY: the library writes a text that ends with a zero byte.
    let message = unsafe { CStr::from_ptr(error.message.as_ptr()) };
    Err((REFUSED, message.to_string_lossy().into_owned()))
}

fn not_tried(sentence: &str) -> (u8, String) {
    (NOT_TRIED, format!("deepcrop-trial: {sentence}"))
}

/// A function of the library.
///
/// # Safety
///
/// `T` must be its type.
unsafe fn symbol<'a, T>(library: &'a Library, name: &[u8]) -> Result<Symbol<'a, T>, (u8, String)> {
    // SAFETY: the caller promises the type.
    unsafe { library.get(name) }.map_err(|error| not_tried(&reason(&error)))
}

/// The system's own words for an error.
fn reason(error: &libloading::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}
