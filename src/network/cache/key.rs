//! The key of a value in the cache: a hash of all that it was computed from.

use ndarray::ArrayViewD;
use sha2::{Digest, Sha256};

/// SHA-256 of everything that went into a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(pub [u8; 32]);

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Makes a key from the parts that go into a value. Each part follows its length, so that no two lists of parts look alike.
#[derive(Clone)]
pub struct KeyMaker(Sha256);

impl KeyMaker {
    /// Begins a key for this version's file format.
    pub fn new() -> Self {
        Self(Sha256::new_with_prefix(FORMAT.to_le_bytes()))
    }

    /// Adds bytes or a text.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds a tensor with its name and shape.
    pub fn tensor(self, name: &str, tensor: &ArrayViewD<f32>) -> Self {
        let mut maker = self.bytes(name.as_bytes());
        maker.0.update((tensor.ndim() as u64).to_le_bytes());
        tensor.shape().iter().for_each(|&length| maker.0.update((length as u64).to_le_bytes()));
        // A few numbers at a time: a copy of all would need as much memory again.
        let mut few = [0; 16 << 10];
        for numbers in tensor.as_standard_layout().as_slice().unwrap_or_default().chunks(few.len() / 4) {
            few.as_chunks_mut().0.iter_mut().zip(numbers).for_each(|(bytes, number)| *bytes = number.to_le_bytes());
            maker.0.update(&few[..numbers.len() * 4]);
        }
        maker
    }

    /// The key of all parts.
    pub fn finish(self) -> Key {
        Key(self.0.finalize().into())
    }
}

impl Default for KeyMaker {
    fn default() -> Self {
        Self::new()
    }
}

/// The format of cache files. It also goes into every key, so that programs of different versions keep apart.
pub const FORMAT: u32 = 1;

#[cfg(test)]
mod tests {
    use ndarray::{Array, ArrayD};

    use super::*;

    #[test]
    fn every_difference_makes_another_key() {
        let numbers = |shape: &[usize]| Array::range(0.0, 6.0, 1.0).into_shape_with_order(shape).unwrap();
        let of = |name: &str, tensor: &ArrayD<f32>| KeyMaker::new().tensor(name, &tensor.view()).finish();
        let mut other = numbers(&[2, 3]);
        other[[1, 2]] = 5.0000005;
        let turned = numbers(&[3, 2]).reversed_axes();
        let maker = KeyMaker::new;
        let keys = [
            of("a", &numbers(&[2, 3])),
            of("b", &numbers(&[2, 3])),
            of("a", &numbers(&[3, 2])),
            of("a", &numbers(&[1, 2, 3])),
            of("a", &turned),
            of("a", &other),
            maker().finish(),
            maker().bytes(b"").finish(),
            maker().bytes(b"ab").finish(),
            maker().bytes(b"a").bytes(b"b").finish(),
        ];
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[..i].contains(key), "number {i}");
        }
        // The same numbers however they lie in memory.
        assert_eq!(of("a", &turned), of("a", &turned.as_standard_layout().into_owned()));
        assert_eq!(keys[0].to_string().len(), 64);
    }
}
