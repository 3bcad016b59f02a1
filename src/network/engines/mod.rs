//! Engines: segmenters that need no network.

mod classical;
mod colours;
mod extractnet;

use crate::network::families::segmenter::Segmenter;

/// An engine that needs no network.
pub struct Engine {
    /// The name for users.
    pub name: &'static str,
    /// Makes the engine.
    pub make: fn() -> Box<dyn Segmenter>,
}

/// All engines that need no network. The first is used where ONNX Runtime cannot be opened.
pub const ENGINES: [Engine; 2] = [
    Engine { name: "classical", make: || Box::new(classical::Classical) },
    Engine { name: "extractnet", make: || Box::new(extractnet::ExtractNet) },
];
