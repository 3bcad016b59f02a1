//! A graph that runs once a window and takes long: what it says is kept on disk.

use std::path::Path;

use ndarray::ArrayViewD;

use crate::base::cancel::Cancel;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::log::{Level, log};
use crate::network::cache::Tensors;
use crate::network::cache::disk::Disk;
use crate::network::cache::key::{Key, KeyMaker};
use crate::network::onnx::Header;
use crate::network::runtime::Runtime;
use crate::network::runtime::fingerprint::fingerprint;
use crate::network::runtime::graph::Graph;

/// The first of two graphs.
///
/// The key on disk is the network, what runs it, and the very numbers that go in. These hold all that a picture, a window
/// and a manifest can do to the answer, so that nothing else has to be told apart, and no change of ours to the steps
/// before can bring up an answer to another question.
pub struct Encoder {
    /// For its inputs and outputs.
    pub graph: Graph,
    kept: Option<Kept>,
}

struct Kept {
    disk: Disk,
    /// Has the network in it, and what runs it.
    key: KeyMaker,
}

impl Encoder {
    /// The graph that was opened from `file` with this header, whose answers are kept on `disk`.
    pub fn new(
        graph: Graph,
        file: &Path,
        header: &Header,
        runtime: &Runtime,
        disk: Option<Disk>,
        cancel: &Cancel,
    ) -> Result<Self> {
        let kept = match disk {
            None => None,
            Some(disk) => match fingerprint(file, &header.external, cancel) {
                Ok(network) => {
                    let key = KeyMaker::new().bytes(&network).bytes(runtime.version.as_bytes());
                    Some(Kept { disk, key: key.bytes(graph.provider.to_string().as_bytes()) })
                }
                Err(error) if error.kind() == ErrorKind::Cancelled => return Err(Error::cancelled()),
                Err(error) => {
                    log(Level::Warning, &format!("no analyses are kept on disk: {error}"));
                    None
                }
            },
        };
        Ok(Self { graph, kept })
    }

    /// As [`Graph::run`], or what an earlier run on the same numbers said.
    pub fn run(&self, inputs: &[(&str, ArrayViewD<f32>)], cancel: &Cancel) -> Result<Tensors> {
        let Some(Kept { disk, key }) = &self.kept else { return self.graph.run(inputs, cancel) };
        let key: Key = inputs.iter().fold(key.clone(), |key, (name, values)| key.tensor(name, values)).finish();
        cancel.check()?;
        if let Some(known) = disk.get(&key) {
            log(Level::Debug, &format!("the analysis {key} was kept on disk"));
            return Ok(known);
        }
        let outputs = self.graph.run(inputs, cancel)?;
        // A driver's hiccup must not last.
        if outputs.iter().all(|(_, values)| values.iter().all(|value| value.is_finite())) {
            disk.put(&key, &outputs);
        }
        Ok(outputs)
    }
}
