use once_cell::sync::OnceCell;
use std::{io, panic, thread};
use tokio::{
    runtime::{Builder, Handle},
    task,
};

/// The name of every thread of the library's own.
pub const THREAD: &str = "connect-entra";

static RUNTIME: OnceCell<Handle> = OnceCell::new();

/// The one small runtime, on a thread of its own, started by the first operation that needs it.
///
/// It is never stopped: a library that is unloaded under a running thread ends the process, and a thread that waits
/// costs nothing.
pub(crate) fn handle() -> io::Result<&'static Handle> {
    RUNTIME.get_or_try_init(|| {
        let runtime = Builder::new_current_thread().thread_name(THREAD).enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let run = move || runtime.block_on(std::future::pending::<()>());
        thread::Builder::new().name(THREAD.into()).spawn(run)?;
        Ok(handle)
    })
}

/// Does what blocks (files, mostly) beside the one thread, which others wait for.
pub(crate) async fn beside<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    match task::spawn_blocking(act).await {
        Ok(done) => done,
        // The runtime ends with the process, so it is no cancellation: the operation that asked ends with this panic.
        Err(error) => panic::resume_unwind(error.into_panic()),
    }
}
