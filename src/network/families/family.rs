//! A family as the table of families describes it: all that the rest of the library knows of it.

use crate::base::cancel::Cancel;
use crate::base::error::Result;
use crate::mask::soft::Mask;
use crate::network::families::segmenter::Segmenter;
use crate::network::manifest::{Manifest, ReadOwn};
use crate::network::onnx::Header;
use crate::network::onnx::port::Port;
use crate::network::runtime::encoder::Encoder;
use crate::network::runtime::graph::Graph;
use crate::pixels::image::ImageView;
use crate::pixels::tensor::Layout;

/// A family: networks whose inputs are prepared, and whose outputs are read, in the same way.
pub struct Family {
    /// The family's name in manifests, and the name of its table there.
    pub name: &'static str,
    /// Reads the family's table.
    pub read_own: ReadOwn,
    /// Recognises a network in one file.
    pub whole: fn(&Header) -> Option<Recognised>,
    /// Recognises a network in an encoder and a decoder that belong together.
    pub pair: fn(&Header, &Header) -> Option<Recognised>,
    /// Describes a file that is only half a network, and the half that it needs: "the encoder of a SAM network; it needs a
    /// decoder, which takes `image_embeddings` and `point_coords`".
    pub half: fn(&Header) -> Option<String>,
    /// The fields that name an encoder and its decoder.
    pub names_pair: Option<[&'static str; 2]>,
    /// The field that names a second file beside the first.
    pub names_second: Option<&'static str>,
    /// Whether encoder output is kept in the cache.
    pub keeps_on_disk: bool,
    /// Makes the network ready to run.
    pub load: fn(Opened) -> Result<Ready>,
}

impl Family {
    /// A family whose networks are one file, with a manifest that names the family.
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

/// A network whose files are open.
pub struct Opened {
    /// Its manifest.
    pub manifest: Manifest,
    /// Where the manifest was read, for error sentences.
    pub place: String,
    /// The first of two graphs.
    pub encoder: Option<Encoder>,
    /// The last graph, or the only one.
    pub graph: Graph,
}

/// A network that is ready.
pub enum Ready {
    /// A network that answers prompts.
    Selects(Box<dyn Segmenter>),
    /// A matting network, which redraws the edges of another model's selections.
    RedrawsEdges(RedrawEdges),
}

impl Ready {
    /// A network that answers prompts.
    pub fn selects(segmenter: impl Segmenter + 'static) -> Self {
        Self::Selects(Box::new(segmenter))
    }
}

/// Redraws a mask near its edge. The number is the size in picture pixels of a cell of the network that made the mask. If
/// cancelled, the mask is unchanged.
pub type RedrawEdges = Box<dyn Fn(&ImageView, &mut Mask, f64, &Cancel) -> Result<()> + Send + Sync>;

/// A recognised network.
pub struct Recognised {
    /// The manifest that its authors would have written.
    pub manifest: Manifest,
    /// How it was recognised, as a clause that follows "because": "it has an output `high_res_feats_0`".
    pub because: String,
    /// Among several matching networks in a folder, the highest number wins.
    pub preference: i32,
}

/// Words in the names of outputs with measured values: neither a subject nor a class.
pub const MEASURED: [&str; 4] = ["depth", "disparity", "normal", "flow"];

/// The input of a network that takes only a picture, with its width and height as far as they are fixed.
pub fn only_picture(file: &Header) -> Option<(&Port, [Option<usize>; 2])> {
    let [port] = file.inputs.as_slice() else { return None };
    let (_, size) = Layout::of(&port.shape)?;
    Some((port, size))
}
