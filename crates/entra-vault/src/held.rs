//! Files that another program holds open (a virus scanner, a backup, an editor): Windows refuses them meanwhile.

#[cfg(windows)]
pub(crate) use on_windows::{is_held, wait_for, wait_to_replace};

/// Elsewhere an open file is in nobody's way.
#[cfg(not(windows))]
pub(crate) fn wait_for<T>(mut action: impl FnMut() -> std::io::Result<T>) -> std::io::Result<T> {
    action()
}

#[cfg(not(windows))]
pub(crate) fn wait_to_replace<T>(
    _target: &std::path::Path,
    action: impl FnMut() -> std::io::Result<T>,
) -> std::io::Result<T> {
    wait_for(action)
}

#[cfg(windows)]
mod on_windows {
    use std::fs::OpenOptions;
    use std::os::windows::fs::OpenOptionsExt;
    use std::path::Path;
    use std::time::Duration;
    use std::{io, thread};

    /// How long such a file is waited for.
    const PATIENCE: Duration = Duration::from_secs(2);
    const PAUSE: Duration = Duration::from_millis(25);
    /// The right to delete.
    const DELETE: u32 = 0x0001_0000;

    /// Tries again while the file is held by another program.
    pub(crate) fn wait_for<T>(action: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        wait_while(is_held, action)
    }

    /// Tries a rename onto `target` again while that is held: Windows then speaks of a missing right. What deleting it
    /// would meet tells one from the other.
    pub(crate) fn wait_to_replace<T>(target: &Path, action: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        let refused = |e: &io::Error| is_held(e) || e.kind() == io::ErrorKind::PermissionDenied;
        wait_while(refused, action).map_err(|error| {
            let deleting = OpenOptions::new().access_mode(DELETE).open(target);
            deleting.err().filter(is_held).unwrap_or(error)
        })
    }

    fn wait_while<T>(refused: impl Fn(&io::Error) -> bool, mut action: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        let mut waited = Duration::ZERO;
        loop {
            match action() {
                Err(e) if refused(&e) && waited < PATIENCE => {}
                done => return done,
            }
            thread::sleep(PAUSE);
            waited += PAUSE;
        }
    }

    /// `ERROR_SHARING_VIOLATION` and `ERROR_LOCK_VIOLATION`.
    pub(crate) fn is_held(error: &io::Error) -> bool {
        matches!(error.raw_os_error(), Some(32 | 33))
    }
}
