//! Versions, status numbers and the caller's error buffer.

use std::ffi::c_char;

use super::abi::ABI_VERSION;
use deepcrop::{Error, ErrorKind};

/// What a call came to: `DEEPCROP_OK`, or the number of an error. Numbers are never reused; later versions may add some.
pub type deepcrop_status = i32;

/// It worked.
pub const DEEPCROP_OK: i32 = 0;
/// An argument makes no sense: a NULL that is not allowed, an unknown option.
pub const DEEPCROP_ERROR_ARGUMENT: i32 = 1;
/// The size, stride or format of a picture does not hold together.
pub const DEEPCROP_ERROR_IMAGE: i32 = 2;
/// A prompt lies outside the picture, is not a number, or is malformed.
pub const DEEPCROP_ERROR_PROMPT: i32 = 3;
/// A file cannot be read.
pub const DEEPCROP_ERROR_FILE: i32 = 4;
/// A network is corrupt or of an unknown kind.
pub const DEEPCROP_ERROR_MODEL: i32 = 5;
/// ONNX Runtime is missing, too old, or not what it claims to be.
pub const DEEPCROP_ERROR_RUNTIME: i32 = 6;
/// The execution provider that was asked for does not work here.
pub const DEEPCROP_ERROR_PROVIDER: i32 = 7;
/// The network failed while it ran.
pub const DEEPCROP_ERROR_INFERENCE: i32 = 8;
/// The caller cancelled.
pub const DEEPCROP_ERROR_CANCELLED: i32 = 9;
/// Not enough memory.
pub const DEEPCROP_ERROR_MEMORY: i32 = 10;
/// A fault of this library; please report it.
pub const DEEPCROP_ERROR_INTERNAL: i32 = 11;

// cbindgen writes only plain numbers into the header.
const _: () = assert!(DEEPCROP_ERROR_ARGUMENT == ErrorKind::Argument as i32);
const _: () = assert!(DEEPCROP_ERROR_IMAGE == ErrorKind::Image as i32);
const _: () = assert!(DEEPCROP_ERROR_PROMPT == ErrorKind::Prompt as i32);
const _: () = assert!(DEEPCROP_ERROR_FILE == ErrorKind::File as i32);
const _: () = assert!(DEEPCROP_ERROR_MODEL == ErrorKind::Model as i32);
const _: () = assert!(DEEPCROP_ERROR_RUNTIME == ErrorKind::Runtime as i32);
const _: () = assert!(DEEPCROP_ERROR_PROVIDER == ErrorKind::Provider as i32);
const _: () = assert!(DEEPCROP_ERROR_INFERENCE == ErrorKind::Inference as i32);
const _: () = assert!(DEEPCROP_ERROR_CANCELLED == ErrorKind::Cancelled as i32);
const _: () = assert!(DEEPCROP_ERROR_MEMORY == ErrorKind::Memory as i32);
const _: () = assert!(DEEPCROP_ERROR_INTERNAL == ErrorKind::Internal as i32);

/// Bytes of `deepcrop_error.message`, the closing zero included.
pub const DEEPCROP_MESSAGE_SIZE: usize = 508;

/// Why a call failed. It lies in the caller's memory, usually on the stack; every call that can fail takes a pointer to one
/// as its last argument, or NULL. It is written by every such call, with `DEEPCROP_OK` and an empty message on success.
#[repr(C)]
pub struct deepcrop_error {
    /// The same number that the call returned.
    pub status: deepcrop_status,
    /// UTF-8: what was wrong, and what to do about it. Always ends with a zero.
    pub message: [c_char; DEEPCROP_MESSAGE_SIZE],
}

impl deepcrop_error {
    /// The error as the C interface tells it; a message that is too long is cut between two letters.
    pub fn new(error: Option<&Error>) -> Self {
        let mut told = Self {
            status: error.map_or(DEEPCROP_OK, |error| error.kind() as i32),
            message: [0; DEEPCROP_MESSAGE_SIZE],
        };
        let text = error.map(Error::to_string).unwrap_or_default();
        let mut end = text.len().min(DEEPCROP_MESSAGE_SIZE - 1);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        told.message.iter_mut().zip(&text.as_bytes()[..end]).for_each(|(out, &byte)| *out = byte as c_char);
        told
    }
}

/// The number of this interface. It is also in the name of the library (libdeepcrop.so.1); a program runs with any library
/// that has the number of the header it was compiled with, DEEPCROP_ABI_VERSION.
#[unsafe(no_mangle)]
pub extern "C" fn deepcrop_abi_version() -> u32 {
    ABI_VERSION
}

/// The version of the library, "0.1.0" for example. Never NULL; do not free.
#[unsafe(no_mangle)]
pub extern "C" fn deepcrop_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    #[test]
    fn the_numbers_are_those_of_the_errors() {
        let text = String::new;
        for (error, status) in [
            (ErrorKind::Argument.error(text()), DEEPCROP_ERROR_ARGUMENT),
            (ErrorKind::Image.error(text()), DEEPCROP_ERROR_IMAGE),
            (ErrorKind::Prompt.error(text()), DEEPCROP_ERROR_PROMPT),
            (ErrorKind::File.error(text()), DEEPCROP_ERROR_FILE),
            (ErrorKind::Model.error(text()), DEEPCROP_ERROR_MODEL),
            (ErrorKind::Runtime.error(text()), DEEPCROP_ERROR_RUNTIME),
            (ErrorKind::Provider.error(text()), DEEPCROP_ERROR_PROVIDER),
            (ErrorKind::Inference.error(text()), DEEPCROP_ERROR_INFERENCE),
            (Error::cancelled(), DEEPCROP_ERROR_CANCELLED),
            (ErrorKind::Memory.error(text()), DEEPCROP_ERROR_MEMORY),
            (ErrorKind::Internal.error(text()), DEEPCROP_ERROR_INTERNAL),
        ] {
            assert_eq!(error.kind() as i32, status);
        }
    }

    #[test]
    fn a_long_message_is_cut_between_letters() {
        let told = deepcrop_error::new(Some(&ErrorKind::File.error("ä".repeat(400))));
        // SAFETY: the message always ends with a zero.
        let message = unsafe { CStr::from_ptr(told.message.as_ptr()) }.to_str().unwrap();
        assert_eq!(message, "ä".repeat(253));
    }
}
