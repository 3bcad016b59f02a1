//! Click an object in a picture, get its outline.
//!
//! Load a [`model::Model`], analyse a [`picture::Picture`], and turn an ordered list of [`prompt::Prompt`]s into a
//! selection: a soft [`mask::Mask`] of the picture's size, whose [`outline::Outline`] can be traced. Passing a shorter list
//! is undo.
//!
//! ```
//! use deepcrop::cancel::Cancel;
//! use deepcrop::frame::Point;
//! use deepcrop::image::{ImageView, PixelFormat};
//! use deepcrop::model::{LoadOptions, Model};
//! use deepcrop::outline::{Outline, OutlineOptions};
//! use deepcrop::picture::{Picture, SegmentOptions};
//! use deepcrop::prompt::Prompt;
//! use deepcrop::store::Source;
//!
//! // A white square on black.
//! let pixels: Vec<u8> = (0..64 * 64).map(|i| if (16..48).contains(&(i % 64)) && (16..48).contains(&(i / 64)) { 255 } else { 0 }).collect();
//! let image = ImageView::new(&pixels, 64, 64, 64, PixelFormat::Gray8)?;
//!
//! // `Source::Builtin` is the network in the library; it needs ONNX Runtime.
//! let cancel = Cancel::new();
//! let model = Model::load(&Source::Classical, &LoadOptions::default(), &cancel)?;
//! let picture = Picture::new(&model, &image, &cancel)?;
//! let prompts = [Prompt::Include(Point::new(32.5, 32.5))];
//! let selection = picture.segment(&prompts, &SegmentOptions::default(), &cancel)?;
//! assert!(selection.mask.at(32, 32) == 255 && selection.mask.at(4, 4) == 0);
//! println!("{}", Outline::trace(&selection.mask, &OutlineOptions::default())?.to_svg_path());
//! # Ok::<(), deepcrop::Error>(())
//! ```

pub mod abi;
pub mod assembly;
pub mod bands;
pub mod cache;
pub mod cancel;
pub mod canvas;
pub mod coco;
pub mod coverage;
pub mod cutout;
pub mod doctor;
pub mod edge;
pub mod error;
pub mod family;
pub mod ffi;
pub mod frame;
pub mod graph_cut;
pub mod guard;
pub mod image;
pub mod log;
pub mod manifest;
pub mod mask;
pub mod metrics;
pub mod model;
pub mod onnx;
pub mod outline;
pub mod packed;
pub mod picture;
pub mod prompt;
pub mod reach;
pub mod regions;
pub mod resample;
pub mod runs;
pub mod runtime;
pub mod store;
pub mod suppress;
pub mod tensor;

pub use error::{Error, Result};
