//! Click an object in a picture, get its outline.

pub mod abi;
pub mod bands;
pub mod cancel;
pub mod coverage;
pub mod edge;
pub mod error;
pub mod family;
pub mod frame;
pub mod image;
pub mod log;
pub mod mask;
pub mod outline;
pub mod packed;
pub mod prompt;
pub mod regions;
pub mod resample;
pub mod runs;

pub use error::{Error, Result};
