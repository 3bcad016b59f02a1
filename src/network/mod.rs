//! Networks: their files, the runtime that runs them, the families that they belong to, and what is kept of them on disk.

pub mod assembly;
pub mod cache;
pub mod families;
pub mod hints;
pub mod manifest;
pub mod onnx;
pub mod runtime;
pub mod store;
