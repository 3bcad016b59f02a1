//! Large buffers: too little memory for them is an error, not an abort.

use crate::base::error::{ErrorKind, Result};

/// The size in bytes from which zeroed memory of the system is used.
const LARGE: usize = 1 << 20;

/// The least size in bytes of the trial allocation. Above 32 MiB, since glibc keeps smaller blocks after they are freed; the
/// buffer would then get such a block, which has to be cleared.
const SPARE: usize = 64 << 20;

/// A buffer of `len` copies of `value`, or an error if there is too little memory: pictures can be huge. A large buffer
/// of zeros takes memory only where it is written.
pub fn buffer<T: Clone>(len: usize, value: T) -> Result<Vec<T>> {
    let bytes = len.saturating_mul(size_of::<T>());
    let refused = |_| {
        ErrorKind::Memory.error(format!(
            "not enough memory for another {} MB; close other pictures or scale this one down",
            bytes / 1_000_000
        ))
    };
    let mut data = Vec::<T>::new();
    if bytes < LARGE {
        data.try_reserve_exact(len).map_err(refused)?;
        data.resize(len, value);
        return Ok(data);
    }
    // Only `vec!` gets zeroed memory from the system, but it aborts if there is too little. So this tries first.
    data.try_reserve_exact(len.max(SPARE / size_of::<T>().max(1))).map_err(refused)?;
    // Without this the compiler may remove the trial.
    drop(std::hint::black_box(data));
    Ok(vec![value; len])
}
