//! Pictures in memory: borrowed, owned, resampled, and as the numbers that a network takes.

pub mod canvas;
pub mod image;
pub mod plane;
pub mod resample;
pub mod tensor;
