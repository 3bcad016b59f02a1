//! A point.

/// A point in picture pixels. The centre of the top left pixel is 0.5, 0.5.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_point {
    /// Distance from the left edge of the picture.
    pub x: f64,
    /// Distance from the top edge of the picture.
    pub y: f64,
}
