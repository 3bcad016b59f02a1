//! Log messages, sent to a callback of the caller.

use std::ffi::{c_char, c_void};

use super::entry::{c_string, entry_or};
use deepcrop::internals::base::log::{Level, Sink, set_sink};

/// Something failed.
pub const DEEPCROP_LOG_ERROR: u32 = 1;
/// Something is wrong, but the call goes on.
pub const DEEPCROP_LOG_WARNING: u32 = 2;
/// A choice of the library, and its reason.
pub const DEEPCROP_LOG_INFO: u32 = 3;
/// For developers of this library.
pub const DEEPCROP_LOG_DEBUG: u32 = 4;

// cbindgen writes only plain numbers into the header.
const _: () = assert!(DEEPCROP_LOG_ERROR == Level::Error as u32);
const _: () = assert!(DEEPCROP_LOG_WARNING == Level::Warning as u32);
const _: () = assert!(DEEPCROP_LOG_INFO == Level::Info as u32);
const _: () = assert!(DEEPCROP_LOG_DEBUG == Level::Debug as u32);

/// Receives a log message in UTF-8, which is valid during the call. It may be called from any thread, and from several
/// at once. It must not call this library. Your threads and those of ONNX Runtime may still be running while your
/// program ends. If the callback must not run then (for example because an interpreter is shutting down), call
/// deepcrop_log_set with NULL first.
pub type deepcrop_log_callback =
    Option<unsafe extern "C" fn(level: u32, message: *const c_char, user_data: *mut c_void)>;

/// Sends the log messages of the whole process to `callback`, except those of models with a callback of their own (see
/// deepcrop_model_options.log). NULL turns logging off, which is the default. The library itself never writes to the
/// terminal. `user_data` is passed to the callback. It must stay valid until another callback is set and all
/// calls that were running then have returned.
///
/// # Safety
/// `user_data` must stay valid until another callback is set and all running calls have returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_log_set(callback: deepcrop_log_callback, user_data: *mut c_void) {
    entry_or((), || {
        set_sink(sink_of(callback, user_data));
    });
}

/// The library's view of a callback.
pub(super) fn sink_of(callback: deepcrop_log_callback, user_data: *mut c_void) -> Option<Sink> {
    let (callback, user_data) = (callback?, UserData(user_data));
    Some(Sink::new(move |level, message| {
        let text = c_string(message);
        // SAFETY: the caller keeps callback and user data valid, and made them for any thread.
        unsafe { callback(level as u32, text.as_ptr(), user_data.get()) }
    }))
}

/// The caller's pointer, passed back unchanged.
#[derive(Clone, Copy)]
pub struct UserData(pub *mut c_void);

impl UserData {
    pub(super) fn get(self) -> *mut c_void {
        self.0
    }
}

// SAFETY: never dereferenced here; the caller makes it usable on the threads that the header names.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}
