//! A loaded model: a family made ready, and what is to be told about it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::cancel::Cancel;
use crate::base::error::{Error, Result};
use crate::base::log::{Level, log};
use crate::network::assembly::Assembly;
use crate::network::cache::disk::{Disk, DiskCache};
use crate::network::families::classical::Classical;
use crate::network::families::click_map::ClickMap;
use crate::network::families::encoder_decoder::EncoderDecoder;
use crate::network::families::extractnet::ExtractNet;
use crate::network::families::family::Family;
use crate::network::families::instances::Instances;
use crate::network::families::matting::Matting;
use crate::network::families::proposals::Proposals;
use crate::network::families::saliency::Saliency;
use crate::network::families::semantic::Semantic;
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
    /// A network that redraws edges, so that hair gets its transparency; see [`crate::network::families::matting`].
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
    matting: Option<Matting>,
}

impl Model {
    /// Loads a model.
    pub fn load(source: &Source, options: &LoadOptions, cancel: &Cancel) -> Result<Self> {
        cancel.report(0.0, "loading the model")?;
        let mut loaded = match source {
            Source::Classical => Loaded::without_network(Classical, "classical", ""),
            Source::ExtractNet => Loaded::without_network(ExtractNet, "extractnet", ""),
            Source::Builtin if options.fall_back && cfg!(not(feature = "builtin-model")) => {
                Loaded::without_network(Classical, "classical", "this library was built without its own network")
            }
            network => match Runtime::get(options.runtime.as_deref()) {
                Ok(runtime) => Loaded::network(network, runtime, options, cancel)?,
                Err(error) if options.fall_back => {
                    log(Level::Warning, &error.to_string());
                    // The places that were looked at are for a log, not for a person who selects a cup.
                    let text = error.to_string();
                    let why = text.split(" Looked at:").next().unwrap_or_default();
                    Loaded::without_network(Classical, "classical", &format!("the network does not run: {why}"))
                }
                Err(error) => return Err(error),
            },
        };
        if let Some(matting) = &options.matting {
            loaded.matting = Some(load_matting(matting, Runtime::get(options.runtime.as_deref())?, options, cancel)?);
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
    pub fn matting(&self) -> Option<&Matting> {
        self.0.matting.as_ref()
    }
}

impl Loaded {
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
        Self { family: Box::new(family), info, matting: None }
    }

    fn network(source: &Source, runtime: &Runtime, options: &LoadOptions, cancel: &Cancel) -> Result<Self> {
        let (assembly, mut graphs) = open(source, runtime, options, cancel)?;
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
        let last = graphs.pop().ok_or_else(|| Error::Internal("a network without a graph".into()))?;
        let encoder = graphs.pop().map(|graph| {
            // Hundreds of masks at each scale are sooner made again than read.
            let disk = match &assembly.manifest.proposals {
                None => Disk::choose(&options.disk_cache),
                Some(_) => None,
            };
            Encoder::new(graph, &assembly.files[0], &assembly.headers[0], runtime, disk, cancel)
        });
        let family = ready(assembly, encoder.transpose()?, last)?;
        Ok(Self { family, info, matting: None })
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
        Graph::open(runtime, source, options.provider, threads).map_err(|error| match error {
            Error::Model(why) => Error::Model(format!("{origin}: {why}")),
            other => other,
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
fn load_matting(source: &Source, runtime: &Runtime, options: &LoadOptions, cancel: &Cancel) -> Result<Matting> {
    let not_matting = |what: &str| {
        Error::Model(format!(
            "{what} is no matting network; pass one like ViTMatte, which takes a picture with a trimap and gives `alphas`"
        ))
    };
    if matches!(source, Source::Builtin | Source::Classical | Source::ExtractNet) {
        return Err(not_matting(&format!("{source:?}").to_lowercase()));
    }
    let (Assembly { manifest, origin, .. }, mut graphs) = open(source, runtime, options, cancel)?;
    match (manifest.matting, graphs.pop()) {
        (Some(matting), Some(graph)) if manifest.family == "matting" => Matting::new(graph, manifest.input, matting),
        _ => Err(not_matting(&format!("{origin} (a network of the family `{}`)", manifest.family))),
    }
}

/// The family that an assembly is of, with its graphs: the last, and an encoder before it.
fn ready(assembly: Assembly, encoder: Option<Encoder>, last: Graph) -> Result<Box<dyn Family>> {
    let Assembly { manifest, origin, .. } = assembly;
    let place = assembly.overridden_by.map_or(origin, |place| place.display().to_string());
    let lacks =
        |table: &str| Error::Model(format!("{place} has no table [{table}]; add one, models/README.md says how"));
    let alone = |part: &str, name: &str| {
        Error::Model(format!("{place} needs its {part} {name} beside it; load it from its file, not from memory"))
    };
    Ok(match manifest.family.as_str() {
        "click_map" => {
            let click_map = manifest.click_map.ok_or_else(|| lacks("click_map"))?;
            if let (Some(name), None) = (&click_map.decoder, &encoder) {
                return Err(alone("decoder", name));
            }
            Box::new(ClickMap::new(encoder, last, click_map)?)
        }
        "encoder_decoder" => {
            let input = manifest.input.ok_or_else(|| lacks("input"))?;
            let manifest = manifest.encoder_decoder.ok_or_else(|| lacks("encoder_decoder"))?;
            Box::new(EncoderDecoder::new(encoder, last, input, manifest)?)
        }
        "instances" => {
            let instances = manifest.instances.ok_or_else(|| lacks("instances"))?;
            Box::new(Instances::new(last, manifest.input, instances)?)
        }
        "semantic" => {
            let semantic = manifest.semantic.ok_or_else(|| lacks("semantic"))?;
            Box::new(Semantic::new(last, manifest.input, semantic)?)
        }
        "saliency" => {
            let saliency = manifest.saliency.ok_or_else(|| lacks("saliency"))?;
            Box::new(Saliency::new(last, manifest.input, saliency)?)
        }
        "proposals" => {
            let proposals = manifest.proposals.ok_or_else(|| lacks("proposals"))?;
            let (dense, refiner) = match encoder {
                Some(first) => (first.graph, Some(last)),
                None => (last, None),
            };
            if let (Some(name), None) = (&proposals.refiner, &refiner) {
                return Err(alone("refiner", name));
            }
            Box::new(Proposals::new(dense, refiner, manifest.input, proposals)?)
        }
        "matting" => {
            return Err(Error::Model(format!(
                "{place} is a matting network, which redraws edges and selects nothing by itself; pass it as the matting network (--matting) beside a model that selects"
            )));
        }
        other => {
            return Err(Error::Model(format!(
                "{place} names the family `{other}`, which this version does not know; it knows click_map, encoder_decoder, instances, semantic, saliency, proposals and matting"
            )));
        }
    })
}

#[cfg(feature = "builtin-model")]
fn builtin() -> Result<&'static [u8]> {
    Ok(BUILTIN)
}

#[cfg(not(feature = "builtin-model"))]
fn builtin() -> Result<&'static [u8]> {
    Err(Error::Model("this library was built without its own network (feature `builtin-model`); pass the path of one, or `classical`".into()))
}
