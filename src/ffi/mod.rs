//! The C interface. Each entry is a checklist, a conversion, one call and a conversion back; decisions live a layer down.
//! include/deepcrop.h is written from these files by cbindgen, so their comments are its manual.
#![allow(unsafe_code, non_camel_case_types)]

mod cancel;
mod cutout;
mod doctor;
mod edges;
mod entry;
mod image;
mod log;
mod mask;
mod model;
mod objects;
mod outline;
mod picture;
mod run_lengths;
mod status;

pub use cancel::*;
pub use cutout::*;
pub use doctor::*;
pub use edges::*;
pub use image::*;
pub use log::*;
pub use mask::*;
pub use model::*;
pub use objects::*;
pub use outline::*;
pub use picture::*;
pub use run_lengths::*;
pub use status::*;

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
