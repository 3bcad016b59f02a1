//! Networks: their files, manifests and families, the installed ones, the engines that need none, the runtime that runs them, and the cache of encoder output.

pub mod assembly;
pub mod cache;
pub mod engines;
pub mod families;
pub mod hints;
pub mod manifest;
pub mod models;
pub mod onnx;
pub mod runtime;
pub mod store;
