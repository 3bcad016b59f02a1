//! The kinds of network, a folder each. `classical` and `extractnet` need no network at all.

pub mod classical;
pub mod click_map;
pub mod encoder_decoder;
pub mod extractnet;
pub mod family;
pub mod instances;
pub mod matting;
pub mod picture_input;
pub mod proposals;
pub mod recognise;
pub mod saliency;
pub mod semantic;
