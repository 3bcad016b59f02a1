//! Versions, status numbers and the caller's error buffer.

use std::borrow::Cow;
use std::ffi::c_char;

use super::abi::ABI_VERSION;
use deepcrop::{Error, ErrorKind};

/// The result of a call: `DEEPCROP_OK` or the number of an error. Numbers are never reused; later versions may add
/// some.
pub type deepcrop_status = i32;

/// The version of the library that this header belongs to; deepcrop_version tells that of the library itself.
pub const DEEPCROP_VERSION_MAJOR: u32 = 0;
/// The second number of the version.
pub const DEEPCROP_VERSION_MINOR: u32 = 2;
/// The third number of the version.
pub const DEEPCROP_VERSION_PATCH: u32 = 0;

/// The call succeeded.
pub const DEEPCROP_OK: i32 = 0;
/// An argument is invalid, for example a NULL that is not allowed or an unknown option.
pub const DEEPCROP_ERROR_ARGUMENT: i32 = 1;
/// The size, stride and format of a picture do not fit together, or one of them is invalid.
pub const DEEPCROP_ERROR_IMAGE: i32 = 2;
/// A prompt lies outside the picture, has a coordinate that is not a number, or is malformed.
pub const DEEPCROP_ERROR_PROMPT: i32 = 3;
/// A file or folder is missing or cannot be used.
pub const DEEPCROP_ERROR_FILE: i32 = 4;
/// A network is damaged or its family is unknown.
pub const DEEPCROP_ERROR_MODEL: i32 = 5;
/// ONNX Runtime is missing or too old, or the library found is not ONNX Runtime.
pub const DEEPCROP_ERROR_RUNTIME: i32 = 6;
/// The requested provider does not work on this machine.
pub const DEEPCROP_ERROR_PROVIDER: i32 = 7;
/// The network failed while it ran.
pub const DEEPCROP_ERROR_INFERENCE: i32 = 8;
/// The call was cancelled.
pub const DEEPCROP_ERROR_CANCELLED: i32 = 9;
/// There is not enough memory.
pub const DEEPCROP_ERROR_MEMORY: i32 = 10;
/// A bug in this library; please report it.
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

/// Size of `deepcrop_error.message` in bytes, including the closing zero.
pub const DEEPCROP_MESSAGE_SIZE: usize = 508;

/// Why a call failed. It lies in your memory, usually on the stack. Every call that can fail takes a pointer to one as
/// its last argument, or NULL, and always writes to it: after a success `status` is `DEEPCROP_OK` and `message` is
/// empty.
#[repr(C)]
pub struct deepcrop_error {
    /// The number that the call returned.
    pub status: deepcrop_status,
    /// What went wrong and what to do about it, in UTF-8. Always ends with a zero.
    pub message: [c_char; DEEPCROP_MESSAGE_SIZE],
}

impl deepcrop_error {
    /// The error for the caller. A message that is too long ends after a word.
    pub fn new(error: Option<&Error>) -> Self {
        let mut told = Self {
            status: error.map_or(DEEPCROP_OK, |error| error.kind() as i32),
            message: [0; DEEPCROP_MESSAGE_SIZE],
        };
        let text = error.map(Error::to_string).unwrap_or_default();
        let text = shortened(&text, DEEPCROP_MESSAGE_SIZE - 1);
        told.message.iter_mut().zip(text.bytes()).for_each(|(out, byte)| *out = byte as c_char);
        told
    }
}

/// A text of at most so many bytes: a longer one ends after a word, with an ellipsis.
fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    const ELLIPSIS: &str = " …";
    if text.len() <= most {
        return text.into();
    }
    let end = text.floor_char_boundary(most - ELLIPSIS.len());
    let word = text[..end].rfind(' ').filter(|at| *at > end / 2).unwrap_or(end);
    format!("{}{ELLIPSIS}", &text[..word]).into()
}

/// Returns the ABI number of the library, which is also in its file name (libdeepcrop.so.1). A program runs with every
/// library that has the ABI number of the header it was compiled with, DEEPCROP_ABI_VERSION.
#[unsafe(no_mangle)]
pub extern "C" fn deepcrop_abi_version() -> u32 {
    ABI_VERSION
}

/// Returns the version of the library, for example "0.2.0". Never NULL; do not free it.
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
    fn a_long_message_is_cut_after_a_word() {
        for (text, shown) in [
            ("ä".repeat(400), "ä".repeat(251) + " …"),
            ("word ".repeat(200), "word ".repeat(100) + "…"),
            ("a".repeat(507), "a".repeat(507)),
        ] {
            let told = deepcrop_error::new(Some(&ErrorKind::File.error(text)));
            // SAFETY: the message always ends with a zero.
            let message = unsafe { CStr::from_ptr(told.message.as_ptr()) }.to_str().unwrap();
            assert_eq!(message, shown);
        }
    }
}
