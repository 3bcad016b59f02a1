//! Any width, height, stride, format and bytes through the C interface: a mask of that size, or the right error.
#![no_main]

#[path = "../../capi/src/lib.rs"]
#[allow(dead_code, unused_imports, reason = "the whole C interface, of which this target calls a part")]
mod capi;

use std::ffi::CStr;
use std::ptr::{null, null_mut};
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use capi::*;

/// The fields of `deepcrop_image` and a click, mostly of sizes for which memory can be had.
#[derive(Arbitrary, Debug)]
struct Input<'a> {
    width: u8,
    height: u8,
    /// Instead of the small ones.
    huge: Option<(u32, u32, usize)>,
    gap: i8,
    format: u8,
    premultiplied: u8,
    no_data: bool,
    x: f64,
    y: f64,
    /// Shares of the width and height, so that many clicks lie in the picture.
    share: Option<(u8, u8)>,
    pixels: &'a [u8],
}

struct Model(*mut deepcrop_model);
// SAFETY: any thread may use a model.
unsafe impl Send for Model {}
// SAFETY: any number of threads may use a model.
unsafe impl Sync for Model {}

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let mut model = null_mut();
    // SAFETY: the string ends with a zero; the other pointers are NULL or valid.
    let status = unsafe { deepcrop_model_load(c"classical".as_ptr(), null(), &mut model, null_mut()) };
    assert_eq!(status, DEEPCROP_OK);
    Model(model)
});

fuzz_target!(|input: Input| {
    // Mostly formats that there are.
    let format = input.format % 12;
    let bytes = [1, 3, 4, 4, 8, 16, 2, 6, 12].get(usize::from(format).wrapping_sub(1)).copied();
    let (width, height) = (u32::from(input.width) % 80, u32::from(input.height) % 80);
    let row = width as usize * bytes.unwrap_or(4);
    let stride = row.wrapping_add_signed(isize::from(input.gap % 20));
    let (width, height, stride) = input.huge.unwrap_or((width, height, stride));
    let small = width < 80 && height < 80 && stride < 80 * 16 + 20;
    let good_shape = width > 0 && height > 0 && bytes.is_some_and(|bytes| stride >= width as usize * bytes);
    // Only a picture that is really there may be passed as one.
    if good_shape && !small && !input.no_data {
        return;
    }
    let mut memory = vec![0u8; if small { (stride * height as usize).max(1) } else { 1 }];
    if !input.pixels.is_empty() {
        memory.iter_mut().zip(input.pixels.iter().cycle()).for_each(|(to, from)| *to = *from);
    }
    let data = if input.no_data { null() } else { memory.as_ptr().cast() };
    let premultiplied = u32::from(input.premultiplied % 3);
    let image = deepcrop_image { data, stride, width, height, format: format.into(), premultiplied };
    let (x, y) = input.share.map_or((input.x, input.y), |(x, y)| {
        (f64::from(x) / 255.0 * f64::from(width), f64::from(y) / 255.0 * f64::from(height))
    });
    let inside = (0.0..=f64::from(width)).contains(&x) && (0.0..=f64::from(height)).contains(&y);

    let mut mask = null_mut();
    // SAFETY: all zeros is an error buffer.
    let mut error: deepcrop_error = unsafe { std::mem::zeroed() };
    // SAFETY: the picture is as large as it says, or wrong, or has no data.
    let status = unsafe { deepcrop_segment(MODEL.0, &image, x, y, &mut mask, &mut error) };
    // SAFETY: it always ends with a zero.
    let message = unsafe { CStr::from_ptr(error.message.as_ptr()) }.to_str().expect("it is UTF-8");
    let good_image = good_shape && premultiplied < 2;
    match status {
        DEEPCROP_OK => assert!(good_image && !input.no_data && inside && message.is_empty()),
        DEEPCROP_ERROR_PROMPT => assert!(good_image && !input.no_data && !inside),
        DEEPCROP_ERROR_IMAGE => assert!(!good_image || !small),
        DEEPCROP_ERROR_ARGUMENT => assert!(good_image && input.no_data),
        other => panic!("{other}: {message}"),
    }
    assert_eq!(status == DEEPCROP_OK, !mask.is_null());
    assert_eq!(status, error.status);
    if !mask.is_null() {
        // SAFETY: zeros are numbers.
        let mut info =
            deepcrop_mask_info { struct_size: size_of::<deepcrop_mask_info>() as u32, ..unsafe { std::mem::zeroed() } };
        // SAFETY: the mask is alive until it is freed.
        unsafe {
            assert_eq!(deepcrop_mask_describe(mask, &mut info, null_mut()), DEEPCROP_OK);
            deepcrop_mask_free(mask);
        }
        assert_eq!((info.width, info.height), (width, height));
    }
});
