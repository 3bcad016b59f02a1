//! The matting family: networks such as ViTMatte, which find how much of each pixel along an edge belongs to the
//! object. They select nothing by themselves. Loaded with another model, they redraw a band along the edges of its
//! selections, so that hair and fur become transparent.

pub mod manifest;
pub mod network;
pub mod recognise;

mod band;

use crate::network::families::family::{Family, Opened, Ready};
use crate::network::families::matting::manifest::MattingManifest;
use crate::network::families::matting::network::Matting;
use crate::network::manifest::{OwnTable, read_own};

/// The entry in the table of families.
pub static FAMILY: Family = Family {
    whole: recognise::whole,
    ..Family::new(MattingManifest::FAMILY, read_own::<MattingManifest>, |Opened { manifest, graph, .. }| {
        let own = manifest.own()?;
        let matting = Matting::new(graph, manifest.input, own)?;
        Ok(Ready::RedrawsEdges(Box::new(move |image, mask, cell, cancel| matting.refine(image, mask, cell, cancel))))
    })
};
