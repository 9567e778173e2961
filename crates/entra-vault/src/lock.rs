//! The lock of a read-modify-write, among threads and processes.
//!
//! It is an operating system lock on a file beside the blob (`flock` on Unix), so a process that dies gives
//! it back. A process that lives but stands still (stopped, hung) is outlived: whoever has waited through
//! `patience` without seeing the lock move takes the lock file away and puts a new one. The one that stood
//! still finds that out before it replaces anything ([`Lock::holds`]) and starts again.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::{VaultError, folder};

const FIRST_WAIT: Duration = Duration::from_millis(1);
const LONGEST_WAIT: Duration = Duration::from_millis(20);
/// A lock that moves all the time is waited for this many times longer.
const CROWD: u32 = 12;

/// What the holder should tell about how it got the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Cleanly,
    /// From a holder that stood still, with its process number if it is known.
    Over(Option<u32>),
    /// The file system has no locks.
    NotAtAll,
}

pub(crate) struct Lock {
    file: File,
    path: PathBuf,
    pub(crate) taken: Taken,
}

impl Lock {
    /// Waits for the lock in `path`, whose folder exists.
    pub(crate) fn take(path: &Path, patience: Duration) -> Result<Self, VaultError> {
        let mut wait = Wait::new(patience);
        let mut taken = Taken::Cleanly;
        loop {
            let file = open(path)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, path) => return Ok(Self::marked(file, path, taken)),
                Ok(()) => continue,
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(e)) if has_no_locks(&e) => {
                    return Ok(Self::marked(file, path, Taken::NotAtAll));
                }
                Err(TryLockError::Error(e)) => return Err(VaultError::io("lock", path, e)),
            }
            match wait.next(&file) {
                Next::Again => {}
                Next::GiveUp(waited) => {
                    return Err(VaultError::Busy { path: path.to_owned(), waited });
                }
                Next::TakeOver => {
                    taken = Taken::Over(holder(path));
                    if !take_away(&file, path)? {
                        return Ok(Self { file, path: path.to_owned(), taken });
                    }
                }
            }
        }
    }

    /// Leaves a mark by which those who wait see that the lock moves on. It only informs: errors do not count.
    fn marked(mut file: File, path: &Path, taken: Taken) -> Self {
        let _ = file.set_len(0);
        let _ = writeln!(file, "{}", std::process::id());
        Self { file, path: path.to_owned(), taken }
    }

    /// Whether nobody took the lock away meanwhile.
    pub(crate) fn holds(&self) -> bool {
        matches!(self.taken, Taken::NotAtAll) || is_at(&self.file, &self.path)
    }
}

fn open(path: &Path) -> Result<File, VaultError> {
    let found = folder::open(path, OpenOptions::new().read(true).write(true).create(true).truncate(false))?;
    found.ok_or_else(|| VaultError::io("create", path, io::ErrorKind::NotFound.into()))
}

enum Next {
    Again,
    TakeOver,
    GiveUp(Duration),
}

/// Counts the waiting by the naps taken, so that no clock can be set wrong.
struct Wait {
    patience: Duration,
    nap: Duration,
    still: Duration,
    total: Duration,
    seen: Option<SystemTime>,
}

impl Wait {
    fn new(patience: Duration) -> Self {
        Self { patience, nap: FIRST_WAIT, still: Duration::ZERO, total: Duration::ZERO, seen: None }
    }

    fn next(&mut self, file: &File) -> Next {
        let mark = file.metadata().and_then(|m| m.modified()).ok();
        if mark != self.seen {
            self.seen = mark;
            self.still = Duration::ZERO;
        }
        if self.total >= self.patience * CROWD {
            return Next::GiveUp(self.total);
        }
        if self.still >= self.patience {
            self.still = Duration::ZERO;
            return Next::TakeOver;
        }
        self.nap();
        Next::Again
    }

    fn nap(&mut self) {
        thread::sleep(self.nap);
        self.still += self.nap;
        self.total += self.nap;
        self.nap = (self.nap * 2).min(LONGEST_WAIT);
    }
}

fn holder(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Removes the lock file that stood still, unless another has already put a new one. `false`: this system
/// cannot, go on without.
#[cfg(unix)]
fn take_away(file: &File, path: &Path) -> Result<bool, VaultError> {
    if is_at(file, path) {
        fs::remove_file(path).map_err(|e| VaultError::io("take over", path, e))?;
    }
    Ok(true)
}

#[cfg(not(unix))]
fn take_away(_file: &File, _path: &Path) -> Result<bool, VaultError> {
    Ok(false)
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// Elsewhere nobody takes a lock file away.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

#[cfg(unix)]
fn has_no_locks(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported || matches!(error.raw_os_error(), Some(libc::ENOLCK | libc::EOPNOTSUPP))
}

#[cfg(not(unix))]
fn has_no_locks(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
}
