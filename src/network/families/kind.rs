//! What the rest of the library has to know of a family, and nothing more.

use crate::base::cancel::Cancel;
use crate::base::error::Result;
use crate::mask::soft::Mask;
use crate::network::families::family::Family;
use crate::network::manifest::{Manifest, ReadOwn};
use crate::network::onnx::Header;
use crate::network::onnx::port::Port;
use crate::network::runtime::encoder::Encoder;
use crate::network::runtime::graph::Graph;
use crate::pixels::image::ImageView;
use crate::pixels::tensor::Layout;

/// A family of networks.
pub struct Kind {
    /// What a manifest calls it, and the table in which the manifest says the rest.
    pub name: &'static str,
    /// Reads that table.
    pub read_own: ReadOwn,
    /// Recognises a network in one file.
    pub whole: fn(&Header) -> Option<Recognised>,
    /// Recognises a network in two files that belong together, an encoder and a decoder.
    pub pair: fn(&Header, &Header) -> Option<Recognised>,
    /// Says what a file is that does nothing alone, and what it needs: "the encoder of a SAM network; it needs a decoder,
    /// which takes `image_embeddings` and `point_coords`".
    pub half: fn(&Header) -> Option<String>,
    /// The fields that name an encoder and its decoder, whose names may be unlike.
    pub names_pair: Option<[&'static str; 2]>,
    /// The field that names a second file beside the first.
    pub names_second: Option<&'static str>,
    /// Whether encoder outputs are kept on disk.
    pub keeps_on_disk: bool,
    /// Makes it ready to run.
    pub load: fn(Opened) -> Result<Ready>,
}

impl Kind {
    /// A family whose networks are one file and say themselves that they belong to it.
    pub const fn new(name: &'static str, read_own: ReadOwn, load: fn(Opened) -> Result<Ready>) -> Self {
        Self {
            name,
            read_own,
            whole: |_| None,
            pair: |_, _| None,
            half: |_| None,
            names_pair: None,
            names_second: None,
            keeps_on_disk: true,
            load,
        }
    }
}

/// A network whose files are open: what a family is made ready from.
pub struct Opened {
    /// What the network goes by.
    pub manifest: Manifest,
    /// Where that was read, for errors.
    pub place: String,
    /// The first of two graphs.
    pub encoder: Option<Encoder>,
    /// The last graph, or the only one.
    pub graph: Graph,
}

/// A network that is ready.
pub enum Ready {
    /// It answers to prompts.
    Selects(Box<dyn Family>),
    /// It redraws the edges of what another network selected.
    RedrawsEdges(RedrawEdges),
}

impl Ready {
    /// A family that answers to prompts.
    pub fn selects(family: impl Family + 'static) -> Self {
        Self::Selects(Box::new(family))
    }
}

/// Redraws a mask near its half-selected line; the number is how many picture pixels a cell of the network covers that
/// drew it. Cancelled, the mask is unchanged.
pub type RedrawEdges = Box<dyn Fn(&ImageView, &mut Mask, f64, &Cancel) -> Result<()> + Send + Sync>;

/// A network that is known.
pub struct Recognised {
    /// What a model.toml beside it would have said: its authors' rules.
    pub manifest: Manifest,
    /// By what it was recognised, as it follows "because": "it has an output `high_res_feats_0`".
    pub because: String,
    /// Of several networks in a folder that fit, the one that can more: higher comes first.
    pub preference: i32,
}

/// Words for what is measured at each pixel and is neither a subject nor a class.
pub const MEASURED: [&str; 4] = ["depth", "disparity", "normal", "flow"];

/// The only input of a network that takes nothing but a picture, with its width and height where they are fixed.
pub fn only_picture(file: &Header) -> Option<(&Port, [Option<usize>; 2])> {
    let [port] = file.inputs.as_slice() else { return None };
    let (_, size) = Layout::of(&port.shape)?;
    Some((port, size))
}
