//! The log: all messages of the library go to one sink. There is none until a program sets it.

use std::sync::{Arc, PoisonError, RwLock};

/// The level of a message in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u32)]
pub enum Level {
    /// Something failed.
    Error = 1,
    /// Something is wrong, but the work goes on.
    Warning = 2,
    /// What was chosen, and why.
    Info = 3,
    /// A detail for developers of this library.
    Debug = 4,
}

/// The callback for messages. It may be called on any thread.
pub type Sink = Arc<dyn Fn(Level, &str) + Send + Sync>;

static SINK: RwLock<Option<Sink>> = RwLock::new(None);

/// Sets the callback for all messages of the library, or removes it. Without one the library is silent. There is one for the
/// whole process.
///
/// ```
/// use std::sync::Arc;
///
/// deepcrop::set_log(Some(Arc::new(|level, message| eprintln!("{level:?}: {message}"))));
/// # deepcrop::set_log(None);
/// ```
pub fn set_sink(sink: Option<Sink>) {
    *SINK.write().unwrap_or_else(PoisonError::into_inner) = sink;
}

/// Sends a message to the sink, if there is one.
pub fn log(level: Level, message: &str) {
    // Cloned first, so that a sink can replace itself without a deadlock.
    let sink = SINK.read().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(sink) = sink {
        sink(level, message);
    }
}
