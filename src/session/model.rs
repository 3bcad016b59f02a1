//! A loaded model: a family made ready, and what is to be told about it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::cancel::Cancel;
use crate::base::error::{ErrorKind, Result};
use crate::base::log::{Level, log};
use crate::network::assembly::Assembly;
use crate::network::cache::disk::{Disk, DiskCache};
use crate::network::families::family::Family;
use crate::network::families::kind::{Opened, Ready, RedrawEdges};
use crate::network::families::{ENGINES, kind, second_file};
use crate::network::manifest::Manifest;
use crate::network::runtime::Runtime;
use crate::network::runtime::encoder::Encoder;
use crate::network::runtime::graph::{Graph, GraphSource};
use crate::network::runtime::provider::Provider;
use crate::network::store::{Source, installed};

/// models/click.onnx, unless the build was told of another one; see build.rs.
#[cfg(feature = "builtin-model")]
static BUILTIN: &[u8] = include_bytes!(env!("DEEPCROP_BUILTIN"));

/// How to load.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Which processor runs the network.
    pub provider: Provider,
    /// For the network; 0 is half the cores.
    pub threads: usize,
    /// The ONNX Runtime library, when it is not where it is looked for.
    pub runtime: Option<PathBuf>,
    /// Without a runtime take the classical engine (and say so) instead of failing.
    pub fall_back: bool,
    /// Where what a network with an encoder says of a picture is kept for the next time.
    pub disk_cache: DiskCache,
    /// A network that redraws edges, so that hair gets its transparency; such as ViTMatte.
    pub matting: Option<Source>,
}

/// What is to be told about a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelInfo {
    /// What it is called.
    pub name: String,
    /// Which kind it is.
    pub family: String,
    /// Its own.
    pub version: String,
    /// Under which it may be used.
    pub licence: String,
    /// What runs it; "none" where there is no network.
    pub provider: String,
    /// Why it is not run by something faster, or why there is no network; empty when there is nothing to say.
    pub provider_note: String,
    /// Version and place of ONNX Runtime; empty without a network.
    pub runtime: String,
}

/// A model, ready for pictures. A clone is the same model; threads share it.
#[derive(Clone)]
pub struct Model(Arc<Loaded>);

struct Loaded {
    family: Box<dyn Family>,
    info: ModelInfo,
    redraw_edges: Option<RedrawEdges>,
}

impl Model {
    /// Loads a model.
    pub fn load(source: &Source, options: &LoadOptions, cancel: &Cancel) -> Result<Self> {
        cancel.report(0.0, "loading the model")?;
        let mut loaded = match source {
            Source::Engine(name) => Loaded::engine(name, "")?,
            Source::Builtin if options.fall_back && cfg!(not(feature = "builtin-model")) => {
                Loaded::fall_back("this library was built without its own network")?
            }
            network => match Runtime::get(options.runtime.as_deref()) {
                Ok(runtime) => Loaded::network(network, runtime, options, cancel)?,
                Err(error) if options.fall_back => {
                    log(Level::Warning, &error.to_string());
                    // The places that were looked at are for a log, not for a person who selects a cup.
                    let text = error.to_string();
                    let why = text.split(" Looked at:").next().unwrap_or_default();
                    Loaded::fall_back(&format!("the network does not run: {why}"))?
                }
                Err(error) => return Err(error),
            },
        };
        if let Some(source) = &options.matting {
            let runtime = Runtime::get(options.runtime.as_deref())?;
            loaded.redraw_edges = Some(load_redraw_edges(source, runtime, options, cancel)?);
        }
        cancel.report(1.0, "model loaded")?;
        Ok(Self(Arc::new(loaded)))
    }

    /// What is to be told about it.
    pub fn info(&self) -> &ModelInfo {
        &self.0.info
    }

    pub(crate) fn family(&self) -> &dyn Family {
        &*self.0.family
    }

    /// The network that redraws edges, if there is one.
    pub(crate) fn redraw_edges(&self) -> Option<&RedrawEdges> {
        self.0.redraw_edges.as_ref()
    }
}

impl Loaded {
    /// An engine that needs no network.
    fn engine(name: &str, note: &str) -> Result<Self> {
        let engine = ENGINES.iter().find(|engine| engine.name == name);
        let engine = engine.ok_or_else(|| ErrorKind::Argument.error(format!("there is no engine `{name}`")))?;
        let info = ModelInfo {
            name: name.into(),
            family: name.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            licence: env!("CARGO_PKG_LICENSE").into(),
            provider: "none".into(),
            provider_note: note.into(),
            runtime: String::new(),
        };
        Ok(Self { family: (engine.make)(), info, redraw_edges: None })
    }

    /// The engine that stands in for a network.
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
            provider: graphs[0].provider.to_string(),
            provider_note: graphs[0].note.clone(),
            runtime: format!("ONNX Runtime {} from {}", runtime.version, runtime.path.display()),
        };
        let place = assembly.place();
        match ready(assembly, graphs, runtime, options, cancel)? {
            Ready::Selects(family) => Ok(Self { family, info, redraw_edges: None }),
            Ready::RedrawsEdges(_) => Err(ErrorKind::Model.error(format!(
                "{place} is a matting network, which redraws edges and selects nothing by itself; pass it as the matting network (--matting) beside a model that selects"
            ))),
        }
    }
}

/// A network's files, and the graphs in them.
fn open(source: &Source, runtime: &Runtime, options: &LoadOptions, cancel: &Cancel) -> Result<(Assembly, Vec<Graph>)> {
    let bytes = match source {
        Source::Path(_) | Source::Installed(_) => &[],
        Source::Bytes(bytes) => bytes.as_slice(),
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

/// The network that redraws edges.
fn load_redraw_edges(
    source: &Source,
    runtime: &Runtime,
    options: &LoadOptions,
    cancel: &Cancel,
) -> Result<RedrawEdges> {
    let refused = |what: &str| {
        ErrorKind::Model.error(format!(
            "{what} is no matting network; pass one like ViTMatte, which takes a picture with a trimap and gives `alphas`"
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

/// Makes a network ready: the last graph, and an encoder before it.
fn ready(
    assembly: Assembly,
    mut graphs: Vec<Graph>,
    runtime: &Runtime,
    options: &LoadOptions,
    cancel: &Cancel,
) -> Result<Ready> {
    let place = assembly.place();
    let kind = kind(&assembly.manifest.family)?;
    let graph = graphs.pop().ok_or_else(|| ErrorKind::Internal.error("a network without a graph"))?;
    let encoder = graphs.pop().map(|graph| {
        let disk = if kind.keeps_on_disk { Disk::choose(&options.disk_cache) } else { None };
        Encoder::new(graph, &assembly.files[0], &assembly.headers[0], runtime, disk, cancel)
    });
    if let (Some((part, name)), None) = (second_file(&assembly.manifest), &encoder) {
        return Err(ErrorKind::Model
            .error(format!("{place} needs its {part} {name} beside it; load it from its file, not from memory")));
    }
    (kind.load)(Opened { manifest: assembly.manifest, place, encoder: encoder.transpose()?, graph })
}

#[cfg(feature = "builtin-model")]
fn builtin() -> Result<&'static [u8]> {
    Ok(BUILTIN)
}

#[cfg(not(feature = "builtin-model"))]
fn builtin() -> Result<&'static [u8]> {
    Err(ErrorKind::Model.error("this library was built without its own network (feature `builtin-model`); pass the path of one, or `classical`"))
}
