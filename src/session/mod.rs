//! The way of a click: prompts, the picture that remembers, the guard, the model.

pub mod doctor;
pub mod guard;
pub mod model;
pub mod picture;
pub mod prompt;
