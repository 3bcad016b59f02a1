//! Sharing work out among threads. Pixel code starts threads only here.

use std::cell::Cell;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread;

thread_local! {
    /// The most threads that work for this thread's call, itself included.
    static LIMIT: Cell<Option<NonZero<usize>>> = const { Cell::new(None) };
}

/// Until the result is dropped, at most so many threads work on pixels for this thread. None, or 0, changes nothing.
pub fn limit(threads: usize) -> Limited {
    Limited(NonZero::new(threads).map(|threads| LIMIT.replace(Some(threads))))
}

/// See [`limit`]. It holds the limit before.
pub struct Limited(Option<Option<NonZero<usize>>>);

impl Drop for Limited {
    fn drop(&mut self) {
        if let Some(before) = self.0.take() {
            LIMIT.set(before);
        }
    }
}

/// Splits `rows` (each `row_len` long) into a band for each thread and runs `work(first_row, band)` on all at the same time.
/// A band has at least `min_rows` rows, so that small work stays on the calling thread.
pub fn for_each_band<T: Send>(rows: &mut [T], row_len: usize, min_rows: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let count = rows.len() / row_len.max(1);
    let threads = most_threads().min(count / min_rows.max(1)).max(1);
    if threads == 1 {
        return work(0, rows);
    }
    let band = count.div_ceil(threads);
    let mut bands: Vec<(usize, &mut [T])> = rows.chunks_mut(band * row_len).enumerate().collect();
    for_each_item(&mut bands, |(i, chunk)| work(*i * band, chunk));
}

/// Runs `work` on every item, each on the next free thread. For items that take different times.
pub fn for_each_item<T: Send>(items: &mut [T], work: impl Fn(&mut T) + Sync) {
    let threads = most_threads().min(items.len());
    let queue = Mutex::new(items.iter_mut());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    // A limit counts all threads of a call, so what these threads share out further they do alone.
    let alone = usize::from(LIMIT.get().is_some());
    let take = || {
        let _alone = limit(alone);
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

fn most_threads() -> usize {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    LIMIT.get().map_or(MOST_THREADS, |limit| limit.get().min(MOST_THREADS)).min(cores)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The threads that take part in work that is shared out on two levels.
    fn threads_at_work() -> usize {
        let seen = Mutex::new(HashSet::new());
        let mut items = [(); 8];
        for_each_item(&mut items, |_| {
            let mut rows = [0u8; 8];
            for_each_band(&mut rows, 1, 1, |_, _| {
                seen.lock().unwrap().insert(thread::current().id());
                thread::sleep(std::time::Duration::from_millis(2));
            });
        });
        seen.into_inner().unwrap().len()
    }

    #[test]
    fn a_limit_holds_for_all_threads_of_a_call_until_it_is_dropped() {
        for threads in 1..4 {
            let _limited = limit(threads);
            assert!(threads_at_work() <= threads);
            let _unchanged = limit(0);
            assert!(threads_at_work() <= threads);
        }
        assert_eq!(LIMIT.get(), None);
    }
}
