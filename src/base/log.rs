//! The log: messages of the library go to a callback. There is none until a program sets it.

use std::cell::RefCell;
use std::fmt;
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

/// The callback for messages. It may be called on any thread. Clones are the same callback.
///
/// ```
/// use deepcrop::LoadOptions;
/// use deepcrop::types::LogSink;
///
/// // What concerns this model and its pictures goes here, and not to the callback of the process.
/// let options = LoadOptions::new().log(LogSink::new(|level, message| eprintln!("{level:?}: {message}")));
/// ```
#[derive(Clone)]
pub struct Sink(Arc<Function>);

type Function = dyn Fn(Level, &str) + Send + Sync;

impl Sink {
    /// A callback that calls a function.
    pub fn new(function: impl Fn(Level, &str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(function))
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("LogSink").finish_non_exhaustive()
    }
}

/// Callbacks are equal if they are the same.
impl PartialEq for Sink {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Sink {}

/// The callback of the process.
static SINK: RwLock<Option<Sink>> = RwLock::new(None);

thread_local! {
    /// The callback of the call that runs on this thread.
    static OF_CALL: RefCell<Option<Sink>> = const { RefCell::new(None) };
}

/// Sets the callback for all messages of the process, or removes it. Without one the library is silent. A model may have a
/// callback of its own: [`LoadOptions::log`](crate::LoadOptions::log).
///
/// ```
/// use deepcrop::types::LogSink;
///
/// deepcrop::set_log(Some(LogSink::new(|level, message| eprintln!("{level:?}: {message}"))));
/// # deepcrop::set_log(None);
/// ```
pub fn set_sink(sink: Option<Sink>) {
    *SINK.write().unwrap_or_else(PoisonError::into_inner) = sink;
}

/// Until the result is dropped, messages from this thread go to this callback. None changes nothing.
pub fn redirect(sink: Option<&Sink>) -> Redirected {
    Redirected(sink.map(|sink| OF_CALL.replace(Some(sink.clone()))))
}

/// See [`redirect`]. It holds the callback before.
pub struct Redirected(Option<Option<Sink>>);

impl Drop for Redirected {
    fn drop(&mut self) {
        if let Some(before) = self.0.take() {
            OF_CALL.set(before);
        }
    }
}

/// Sends a message to the callback of the running call; if it has none, to that of the process.
pub fn log(level: Level, message: &str) {
    // Cloned first, so that a callback can replace itself without a deadlock.
    let of_call = OF_CALL.with_borrow(Clone::clone);
    let sink = of_call.or_else(|| SINK.read().unwrap_or_else(PoisonError::into_inner).clone());
    if let Some(Sink(sink)) = sink {
        sink(level, message);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn calls_within_calls_have_their_own_callbacks() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = |name: &'static str| {
            let heard = heard.clone();
            Sink::new(move |_, message| heard.lock().unwrap().push(format!("{name} {message}")))
        };
        let outer = redirect(Some(&sink("outer")));
        log(Level::Info, "1");
        {
            let _inner = redirect(Some(&sink("inner")));
            log(Level::Info, "2");
            let _none = redirect(None);
            log(Level::Info, "3");
        }
        log(Level::Info, "4");
        std::thread::spawn(|| log(Level::Info, "another thread")).join().unwrap();
        drop(outer);
        log(Level::Info, "5");
        assert_eq!(*heard.lock().unwrap(), ["outer 1", "inner 2", "inner 3", "outer 4"]);
    }
}
