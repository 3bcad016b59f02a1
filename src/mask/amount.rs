//! The amounts of changes: lengths and areas, checked.

use crate::base::error::{ErrorKind, Result};
use crate::pixels::image::MAX_SIDE;

/// Checks the amount of a change that is a length.
pub(super) fn length(verb: &str, pixels: f64) -> Result<f64> {
    if !(0.0..=f64::from(MAX_SIDE)).contains(&pixels) {
        return Err(ErrorKind::Argument.error(format!("a mask cannot {verb} by {pixels} pixels; pass 0 to {MAX_SIDE}")));
    }
    Ok(pixels)
}

/// Checks the amount of a change that is an area.
pub(super) fn area(verb: &str, pixels: f64) -> Result<f64> {
    if pixels.is_nan() || pixels < 0.0 {
        return Err(
            ErrorKind::Argument.error(format!("a mask cannot {verb} of {pixels} pixels; pass an area of 0 or more"))
        );
    }
    Ok(pixels)
}
