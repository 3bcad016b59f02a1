//! Options that several subcommands share.

use std::ffi::{OsStr, OsString};
use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;
use deepcrop::internals::network::cache::disk::Disk;
use deepcrop::types::{DiskCache, OutlineOptions, Provider};
use deepcrop::{Cancel, Edges, ErrorKind, LoadOptions, Model, Result, SegmentOptions, Source};

use crate::models;
use crate::output::Form;
use crate::pictures::ReadArgs;

/// The help of `--model`, broken into lines that fit a terminal of 80 columns.
pub const MODEL_HELP: &str = "\
The model: builtin, classical (colours and edges, no
network), extractnet (a simple baseline), the path of
a network, or the name of an installed network (see
`deepcrop models`)";

/// The help of `--model` where the classical engine may stand in for the built-in network.
pub fn model_help() -> String {
    format!("{MODEL_HELP}\n[default: builtin, or classical without ONNX Runtime]")
}

/// Options that say how the network runs.
#[derive(Args)]
#[command(next_help_heading = "Engine")]
pub struct EngineArgs {
    /// The processor that runs the network: auto, cpu, cuda,
    /// coreml, directml or openvino
    #[arg(long, verbatim_doc_comment, value_name = "NAME", default_value_t = Provider::Auto)]
    pub provider: Provider,
    /// Use this ONNX Runtime library, not the one found
    #[arg(long, value_name = "PATH")]
    pub runtime: Option<PathBuf>,
    /// Most threads for each picture; 0: all cores, shared
    /// out among the pictures of a batch
    #[arg(long, verbatim_doc_comment, value_name = "N", default_value_t = 0)]
    pub threads: usize,
    /// A matting network (ViTMatte) that refines hair along
    /// the edge; needs --edges auto or hair
    #[arg(long, verbatim_doc_comment, value_name = "MODEL")]
    pub matting: Option<OsString>,
}

impl EngineArgs {
    /// Loads the model of this name. A user who asks for a model, a runtime or a provider gets it or an error. A user who
    /// asks for none of them gets the classical engine if the built-in network cannot run.
    ///
    /// `usual_threads` is the number of threads if the user gives none.
    pub fn load(&self, model: Option<&OsStr>, disk_cache: DiskCache, usual_threads: usize) -> Result<Model> {
        let mut options = LoadOptions::default()
            .provider(self.provider)
            .threads(if self.threads == 0 { usual_threads } else { self.threads })
            .fall_back(model.is_none() && self.runtime.is_none() && self.provider == Provider::Auto)
            .disk_cache(disk_cache);
        options.runtime = self.runtime.clone();
        options.matting = self.matting.as_deref().map(source);
        let source = source(model.unwrap_or("builtin".as_ref()));
        for source in [Some(&source), options.matting.as_ref()] {
            if let Some(Source::Installed(name)) = source {
                models::offer(name)?;
            }
        }
        Model::load(&source, &options, &Cancel::new())
    }
}

/// The number of the processor's cores that this program may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// A model's name or path. A name is text, so other bytes are a path.
pub fn source(text: &OsStr) -> Source {
    text.to_str().map_or_else(|| Source::Path(text.into()), Source::parse)
}

/// Whether the cache is used.
#[derive(Args)]
#[command(next_help_heading = "Engine")]
struct CacheArgs {
    /// Neither read nor write the cache (see `deepcrop cache`)
    #[arg(long)]
    no_cache: bool,
}

impl CacheArgs {
    /// The library's option for it, if the cache's settings make sense.
    fn place(&self) -> Result<DiskCache> {
        let cache = if self.no_cache { DiskCache::Off } else { DiskCache::Default };
        // Without a folder that can be trusted the program goes on without a cache; `deepcrop cache` says why.
        match Disk::open(&cache) {
            Err(error) if error.kind() == ErrorKind::Argument => Err(error),
            _ => Ok(cache),
        }
    }
}

/// Options of the commands that select with any model.
#[derive(Args)]
pub struct SelectArgs {
    #[command(flatten)]
    pub read: ReadArgs,
    #[command(flatten)]
    pub steps: StepArgs,
    #[command(flatten)]
    pub form: FormArgs,
    #[arg(long, value_name = "MODEL", help = model_help(), help_heading = "Engine")]
    pub model: Option<OsString>,
    #[command(flatten)]
    pub engine: EngineArgs,
    #[command(flatten)]
    cache: CacheArgs,
}

impl SelectArgs {
    /// The most threads for each of so many pictures at a time.
    pub fn threads(&self, pictures: usize) -> usize {
        if self.engine.threads == 0 { cores() / pictures.clamp(1, cores()) } else { self.engine.threads }
    }

    /// Loads the model, for calls with so many threads.
    pub fn load(&self, threads: usize) -> Result<Model> {
        self.engine.load(self.model.as_deref(), self.cache.place()?, threads)
    }

    /// Why the classical engine runs although nobody asked for it; `None` if it does not.
    pub fn stand_in<'a>(&self, model: &'a Model) -> Option<&'a str> {
        let info = model.info();
        let stands_in = self.model.is_none() && info.provider.is_none() && !info.provider_note.is_empty();
        stands_in.then_some(info.provider_note.as_str())
    }
}

/// How cut-outs and outlines are made.
#[derive(Args)]
#[command(next_help_heading = "Cut-outs and outlines")]
pub struct FormArgs {
    /// Crop cut-outs to the selection and a margin around it
    /// [default margin: 0 pixels]
    #[arg(long, verbatim_doc_comment, value_name = "MARGIN", num_args = 0..=1, require_equals = true, default_missing_value = "0")]
    crop: Option<u32>,
    /// The largest distance between outline and mask edge,
    /// in pixels
    #[arg(long, verbatim_doc_comment, value_name = "PX", default_value_t = OutlineOptions::default().tolerance, allow_hyphen_values = true)]
    tolerance: f64,
    /// Draw outlines with straight lines instead of curves
    #[arg(long)]
    straight: bool,
}

impl FormArgs {
    /// The checked options, for what writes the files.
    pub fn form(&self) -> Result<Form> {
        let Self { crop, tolerance, straight } = *self;
        let outline = OutlineOptions::default().tolerance(tolerance).straight(straight);
        outline.check().map(|()| Form { crop, outline })
    }
}

/// How a selection is computed.
#[derive(Args)]
#[command(next_help_heading = "Selection")]
pub struct StepArgs {
    /// How the selection's edge fits the picture: auto, hard,
    /// smooth, hair or none
    #[arg(long, verbatim_doc_comment, value_name = "HOW", default_value_t = Edges::Auto)]
    pub edges: Edges,
    /// Skip the closer look at small objects in full resolution
    #[arg(long)]
    pub no_closer_look: bool,
    /// Let corrections change distant parts of the selection
    #[arg(long)]
    pub no_guard: bool,
}

impl StepArgs {
    /// The library's options for it.
    pub fn options(&self) -> SegmentOptions {
        SegmentOptions::new().closer_look(!self.no_closer_look).guard(!self.no_guard).edges(self.edges)
    }
}
