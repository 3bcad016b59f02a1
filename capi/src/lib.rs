//! The C interface. Each entry checks its arguments, converts them, makes one call and converts the result back; decisions
//! are made in the library. cbindgen writes include/deepcrop.h from these files, so their comments are the C manual.
#![allow(unsafe_code, non_camel_case_types)]

mod abi;
mod cancel;
mod cutout;
mod doctor;
mod edges;
mod entry;
mod image;
#[cfg(all(test, unix))]
mod layout;
mod log;
mod mask;
mod model;
mod models;
mod objects;
mod outline;
mod picture;
mod point;
mod run_lengths;
mod status;

pub use abi::*;
pub use cancel::*;
pub use cutout::*;
pub use doctor::*;
pub use edges::*;
pub use image::*;
pub use log::*;
pub use mask::*;
pub use model::*;
pub use models::*;
pub use objects::*;
pub use outline::*;
pub use picture::*;
pub use point::*;
pub use run_lengths::*;
pub use status::*;
