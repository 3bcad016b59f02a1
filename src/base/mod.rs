//! The base of all rooms: errors, memory, cancelling, the log, threads.

pub mod cancel;
pub mod error;
pub mod log;
pub mod memory;
pub mod threads;
