//! Pictures in memory: borrowed, owned, resampled, and as numbers for a network.

pub mod canvas;
pub mod image;
pub mod plane;
pub mod resample;
pub mod rgb_image;
pub mod tensor;
