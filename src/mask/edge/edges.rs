//! Edge modes: how a mask is fitted to the edges of its picture.

use std::fmt;
use std::str::FromStr;

use crate::base::error::{Error, ErrorKind, Result};

/// How a mask's edge is fitted to the picture.
///
/// ```
/// use deepcrop::Edges;
///
/// let edges: Edges = "hair".parse()?;
/// assert_eq!((edges, Edges::default().name()), (Edges::Hair, "auto"));
/// assert_eq!(Edges::ALL.len(), 5);
/// # Ok::<(), deepcrop::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u32)]
pub enum Edges {
    /// Decides for each stretch of the edge whether it is hard, blurred or hair.
    #[default]
    Auto,
    /// The whole edge is one pixel wide.
    Hard,
    /// The whole edge is one pixel wide and has no fine details.
    Smooth,
    /// The edge is partly transparent wherever the colours of object and background mix: hair, fur, blurred parts.
    Hair,
    /// No fitting: the mask as the network returned it. [`Mask::refine`](crate::Mask::refine) then changes nothing.
    None,
}

/// Options for [`Mask::refine`](crate::Mask::refine).
///
/// ```
/// use deepcrop::Edges;
/// use deepcrop::types::RefineOptions;
///
/// let options = RefineOptions::new(12.0).edges(Edges::Hair);
/// assert_eq!(options.reach, 12.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RefineOptions {
    /// The largest distance between the mask's edge and the true edge, 4 to 512 pixels.
    pub reach: f64,
    /// How the mask is fitted to the picture's edges.
    pub edges: Edges,
}

impl RefineOptions {
    /// The defaults, with this reach.
    pub const fn new(reach: f64) -> Self {
        Self { reach, edges: Edges::Auto }
    }

    /// Sets how the mask is fitted to the picture's edges.
    pub const fn edges(self, edges: Edges) -> Self {
        Self { edges, ..self }
    }
}

impl Edges {
    /// All edge modes, in the order of their numbers.
    pub const ALL: &[Self] = &[Self::Auto, Self::Hard, Self::Smooth, Self::Hair, Self::None];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        ["auto", "hard", "smooth", "hair", "none"][self as usize]
    }
}

impl FromStr for Edges {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.iter().copied().find(|edges| edges.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|edges| edges.name()).collect();
            ErrorKind::Argument.error(format!("unknown edge mode `{name}`; use one of {}", names.join(", ")))
        })
    }
}

impl fmt::Display for Edges {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}
