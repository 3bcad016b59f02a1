//! What a bug report needs to know.

use std::ffi::{CString, c_char};
use std::path::PathBuf;
use std::ptr::null;

use super::abi::ABI_VERSION;
use super::cancel::{cancel_of, deepcrop_cancel};
use super::entry::{entry, entry_or, free, give, optional, out, text};
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::internals::session::doctor::examine;

/// What was found and what works. It never changes; any thread may read it.
pub struct deepcrop_report {
    text: CString,
    works: bool,
}

/// Tries all that this library can use, as the command `deepcrop doctor` does, and tells what came of it: for a button
/// "Copy report". What is missing or broken is a finding, no failure. It takes a second or so, and every provider that
/// ONNX Runtime has is tried: do it on a thread of its own. Any thread may call it, beside any other call.
///
/// `runtime_path` is the ONNX Runtime library to use, in UTF-8; NULL to look for it as deepcrop_model_load does. A process
/// that has opened a runtime already tells of that one. `cancel` may be NULL; it hears of each trial from 0 to 1. Free the
/// report with deepcrop_report_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_doctor(
    runtime_path: *const c_char,
    cancel: *const deepcrop_cancel,
    report: *mut *mut deepcrop_report,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let report = out(report, "report")?;
        let runtime = text(runtime_path, "runtime_path")?.map(PathBuf::from);
        let mut lines = Vec::new();
        let program = format!("deepcrop {} (ABI {ABI_VERSION})", env!("CARGO_PKG_VERSION"));
        let works =
            examine(&program, runtime.as_deref(), &cancel_of(cancel), &mut |line| lines.push(line.replace('\0', " ")))?;
        let text = CString::new(lines.join("\n")).unwrap_or_default();
        *report = give(deepcrop_report { text, works });
        Ok(())
    })
}

/// The report in UTF-8: lines, the last without a line break. It lives as long as the report. NULL if `report` is NULL.
///
/// # Safety
/// `report` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_report_text(report: *const deepcrop_report) -> *const c_char {
    entry_or(null(), || optional(report).map_or(null(), |report| report.text.as_ptr()))
}

/// 1 if the built-in network runs; 0 if it does not, so that only the classical engine is there, or if `report` is NULL.
///
/// # Safety
/// `report` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_report_works(report: *const deepcrop_report) -> u32 {
    entry_or(0, || optional(report).is_some_and(|report| report.works).into())
}

/// Frees a report. NULL does nothing.
///
/// # Safety
/// `report` is NULL or was not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_report_free(report: *mut deepcrop_report) {
    free(report);
}
