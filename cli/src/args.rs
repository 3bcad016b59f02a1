//! Options that several subcommands share.

use std::path::PathBuf;

use clap::Args;
use deepcrop::types::{DiskCache, OutlineOptions, Provider};
use deepcrop::{Cancel, Edges, LoadOptions, Model, Result, SegmentOptions, Source};

use crate::models;
use crate::output::Form;

/// What `--model` takes.
pub const MODEL_HELP: &str = "builtin, classical (no network, nothing to install), extractnet (a plain baseline), \
    the path of a network, or the name of an installed one (see `deepcrop models`)";

/// What runs the network.
#[derive(Args)]
#[command(next_help_heading = "Engine")]
pub struct EngineArgs {
    /// What computes: auto, cpu, cuda, coreml, directml or openvino
    #[arg(long, value_name = "NAME", default_value_t = Provider::Auto)]
    pub provider: Provider,
    /// The ONNX Runtime library to use, instead of the one that is found
    #[arg(long, value_name = "PATH")]
    pub runtime: Option<PathBuf>,
    /// Threads of the network; 0 takes half the cores
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub threads: usize,
    /// A matting network (ViTMatte) that redraws edges (auto or hair), so that hair gets its transparency
    #[arg(long, value_name = "MODEL")]
    pub matting: Option<String>,
}

impl EngineArgs {
    /// Loads the model of this name. Where nothing was asked for, the best that works here is good enough: without a
    /// runtime that is the classical engine. Whoever asks for something gets that or an error.
    pub fn load(&self, model: Option<&str>, disk_cache: DiskCache) -> Result<Model> {
        let mut options = LoadOptions::default()
            .provider(self.provider)
            .threads(self.threads)
            .fall_back(model.is_none() && self.runtime.is_none() && self.provider == Provider::Auto)
            .disk_cache(disk_cache);
        options.runtime = self.runtime.clone();
        options.matting = self.matting.as_deref().map(Source::parse);
        let source = Source::parse(model.unwrap_or("builtin"));
        for source in [Some(&source), options.matting.as_ref()] {
            if let Some(Source::Installed(name)) = source {
                models::offer(name)?;
            }
        }
        Model::load(&source, &options, &Cancel::new())
    }
}

/// Whether a picture is analysed anew.
#[derive(Args)]
#[command(next_help_heading = "Engine")]
pub struct CacheArgs {
    /// Neither take from disk what the network says of the picture, nor keep it there; see `deepcrop cache`
    #[arg(long)]
    no_cache: bool,
}

impl CacheArgs {
    /// The same for the library.
    pub fn place(&self) -> DiskCache {
        if self.no_cache { DiskCache::Off } else { DiskCache::Usual }
    }
}

/// A sentence where not the network runs, but what stands in for it.
pub fn stand_in(model: &Model, asked: Option<&str>) -> Option<String> {
    let info = model.info();
    (asked.is_none() && info.family == "classical").then(|| info.provider_note.clone()).filter(|note| !note.is_empty())
}

/// How cut-outs and outlines are made.
#[derive(Args)]
#[command(next_help_heading = "Cut-outs and outlines")]
pub struct FormArgs {
    /// Make cut-outs as small as what is selected, with a margin of so many pixels if you say so
    #[arg(long, value_name = "MARGIN", num_args = 0..=1, require_equals = true, default_missing_value = "0")]
    crop: Option<u32>,
    /// How far an outline may stray from the mask's edge, in pixels
    #[arg(long, value_name = "PX", default_value_t = OutlineOptions::default().tolerance, allow_hyphen_values = true)]
    tolerance: f64,
    /// Draw outlines with straight lines instead of smooth curves
    #[arg(long)]
    straight: bool,
}

impl FormArgs {
    /// The same for what writes files, or what is wrong.
    pub fn form(&self) -> Result<Form> {
        let Self { crop, tolerance, straight } = *self;
        let outline = OutlineOptions::default().tolerance(tolerance).straight(straight);
        outline.check().map(|()| Form { crop, outline })
    }
}

/// Steps of the work that can be left out.
#[derive(Args)]
#[command(next_help_heading = "Steps to leave out")]
pub struct StepArgs {
    /// Do not look at small objects again at full resolution
    #[arg(long)]
    pub no_closer_look: bool,
    /// Let a correction change the selection far away from it
    #[arg(long)]
    pub no_guard: bool,
    /// How the border follows the picture's edges: auto, hard, smooth, hair or none
    #[arg(long, value_name = "HOW", default_value_t = Edges::Auto)]
    pub edges: Edges,
}

impl StepArgs {
    /// The same for the library.
    pub fn options(&self) -> SegmentOptions {
        SegmentOptions::new().closer_look(!self.no_closer_look).guard(!self.no_guard).edges(self.edges)
    }
}
