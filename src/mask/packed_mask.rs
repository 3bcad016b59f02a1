//! Packed masks: runs of equal pixels, small enough to keep every step of an undo history.

use crate::base::error::{ErrorKind, Result};
use crate::mask::soft::Mask;

/// Pixels handled together within a run.
const STRIDE: usize = 64;

/// A mask in a few bytes for each row instead of one for each pixel. Nothing is lost.
///
/// ```
/// use deepcrop::Mask;
/// use deepcrop::types::PackedMask;
///
/// let mask = Mask::empty(2000, 1000)?;
/// let packed = PackedMask::pack(&mask);
/// assert!(packed.bytes() < 100 && packed.unpack()? == mask);
/// # Ok::<(), deepcrop::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedMask {
    width: u32,
    height: u32,
    /// For each run the value, then the length in groups of seven bits, the lowest first; the top bit says that another group
    /// follows (LEB128). A run may continue in the next row.
    runs: Box<[u8]>,
}

impl PackedMask {
    /// Packs a mask.
    pub fn pack(mask: &Mask) -> Self {
        let mut runs = Vec::new();
        let mut rest = mask.data();
        while let Some(&value) = rest.first() {
            let length = run_length(rest, value);
            runs.push(value);
            let mut left = length;
            while left >= 0x80 {
                runs.push(left as u8 | 0x80);
                left >>= 7;
            }
            runs.push(left as u8);
            rest = &rest[length..];
        }
        Self { width: mask.width(), height: mask.height(), runs: runs.into() }
    }

    /// The mask, unpacked.
    pub fn unpack(&self) -> Result<Mask> {
        let mut mask = Mask::empty(self.width, self.height)?;
        let mut rest = mask.data_mut();
        let mut bytes = self.runs.iter().copied();
        while let Some(value) = bytes.next() {
            let (mut length, mut shift) = (0, 0);
            for byte in bytes.by_ref() {
                length |= usize::from(byte & 0x7f) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            let (run, after) = rest.split_at_mut_checked(length).ok_or_else(|| {
                ErrorKind::Internal.error("a packed mask is longer than its picture; please report this")
            })?;
            if value != 0 {
                run.fill(value);
            }
            rest = after;
        }
        Ok(mask)
    }

    /// The width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// The height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The bytes that the packed mask takes in memory.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.runs.len()
    }
}

/// The number of pixels, from the first on, that have this value.
fn run_length(pixels: &[u8], value: u8) -> usize {
    let differs = |pixel: &u8| *pixel != value;
    // Along soft edges most runs are one pixel long.
    if pixels.get(1).is_none_or(differs) {
        return 1;
    }
    // Folded without a branch, so that the compiler handles many pixels at once.
    let same = |chunk: &&[u8; STRIDE]| chunk.iter().fold(0, |sum, pixel| sum | (pixel ^ value)) == 0;
    let whole = pixels.as_chunks().0.iter().take_while(same).count() * STRIDE;
    whole + pixels[whole..].iter().position(differs).unwrap_or(pixels.len() - whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_packed_comes_back(runs in prop::collection::vec((prop_oneof![Just(0u8), Just(255), any::<u8>()], 1usize..400), 1..30)) {
            let data: Vec<u8> = runs.iter().flat_map(|&(value, length)| std::iter::repeat_n(value, length)).collect();
            let mask = Mask::new(data.len() as u32, 1, data).unwrap();
            let packed = PackedMask::pack(&mask);
            prop_assert!(packed.bytes() <= size_of::<PackedMask>() + 3 * runs.len());
            prop_assert_eq!(packed.unpack().unwrap(), mask);
        }
    }

    #[test]
    fn flat_masks_take_a_few_bytes() {
        for value in [0, 255] {
            let mask = Mask::new(1000, 700, vec![value; 700_000]).unwrap();
            let packed = PackedMask::pack(&mask);
            assert!(packed.bytes() < 64, "{}", packed.bytes());
            assert_eq!((packed.width(), packed.height()), (1000, 700));
            assert_eq!(packed.unpack().unwrap(), mask);
        }
    }
}
