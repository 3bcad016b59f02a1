//! The built library, as programs in C and C++ see it: compiled with the system's compilers and run.
//!
//! `cargo xtask test` sets DEEPCROP_DIST, and then the laid out library is tested; else the one that cargo has just built.
//! A tool that is missing is a failure that says how to install it, never a test left out.
#![cfg(unix)]

#[path = "../../src/abi.rs"]
mod abi;
mod api;
#[path = "../../../tests/common/mod.rs"]
mod common;
mod examples;
mod exit;
mod header;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod symbols;
mod threads;
mod toolchain;
