use once_cell::sync::OnceCell;
use std::{io, thread};
use tokio::runtime::{Builder, Handle};

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
