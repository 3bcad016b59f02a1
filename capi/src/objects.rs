//! What a model finds without a click: all objects of a picture, and its subject.

use std::ffi::{CString, c_char};

use super::cancel::{cancel_of, deepcrop_cancel};
use super::entry::{Sized32, c_string, describe, entry, entry_or, free, give, optional, out, required};
use super::mask::deepcrop_mask;
use super::picture::{deepcrop_picture, deepcrop_segment_options, segment_options};
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::types::Object;
use deepcrop::{ErrorKind, Result};

/// All objects of a picture. They never change, and any thread may read them. They do not need their picture or its
/// model: both may be freed first.
pub struct deepcrop_objects(Vec<(Object, CString)>);

/// One object.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_object {
    /// Set it to sizeof(deepcrop_object) before the call.
    pub struct_size: u32,
    /// Number of the class of the object.
    pub label: u32,
    /// Name of the class in UTF-8, never NULL; empty if unknown. It lives as long as the objects.
    pub name: *const c_char,
    /// How sure the model is of the object, 0 to 1.
    pub score: f32,
    /// Always 0 for now.
    pub reserved: u32,
    /// Left edge of the box that the model drew around the object, in picture pixels. The box of its mask may differ by
    /// some pixels.
    pub x0: f64,
    /// Top edge of the box.
    pub y0: f64,
    /// Right edge of the box.
    pub x1: f64,
    /// Bottom edge of the box.
    pub y1: f64,
}

// SAFETY: two u32, a pointer, an f32 and a u32, four f64: no padding; zeros are a value.
unsafe impl Sized32 for deepcrop_object {}

/// Finds all objects of a picture without a click, best score first. This needs a model that lists objects (YOLO-seg,
/// FastSAM, Mask R-CNN); other models return an error. `options` and `cancel` may be NULL. Free the objects with
/// deepcrop_objects_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_picture_objects(
    picture: *const deepcrop_picture,
    options: *const deepcrop_segment_options,
    cancel: *const deepcrop_cancel,
    objects: *mut *mut deepcrop_objects,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let objects = out(objects, "objects")?;
        let picture = &required(picture, "picture")?.0;
        let found = picture.objects(&segment_options(options)?, &cancel_of(cancel))?;
        let named = found.into_iter().map(|object| {
            let name = c_string(&object.name);
            (object, name)
        });
        *objects = give(deepcrop_objects(named.collect()));
        Ok(())
    })
}

/// Selects the main subject of a picture, without a click. Some models find it by themselves (U²-Net, BiRefNet,
/// YOLO-seg, "extractnet"). Models that only answer clicks are probed at up to 49 points. The mask is empty, with score
/// 0, if nothing stands out. To correct it, begin a list of prompts with it. `options` and `cancel` may be NULL. Free
/// the mask with deepcrop_mask_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_picture_subject(
    picture: *const deepcrop_picture,
    options: *const deepcrop_segment_options,
    cancel: *const deepcrop_cancel,
    mask: *mut *mut deepcrop_mask,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let mask = out(mask, "mask")?;
        let picture = &required(picture, "picture")?.0;
        *mask = give(picture.subject(&segment_options(options)?, &cancel_of(cancel))?.into());
        Ok(())
    })
}

/// Returns the number of objects; 0 if `objects` is NULL.
///
/// # Safety
/// `objects` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_objects_count(objects: *const deepcrop_objects) -> usize {
    entry_or(0, || optional(objects).map_or(0, |objects| objects.0.len()))
}

/// Writes information about object `index`, counted from 0, to `*object`. Set object->struct_size before the call.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_objects_describe(
    objects: *const deepcrop_objects,
    index: usize,
    object: *mut deepcrop_object,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let (found, name) = at(required(objects, "objects")?, index)?;
        let value = deepcrop_object {
            struct_size: 0,
            label: found.label,
            name: name.as_ptr(),
            score: found.score,
            reserved: 0,
            x0: found.bounds.x0,
            y0: found.bounds.y0,
            x1: found.bounds.x1,
            y1: found.bounds.y1,
        };
        describe(object, "object", value)
    })
}

/// Returns the mask of object `index`, counted from 0. Free the mask with deepcrop_mask_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_objects_mask(
    objects: *const deepcrop_objects,
    index: usize,
    mask: *mut *mut deepcrop_mask,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let mask = out(mask, "mask")?;
        let (found, _) = at(required(objects, "objects")?, index)?;
        *mask = give(deepcrop_mask::new(found.mask.unpack()?, found.score));
        Ok(())
    })
}

fn at(objects: &deepcrop_objects, index: usize) -> Result<&(Object, CString)> {
    let count = objects.0.len();
    let sentence = || format!("there is no object {index}; pass an index below the number of objects, {count}");
    objects.0.get(index).ok_or_else(|| ErrorKind::Argument.error(sentence()))
}

/// Frees objects. NULL does nothing.
///
/// # Safety
/// `objects` is NULL or was not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_objects_free(objects: *mut deepcrop_objects) {
    free(objects);
}
