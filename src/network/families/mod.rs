//! The families of networks, each in its folder, and the table of all families. Only this folder names a family.

pub mod family;
pub mod faults;
pub mod picture_input;
pub mod segmenter;

pub mod click_map;
pub mod encoder_decoder;
pub mod instances;
pub mod matting;
pub mod proposals;
pub mod saliency;
pub mod semantic;

use toml::Table;

use crate::base::error::{ErrorKind, Result};
use crate::network::families::family::{Family, Recognised};
use crate::network::manifest::mistake::Mistake;
use crate::network::manifest::{self, Manifest, ReadOwn};
use crate::network::onnx::Header;

/// All families of networks. If several recognise a file, the first of them gets it.
static FAMILIES: &[&Family] = &[
    &click_map::FAMILY,
    &encoder_decoder::FAMILY,
    &instances::FAMILY,
    &matting::FAMILY,
    &saliency::FAMILY,
    &semantic::FAMILY,
    &proposals::FAMILY,
];

/// The family with this name.
pub fn family(name: &str) -> Result<&'static Family> {
    FAMILIES.iter().find(|family| family.name == name).copied().ok_or_else(|| {
        let names: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
        ErrorKind::Model.error(format!(
            "names the family `{name}`, which this version does not know; it knows {}",
            names.join(", ")
        ))
    })
}

fn reader(name: &str) -> Result<ReadOwn, Mistake> {
    family(name).map(|family| family.read_own).map_err(Mistake::Other)
}

/// Reads a whole manifest; `origin` goes into the error sentence.
pub fn read_manifest(text: &str, origin: &str) -> Result<Manifest> {
    Manifest::read(text, origin, reader)
}

/// A manifest, overridden by the fields in `text`.
pub fn override_manifest(manifest: &Manifest, text: &str, origin: &str) -> Result<Manifest> {
    manifest.overridden(text, origin, reader)
}

/// The encoder and decoder that a manifest names. It need not be whole.
pub fn pair_named(fields: &Table) -> Option<[String; 2]> {
    FAMILIES.iter().find_map(|family| {
        let [encoder, decoder] = family.names_pair?.map(|field| manifest::text_in(fields, family.name, field));
        encoder.zip(decoder).map(|(encoder, decoder)| [encoder, decoder])
    })
}

/// The second file that a manifest names, after the field that names it. It lies beside the first.
pub fn second_file(manifest: &Manifest) -> Option<(&'static str, String)> {
    let field = family(&manifest.family).ok()?.names_second?;
    Some((field, manifest.own_text(field)?))
}

/// Recognises a network in one file.
pub fn whole(file: &Header) -> Option<Recognised> {
    FAMILIES.iter().find_map(|family| (family.whole)(file))
}

/// Recognises a network in two files; none if they do not belong together.
pub fn pair(encoder: &Header, decoder: &Header) -> Option<Recognised> {
    FAMILIES.iter().find_map(|family| (family.pair)(encoder, decoder))
}

/// Describes a file that is only half a network, and the half that it needs.
pub fn half(file: &Header) -> Option<String> {
    FAMILIES.iter().find_map(|family| (family.half)(file))
}

#[cfg(test)]
mod tests;
