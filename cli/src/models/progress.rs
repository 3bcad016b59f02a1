//! Shows the progress of a download: a bar on a terminal, otherwise a line every few seconds.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::files::say;

/// The time between two lines if there is no terminal.
const PAUSE: Duration = Duration::from_secs(5);

pub struct Progress {
    name: String,
    total: u64,
    bar: Option<ProgressBar>,
    told: Instant,
}

impl Progress {
    pub fn new(name: &str, total: u64) -> Self {
        let style = ProgressStyle::with_template(
            "{msg} {wide_bar} {decimal_bytes}/{decimal_total_bytes}, {decimal_bytes_per_sec}, {eta} left",
        );
        let bar = stderr().is_terminal().then(|| {
            ProgressBar::new(total).with_style(style.expect("a fixed template")).with_message(name.to_owned())
        });
        Self { name: name.into(), total, bar, told: Instant::now() }
    }

    pub fn reach(&mut self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
        } else if self.told.elapsed() >= PAUSE {
            self.told = Instant::now();
            say(format!("{}: {} of {}", self.name, megabytes(bytes), megabytes(self.total)));
        }
    }

    /// Prints a line above the bar.
    pub fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(line)),
            None => say(line),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
    }
}

/// Formats a number of bytes for people.
pub fn megabytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..100_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
