//! Click an object in a picture, get its outline.

pub mod abi;
pub mod bands;
pub mod belief;
pub mod cancel;
pub mod error;
pub mod family;
pub mod frame;
pub mod graph_cut;
pub mod grid;
pub mod image;
pub mod log;
pub mod mask;
pub mod palette;
pub mod prompt;
pub mod regions;
pub mod resample;

pub use error::{Error, Result};
