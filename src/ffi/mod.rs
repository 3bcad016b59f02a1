//! The C interface. Each entry is a checklist, a conversion, one call and a conversion back; decisions live a layer down.
//! include/deepcrop.h is written from these files by cbindgen, so their comments are its manual.
#![allow(unsafe_code, non_camel_case_types)]

pub mod cancel;
pub mod cutout;
pub mod doctor;
pub mod edges;
pub mod entry;
pub mod image;
pub mod log;
pub mod mask;
pub mod model;
pub mod objects;
pub mod outline;
pub mod picture;
pub mod point;
pub mod run_lengths;
pub mod status;

pub use crate::ffi::cancel::*;
pub use crate::ffi::cutout::*;
pub use crate::ffi::doctor::*;
pub use crate::ffi::edges::*;
pub use crate::ffi::image::*;
pub use crate::ffi::log::*;
pub use crate::ffi::mask::*;
pub use crate::ffi::model::*;
pub use crate::ffi::objects::*;
pub use crate::ffi::outline::*;
pub use crate::ffi::picture::*;
pub use crate::ffi::run_lengths::*;
pub use crate::ffi::status::*;

/// The files in the order of the header, see tests/header.rs.
pub const HEADER_ORDER: [&str; 13] = [
    "status",
    "log",
    "cancel",
    "model",
    "image",
    "mask",
    "edges",
    "picture",
    "objects",
    "outline",
    "run_lengths",
    "cutout",
    "doctor",
];
