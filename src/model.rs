//! A loaded model: a family made ready, and what is to be told about it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::family::Family;
use crate::family::classical::Classical;
use crate::family::click_map::ClickMap;
use crate::family::extractnet::ExtractNet;
use crate::log::{Level, log};
use crate::manifest::{METADATA_KEY, Manifest};
use crate::runtime::{Graph, GraphSource, Provider, Runtime};
use crate::store::{Source, installed, manifest_beside, network_file};

#[cfg(feature = "builtin-model")]
static BUILTIN: &[u8] = include_bytes!("../models/click-192.onnx");

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
}

impl Model {
    /// Loads a model.
    pub fn load(source: &Source, options: &LoadOptions, cancel: &Cancel) -> Result<Self> {
        cancel.report(0.0, "loading the model")?;
        let model = match source {
            Source::Classical => Self::without_network(Classical, "classical", ""),
            Source::ExtractNet => Self::without_network(ExtractNet, "extractnet", ""),
            Source::Builtin if options.fall_back && cfg!(not(feature = "builtin-model")) => {
                Self::without_network(Classical, "classical", "this library was built without its own network")
            }
            network => match Runtime::get(options.runtime.as_deref()) {
                Ok(runtime) => Self::load_network(network, runtime, options, cancel)?,
                Err(error) if options.fall_back => {
                    log(Level::Warning, &error.to_string());
                    // The places that were looked at are for a log, not for a person who selects a cup.
                    let text = error.to_string();
                    let why = text.split(" Looked at:").next().unwrap_or_default();
                    Self::without_network(Classical, "classical", &format!("the network does not run: {why}"))
                }
                Err(error) => return Err(error),
            },
        };
        cancel.report(1.0, "model loaded")?;
        Ok(model)
    }

    /// What is to be told about it.
    pub fn info(&self) -> &ModelInfo {
        &self.0.info
    }

    pub(crate) fn family(&self) -> &dyn Family {
        &*self.0.family
    }

    fn without_network(family: impl Family + 'static, name: &str, note: &str) -> Self {
        let info = ModelInfo {
            name: name.into(),
            family: name.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            licence: env!("CARGO_PKG_LICENSE").into(),
            provider: "none".into(),
            provider_note: note.into(),
            runtime: String::new(),
        };
        Self(Arc::new(Loaded { family: Box::new(family), info }))
    }

    fn load_network(source: &Source, runtime: &Runtime, options: &LoadOptions, cancel: &Cancel) -> Result<Self> {
        let file = match source {
            Source::Path(path) => Some(network_file(path)?),
            Source::Installed(name) => Some(network_file(&installed::folder(name)?)?),
            _ => None,
        };
        let origin =
            file.as_ref().map_or_else(|| "the network in memory".to_owned(), |file| file.display().to_string());
        let graph_source = match (source, &file) {
            (_, Some(file)) => GraphSource::File(file),
            (Source::Bytes(bytes), _) => GraphSource::Bytes(bytes),
            _ => GraphSource::Bytes(builtin()?),
        };
        let threads = match options.threads {
            0 => std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2)),
            threads => threads,
        };
        let open = |source| {
            cancel.check()?;
            Graph::open(runtime, source, options.provider, threads).map_err(|error| match error {
                Error::Model(why) => Error::Model(format!("{origin}: {why}")),
                other => other,
            })
        };
        let graph = open(graph_source)?;
        let beside = file.as_deref().map(manifest_beside).transpose()?.flatten();
        let (text, place) = match beside {
            Some((text, path)) => (text, path.display().to_string()),
            None => match graph.metadata(METADATA_KEY) {
                Some(text) => (text, format!("the manifest in {origin}")),
                None => return Err(unknown(&origin, &graph)),
            },
        };
        let manifest = Manifest::parse(&text, &place)?;
        let info = ModelInfo {
            name: manifest.name.clone(),
            family: manifest.family.clone(),
            version: manifest.version.clone(),
            licence: manifest.licence.clone(),
            provider: graph.provider.to_string(),
            provider_note: graph.note.clone(),
            runtime: format!("ONNX Runtime {} from {}", runtime.version, runtime.path.display()),
        };
        let family: Box<dyn Family> = match (manifest.family.as_str(), manifest.click_map) {
            ("click_map", Some(click_map)) => {
                let beside = |name: &str| {
                    let path = file.as_deref().and_then(Path::parent).map(|folder| folder.join(name));
                    path.ok_or_else(|| {
                        Error::Model(format!(
                            "{origin} needs its decoder {name} beside it; load it from its file, not from memory"
                        ))
                    })
                };
                let (encoder, decoder) = match &click_map.decoder {
                    None => (None, graph),
                    Some(name) => (Some(graph), open(GraphSource::File(&network_file(&beside(name)?)?))?),
                };
                Box::new(ClickMap::new(encoder, decoder, click_map)?)
            }
            ("click_map", None) => return Err(Error::Model(format!("{place} has no table [click_map]; add one"))),
            (other, _) => {
                return Err(Error::Model(format!(
                    "{place} names the family `{other}`, which this version does not know; it knows click_map"
                )));
            }
        };
        Ok(Self(Arc::new(Loaded { family, info })))
    }
}

#[cfg(feature = "builtin-model")]
fn builtin() -> Result<&'static [u8]> {
    Ok(BUILTIN)
}

#[cfg(not(feature = "builtin-model"))]
fn builtin() -> Result<&'static [u8]> {
    Err(Error::Model("this library was built without its own network (feature `builtin-model`); pass the path of one, or `classical`".into()))
}

fn unknown(origin: &str, graph: &Graph) -> Error {
    let list = |ports: &[crate::runtime::Port]| {
        ports
            .iter()
            .map(|port| format!("{} {}{:?}", port.name, port.element, port.shape))
            .collect::<Vec<_>>()
            .join(", ")
    };
    Error::Model(format!(
        "{origin} is a network of a kind that is not known: it takes {} and gives {}; describe it in a model.toml beside it (models/README.md says how)",
        list(&graph.inputs),
        list(&graph.outputs)
    ))
}
