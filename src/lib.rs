//! Click an object in a picture, get its outline.
//!
//! Load a [`session::model::Model`], analyse a [`session::picture::Picture`], and turn an ordered list of [`session::prompt::Prompt`]s into a
//! selection: a soft [`mask::soft::Mask`] of the picture's size, whose [`mask::outline::Outline`] can be traced. Passing a shorter list
//! is undo.
//!
//! ```
//! use deepcrop::internals::base::cancel::Cancel;
//! use deepcrop::internals::geometry::frame::Point;
//! use deepcrop::internals::pixels::image::{ImageView, PixelFormat};
//! use deepcrop::internals::session::model::{LoadOptions, Model};
//! use deepcrop::internals::mask::outline::{Outline, OutlineOptions};
//! use deepcrop::internals::session::picture::{Picture, SegmentOptions};
//! use deepcrop::internals::session::prompt::Prompt;
//! use deepcrop::internals::network::store::Source;
//!
//! // A white square on black.
//! let pixels: Vec<u8> = (0..64 * 64).map(|i| if (16..48).contains(&(i % 64)) && (16..48).contains(&(i / 64)) { 255 } else { 0 }).collect();
//! let image = ImageView::new(&pixels, 64, 64, 64, PixelFormat::Gray8)?;
//!
//! // `Source::Builtin` is the network in the library; it needs ONNX Runtime.
//! let cancel = Cancel::new();
//! let model = Model::load(&Source::Engine("classical"), &LoadOptions::default(), &cancel)?;
//! let picture = Picture::new(&model, &image, &cancel)?;
//! let prompts = [Prompt::Include(Point::new(32.5, 32.5))];
//! let selection = picture.segment(&prompts, &SegmentOptions::default(), &cancel)?;
//! assert!(selection.mask.at(32, 32) == 255 && selection.mask.at(4, 4) == 0);
//! println!("{}", Outline::trace(&selection.mask, &OutlineOptions::default())?.to_svg_path());
//! # Ok::<(), deepcrop::Error>(())
//! ```

mod base;
mod geometry;
mod mask;
mod network;
mod pixels;
mod session;

pub use base::error::{Error, Result};

/// The rooms of the library, for its own packages, benches and fuzzers. They may change in every release.
#[doc(hidden)]
pub mod internals {
    /// See the folder of that name.
    pub mod base {
        pub use crate::base::*;
    }
    /// See the folder of that name.
    pub mod geometry {
        pub use crate::geometry::*;
    }
    /// See the folder of that name.
    pub mod mask {
        pub use crate::mask::*;
    }
    /// See the folder of that name.
    pub mod network {
        pub use crate::network::*;
    }
    /// See the folder of that name.
    pub mod pixels {
        pub use crate::pixels::*;
    }
    /// See the folder of that name.
    pub mod session {
        pub use crate::session::*;
    }
}
