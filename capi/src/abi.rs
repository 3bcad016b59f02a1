//! The number that the soname and `deepcrop_abi_version` carry; build.rs reads it here.

/// Raised only when a program built against an older header could no longer run.
pub const ABI_VERSION: u32 = 1;
