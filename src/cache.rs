//! Analyses of windows that were looked at lately, so that a step that is known is not done again.

use std::sync::Arc;

use crate::error::Result;
use crate::family::Analysis;
use crate::frame::Rect;

/// The least recently used of more than `capacity` analyses is forgotten.
pub struct Analyses {
    capacity: usize,
    /// The latest last.
    kept: Vec<(Rect, Arc<Analysis>)>,
}

impl Analyses {
    /// Room for `capacity` windows.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, kept: Vec::new() }
    }

    /// The analysis of exactly this window, made by `make` if it is not kept.
    pub fn get(&mut self, window: Rect, make: impl FnOnce() -> Result<Analysis>) -> Result<Arc<Analysis>> {
        let entry = match self.kept.iter().position(|(kept, _)| *kept == window) {
            Some(place) => self.kept.remove(place),
            None => (window, Arc::new(make()?)),
        };
        let analysis = entry.1.clone();
        self.kept.push(entry);
        if self.kept.len() > self.capacity {
            self.kept.remove(0);
        }
        Ok(analysis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;

    #[test]
    fn the_window_not_used_longest_goes() {
        let mut analyses = Analyses::new(2);
        let mut made = Vec::new();
        for side in [1.0, 2.0, 1.0, 3.0, 1.0, 2.0] {
            let window = Rect::new(0.0, 0.0, side, side);
            analyses
                .get(window, || {
                    made.push(side);
                    Ok(Analysis { frame: Frame::stretch(window, 1, 1), tensors: Vec::new() })
                })
                .unwrap();
        }
        assert_eq!(made, [1.0, 2.0, 3.0, 2.0]);
    }
}
