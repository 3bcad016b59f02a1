//! Masks, the changes to them, and what is made of them: edges, outlines, cut-outs, run lengths.

mod amount;
mod blur;
pub mod change;
pub mod cutout;
pub mod edge;
pub mod grid;
mod grow;
mod keep_parts;
pub mod logits;
pub mod outline;
pub mod packed_mask;
mod peaks;
pub mod run_lengths;
mod selected_runs;
pub mod soft;
