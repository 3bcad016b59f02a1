//! The soft mask of a picture, what changes it, and what is made of it: outlines, cut-outs, run lengths.

pub mod blur;
pub mod change;
pub mod coco;
pub mod components;
pub mod cutout;
pub mod edge;
pub mod grow;
pub mod logits;
pub mod outline;
pub mod parts;
pub mod peaks;
pub mod run_lengths;
pub mod soft;
