//! Run lengths of masks, in COCO's form.

use std::ffi::{CString, c_char};
use std::ptr::null;

use super::entry::{entry, entry_or, free, give, optional, out, required};
use super::mask::deepcrop_mask;
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::internals::mask::run_lengths::RunLengths;

/// The run lengths of a mask, as the COCO data set stores them. They never change, and any thread may read them. They
/// do not need their mask: it may be freed first.
pub struct deepcrop_run_lengths {
    counts: Vec<u32>,
    packed: CString,
    json: CString,
}

/// Computes the run lengths of a mask, for COCO's tools: the number of pixels not selected, then selected (by half or
/// more), and so on in turn, column by column from the top left corner. Free them with deepcrop_run_lengths_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_mask_run_lengths(
    mask: *const deepcrop_mask,
    run_lengths: *mut *mut deepcrop_run_lengths,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let run_lengths = out(run_lengths, "run_lengths")?;
        let runs = RunLengths::of(&required(mask, "mask")?.mask)?;
        let [packed, json] = [runs.to_compressed(), runs.to_json()].map(|text| CString::new(text).unwrap_or_default());
        *run_lengths = give(deepcrop_run_lengths { counts: runs.counts, packed, json });
        Ok(())
    })
}

/// Returns the run lengths as numbers, COCO's uncompressed form. The first may be 0; their sum is the number of pixels.
/// `*count` is set to how many there are; `count` may be NULL. They live as long as `run_lengths`. NULL if
/// `run_lengths` is NULL.
///
/// # Safety
/// `run_lengths` is NULL or was not freed; `count` is NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_run_lengths_counts(
    run_lengths: *const deepcrop_run_lengths,
    count: *mut usize,
) -> *const u32 {
    entry_or(null(), || {
        let counts = optional(run_lengths).map(|runs| runs.counts.as_slice());
        // SAFETY: the caller passes NULL or room for a number.
        if let Some(count) = unsafe { count.as_mut() } {
            *count = counts.map_or(0, <[u32]>::len);
        }
        counts.map_or(null(), <[u32]>::as_ptr)
    })
}

/// Returns the run lengths as a string, COCO's compressed form, as pycocotools reads and writes it. The string lives as
/// long as `run_lengths`. NULL if `run_lengths` is NULL.
///
/// # Safety
/// `run_lengths` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_run_lengths_packed(run_lengths: *const deepcrop_run_lengths) -> *const c_char {
    entry_or(null(), || optional(run_lengths).map_or(null(), |runs| runs.packed.as_ptr()))
}

/// Returns an annotation as in COCO's files, in JSON: segmentation (size and compressed run lengths), area, bbox,
/// iscrowd. The string lives as long as `run_lengths`. NULL if `run_lengths` is NULL.
///
/// # Safety
/// `run_lengths` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_run_lengths_json(run_lengths: *const deepcrop_run_lengths) -> *const c_char {
    entry_or(null(), || optional(run_lengths).map_or(null(), |runs| runs.json.as_ptr()))
}

/// Frees run lengths. NULL does nothing.
///
/// # Safety
/// `run_lengths` is NULL or was not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_run_lengths_free(run_lengths: *mut deepcrop_run_lengths) {
    free(run_lengths);
}
