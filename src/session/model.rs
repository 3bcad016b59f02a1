//! The model: a network or engine, loaded and ready, with its description.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::base::cancel::Cancel;
use crate::base::error::{ErrorKind, Result};
use crate::base::log::{Level, Redirected, Sink, log, redirect};
use crate::base::threads::{Limited, limit};
use crate::network::assembly::Assembly;
use crate::network::cache::disk::{Disk, DiskCache};
use crate::network::engines::ENGINES;
use crate::network::families::family::{Opened, Ready, RedrawEdges};
use crate::network::families::segmenter::Segmenter;
use crate::network::families::{family, second_file};
use crate::network::manifest::Manifest;
use crate::network::runtime::Runtime;
use crate::network::runtime::encoder::Encoder;
use crate::network::runtime::graph::{Graph, GraphSource};
use crate::network::runtime::provider::Provider;
use crate::network::store::{Source, installed};

/// The built-in network: models/click.onnx, or the file that DEEPCROP_BUILTIN named at build time; see build.rs.
#[cfg(feature = "builtin-model")]
static BUILTIN: &[u8] = include_bytes!(env!("DEEPCROP_BUILTIN"));

/// Options for loading a model.
///
/// ```
/// use deepcrop::LoadOptions;
/// use deepcrop::types::Provider;
///
/// let options = LoadOptions::default().provider(Provider::Cpu).threads(2).fall_back(true);
/// // An ONNX Runtime of your own, and an installed matting network that redraws the edges.
/// let for_hair = LoadOptions::new().runtime("lib/libonnxruntime.so").matting("vitmatte-small");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadOptions {
    /// The provider that runs the network.
    pub provider: Provider,
    /// The most threads of a call on the model or its pictures. 0 takes half the cores for the network, and up to four
    /// threads for the work on pixels.
    pub threads: usize,
    /// The path of the ONNX Runtime library; `None` searches for it.
    pub runtime: Option<PathBuf>,
    /// Whether to load the classical engine where ONNX Runtime cannot be opened; [`Model::info`] then says why.
    pub fall_back: bool,
    /// The cache: where encoder output is kept for the next time that a picture is opened.
    pub disk_cache: DiskCache,
    /// A matting network such as ViTMatte. It redraws the edges of every selection, so that hair becomes transparent.
    pub matting: Option<Source>,
    /// The callback for messages about the model and its pictures; `None` takes that of the process, [`set_log`].
    ///
    /// [`set_log`]: crate::set_log
    pub log: Option<Sink>,
}

impl LoadOptions {
    /// The usual options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the provider that runs the network.
    pub fn provider(self, provider: Provider) -> Self {
        Self { provider, ..self }
    }

    /// Sets the most threads of a call on the model or its pictures; see the field.
    pub fn threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Sets the path of the ONNX Runtime library.
    pub fn runtime(self, path: impl Into<PathBuf>) -> Self {
        Self { runtime: Some(path.into()), ..self }
    }

    /// Sets whether to load the classical engine where ONNX Runtime cannot be opened.
    pub fn fall_back(self, fall_back: bool) -> Self {
        Self { fall_back, ..self }
    }

    /// Sets the cache for encoder output.
    pub fn disk_cache(self, disk_cache: DiskCache) -> Self {
        Self { disk_cache, ..self }
    }

    /// Sets the matting network.
    pub fn matting(self, source: impl Into<Source>) -> Self {
        Self { matting: Some(source.into()), ..self }
    }

    /// Sets the callback for messages about the model and its pictures.
    pub fn log(self, sink: Sink) -> Self {
        Self { log: Some(sink), ..self }
    }
}

/// The description of a model.
///
/// ```
/// # use deepcrop::{Cancel, LoadOptions, Model};
/// let model = Model::load("classical", &LoadOptions::default(), &Cancel::new())?;
/// let info = model.info();
/// assert_eq!((info.name.as_str(), info.family.as_str(), info.provider), ("classical", "classical", None));
/// # Ok::<(), deepcrop::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelInfo {
    /// The model's name.
    pub name: String,
    /// The family of the network, or the name of the engine.
    pub family: String,
    /// The model's version.
    pub version: String,
    /// The model's licence.
    pub licence: String,
    /// The provider that runs the network; `None` for an engine without a network.
    pub provider: Option<Provider>,
    /// Why a faster provider, or the network itself, does not run; empty if there is nothing to say.
    pub provider_note: String,
    /// Version and path of ONNX Runtime; empty for an engine without a network.
    pub runtime: String,
}

impl ModelInfo {
    /// The name of the provider; "none" for an engine without a network.
    pub fn provider_name(&self) -> &'static str {
        self.provider.map_or("none", Provider::name)
    }
}

/// A loaded network or engine. A clone is the same model; threads may share it.
///
/// ```no_run
/// use deepcrop::{Cancel, LoadOptions, Model, Source};
///
/// // The built-in network, or the classical engine if ONNX Runtime is missing.
/// let model = Model::load(Source::Builtin, &LoadOptions::default().fall_back(true), &Cancel::new())?;
/// println!("{} runs on {:?}. {}", model.info().name, model.info().provider, model.info().provider_note);
/// # Ok::<(), deepcrop::Error>(())
/// ```
#[derive(Clone)]
pub struct Model(Arc<Loaded>);

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_tuple("Model").field(self.info()).finish()
    }
}

struct Loaded {
    segmenter: Box<dyn Segmenter>,
    info: ModelInfo,
    redraw_edges: Option<RedrawEdges>,
    /// What all calls on the model and its pictures have in common.
    settings: Settings,
}

#[derive(Default)]
struct Settings {
    threads: usize,
    log: Option<Sink>,
}

impl Settings {
    fn begin_call(&self) -> RunningCall {
        RunningCall(limit(self.threads), redirect(self.log.as_ref()))
    }
}

/// While it lives, the model's settings hold on this thread.
pub(crate) struct RunningCall(#[expect(dead_code)] Limited, #[expect(dead_code)] Redirected);

impl Model {
    /// Loads a model: the built-in network ([`Source::Builtin`]), a file, a folder, an installed network or an engine by its
    /// name.
    pub fn load(source: impl Into<Source>, options: &LoadOptions, cancel: &Cancel) -> Result<Self> {
        let settings = Settings { threads: options.threads, log: options.log.clone() };
        let _call = settings.begin_call();
        cancel.report(0.0, "loading the model")?;
        let mut loaded = match &source.into() {
            Source::Engine(name) => Loaded::engine(name, "")?,
            Source::Builtin if options.fall_back && cfg!(not(feature = "builtin-model")) => {
                Loaded::fall_back("this library was built without the built-in network")?
            }
            network => match Runtime::get(options.runtime.as_deref()) {
                Ok(runtime) => Loaded::network(network, runtime, options, cancel)?,
                Err(error) if options.fall_back => {
                    log(Level::Warning, &error.to_string());
                    Loaded::fall_back(&format!("the network does not run: {error}"))?
                }
                Err(error) => return Err(error),
            },
        };
        if let Some(source) = &options.matting {
            let runtime = Runtime::get(options.runtime.as_deref())?;
            loaded.redraw_edges = Some(load_redraw_edges(source, runtime, options, cancel)?);
        }
        cancel.report(1.0, "model loaded")?;
        Ok(Self(Arc::new(Loaded { settings, ..loaded })))
    }

    /// The model's description.
    pub fn info(&self) -> &ModelInfo {
        &self.0.info
    }

    /// Begins a call on the model or one of its pictures.
    pub(crate) fn begin_call(&self) -> RunningCall {
        self.0.settings.begin_call()
    }

    pub(crate) fn segmenter(&self) -> &dyn Segmenter {
        &*self.0.segmenter
    }

    /// The matting network, if there is one.
    pub(crate) fn redraw_edges(&self) -> Option<&RedrawEdges> {
        self.0.redraw_edges.as_ref()
    }
}

impl Loaded {
    /// An engine that needs no network.
    fn engine(name: &str, note: &str) -> Result<Self> {
        let engine = ENGINES.iter().find(|engine| engine.name == name);
        let engine = engine.ok_or_else(|| {
            ErrorKind::Argument.error(format!("there is no engine `{name}`; use `{}`", ENGINES[0].name))
        })?;
        let info = ModelInfo {
            name: name.into(),
            family: name.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            licence: env!("CARGO_PKG_LICENSE").into(),
            provider: None,
            provider_note: note.into(),
            runtime: String::new(),
        };
        Ok(Self { segmenter: (engine.make)(), info, redraw_edges: None, settings: Settings::default() })
    }

    /// The engine to use where ONNX Runtime cannot be opened. `note` says why it does not.
    fn fall_back(note: &str) -> Result<Self> {
        Self::engine(ENGINES[0].name, note)
    }

    fn network(source: &Source, runtime: &Runtime, options: &LoadOptions, cancel: &Cancel) -> Result<Self> {
        let (assembly, graphs) = open(source, runtime, options, cancel)?;
        let Manifest { name, family, version, licence, .. } = assembly.manifest.clone();
        let info = ModelInfo {
            name,
            family,
            version,
            licence,
            provider: Some(graphs[0].provider),
            provider_note: graphs[0].note.clone(),
            runtime: format!("ONNX Runtime {} from {}", runtime.version, runtime.path.display()),
        };
        let place = assembly.place();
        match ready(assembly, graphs, runtime, options, cancel)? {
            Ready::Selects(segmenter) => Ok(Self { segmenter, info, redraw_edges: None, settings: Settings::default() }),
            Ready::RedrawsEdges(_) => Err(ErrorKind::Model.error(format!(
                "{place} is a matting network, which redraws edges and selects nothing by itself; pass it as the option `matting` beside a model that selects"
            ))),
        }
    }
}

/// Opens a network's files and loads the graphs in them.
fn open(source: &Source, runtime: &Runtime, options: &LoadOptions, cancel: &Cancel) -> Result<(Assembly, Vec<Graph>)> {
    let bytes = match source {
        Source::Path(_) | Source::Installed(_) => &[][..],
        Source::Bytes(bytes) => bytes,
        _ => builtin()?,
    };
    let assembly = match source {
        Source::Path(path) => Assembly::of_path(path)?,
        Source::Installed(name) => Assembly::of_path(&installed::folder(name)?)?,
        _ => Assembly::of_bytes(bytes)?,
    };
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2)),
        threads => threads,
    };
    let open = |source, origin: &str| {
        cancel.check()?;
        Graph::open(runtime, source, options.provider, threads).map_err(|error| match error.kind() {
            ErrorKind::Model => error.reworded(|why| format!("{origin}: {why}")),
            _ => error,
        })
    };
    let graphs = match assembly.files.as_slice() {
        [] => vec![open(GraphSource::Bytes(bytes), &assembly.origin)?],
        files => files
            .iter()
            .map(|file| open(GraphSource::File(file), &file.display().to_string()))
            .collect::<Result<_>>()?,
    };
    Ok((assembly, graphs))
}

/// Loads the matting network.
fn load_redraw_edges(
    source: &Source,
    runtime: &Runtime,
    options: &LoadOptions,
    cancel: &Cancel,
) -> Result<RedrawEdges> {
    let refused = |what: &str| {
        ErrorKind::Model.error(format!(
            "{what} is not a matting network; pass one such as ViTMatte, which takes a picture with a trimap and returns `alphas`"
        ))
    };
    match source {
        Source::Builtin => return Err(refused("builtin")),
        Source::Engine(name) => return Err(refused(name)),
        _ => {}
    }
    let (assembly, graphs) = open(source, runtime, options, cancel)?;
    let what = format!("{} (a network of the family `{}`)", assembly.origin, assembly.manifest.family);
    match ready(assembly, graphs, runtime, options, cancel)? {
        Ready::RedrawsEdges(redraw) => Ok(redraw),
        Ready::Selects(_) => Err(refused(&what)),
    }
}

/// Makes a network ready to run from its graphs: the last one, and the encoder before it if there are two.
fn ready(
    assembly: Assembly,
    mut graphs: Vec<Graph>,
    runtime: &Runtime,
    options: &LoadOptions,
    cancel: &Cancel,
) -> Result<Ready> {
    let place = assembly.place();
    let family = family(&assembly.manifest.family)?;
    let graph = graphs.pop().ok_or_else(|| ErrorKind::Internal.error("a network without a graph"))?;
    let encoder = graphs.pop().map(|graph| {
        let disk = if family.keeps_on_disk { Disk::choose(&options.disk_cache) } else { None };
        Encoder::new(graph, &assembly.files[0], &assembly.headers[0], runtime, disk, cancel)
    });
    if let (Some((part, name)), None) = (second_file(&assembly.manifest), &encoder) {
        return Err(ErrorKind::Model.error(format!(
            "{place} needs its {part} {name} beside it; load the network from a file, not from memory"
        )));
    }
    (family.load)(Opened { manifest: assembly.manifest, place, encoder: encoder.transpose()?, graph })
}

#[cfg(feature = "builtin-model")]
fn builtin() -> Result<&'static [u8]> {
    Ok(BUILTIN)
}

#[cfg(not(feature = "builtin-model"))]
fn builtin() -> Result<&'static [u8]> {
    Err(ErrorKind::Model.error(format!("this library was built without the built-in network (feature `builtin-model`); pass the path of a network, or an engine such as `{}`", ENGINES[0].name)))
}
