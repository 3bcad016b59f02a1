//! A flag that any thread may raise, and that reaches into a network's run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use crate::base::error::{Error, Result};

type Hook = Arc<dyn Fn() + Send + Sync>;
/// Who hears about progress: a fraction from 0 to 1 and what is being done.
pub type Progress = Box<dyn Fn(f32, &str) + Send + Sync>;

#[derive(Default)]
struct Shared {
    raised: AtomicBool,
    hooks: Mutex<Vec<Hook>>,
    progress: Mutex<Option<Progress>>,
}

/// Given to a long call, it stops that call from any thread and hears how far it is. Clones share one flag.
#[derive(Clone, Default)]
pub struct Cancel(Arc<Shared>);

impl Cancel {
    /// A flag that is down and tells nobody about progress.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops every call that was given this flag, now and later, until [`Cancel::reset`].
    pub fn raise(&self) {
        self.0.raised.store(true, Ordering::SeqCst);
        let hooks = self.0.hooks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        hooks.iter().for_each(|hook| hook());
    }

    /// Lowers the flag, so that it can serve for the next call.
    pub fn reset(&self) {
        self.0.raised.store(false, Ordering::SeqCst);
    }

    /// `Err(Cancelled)` once the flag is up: `cancel.check()?` between two steps.
    pub fn check(&self) -> Result<()> {
        if self.0.raised.load(Ordering::SeqCst) { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Who hears about progress: a fraction from 0 to 1 and what is being done, on the thread that does it.
    pub fn on_progress(&self, callback: Option<Progress>) {
        *self.0.progress.lock().unwrap_or_else(PoisonError::into_inner) = callback;
    }

    /// Tells how far the work is, then checks the flag.
    pub fn report(&self, fraction: f32, doing: &str) -> Result<()> {
        if let Some(callback) = &*self.0.progress.lock().unwrap_or_else(PoisonError::into_inner) {
            callback(fraction, doing);
        }
        self.check()
    }

    /// The lock, or the cancellation of whoever waits for it. What a panic left behind is taken as it is.
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

    /// Runs `work`; while it runs, raising the flag also calls `interrupt`.
    pub(crate) fn interrupting<T>(
        &self,
        interrupt: impl Fn() + Send + Sync + 'static,
        work: impl FnOnce() -> T,
    ) -> Result<T> {
        let hook: Hook = Arc::new(interrupt);
        self.0.hooks.lock().unwrap_or_else(PoisonError::into_inner).push(hook.clone());
        let _forget = Forget { shared: &self.0, hook };
        // Checked after the hook is in place: a flag raised in between is seen by one of the two.
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
