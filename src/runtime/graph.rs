//! One network in ONNX Runtime: opened on a provider that was checked, run with a flag that can stop it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use ndarray::{ArrayD, ArrayViewD, IxDyn};
use ort::session::{RunOptions, Session, SessionInputValue};
use ort::value::{TensorElementType, TensorRef, ValueType};

use super::{Provider, Runtime};
use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::log::{Level, log};

/// Where a network comes from.
#[derive(Clone, Copy)]
pub enum GraphSource<'a> {
    /// A file; external data is found beside it.
    File(&'a Path),
    /// A whole file in memory.
    Bytes(&'a [u8]),
}

/// A named input or output.
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    /// Its name in the file.
    pub name: String,
    /// What it takes, as ONNX Runtime calls it: "f32", "i64".
    pub element: String,
    /// Its dimensions, -1 where any length will do.
    pub shape: Vec<i64>,
}

/// A network that is ready to run. Runs of several threads wait for one another.
pub struct Graph {
    session: Mutex<Session>,
    /// In the file's order; bind by name.
    pub inputs: Vec<Port>,
    /// In the file's order; bind by name.
    pub outputs: Vec<Port>,
    /// Which provider runs it.
    pub provider: Provider,
    /// Why not a faster one; empty when there is nothing to say.
    pub note: String,
}

impl Graph {
    /// Opens the network on `provider`. `Auto` tries what the runtime has, checks that the numbers agree with the CPU's,
    /// and falls back to the CPU, saying why in [`Graph::note`]; a provider asked for by name works or is an error.
    pub fn open(runtime: &Runtime, source: GraphSource, provider: Provider, threads: usize) -> Result<Self> {
        let mut cpu = Self::open_on(runtime, source, Provider::Cpu, threads)?;
        let wanted: &[Provider] = match &provider {
            Provider::Cpu => return Ok(cpu),
            Provider::Auto => &Provider::ACCELERATORS,
            one => std::slice::from_ref(one),
        };
        let mut notes = Vec::new();
        for &candidate in wanted {
            if !runtime.providers.iter().any(|name| name == candidate.runtime_name()) {
                if provider != Provider::Auto {
                    notes.push(format!(
                        "this ONNX Runtime is built without it, it has {}",
                        runtime.providers.join(", ")
                    ));
                }
                continue;
            }
            let checked = Self::open_on(runtime, source, candidate, threads).and_then(|graph| {
                graph.agrees_with(&cpu)?;
                Ok(graph)
            });
            match checked {
                Ok(graph) => return Ok(graph),
                Err(error) => notes.push(format!("{candidate}: {error}")),
            }
        }
        if provider != Provider::Auto {
            return Err(Error::Provider(format!(
                "the provider {provider} does not work here: {}; use `auto` or `cpu`, or install the ONNX Runtime and drivers for it",
                notes.join("; ")
            )));
        }
        if notes.is_empty() {
            notes.push("this ONNX Runtime is built for the CPU only".into());
        } else {
            log(Level::Warning, &format!("running on the CPU: {}", notes.join("; ")));
        }
        cpu.note = notes.join("; ");
        Ok(cpu)
    }

    fn open_on(runtime: &Runtime, source: GraphSource, provider: Provider, threads: usize) -> Result<Self> {
        let configured = || -> ort::Result<_> {
            // GUI hosts suffer from spinning threads.
            let builder = Session::builder(&runtime.environment)?
                .with_intra_threads(threads)?
                .with_inter_threads(1)?
                .with_intra_op_spinning(false)?
                .with_inter_op_spinning(false)?
                .with_log_level(ort::logging::LogLevel::Warning)?;
            match provider.dispatch() {
                Some(dispatch) => Ok(builder.with_execution_providers([dispatch])?),
                None => Ok(builder),
            }
        };
        let mut builder = configured().map_err(|error| Error::Provider(format!("ONNX Runtime refused: {error}")))?;
        let session = match source {
            GraphSource::File(path) => builder.commit_from_file(path),
            GraphSource::Bytes(bytes) => builder.commit_from_memory(bytes),
        }
        .map_err(|error| {
            // The advice comes first: what ONNX Runtime says is long, and the C interface cuts.
            Error::Model(format!(
                "ONNX Runtime cannot load this network; the file is damaged, cut short or no network, so get it again. It says: {}",
                error.message()
            ))
        })?;
        let ports = |outlets: &[ort::value::Outlet]| outlets.iter().map(port).collect::<Vec<_>>();
        let (inputs, outputs) = (ports(session.inputs()), ports(session.outputs()));
        Ok(Self { session: Mutex::new(session), inputs, outputs, provider, note: String::new() })
    }

    /// The text under `key` in the file's metadata.
    pub fn metadata(&self, key: &str) -> Option<String> {
        let session = self.session.lock().unwrap_or_else(|poison| poison.into_inner());
        session.metadata().ok()?.custom(key)
    }

    /// The input with this name.
    pub fn input(&self, name: &str) -> Option<&Port> {
        self.inputs.iter().find(|port| port.name == name)
    }

    /// Runs the network and returns all outputs as numbers, with their names.
    pub fn run(&self, inputs: &[(&str, ArrayViewD<f32>)], cancel: &Cancel) -> Result<Vec<(String, ArrayD<f32>)>> {
        // Of this run's own: the flag may be lowered again before the run has ended.
        let stopped = Arc::new(AtomicBool::new(false));
        let failed = |error: ort::Error| match stopped.load(Ordering::SeqCst) {
            true => Error::Cancelled,
            false => Error::Inference(format!("the network failed while it ran: {}", error.message())),
        };
        let inputs = inputs
            .iter()
            .map(|(name, array)| Ok(((*name).to_owned(), TensorRef::from_array_view(array.view())?.into())))
            .collect::<ort::Result<Vec<(String, SessionInputValue)>>>()
            .map_err(failed)?;
        let mut session = cancel.lock(&self.session)?;
        let options = Arc::new(RunOptions::new().map_err(failed)?);
        let (stop, told) = (options.clone(), stopped.clone());
        cancel.interrupting(
            move || {
                told.store(true, Ordering::SeqCst);
                // Only a NULL handle can make this fail.
                let _ = stop.terminate();
            },
            || {
                let outputs = session.run_with_options(inputs, &options).map_err(failed)?;
                outputs
                    .iter()
                    .map(|(name, value)| {
                        let array = value.try_extract_array::<f32>().map_err(failed)?;
                        Ok((name.to_owned(), array.to_owned()))
                    })
                    .collect()
            },
        )?
    }

    /// Runs both on the same made-up input; drivers have been seen to return nonsense without an error.
    fn agrees_with(&self, cpu: &Graph) -> Result<()> {
        // Open lengths: one picture, large enough for a few strides.
        let length = |axis: usize, n: i64| usize::try_from(n).unwrap_or(if axis < 2 { 1 } else { 64 });
        let made_up: Vec<_> = self
            .inputs
            .iter()
            .map(|port| {
                let shape: Vec<usize> = port.shape.iter().enumerate().map(|(axis, &n)| length(axis, n)).collect();
                let mut state = 1u32;
                let value = || {
                    state = state.wrapping_mul(1664525).wrapping_add(1013904223);
                    (state >> 8) as f32 / (1 << 24) as f32
                };
                (port.name.as_str(), ArrayD::from_shape_simple_fn(IxDyn(&shape), value))
            })
            .collect();
        let views: Vec<_> = made_up.iter().map(|(name, array)| (*name, array.view())).collect();
        let (ours, theirs) = (self.run(&views, &Cancel::new())?, cpu.run(&views, &Cancel::new())?);
        for ((name, a), (_, b)) in ours.iter().zip(&theirs) {
            let scale = b.iter().map(|v| f64::from(v.abs())).sum::<f64>() / b.len().max(1) as f64;
            let gap = a.iter().zip(b).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>() / b.len().max(1) as f64;
            if a.shape() != b.shape() || gap.is_nan() || gap > 0.05 * scale + 1e-3 {
                return Err(Error::Provider(format!("its output `{name}` differs from the CPU's")));
            }
        }
        Ok(())
    }
}

fn port(outlet: &ort::value::Outlet) -> Port {
    let (element, shape) = match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } => {
            (if *ty == TensorElementType::Float32 { "f32".into() } else { format!("{ty}") }, shape.to_vec())
        }
        other => (format!("{other}"), Vec::new()),
    };
    Port { name: outlet.name().to_owned(), element, shape }
}
