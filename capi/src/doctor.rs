//! The report to paste into a bug report.

use std::ffi::{CString, c_char};
use std::path::PathBuf;
use std::ptr::null;

use super::abi::ABI_VERSION;
use super::cancel::{cancel_of, deepcrop_cancel};
use super::entry::{c_string, entry, entry_or, free, give, optional, out, text};
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::internals::session::doctor::examine;

/// A report on what this library found and what works. It never changes, and any thread may read it.
pub struct deepcrop_report {
    text: CString,
    works: bool,
}

/// Tries everything that this library can use and reports the results, like the command `deepcrop doctor`. Use it for a
/// button "Copy report". Missing or broken parts are lines of the report, not errors. It takes about a second, because
/// it tries every provider of ONNX Runtime: call it on a thread of its own. Other calls may run at the same time.
///
/// `runtime_path` is the path of the ONNX Runtime library in UTF-8; NULL to search for it as deepcrop_model_load does.
/// If the process has opened an ONNX Runtime already, the report is about that one. `cancel` may be NULL; its progress
/// goes from 0 to 1 over all trials. Free the report with deepcrop_report_free.
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
        let works = examine(&program, runtime.as_deref(), &cancel_of(cancel), &mut |line| lines.push(line.to_owned()))?;
        let text = c_string(&lines.join("\n"));
        *report = give(deepcrop_report { text, works });
        Ok(())
    })
}

/// Returns the report in UTF-8: lines, without a line break at the end. The string lives as long as the report. NULL if
/// `report` is NULL.
///
/// # Safety
/// `report` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_report_text(report: *const deepcrop_report) -> *const c_char {
    entry_or(null(), || optional(report).map_or(null(), |report| report.text.as_ptr()))
}

/// Returns 1 if the built-in network runs. Returns 0 if only the classical engine works, or if `report` is NULL.
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
