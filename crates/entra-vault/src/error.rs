use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a blob could not be read, changed or removed. What was kept before is unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The file or its folder is a symbolic link.
    #[error("'{}' is a symbolic link, which is not followed. Remove it, or put a real file or folder there", .0.display())]
    Symlink(PathBuf),
    /// The file or its folder belongs to someone else.
    #[error("'{}' belongs to the user with number {owner}, and this process runs as {process}. Remove it, or give it to the right user", path.display())]
    OtherUser {
        /// The file or folder.
        path: PathBuf,
        /// The owner's user number.
        owner: u32,
        /// The user number that this process acts as.
        process: u32,
    },
    /// Something else is where the file or folder should be.
    #[error("'{}' is not {expected}. Move it away", path.display())]
    WrongKind {
        /// The place.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
    },
    /// The file or its folder may not be read or written by this user.
    #[error("cannot {action} '{}': {source}. Give this user the right to read and write there", path.display())]
    NotAllowed {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk, or this user's share of it, is full.
    #[error("there is no room left to write '{}': {source}. Free some space; what was there before is unchanged", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Other processes used the lock all the time.
    #[error("other processes kept '{}' locked for {} seconds. Try again", path.display(), waited.as_secs())]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long this process waited.
        waited: Duration,
    },
    /// Another program holds the file open and lets nobody else have it.
    #[error("cannot {action} '{}': another program has it open. Close it there, and try again", path.display())]
    Held {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// Any other failure of the file system.
    #[error("cannot {action} '{}': {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A store of the system (not a file) refused.
    #[error("{store} could not {action}: {reason}")]
    Service {
        /// The store's name.
        store: &'static str,
        /// What was tried, as a verb.
        action: &'static str,
        /// What came back.
        reason: String,
    },
}

impl VaultError {
    /// Sorts what the system said when `action` was tried on `path`.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        use io::ErrorKind as Kind;
        let path = path.to_owned();
        #[cfg(windows)]
        if crate::held::is_held(&source) {
            return Self::Held { action, path };
        }
        match source.kind() {
            Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => Self::Full { path, source },
            Kind::ReadOnlyFilesystem | Kind::PermissionDenied => Self::NotAllowed { action, path, source },
            _ => Self::Io { action, path, source },
        }
    }
}
