//! Masks, the changes to them, and what is made of them: edges, outlines, cut-outs, run lengths.

mod blur;
pub mod change;
pub mod coco;
mod components;
pub mod cutout;
pub mod edge;
pub mod grid;
mod grow;
pub mod logits;
pub mod outline;
mod parts;
mod peaks;
pub mod run_lengths;
pub mod soft;
