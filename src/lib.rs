//! Click an object in a picture, get its outline.
//!
//! Load a [`Model`], open a [`Picture`], and turn an ordered list of [`Prompt`]s into a [`Selection`]: a [`Mask`] of the
//! picture's size. From the mask you can trace an [`Outline`] or make a [`Cutout`]. To undo, pass a shorter list.
//!
//! ```
//! use deepcrop::types::CutoutOptions;
//! use deepcrop::{Cancel, Cutout, ImageView, LoadOptions, Model, Outline, Picture, PixelFormat, Prompt, SegmentOptions};
//!
//! // A white square on black.
//! let inside = |i: usize| (16..48).contains(&(i % 64)) && (16..48).contains(&(i / 64));
//! let pixels: Vec<u8> = (0..64 * 64).map(|i| if inside(i) { 255 } else { 0 }).collect();
//! let image = ImageView::new(&pixels, 64, 64, 64, PixelFormat::Gray8)?;
//!
//! let cancel = Cancel::new();
//! // `Source::Builtin` is the built-in network, which needs ONNX Runtime; the classical engine needs nothing.
//! let model = Model::load("classical", &LoadOptions::default(), &cancel)?;
//! let picture = Picture::new(&model, &image, &cancel)?;
//! let selection = picture.segment(&[Prompt::include(32.5, 32.5)], &SegmentOptions::new(), &cancel)?;
//!
//! assert!(selection.mask.at(32, 32) == 255 && selection.mask.at(4, 4) == 0);
//! println!("{}", Outline::trace(&selection.mask, &Default::default())?.to_svg_path());
//! let cutout = Cutout::new(&image, &selection.mask, &CutoutOptions::new().crop(0))?;
//! assert!((32..=34).contains(&cutout.width) && (32..=34).contains(&cutout.height));
//! # Ok::<(), deepcrop::Error>(())
//! ```
//!
#![cfg_attr(feature = "image", doc = "With the feature `image`, from a photo to a cut-out:\n\n```no_run")]
#![cfg_attr(not(feature = "image"), doc = "With the feature `image`, from a photo to a cut-out:\n\n```ignore")]
//! use deepcrop::types::CutoutOptions;
//! use deepcrop::{Cancel, Cutout, ImageView, LoadOptions, Model, Picture, Prompt, SegmentOptions, Source};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cancel = Cancel::new();
//! let photo = image::open("photo.jpg")?;
//! let view = ImageView::try_from(&photo)?;
//! let model = Model::load(Source::Builtin, &LoadOptions::new(), &cancel)?;
//! let picture = Picture::new(&model, &view, &cancel)?;
//! let selection = picture.segment(&[Prompt::include(640.0, 400.0)], &SegmentOptions::new(), &cancel)?;
//! let cutout = Cutout::new(&view, &selection.mask, &CutoutOptions::new().crop(0))?;
//! image::RgbaImage::from(cutout).save("cup.png")?;
//! image::GrayImage::from(&selection.mask).save("mask.png")?;
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! - `builtin-model` (default): the built-in network is compiled into the library (6 MB).
//! - `image`: conversions from `image::DynamicImage` and to `image::GrayImage` and `image::RgbaImage`.

mod base;
mod geometry;
mod mask;
mod network;
mod pixels;
mod session;

pub use base::cancel::Cancel;
pub use base::error::{Error, ErrorKind, Result};
pub use base::log::set_sink as set_log;
pub use geometry::point::Point;
pub use mask::cutout::Cutout;
pub use mask::edge::edges::Edges;
pub use mask::outline::Outline;
pub use mask::soft::Mask;
pub use network::store::Source;
pub use pixels::image::{ImageView, PixelFormat};
pub use session::model::{LoadOptions, Model};
pub use session::picture::Picture;
pub use session::picture::selection::{SegmentOptions, Selection};
pub use session::prompt::Prompt;

/// Installed networks: list, import, verify and remove them. The library never downloads a network; it checks the SHA-256
/// of one that you downloaded.
pub mod models {
    pub use crate::network::models::import::{ImportOptions, import};
    pub use crate::network::models::{Installed, list, remove, verify};
}

/// The types of fields and arguments of the main types.
pub mod types {
    pub use crate::base::cancel::Progress;
    pub use crate::base::log::{Level as LogLevel, Sink as LogSink};
    pub use crate::geometry::rect::Rect;
    pub use crate::mask::change::{Change, Combine};
    pub use crate::mask::cutout::CutoutOptions;
    pub use crate::mask::edge::edges::RefineOptions;
    pub use crate::mask::outline::node::Node;
    pub use crate::mask::outline::{OutlineOptions, Ring};
    pub use crate::mask::packed_mask::PackedMask;
    pub use crate::mask::run_lengths::RunLengths;
    pub use crate::mask::soft::PixelBox;
    pub use crate::network::cache::disk::DiskCache;
    pub use crate::network::runtime::provider::Provider;
    pub use crate::session::model::ModelInfo;
    pub use crate::session::picture::selection::{Object, Timings};
}

/// The rooms of the library, for its own packages, benches and fuzzers only. They may change in every release.
#[doc(hidden)]
pub mod internals {
    pub mod base {
        pub use crate::base::*;
    }
    pub mod geometry {
        pub use crate::geometry::*;
    }
    pub mod mask {
        pub use crate::mask::*;
    }
    pub mod network {
        pub use crate::network::*;
    }
    pub mod pixels {
        pub use crate::pixels::*;
    }
    pub mod session {
        pub use crate::session::*;
    }
}
