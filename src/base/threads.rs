//! Rows shared out among threads. The only place in the pixel code that starts one.

use std::sync::{Mutex, PoisonError};
use std::thread;

/// Splits `rows` (each `row_len` long) into one band a thread and runs `work(first_row, band)` on them side by side.
/// A band has at least `min_rows` rows, so that small work stays on the calling thread.
pub fn for_each_band<T: Send>(rows: &mut [T], row_len: usize, min_rows: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let count = rows.len() / row_len.max(1);
    let threads = cores().min(count / min_rows.max(1)).max(1);
    if threads == 1 {
        return work(0, rows);
    }
    let band = count.div_ceil(threads);
    thread::scope(|scope| {
        for (i, chunk) in rows.chunks_mut(band * row_len).enumerate() {
            let work = &work;
            scope.spawn(move || work(i * band, chunk));
        }
    });
}

/// Runs `work` on every item, each on whichever core is free: for items of unequal effort.
pub fn for_each_item<T: Send>(items: &mut [T], work: impl Fn(&mut T) + Sync) {
    let threads = cores().min(items.len());
    if threads <= 1 {
        return items.iter_mut().for_each(work);
    }
    let queue = Mutex::new(items.iter_mut());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(item) = next() {
                    work(item);
                }
            });
        }
    });
}

/// Each thread has buffers of its own, and this work waits for memory more than for arithmetic: more bring little.
const MOST_THREADS: usize = 4;

fn cores() -> usize {
    thread::available_parallelism().map_or(1, |n| n.get()).min(MOST_THREADS)
}
