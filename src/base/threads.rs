//! Sharing work out among threads. Pixel code starts threads only here.

use std::sync::{Mutex, PoisonError};
use std::thread;

/// Splits `rows` (each `row_len` long) into a band for each thread and runs `work(first_row, band)` on all at the same time.
/// A band has at least `min_rows` rows, so that small work stays on the calling thread.
pub fn for_each_band<T: Send>(rows: &mut [T], row_len: usize, min_rows: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let count = rows.len() / row_len.max(1);
    let threads = cores().min(count / min_rows.max(1)).max(1);
    if threads == 1 {
        return work(0, rows);
    }
    let band = count.div_ceil(threads);
    let mut bands: Vec<(usize, &mut [T])> = rows.chunks_mut(band * row_len).enumerate().collect();
    for_each_item(&mut bands, |(i, chunk)| work(*i * band, chunk));
}

/// Runs `work` on every item, each on the next free thread. For items that take different times.
pub fn for_each_item<T: Send>(items: &mut [T], work: impl Fn(&mut T) + Sync) {
    let threads = cores().min(items.len());
    let queue = Mutex::new(items.iter_mut());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let take = || {
        while let Some(item) = next() {
            work(item);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // If the system starts no more threads, those that run do the work.
            if thread::Builder::new().spawn_scoped(scope, take).is_err() {
                break;
            }
        }
        take();
    });
}

/// The most threads. Each needs its own buffers, and this work waits for memory more than for arithmetic, so more help
/// little.
const MOST_THREADS: usize = 4;

fn cores() -> usize {
    thread::available_parallelism().map_or(1, |n| n.get()).min(MOST_THREADS)
}
