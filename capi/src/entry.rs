//! What every entry does first and last: it catches panics, checks pointers, reads options and writes the error.

use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::status::{DEEPCROP_OK, deepcrop_error, deepcrop_status};
use deepcrop::internals::base::log::{Level, log};
use deepcrop::{Error, ErrorKind, Result};

/// How many entries are running. A panic meanwhile goes to the log instead of the terminal.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Runs work that may panic: a panic is logged and becomes an error, as it must not reach the host.
fn caught<T>(work: impl FnOnce() -> T) -> Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| match RUNNING.load(Ordering::SeqCst) {
            0 => previous(panic),
            _ => log(Level::Error, &panic.to_string()),
        }));
    });
    RUNNING.fetch_add(1, Ordering::SeqCst);
    let result = catch_unwind(AssertUnwindSafe(work));
    RUNNING.fetch_sub(1, Ordering::SeqCst);
    result.map_err(|panic| {
        let why = panic.downcast_ref::<String>().cloned();
        let why = why.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default();
        ErrorKind::Internal.error(format!("a bug in DeepCrop: {why}; please report it"))
    })
}

/// Runs the work of an entry with a status. The caller's error buffer says what went wrong, a panic too.
pub fn entry(error: *mut deepcrop_error, work: impl FnOnce() -> Result<()>) -> deepcrop_status {
    let result = caught(work).flatten();
    let told = result.as_ref().err();
    if !error.is_null() {
        // SAFETY: the caller passes NULL or room for one error. It may hold anything, so nothing refers to it.
        unsafe { error.write(deepcrop_error::new(told)) };
    }
    told.map_or(DEEPCROP_OK, |error| error.kind() as i32)
}

/// Runs the work of an entry without a status, which returns `fallback` after a panic.
pub fn entry_or<T>(fallback: T, work: impl FnOnce() -> T) -> T {
    caught(work).unwrap_or(fallback)
}

/// Frees a handle; NULL does nothing.
pub fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: the caller passes a handle that `give` made and that was not freed before.
        entry_or((), || drop(unsafe { Box::from_raw(handle) }));
    }
}

/// Checks an out pointer and sets it to NULL, which it stays until the call succeeds.
pub fn out<'a, T>(pointer: *mut *mut T, name: &str) -> Result<&'a mut *mut T> {
    if pointer.is_null() {
        return Err(null(name));
    }
    // SAFETY: the caller passes room for one pointer. It is written before anything refers to it.
    unsafe {
        pointer.write(std::ptr::null_mut());
        Ok(&mut *pointer)
    }
}

/// A new handle that the caller owns.
pub fn give<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// What a pointer that must not be NULL points to.
pub fn required<'a, T>(pointer: *const T, name: &str) -> Result<&'a T> {
    // SAFETY: the caller passes NULL or a valid pointer that outlives the call.
    unsafe { pointer.as_ref() }.ok_or_else(|| null(name))
}

/// What a pointer that may be NULL points to.
pub fn optional<'a, T>(pointer: *const T) -> Option<&'a T> {
    // SAFETY: as above.
    unsafe { pointer.as_ref() }
}

/// The `count` entries that a pointer points to. It may be NULL only if `count` is 0.
pub fn list<'a, T>(pointer: *const T, count: usize, name: &str) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(null(name));
    }
    if count > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(ErrorKind::Argument.error(format!("`{name}` cannot hold {count} entries; pass the true number")));
    }
    // SAFETY: the caller says that this many lie there for the time of the call.
    Ok(unsafe { std::slice::from_raw_parts(pointer, count) })
}

/// A flag: 0 or 1. Other numbers are refused, so that they can get a meaning.
pub fn flag(value: u32, name: &str) -> Result<bool> {
    match value {
        0 | 1 => Ok(value == 1),
        _ => Err(ErrorKind::Argument.error(format!("`{name}` is {value}; pass 0 or 1"))),
    }
}

/// A UTF-8 string that may be NULL.
pub fn text<'a>(pointer: *const c_char, name: &str) -> Result<Option<&'a str>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller passes a string that ends with a zero and outlives the call.
    let text = unsafe { CStr::from_ptr(pointer) }.to_str();
    text.map(Some).map_err(|_| ErrorKind::Argument.error(format!("`{name}` is not UTF-8; convert it first")))
}

/// A UTF-8 string that must not be NULL.
pub fn required_text<'a>(pointer: *const c_char, name: &str) -> Result<&'a str> {
    text(pointer, name)?.ok_or_else(|| null(name))
}

/// # Safety
/// The type is `repr(C)`, begins with a `u32` struct_size, has no padding, and all zeros is a value of it.
pub unsafe trait Sized32: Copy {}

/// Reads a struct that may be shorter or longer in the caller's version: fields that it lacks are zero, and fields that we
/// do not know must be zero.
pub fn options<T: Sized32>(pointer: *const T, name: &str) -> Result<T> {
    // SAFETY: promised by Sized32.
    let mut value: T = unsafe { std::mem::zeroed() };
    if pointer.is_null() {
        return Ok(value);
    }
    let size = struct_size(pointer, name)?;
    let known = size.min(size_of::<T>());
    // SAFETY: the caller says that `size` bytes lie there; at most a whole T is written.
    let tail = unsafe {
        std::ptr::copy_nonoverlapping(pointer.cast::<u8>(), (&raw mut value).cast::<u8>(), known);
        std::slice::from_raw_parts(pointer.cast::<u8>().add(known), size - known)
    };
    if tail.iter().any(|&byte| byte != 0) {
        return Err(ErrorKind::Argument.error(format!(
            "`{name}` sets a field that this version of DeepCrop ({}) does not know; install a newer version or set the field to 0",
            env!("CARGO_PKG_VERSION")
        )));
    }
    Ok(value)
}

/// Writes as much of `value` as the caller has room for.
pub fn describe<T: Sized32>(pointer: *mut T, name: &str, value: T) -> Result<()> {
    if pointer.is_null() {
        return Err(null(name));
    }
    let size = struct_size(pointer, name)?;
    let after_size = size_of::<u32>();
    let known = size.min(size_of::<T>());
    // SAFETY: the caller says that it has `size` bytes; its own struct_size stays as it is.
    unsafe {
        let (from, to) = ((&raw const value).cast::<u8>(), pointer.cast::<u8>());
        std::ptr::copy_nonoverlapping(from.add(after_size), to.add(after_size), known - after_size);
        to.add(known).write_bytes(0, size - known);
    }
    Ok(())
}

fn struct_size<T>(pointer: *const T, name: &str) -> Result<usize> {
    // SAFETY: every such struct begins with its size.
    let size = unsafe { pointer.cast::<u32>().read() } as usize;
    if !(8..=4096).contains(&size) {
        return Err(ErrorKind::Argument
            .error(format!("`{name}->struct_size` is {size}; set it to sizeof *{name} before the call")));
    }
    Ok(size)
}

/// A text for C, without zeros within it.
pub fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}

/// The error for a number that is none of the constants `known`.
pub fn unknown(kind: ErrorKind, what: &str, number: u32, known: &str) -> Error {
    kind.error(format!("unknown {what} {number}; use {known}"))
}

fn null(name: &str) -> Error {
    ErrorKind::Argument.error(format!("`{name}` is NULL; pass a valid pointer"))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use deepcrop::internals::base::log::{Sink, set_sink};

    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Short {
        struct_size: u32,
        a: u32,
        b: u64,
    }
    // SAFETY: plain numbers without padding.
    unsafe impl Sized32 for Short {}

    #[repr(C)]
    struct Long {
        short: Short,
        c: u64,
    }

    #[test]
    fn shorter_and_longer_structs_are_taken() {
        let short = Short { struct_size: 8, a: 7, b: 9 };
        assert_eq!(options(&short, "o").unwrap(), Short { struct_size: 8, a: 7, b: 0 });
        let mut long = Long { short: Short { struct_size: 24, a: 7, b: 9 }, c: 0 };
        assert_eq!(options(&raw const long as *const Short, "o").unwrap().b, 9);
        long.c = 1;
        let error = options(&raw const long as *const Short, "o").unwrap_err().to_string();
        assert!(error.contains("does not know"), "{error}");
        for size in [0, 4, 5000] {
            let error = options(&Short { struct_size: size, a: 0, b: 0 }, "o").unwrap_err().to_string();
            assert!(error.contains("sizeof *o"), "{error}");
        }
        let mut room = Long { short: Short { struct_size: 24, a: 0, b: 0 }, c: 5 };
        describe(&raw mut room as *mut Short, "o", Short { struct_size: 0, a: 1, b: 2 }).unwrap();
        assert_eq!((room.short, room.c), (Short { struct_size: 24, a: 1, b: 2 }, 0));
    }

    #[test]
    fn a_panic_becomes_a_status() {
        let mut error = deepcrop_error::new(None);
        assert_eq!(entry(&mut error, || panic!("on purpose")), 11);
        // SAFETY: the message always ends with a zero.
        let message = unsafe { CStr::from_ptr(error.message.as_ptr()) }.to_str().unwrap();
        assert!(message.contains("on purpose"), "{message}");
    }

    #[test]
    fn without_a_status_a_panic_becomes_the_fallback_and_a_message() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("in a destructor");
            }
        }
        let heard = Arc::new(Mutex::new(String::new()));
        let log = heard.clone();
        set_sink(Some(Sink::new(move |_, message| log.lock().unwrap().push_str(message))));
        assert_eq!(entry_or(7, || panic!("without a status")), 7);
        free(give(Bomb));
        set_sink(None);
        let heard = heard.lock().unwrap();
        assert!(heard.contains("without a status") && heard.contains("in a destructor"), "{heard}");
    }

    #[test]
    fn every_entry_catches_panics() {
        let constants = ["deepcrop_abi_version", "deepcrop_version"];
        let mut count = 0;
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                continue; // bin/ has a program, which calls the entries
            }
            let text = std::fs::read_to_string(path).unwrap();
            for function in text.split("extern \"C\" fn ").skip(1) {
                let (name, rest) = function.split_once('(').unwrap();
                let body = rest.split_once(" {\n").unwrap().1.trim_start();
                let catches = ["entry(", "entry_or(", "free("].iter().any(|start| body.starts_with(start));
                assert!(catches || constants.contains(&name), "{name} begins with neither entry nor entry_or");
                count += 1;
            }
        }
        assert!(count > 40, "only {count} entries were found");
    }
}
