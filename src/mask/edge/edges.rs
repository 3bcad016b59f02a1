//! How a mask's border may follow the picture.

use std::fmt;
use std::str::FromStr;

/// How a mask's border follows the picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u32)]
pub enum Edges {
    /// Each stretch of the border as the picture shows it: hard, blurred, or hair.
    #[default]
    Auto,
    /// One pixel wide everywhere.
    Hard,
    /// One pixel wide and even: what is finer than the border's general course is left out.
    Smooth,
    /// Partly transparent wherever the colours are a mixture: hair, fur, what is out of focus.
    Hair,
    /// As the network drew it; a mask of another origin stays as it is.
    None,
}

impl Edges {
    /// Their number in the C interface.
    #[doc(hidden)]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|edges| *edges as u32 == number)
    }

    /// All of them.
    pub const ALL: [Self; 5] = [Self::Auto, Self::Hard, Self::Smooth, Self::Hair, Self::None];

    /// What they are called on the command line.
    pub fn name(self) -> &'static str {
        ["auto", "hard", "smooth", "hair", "none"][self as usize]
    }
}

impl FromStr for Edges {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<Self, String> {
        let named = Self::ALL.into_iter().find(|edges| edges.name() == name);
        named.ok_or_else(|| format!("there are no edges `{name}`; take {}", Self::ALL.map(Self::name).join(", ")))
    }
}

impl fmt::Display for Edges {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}
