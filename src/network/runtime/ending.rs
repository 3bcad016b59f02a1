//! The end of the process, on Linux and macOS. When `main` returns, the destructors of ONNX Runtime run, and a thread that
//! is still in a call would crash. So a hook that runs before them refuses new calls, stops running ones and waits for
//! them, for a second at most.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::base::error::{ErrorKind, Result};

/// How long the end of the process waits for running calls. Loading a network cannot be stopped.
const PATIENCE: Duration = Duration::from_secs(1);

type Stop = Arc<dyn Fn() + Send + Sync>;

struct Calls {
    ending: bool,
    running: Vec<Stop>,
}

static CALLS: Mutex<Calls> = Mutex::new(Calls { ending: false, running: Vec::new() });
static ONE_LESS: Condvar = Condvar::new();

fn calls() -> MutexGuard<'static, Calls> {
    CALLS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A call into ONNX Runtime that is running, until this is dropped.
pub struct Running(Stop);

/// Begins a call into ONNX Runtime. `stop` makes it end early. Refused once the process ends.
pub fn begin(stop: impl Fn() + Send + Sync + 'static) -> Result<Running> {
    let mut calls = calls();
    if calls.ending {
        return Err(ErrorKind::Cancelled.error("cancelled, because the process is ending"));
    }
    let stop: Stop = Arc::new(stop);
    calls.running.push(stop.clone());
    Ok(Running(stop))
}

impl Drop for Running {
    fn drop(&mut self) {
        calls().running.retain(|stop| !Arc::ptr_eq(stop, &self.0));
        ONE_LESS.notify_all();
    }
}

/// The hook. Hooks and destructors run in the reverse order of their registration, and ONNX Runtime registers destructors
/// whenever it uses something for the first time. So the hook is registered again after each load and first run.
pub extern "C" fn end() {
    let mut calls = calls();
    if std::mem::replace(&mut calls.ending, true) {
        return; // one wait is enough
    }
    calls.running.iter().for_each(|stop| stop());
    _ = ONE_LESS.wait_timeout_while(calls, PATIENCE, |calls| !calls.running.is_empty());
}
