//! Cancelling: a flag that any thread may raise, and that also stops a running network. It carries progress, too.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use crate::base::error::{Error, Result};

type Hook = Arc<dyn Fn() + Send + Sync>;
/// The callback for progress. It gets a fraction from 0 to 1 and a text that says what is being done.
pub type Progress = Box<dyn Fn(f32, &str) + Send + Sync>;

#[derive(Default)]
struct Shared {
    raised: AtomicBool,
    hooks: Mutex<Vec<Hook>>,
    progress: Mutex<Option<Progress>>,
}

/// A flag for long calls. Any thread may raise it to stop them; a callback may follow their progress. Clones share the flag.
///
/// ```
/// use deepcrop::{Cancel, ErrorKind, LoadOptions, Model};
///
/// let cancel = Cancel::new();
/// cancel.on_progress(Some(Box::new(|fraction, doing| println!("{:.0} %: {doing}", fraction * 100.0))));
/// let on_another_thread = cancel.clone();
/// std::thread::spawn(move || on_another_thread.raise()).join().unwrap();
/// let stopped = Model::load("classical", &LoadOptions::default(), &cancel).unwrap_err();
/// assert_eq!(stopped.kind(), ErrorKind::Cancelled);
/// cancel.reset();
/// Model::load("classical", &LoadOptions::default(), &cancel).unwrap();
/// ```
#[derive(Clone, Default)]
pub struct Cancel(Arc<Shared>);

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Cancel").field("raised", &self.0.raised).finish_non_exhaustive()
    }
}

impl Cancel {
    /// A lowered flag without a callback.
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the flag: stops every call that has it, now and later, until [`Cancel::reset`].
    pub fn raise(&self) {
        self.0.raised.store(true, Ordering::SeqCst);
        let hooks = self.0.hooks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        hooks.iter().for_each(|hook| hook());
    }

    /// Lowers the flag for the next call.
    pub fn reset(&self) {
        self.0.raised.store(false, Ordering::SeqCst);
    }

    /// An error of the kind [`Cancelled`](crate::ErrorKind::Cancelled) if the flag is raised. For use between two steps.
    pub fn check(&self) -> Result<()> {
        if self.0.raised.load(Ordering::SeqCst) { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Sets the callback for progress, or removes it. It runs on the thread of the call that it follows. It must not call
    /// `on_progress`, nor start another call with this flag or on the same [`Picture`](crate::Picture): both would wait
    /// for ever.
    pub fn on_progress(&self, callback: Option<Progress>) {
        *self.0.progress.lock().unwrap_or_else(PoisonError::into_inner) = callback;
    }

    /// Calls the callback, then checks the flag.
    pub(crate) fn report(&self, fraction: f32, doing: &str) -> Result<()> {
        if let Some(callback) = &*self.0.progress.lock().unwrap_or_else(PoisonError::into_inner) {
            callback(fraction, doing);
        }
        self.check()
    }

    /// Takes a lock, or stops waiting for it if cancelled. A lock poisoned by a panic is taken all the same.
    pub(crate) fn lock<'a, T>(&self, mutex: &'a Mutex<T>) -> Result<MutexGuard<'a, T>> {
        loop {
            match mutex.try_lock() {
                Ok(guard) => return Ok(guard),
                Err(TryLockError::Poisoned(poison)) => return Ok(poison.into_inner()),
                Err(TryLockError::WouldBlock) => {
                    self.check()?;
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        }
    }

    /// Runs `work`. If the flag is raised meanwhile, calls `interrupt`.
    pub(crate) fn interrupting<T>(
        &self,
        interrupt: impl Fn() + Send + Sync + 'static,
        work: impl FnOnce() -> T,
    ) -> Result<T> {
        let hook: Hook = Arc::new(interrupt);
        self.0.hooks.lock().unwrap_or_else(PoisonError::into_inner).push(hook.clone());
        let _forget = Forget { shared: &self.0, hook };
        // Checked after the hook is set: then a flag raised in between is not missed.
        self.check()?;
        Ok(work())
    }
}

struct Forget<'a> {
    shared: &'a Shared,
    hook: Hook,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        let mut hooks = self.shared.hooks.lock().unwrap_or_else(PoisonError::into_inner);
        hooks.retain(|hook| !Arc::ptr_eq(hook, &self.hook));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn raising_reaches_the_running_work_and_only_it() {
        let cancel = Cancel::new();
        let calls = Arc::new(AtomicUsize::new(0));
        let (inner, seen) = (cancel.clone(), calls.clone());
        cancel.interrupting(move || _ = seen.fetch_add(1, Ordering::SeqCst), || inner.raise()).unwrap();
        cancel.raise();
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        assert_eq!(cancel.check(), Err(Error::cancelled()));
        assert_eq!(cancel.interrupting(|| (), || ()), Err(Error::cancelled()));
        cancel.reset();
        assert_eq!(cancel.check(), Ok(()));
    }
}
