//! A graph: one ONNX file in ONNX Runtime, on a provider that was checked. Its runs can be cancelled.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use half::f16;
use ndarray::{ArrayD, ArrayViewD, IxDyn};
use ort::session::{RunOptions, Session, SessionInputValue};
use ort::value::{DynValue, Tensor, TensorElementType, TensorRef, ValueType};

use crate::base::cancel::Cancel;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::log::{Level, log};
use crate::network::onnx::port::{Element, Port};
use crate::network::runtime::provider::Provider;
use crate::network::runtime::{Runtime, ending, library};

/// Where a graph comes from.
#[derive(Clone, Copy)]
pub enum GraphSource<'a> {
    /// A file. Its external weights must lie beside it.
    File(&'a Path),
    /// A file in memory.
    Bytes(&'a [u8]),
}

/// The length of open dimensions in the input that compares a provider with the CPU.
const MADE_UP_SIDE: usize = 64;

/// A graph that is ready to run. Runs from several threads wait for one another.
pub struct Graph {
    /// There until it is dropped.
    session: Mutex<Option<Session>>,
    has_run: AtomicBool,
    /// The inputs, in the file's order. Find them by name: exports differ in the order.
    pub inputs: Vec<Port>,
    /// The outputs, in the file's order. Find them by name.
    pub outputs: Vec<Port>,
    /// The provider that runs the graph.
    pub provider: Provider,
    /// Why no faster provider runs it, or why it was not checked; empty if there is nothing to say.
    pub note: String,
}

impl Graph {
    /// Opens a graph on `provider`. `Auto` tries each provider of the runtime and compares its outputs with the CPU's.
    /// If none works it uses the CPU and says why in [`Graph::note`]. A provider that was chosen by name works, or is
    /// an error.
    pub fn open(runtime: &Runtime, source: GraphSource, provider: Provider, threads: usize) -> Result<Self> {
        let mut cpu = Self::open_on(runtime, source, Provider::Cpu, threads)?;
        let wanted: &[Provider] = match &provider {
            Provider::Cpu => return Ok(cpu),
            Provider::Auto => Provider::ACCELERATORS,
            one => std::slice::from_ref(one),
        };
        let mut notes = Vec::new();
        for &candidate in wanted {
            if !runtime.providers.iter().any(|name| name == candidate.runtime_name()) {
                if provider != Provider::Auto {
                    notes.push(format!(
                        "this ONNX Runtime was built without it; it has {}",
                        runtime.providers.join(", ")
                    ));
                }
                continue;
            }
            let checked = Self::open_on(runtime, source, candidate, threads).and_then(|mut graph| {
                graph.note = graph.agrees_with(&cpu)?;
                Ok(graph)
            });
            match checked {
                Ok(graph) => return Ok(graph),
                Err(error) => notes.push(format!("{candidate}: {error}")),
            }
        }
        if provider != Provider::Auto {
            return Err(ErrorKind::Provider.error(format!(
                "the provider {provider} does not work here: {}; use `auto` or `cpu`, or install an ONNX Runtime and drivers for {provider}",
                notes.join("; ")
            )));
        }
        if notes.is_empty() {
            notes.push("this ONNX Runtime was built for the CPU only".into());
        } else {
            log(Level::Warning, &format!("running on the CPU: {}", notes.join("; ")));
        }
        cpu.note = notes.join("; ");
        Ok(cpu)
    }

    fn open_on(runtime: &Runtime, source: GraphSource, provider: Provider, threads: usize) -> Result<Self> {
        // Loading cannot be stopped.
        let _running = ending::begin(|| ())?;
        let configured = || -> ort::Result<_> {
            // Spinning threads would slow down a program with a window.
            let builder = Session::builder(&runtime.environment)?
                .with_intra_threads(threads)?
                .with_inter_threads(1)?
                .with_intra_op_spinning(false)?
                .with_inter_op_spinning(false)?
                // A memory pattern made for the first picture's size can take gigabytes at another size (BiRefNet).
                .with_memory_pattern(false)?
                .with_log_level(ort::logging::LogLevel::Warning)?;
            match provider.dispatch() {
                Some(dispatch) => Ok(builder.with_execution_providers([dispatch])?),
                None => Ok(builder),
            }
        };
        let mut builder = configured().map_err(|error| {
            ErrorKind::Provider
                .error(format!("ONNX Runtime refused the options of the network: {error}"))
                .caused_by(error)
        })?;
        let session = match source {
            GraphSource::File(path) => builder.commit_from_file(path),
            GraphSource::Bytes(bytes) => builder.commit_from_memory(bytes),
        }
        .map_err(|error| {
            // The advice comes first: ONNX Runtime's message is long, and the C interface cuts off long sentences.
            ErrorKind::Model.error(format!(
                "ONNX Runtime cannot load this network: it is damaged, incomplete or not a network; get it again. ONNX Runtime says: {}",
                error.message()
            ))
            .caused_by(error)
        })?;
        let ports = |outlets: &[ort::value::Outlet]| outlets.iter().map(port).collect::<Vec<_>>();
        let (inputs, outputs) = (ports(session.inputs()), ports(session.outputs()));
        library::register_end();
        Ok(Self {
            session: Mutex::new(Some(session)),
            has_run: AtomicBool::new(false),
            inputs,
            outputs,
            provider,
            note: String::new(),
        })
    }

    /// The text under `key` in the graph's metadata.
    pub fn metadata(&self, key: &str) -> Option<String> {
        let _running = ending::begin(|| ()).ok()?;
        let session = self.session.lock().unwrap_or_else(|poison| poison.into_inner());
        session.as_ref()?.metadata().ok()?.custom(key)
    }

    /// The input with this name.
    pub fn input(&self, name: &str) -> Option<&Port> {
        self.inputs.iter().find(|port| port.name == name)
    }

    /// The output with this name.
    pub fn output(&self, name: &str) -> Option<&Port> {
        self.outputs.iter().find(|port| port.name == name)
    }

    /// Runs the graph and returns all its outputs by name. Inputs and outputs of other types (half floats, bytes, integers,
    /// booleans) are converted from and to floats here.
    pub fn run(&self, inputs: &[(&str, ArrayViewD<f32>)], cancel: &Cancel) -> Result<Vec<(String, ArrayD<f32>)>> {
        // A flag of this run only: `cancel` may be reset before the run has ended.
        let stopped = Arc::new(AtomicBool::new(false));
        // Set once there is a run that can be stopped.
        let options = Arc::new(OnceLock::<RunOptions>::new());
        let (told, to_stop) = (stopped.clone(), Arc::downgrade(&options));
        let stop = move || {
            told.store(true, Ordering::SeqCst);
            if let Some(options) = to_stop.upgrade() {
                // It fails only for a NULL handle.
                _ = options.get().map(RunOptions::terminate);
            }
        };
        let _running = ending::begin(stop.clone())?;
        // Declared after `_running`, so that it is released before the call counts as ended.
        let options = options;
        let failed = |error: ort::Error| match stopped.load(Ordering::SeqCst) {
            true => Error::cancelled(),
            false => ErrorKind::Inference.error(format!("the network failed while running: {}", error.message())),
        };
        let inputs = inputs
            .iter()
            .map(|(name, array)| Ok(((*name).to_owned(), feed(self.element_of(name), array.view())?)))
            .collect::<ort::Result<Vec<(String, SessionInputValue)>>>()
            .map_err(failed)?;
        let mut session = cancel.lock(&self.session)?;
        let session = session.as_mut().ok_or_else(Error::cancelled)?;
        let made = RunOptions::new().map_err(failed)?;
        let options = options.get_or_init(|| made);
        // The process may have begun to end before there was a run to stop.
        if stopped.load(Ordering::SeqCst) {
            return Err(Error::cancelled());
        }
        cancel.interrupting(stop, || {
            let outputs = session.run_with_options(inputs, options).map_err(failed)?;
            if !self.has_run.swap(true, Ordering::Relaxed) {
                library::register_end();
            }
            outputs.iter().map(|(name, value)| Ok((name.to_owned(), numbers(&value).map_err(failed)?))).collect()
        })?
    }

    fn element_of(&self, input: &str) -> &Element {
        self.input(input).map_or(&Element::F32, |port| &port.element)
    }

    /// Compares the outputs with the CPU's for the same made-up input: some drivers return nonsense without an error. Returns
    /// a note if the graph takes no made-up input, else an empty text.
    pub fn agrees_with(&self, cpu: &Graph) -> Result<String> {
        let made_up: Vec<_> = self.inputs.iter().map(|port| (port.name.as_str(), made_up(port))).collect();
        let views: Vec<_> = made_up.iter().map(|(name, array)| (*name, array.view())).collect();
        let Ok(theirs) = cpu.run(&views, &Cancel::new()) else {
            return Ok(
                "its outputs were not compared with the CPU's, since the sizes of this network's inputs are open"
                    .into(),
            );
        };
        let ours = self.run(&views, &Cancel::new())?;
        for ((name, a), (_, b)) in ours.iter().zip(&theirs) {
            let scale = b.iter().map(|v| f64::from(v.abs())).sum::<f64>() / b.len().max(1) as f64;
            let gap = a.iter().zip(b).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>() / b.len().max(1) as f64;
            if a.shape() != b.shape() || gap.is_nan() || gap > 0.05 * scale + 1e-3 {
                return Err(ErrorKind::Provider.error(format!("its output `{name}` differs from the CPU's")));
            }
        }
        Ok(String::new())
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        let session = self.session.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        match ending::begin(|| ()) {
            Ok(_running) => drop(session),
            // ONNX Runtime may be gone already; the system takes the memory back.
            Err(_) => std::mem::forget(session),
        }
    }
}

/// A made-up input: noise from 0 to 1, for bytes from 0 to 255.
fn made_up(port: &Port) -> ArrayD<f32> {
    // Two numbers alone are a picture's size.
    if port.shape == [2] {
        return ArrayD::from_elem(IxDyn(&[2]), MADE_UP_SIDE as f32);
    }
    // One picture (planar, or pixel by pixel), one object; large enough for a few strides.
    let pixels = port.shape.len() == 3 && port.shape[2] == 3;
    let length =
        |(axis, &n): (usize, &i64)| usize::try_from(n).unwrap_or(if axis < 2 && !pixels { 1 } else { MADE_UP_SIDE });
    let shape: Vec<usize> = port.shape.iter().enumerate().map(length).collect();
    let most = if port.element == Element::U8 { 255.0 } else { 1.0 };
    let mut state = 1u32;
    ArrayD::from_shape_simple_fn(IxDyn(&shape), || {
        state = state.wrapping_mul(1664525).wrapping_add(1013904223);
        (state >> 8) as f32 / (1 << 24) as f32 * most
    })
}

fn port(outlet: &ort::value::Outlet) -> Port {
    let (element, shape) = match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } => (
            match ty {
                TensorElementType::Float32 => Element::F32,
                TensorElementType::Float16 => Element::F16,
                TensorElementType::Uint8 => Element::U8,
                TensorElementType::Int32 => Element::I32,
                TensorElementType::Int64 => Element::I64,
                TensorElementType::Bool => Element::Bool,
                other => Element::Other(other.to_string()),
            },
            shape.to_vec(),
        ),
        other => (Element::Other(other.to_string()), Vec::new()),
    };
    Port { name: outlet.name().to_owned(), element, shape }
}

/// Converts floats to the element type of an input.
fn feed<'a>(element: &Element, array: ArrayViewD<'a, f32>) -> ort::Result<SessionInputValue<'a>> {
    Ok(match element {
        Element::F16 => Tensor::from_array(array.mapv(f16::from_f32))?.into(),
        // Values outside the range become the nearest number in it.
        Element::U8 => Tensor::from_array(array.mapv(|value| value.round() as u8))?.into(),
        Element::I32 => Tensor::from_array(array.mapv(|value| value.round() as i32))?.into(),
        Element::I64 => Tensor::from_array(array.mapv(|value| value.round() as i64))?.into(),
        Element::Bool => Tensor::from_array(array.mapv(|value| value != 0.0))?.into(),
        // If the type is not supported, ONNX Runtime's error says so.
        Element::F32 | Element::Other(_) => match array.as_slice() {
            Some(_) => TensorRef::from_array_view(array)?.into(),
            None => Tensor::from_array(array.as_standard_layout().into_owned())?.into(),
        },
    })
}

/// Converts an output to floats.
fn numbers(value: &DynValue) -> ort::Result<ArrayD<f32>> {
    let ValueType::Tensor { ty, .. } = value.dtype() else {
        return Ok(value.try_extract_array::<f32>()?.to_owned());
    };
    Ok(match ty {
        TensorElementType::Float16 => value.try_extract_array::<f16>()?.mapv(f16::to_f32),
        TensorElementType::Float64 => value.try_extract_array::<f64>()?.mapv(|number| number as f32),
        TensorElementType::Uint8 => value.try_extract_array::<u8>()?.mapv(f32::from),
        TensorElementType::Int32 => value.try_extract_array::<i32>()?.mapv(|number| number as f32),
        TensorElementType::Int64 => value.try_extract_array::<i64>()?.mapv(|number| number as f32),
        TensorElementType::Bool => value.try_extract_array::<bool>()?.mapv(|truth| f32::from(u8::from(truth))),
        // If the type is not supported, ONNX Runtime's error says so.
        _ => value.try_extract_array::<f32>()?.to_owned(),
    })
}
