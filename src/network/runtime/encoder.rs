//! An encoder: a slow graph that runs once a window. Its output is kept in the cache.

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
/// The key in the cache is made of the network, the runtime, the provider, and the numbers that go in. Picture, window and
/// manifest have no influence but through these numbers. So whatever changes in the steps before, the cache never returns the
/// output for another input.
pub struct Encoder {
    /// The graph, for its inputs and outputs.
    pub graph: Graph,
    kept: Option<Kept>,
}

struct Kept {
    disk: Disk,
    /// The part of the key for the network, the runtime and the provider.
    key: KeyMaker,
}

impl Encoder {
    /// An encoder from a graph that was opened from `file` with this header. Its output is kept in `disk`.
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
                    log(Level::Warning, &format!("encoder output is not kept on disk: {error}"));
                    None
                }
            },
        };
        Ok(Self { graph, kept })
    }

    /// As [`Graph::run`], but takes the output from the cache if it is there.
    pub fn run(&self, inputs: &[(&str, ArrayViewD<f32>)], cancel: &Cancel) -> Result<Tensors> {
        let Some(Kept { disk, key }) = &self.kept else { return self.graph.run(inputs, cancel) };
        let key: Key = inputs.iter().fold(key.clone(), |key, (name, values)| key.tensor(name, values)).finish();
        cancel.check()?;
        if let Some(known) = disk.get(&key) {
            log(Level::Debug, &format!("encoder output {key} was read from the cache"));
            return Ok(known);
        }
        let outputs = self.graph.run(inputs, cancel)?;
        // Output with NaN or infinity may come from a passing fault of a driver, and must not be kept.
        if outputs.iter().all(|(_, values)| values.iter().all(|value| value.is_finite())) {
            disk.put(&key, &outputs);
        }
        Ok(outputs)
    }
}
