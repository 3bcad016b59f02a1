//! The base of all rooms: errors, memory, cancelling, the log, threads, files.

pub mod cancel;
pub mod error;
pub mod files;
pub mod log;
pub mod memory;
pub mod threads;
