//! Cancel flags: stopping a long call, and its progress.

use std::ffi::{c_char, c_void};

use super::entry::{c_string, entry, entry_or, free, give, optional, out};
use super::log::UserData;
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::Cancel;
use deepcrop::types::Progress;

/// A cancel flag: stops the calls that it is passed to, and reports their progress. Any thread may use it, and several
/// calls may share it. Keep it alive until every call that it was passed to has returned.
pub struct deepcrop_cancel(pub Cancel);

/// Receives the progress of a call: a fraction from 0 to 1, and the current step in UTF-8. It is called on the thread
/// that made the call. It must not call this library, except deepcrop_cancel_raise; deepcrop_cancel_on_progress would
/// wait for ever. If calls may still be running while your program ends, and the callback must not run then (for
/// example because an interpreter is shutting down), set it to NULL first.
pub type deepcrop_progress_callback =
    Option<unsafe extern "C" fn(fraction: f32, step: *const c_char, user_data: *mut c_void)>;

/// Creates a cancel flag, which is not raised. Free it with deepcrop_cancel_free.
///
/// # Safety
/// `cancel` points to room for a pointer; `error` is NULL or points to room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_cancel_new(
    cancel: *mut *mut deepcrop_cancel,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        // In two steps: in one, the flag would be created and lost if the pointer is NULL.
        let cancel = out(cancel, "cancel")?;
        *cancel = give(deepcrop_cancel(Cancel::new()));
        Ok(())
    })
}

/// Stops every call that this flag was passed to. The calls return DEEPCROP_ERROR_CANCELLED after their current step.
/// That takes a few milliseconds in a network, and longer while a huge picture is copied or a network is loaded. Later
/// calls with this flag fail in the same way until deepcrop_cancel_reset. Any thread may raise a flag. NULL does
/// nothing.
///
/// # Safety
/// `cancel` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_cancel_raise(cancel: *const deepcrop_cancel) {
    entry_or((), || {
        if let Some(cancel) = optional(cancel) {
            cancel.0.raise();
        }
    });
}

/// Lowers the flag, so that it can be used again. NULL does nothing.
///
/// # Safety
/// `cancel` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_cancel_reset(cancel: *const deepcrop_cancel) {
    entry_or((), || {
        if let Some(cancel) = optional(cancel) {
            cancel.0.reset();
        }
    });
}

/// Sets the callback that receives the progress of all calls with this flag; NULL removes it. `user_data` is passed to
/// the callback. This call waits while the previous callback is running, so do not hold a lock that the callback takes.
/// Once it has returned, the previous callback is not called any more, and its `user_data` may be freed. Does nothing
/// if `cancel` is NULL.
///
/// # Safety
/// `cancel` is NULL or was not freed; `user_data` stays valid until another callback is set or all calls that have the flag
/// returned. No callback of this flag may make this call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_cancel_on_progress(
    cancel: *const deepcrop_cancel,
    callback: deepcrop_progress_callback,
    user_data: *mut c_void,
) {
    entry_or((), || {
        let user_data = UserData(user_data);
        let Some(cancel) = optional(cancel) else { return };
        cancel.0.on_progress(callback.map(|callback| -> Progress {
            Box::new(move |fraction, step| {
                let step = c_string(step);
                // SAFETY: the caller keeps callback and user data valid.
                unsafe { callback(fraction, step.as_ptr(), user_data.get()) }
            })
        }));
    });
}

/// Frees a cancel flag. NULL does nothing.
///
/// # Safety
/// `cancel` is NULL or was not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_cancel_free(cancel: *mut deepcrop_cancel) {
    free(cancel);
}

/// The flag behind a pointer that may be NULL.
pub(super) fn cancel_of(cancel: *const deepcrop_cancel) -> Cancel {
    optional(cancel).map_or_else(Cancel::new, |cancel| cancel.0.clone())
}
