use crate::status::{ENTRA_BUSY, ENTRA_UNKNOWN_HANDLE};
use entra_session::Operation;
use std::{
    collections::HashMap,
    ops::Deref,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// The operations that hosts hold. A handle is a number that is never given twice, so that a stale one is known as such.
static OPERATIONS: LazyLock<Mutex<HashMap<u64, Arc<Held>>>> = LazyLock::new(Mutex::default);
static NEXT: AtomicU64 = AtomicU64::new(1);

pub(crate) struct Held {
    pub(crate) operation: Operation,
    waited_for: AtomicBool,
}

/// One thread's wait; ends when dropped.
pub(crate) struct Wait<'a>(&'a Held);

fn lock() -> MutexGuard<'static, HashMap<u64, Arc<Held>>> {
    // Entries come and go whole.
    OPERATIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn hold(operation: Operation) -> u64 {
    let handle = NEXT.fetch_add(1, Ordering::Relaxed);
    lock().insert(handle, Arc::new(Held { operation, waited_for: AtomicBool::new(false) }));
    handle
}

pub(crate) fn find(handle: u64) -> Result<Arc<Held>, i32> {
    lock().get(&handle).cloned().ok_or(ENTRA_UNKNOWN_HANDLE)
}

/// Takes it out and cancels it. A thread that waits for it keeps its memory until it returns, which is at once.
pub(crate) fn free(handle: u64) -> Result<(), i32> {
    let held = lock().remove(&handle).ok_or(ENTRA_UNKNOWN_HANDLE)?;
    held.operation.cancel();
    Ok(())
}

impl Held {
    pub(crate) fn wait(&self) -> Result<Wait<'_>, i32> {
        if self.waited_for.swap(true, Ordering::Acquire) { Err(ENTRA_BUSY) } else { Ok(Wait(self)) }
    }
}

impl Deref for Wait<'_> {
    type Target = Operation;

    fn deref(&self) -> &Operation {
        &self.0.operation
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.0.waited_for.store(false, Ordering::Release);
    }
}
