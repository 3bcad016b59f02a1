//! One replaceable sink for everything the library has to say; silent until a host sets one.

use std::sync::{Arc, PoisonError, RwLock};

/// How much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Level {
    /// Something failed.
    Error = 1,
    /// Something is not as it should be, and the work goes on.
    Warning = 2,
    /// What was chosen and why.
    Info = 3,
    /// For the people who write this library.
    Debug = 4,
}

/// Who hears the messages, on any thread.
pub type Sink = Arc<dyn Fn(Level, &str) + Send + Sync>;

static SINK: RwLock<Option<Sink>> = RwLock::new(None);

/// Sends all messages to `sink`, from any thread; `None` makes the library silent again.
pub fn set_sink(sink: Option<Sink>) {
    *SINK.write().unwrap_or_else(PoisonError::into_inner) = sink;
}

/// Says something to whoever listens.
pub fn log(level: Level, message: &str) {
    // Cloned first: a sink may replace itself without a deadlock.
    let sink = SINK.read().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(sink) = sink {
        sink(level, message);
    }
}
