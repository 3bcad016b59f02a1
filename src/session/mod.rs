//! The way of a click: prompts, the model, the picture with its memory, the guard; and the report of `deepcrop doctor`.

pub mod doctor;
pub mod guard;
pub mod model;
pub mod picture;
pub mod prompt;
