//! Rows shared out among threads. The only place in the pixel code that starts one.

use std::thread;

/// Splits `rows` (each `row_len` long) into one band a core and runs `work(first_row, band)` on them side by side.
/// A band has at least `min_rows` rows, so that small work stays on the calling thread.
pub fn for_each_band<T: Send>(rows: &mut [T], row_len: usize, min_rows: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let count = rows.len() / row_len.max(1);
    let threads = thread::available_parallelism().map_or(1, |n| n.get()).min(count / min_rows.max(1)).max(1);
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
