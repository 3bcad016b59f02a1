//! A point.

/// A point in picture pixels: the centre of the first pixel is 0.5, 0.5.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}
