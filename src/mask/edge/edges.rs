//! The kinds of edges that a mask can be given.

use std::fmt;
use std::str::FromStr;

/// How a mask's edge is fitted to the picture.
///
/// ```
/// use deepcrop::Edges;
///
/// let edges: Edges = "hair".parse()?;
/// assert_eq!((edges, Edges::default().name()), (Edges::Hair, "auto"));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u32)]
pub enum Edges {
    /// Each stretch of the edge is hard, blurred or hair, as the picture shows it.
    #[default]
    Auto,
    /// The whole edge is one pixel wide.
    Hard,
    /// The whole edge is one pixel wide and even, without fine details.
    Smooth,
    /// The edge is transparent wherever colours of object and background mix: hair, fur, blurred edges.
    Hair,
    /// The edge is not fitted: it stays as the network drew it, or as it was.
    None,
}

impl Edges {
    /// The kind with this number in the C interface.
    #[doc(hidden)]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|edges| *edges as u32 == number)
    }

    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Auto, Self::Hard, Self::Smooth, Self::Hair, Self::None];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        ["auto", "hard", "smooth", "hair", "none"][self as usize]
    }
}

impl FromStr for Edges {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<Self, String> {
        let named = Self::ALL.into_iter().find(|edges| edges.name() == name);
        named.ok_or_else(|| format!("there are no edges `{name}`; use one of {}", Self::ALL.map(Self::name).join(", ")))
    }
}

impl fmt::Display for Edges {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}
