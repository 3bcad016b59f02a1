//! Stopping a long call, and hearing how far it is.

use std::ffi::{CString, c_char, c_void};

use super::entry::{entry, entry_or, free, give, optional, out};
use super::log::UserData;
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::Cancel;
use deepcrop::types::Progress;

/// A cancel flag: stops the calls that it is passed to, and reports their progress. Any thread may use it, and several
/// calls may share it. Keep it alive until every call that it was passed to has returned.
pub struct deepcrop_cancel(pub Cancel);

/// Hears how far a call is: a fraction from 0 to 1, and in UTF-8 what is being done. Called on the thread that makes the
/// call; it may not call this library, except deepcrop_cancel_raise: deepcrop_cancel_on_progress would wait for it for ever.
/// Where it may not run any more while your program ends (an interpreter that shuts down), and calls may still be running
/// then, set it to NULL before.
pub type deepcrop_progress_callback =
    Option<unsafe extern "C" fn(fraction: f32, doing: *const c_char, user_data: *mut c_void)>;

/// A new flag, which is down. Free it with deepcrop_cancel_free.
///
/// # Safety
/// `cancel` points to room for a pointer; `error` is NULL or points to room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_cancel_new(
    cancel: *mut *mut deepcrop_cancel,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        // In two steps: in one, the flag would be made before the pointer is found to be NULL, and lost.
        let cancel = out(cancel, "cancel")?;
        *cancel = give(deepcrop_cancel(Cancel::new()));
        Ok(())
    })
}

/// Stops every call that has this flag; they return DEEPCROP_ERROR_CANCELLED after the step that they are at (a few milliseconds
/// in a network, longer where a huge picture is copied or a network loaded), and so does
/// every later call until deepcrop_cancel_reset. From any thread. NULL does nothing.
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

/// Lowers the flag, so that it can serve again. NULL does nothing.
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

/// Who hears about the progress of calls that have this flag; NULL for nobody. Does nothing if `cancel` is NULL. `user_data`
/// is handed to the callback. A callback that is running is waited for, so do not hold a lock that it takes; after this call
/// the earlier callback does not run any more, and its `user_data` may go.
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
            Box::new(move |fraction, doing| {
                let doing = CString::new(doing).unwrap_or_default();
                // SAFETY: the caller keeps callback and user data valid.
                unsafe { callback(fraction, doing.as_ptr(), user_data.get()) }
            })
        }));
    });
}

/// Frees a flag. NULL does nothing.
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
