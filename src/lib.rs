//! Click an object in a picture, get its outline.

pub mod abi;
pub mod bands;
pub mod cache;
pub mod cancel;
pub mod coverage;
pub mod edge;
pub mod error;
pub mod family;
pub mod ffi;
pub mod frame;
pub mod graph_cut;
pub mod guard;
pub mod image;
pub mod log;
pub mod manifest;
pub mod mask;
pub mod metrics;
pub mod model;
pub mod outline;
pub mod packed;
pub mod picture;
pub mod prompt;
pub mod regions;
pub mod resample;
pub mod runs;
pub mod runtime;
pub mod store;
pub mod tensor;

pub use error::{Error, Result};
