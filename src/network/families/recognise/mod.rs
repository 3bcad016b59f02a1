//! Which kind of network a file holds, by the names, types and ranks of its inputs and outputs.

#[cfg(test)]
mod tests;

use crate::network::families::{encoder_decoder, instances, matting, saliency, semantic};
use crate::network::manifest::Manifest;
use crate::network::onnx::Header;
use crate::network::onnx::port::Port;
use crate::pixels::tensor::Layout;

/// A network that is known.
pub struct Recognised {
    /// What a model.toml beside it would have said: its authors' rules.
    pub manifest: Manifest,
    /// By what it was recognised, as it follows "because": "it has an output `high_res_feats_0`".
    pub because: String,
    /// Of several networks in a folder that fit, the one that can more: higher comes first.
    pub preference: i32,
}

/// A network in one file.
pub fn whole(file: &Header) -> Option<Recognised> {
    encoder_decoder::recognise::whole(file)
        .or_else(|| instances::recognise::whole(file))
        .or_else(|| matting::recognise::whole(file))
        .or_else(|| saliency::recognise::whole(file))
        .or_else(|| semantic::recognise::whole(file))
}

/// A network in two files, if they belong together.
pub fn pair(encoder: &Header, decoder: &Header) -> Option<Recognised> {
    encoder_decoder::recognise::pair(encoder, decoder)
}

/// What a file is that does nothing alone, and what it needs: "the encoder of a SAM network; it needs a decoder, which takes
/// `image_embeddings` and `point_coords`".
pub fn half(file: &Header) -> Option<String> {
    encoder_decoder::recognise::half(file)
}

/// The only input of a network that takes nothing but a picture, with its width and height where they are fixed.
pub fn only_picture(file: &Header) -> Option<(&Port, [Option<usize>; 2])> {
    let [port] = file.inputs.as_slice() else { return None };
    let (_, size) = Layout::of(&port.shape)?;
    Some((port, size))
}
