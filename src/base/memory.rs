//! Large buffers: where memory is short they are an error and no abort.

use crate::base::error::{ErrorKind, Result};

/// From this many bytes on it pays to leave memory untouched.
const LARGE: usize = 1 << 20;

/// So much must be free beside. More than 32 MiB, up to which glibc would keep what is freed and hand it out again, to be
/// cleared by hand.
const SPARE: usize = 64 << 20;

/// A buffer of `len` copies of `value`, or an error instead of an abort: pictures can be huge. Of a large
/// buffer of zeros only what is written to takes memory.
pub fn buffer<T: Clone>(len: usize, value: T) -> Result<Vec<T>> {
    let bytes = len.saturating_mul(size_of::<T>());
    let refused = |_| {
        ErrorKind::Memory.error(format!(
            "not enough memory: {} MB more are needed; close other pictures or scale this one down",
            bytes / 1_000_000
        ))
    };
    let mut data = Vec::<T>::new();
    if bytes < LARGE {
        data.try_reserve_exact(len).map_err(refused)?;
        data.resize(len, value);
        return Ok(data);
    }
    // Only `vec!` gets zeros from the system, but it aborts where there is no memory. So ask first.
    data.try_reserve_exact(len.max(SPARE / size_of::<T>().max(1))).map_err(refused)?;
    // Or else the compiler may decide that reserving always works.
    drop(std::hint::black_box(data));
    Ok(vec![value; len])
}
