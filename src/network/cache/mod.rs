//! Results that are kept so that they need not be computed again: in memory here, on disk in [`disk`].

pub mod disk;
mod entry;
pub mod key;

use std::sync::Arc;

use ndarray::ArrayD;

use crate::base::error::Result;

/// A network's outputs, by name.
pub type Tensors = Vec<(String, ArrayD<f32>)>;

/// The values used last. When all together exceed a number of bytes, the least recently used ones are dropped; the latest
/// always stays.
pub struct Recent<K, V> {
    limit: usize,
    size: fn(&V) -> usize,
    /// In the order of their last use.
    kept: Vec<(K, Arc<V>)>,
}

impl<K: PartialEq, V> Recent<K, V> {
    /// Room for `limit` bytes; `size` returns how many a value takes.
    pub fn new(limit: usize, size: fn(&V) -> usize) -> Self {
        Self { limit, size, kept: Vec::new() }
    }

    /// The value of this key; `make` computes it if it is not kept.
    pub fn get(&mut self, key: K, make: impl FnOnce() -> Result<V>) -> Result<Arc<V>> {
        let latest = match self.kept.iter().position(|(kept, _)| *kept == key) {
            Some(place) => self.kept.remove(place),
            None => (key, Arc::new(make()?)),
        };
        let value = latest.1.clone();
        self.kept.push(latest);
        let mut bytes = 0usize;
        let fitting = self.kept.iter().rev().take_while(|(_, value)| {
            bytes = bytes.saturating_add((self.size)(value));
            bytes <= self.limit
        });
        let forgotten = self.kept.len() - fitting.count().max(1);
        self.kept.drain(..forgotten);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Error;

    /// Which values had to be made when these were asked for; the value n takes n bytes.
    fn made(limit: usize, asked: &[usize]) -> Vec<usize> {
        let mut recent = Recent::new(limit, |value: &usize| *value);
        let mut made = Vec::new();
        for &key in asked {
            let value = recent.get(key, || {
                made.push(key);
                Ok(key)
            });
            assert_eq!(*value.unwrap(), key);
        }
        made
    }

    #[test]
    fn what_was_not_used_longest_goes() {
        assert_eq!(made(5, &[1, 2, 1, 3, 1, 2]), [1, 2, 3, 2]);
        assert_eq!(made(6, &[1, 2, 1, 3, 1, 2]), [1, 2, 3]);
    }

    #[test]
    fn the_latest_stays_even_if_it_is_too_large() {
        assert_eq!(made(5, &[1, 9, 9, 1, 9]), [1, 9, 1, 9]);
        assert_eq!(made(0, &[7, 7]), [7]);
    }

    #[test]
    fn what_failed_is_tried_again() {
        let mut recent = Recent::new(9, |_: &usize| 1);
        assert_eq!(recent.get(1, || Err(Error::cancelled())).unwrap_err(), Error::cancelled());
        assert_eq!(*recent.get(1, || Ok(4)).unwrap(), 4);
    }
}
