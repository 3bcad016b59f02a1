//! Outlines: the closed lines round a mask.

use std::ffi::{CString, c_char};

use super::entry::{Sized32, describe, entry, free, give, optional, options, out, required};
use super::mask::deepcrop_mask;
use super::picture::deepcrop_point;
use super::status::{deepcrop_error, deepcrop_status};
use crate::error::Error;
use crate::outline::{Outline, OutlineOptions};

/// deepcrop_ring.parent of a ring that lies in no other.
pub const DEEPCROP_NO_PARENT: u32 = 0xFFFF_FFFF;

/// The outline of a mask. It never changes; any thread may read it. It does not need its mask.
pub struct deepcrop_outline {
    rings: Vec<Line>,
    svg_path: CString,
}

struct Line {
    points: Vec<deepcrop_point>,
    hole: bool,
    parent: Option<usize>,
}

/// How to make an outline. Set struct_size to the size of this struct and everything else to zero but what you want to
/// change.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_outline_options {
    /// sizeof(deepcrop_outline_options)
    pub struct_size: u32,
    /// 0
    pub reserved: u32,
    /// How far the line may stray from the mask's edge so that it needs fewer points, in pixels; 0 is half a pixel.
    pub tolerance: f64,
    /// Rings round less than this many square pixels are left out; 0 is four.
    pub smallest_area: f64,
}

// SAFETY: two u32 and two f64, no padding; zeros are the defaults.
unsafe impl Sized32 for deepcrop_outline_options {}

/// One closed line; the last point is joined to the first. Outer rings go clockwise on the screen, holes the other way.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_ring {
    /// Set by the caller: sizeof(deepcrop_ring)
    pub struct_size: u32,
    /// 1 if the ring bounds a hole, else 0.
    pub hole: u32,
    /// In picture pixels; they live as long as the outline.
    pub points: *const deepcrop_point,
    /// How many; at least three.
    pub point_count: usize,
    /// The number of the ring next outside this one, or DEEPCROP_NO_PARENT. It is smaller than this ring's own.
    pub parent: u32,
    /// Always 0 for now.
    pub reserved: u32,
}

// SAFETY: two u32, a pointer and a size, two u32, no padding; zeros are a value.
unsafe impl Sized32 for deepcrop_ring {}

/// Traces a mask where it is half selected, to a fraction of a pixel, with holes. `options` may be NULL.
/// Free the outline with deepcrop_outline_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_mask_outline(
    mask: *const deepcrop_mask,
    options: *const deepcrop_outline_options,
    outline: *mut *mut deepcrop_outline,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let outline = out(outline, "outline")?;
        let mask = required(mask, "mask")?.mask.clone();
        let given = self::options(options, "options")?;
        if given.reserved != 0 {
            return Err(Error::Argument(
                "`reserved` of `options` is not 0; clear the struct before you fill it".into(),
            ));
        }
        let default = OutlineOptions::default();
        let or_default = |value: f64, default: f64| if value == 0.0 { default } else { value };
        let traced = Outline::trace(
            &mask,
            &OutlineOptions {
                tolerance: or_default(given.tolerance, default.tolerance),
                smallest_area: or_default(given.smallest_area, default.smallest_area),
            },
        )?;
        let svg_path = CString::new(traced.to_svg_path()).unwrap_or_default();
        let rings = traced.rings.into_iter().map(|ring| Line {
            points: ring.points.iter().map(|point| deepcrop_point { x: point.x, y: point.y }).collect(),
            hole: ring.hole,
            parent: ring.parent,
        });
        *outline = give(deepcrop_outline { rings: rings.collect(), svg_path });
        Ok(())
    })
}

/// How many rings an outline has; 0 if it is NULL.
///
/// # Safety
/// `outline` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_outline_ring_count(outline: *const deepcrop_outline) -> usize {
    optional(outline).map_or(0, |outline| outline.rings.len())
}

/// One ring, counted from 0. Set ring->struct_size before the call.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_outline_ring(
    outline: *const deepcrop_outline,
    index: usize,
    ring: *mut deepcrop_ring,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let outline = required(outline, "outline")?;
        let line = outline.rings.get(index).ok_or_else(|| {
            Error::Argument(format!("there is no ring {index}; the outline has {}", outline.rings.len()))
        })?;
        let value = deepcrop_ring {
            struct_size: 0,
            hole: line.hole.into(),
            points: line.points.as_ptr(),
            point_count: line.points.len(),
            parent: line.parent.map_or(DEEPCROP_NO_PARENT, |parent| parent as u32),
            reserved: 0,
        };
        describe(ring, "ring", value)
    })
}

/// The whole outline as the `d` of an SVG path in picture pixels; fill it by the even-odd rule. It lives as long as the
/// outline. NULL if `outline` is NULL.
///
/// # Safety
/// `outline` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_outline_svg_path(outline: *const deepcrop_outline) -> *const c_char {
    optional(outline).map_or(std::ptr::null(), |outline| outline.svg_path.as_ptr())
}

/// Frees an outline. NULL does nothing.
///
/// # Safety
/// `outline` is NULL or was not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_outline_free(outline: *mut deepcrop_outline) {
    free(outline);
}
