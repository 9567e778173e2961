use std::fmt;
use std::path::Path;

use crate::VaultError;

/// One thing the person should know about where and how the blob is kept. The text starts with the
/// vault's subject and `kept`, for a sign-in: `Sign-in kept …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice(String);

impl Notice {
    /// What the person sees.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// For a sign-in that could not be stored, and goes on without.
    #[must_use]
    pub fn not_stored(error: &VaultError) -> Self {
        Self(format!("Sign-in kept in memory only, until this process ends: {error}."))
    }

    pub(crate) fn place(subject: &str, place: &str, reasons: &[String]) -> Self {
        Self(format!("{subject} kept {place}: {}.", reasons.join("; ")))
    }

    pub(crate) fn set_aside(subject: &str, why: &str, place: &str) -> Self {
        Self(format!(
            "{subject} kept earlier cannot be used: {why}. It was set aside as {place}, and a new one takes its place."
        ))
    }

    pub(crate) fn lock_taken_over(subject: &str, lock: &Path, holder: Option<u32>) -> Self {
        let holder = holder.map_or("another process".to_owned(), |id| format!("process {id}"));
        Self(format!("{subject} kept although {holder} held the lock '{}' and did not move on.", lock.display()))
    }

    pub(crate) fn unlocked(subject: &str, lock: &Path) -> Self {
        Self(format!(
            "{subject} kept without a lock, since the file system of '{}' has none: do not change it from several processes at once.",
            lock.display()
        ))
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
