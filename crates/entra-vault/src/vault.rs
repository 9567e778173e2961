use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::file::{PlainFile, folder_of, with_suffix};
use crate::lock::{Lock, Taken};
use crate::memory::Memory;
use crate::places::{Chosen, choose};
use crate::{Notice, Places, Preference, VaultError, folder};

/// How long a lock may stand still, and how long a store of the system may be silent.
pub const DEFAULT_PATIENCE: Duration = Duration::from_secs(5);

/// A change whose lock is taken away starts again this often.
const TRIES: u32 = 5;

/// What an update does with the blob it was shown.
pub enum Change {
    /// Nothing is written.
    Keep,
    /// The blob becomes this one.
    Write(Zeroizing<Vec<u8>>),
    /// The blob is removed.
    Remove,
    /// The blob shown is not what the caller can read: it is set aside, reported with this reason
    /// (a clause without a full stop), and this one takes its place.
    Restart(Zeroizing<Vec<u8>>, String),
}

/// One blob of this user. Any thread may use it; changes of one vault wait for each other.
pub struct Vault {
    store: Box<dyn Store>,
    subject: &'static str,
    place: String,
    lock: Option<PathBuf>,
    patience: Duration,
    turn: Mutex<()>,
    /// That the file system has no locks is told once, though it is so each time.
    unlocked: Once,
    notices: Mutex<Vec<Notice>>,
}

impl Vault {
    /// Keeps the blob in the best place that works on this system, at the latest in memory. What is less than
    /// the best of this system is told by a notice. `name` becomes part of a file's name and of an item's label;
    /// of other characters than ASCII letters, digits, `-`, `_` and `.` each becomes `_`.
    #[must_use]
    pub fn open(name: &str, places: &Places, preference: Preference) -> Self {
        if preference == Preference::Memory {
            return Self::in_memory();
        }
        let name: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        let lock = Some(places.folder.join(format!("{name}.lock")));
        match choose(&name, places) {
            Ok(Chosen { store, place, reasons }) => {
                let vault = Self::new(store, "Sign-in", place, lock, places.patience);
                if !reasons.is_empty() {
                    vault.tell(Notice::place(vault.subject, &vault.place, &reasons));
                }
                vault
            }
            Err(reasons) => {
                let vault = Self::in_memory();
                vault.tell(Notice::place(vault.subject, &vault.place, &reasons));
                vault
            }
        }
    }

    /// Keeps the blob until the vault is dropped, and says nothing about it.
    #[must_use]
    pub fn in_memory() -> Self {
        let place = "in memory only, until this process ends".to_owned();
        Self::new(Box::new(Memory::default()), "Sign-in", place, None, DEFAULT_PATIENCE)
    }

    /// Keeps the bytes as they are in one file, for settings. Its notices begin with `Settings kept `.
    /// `patience` is how long a lock may stand still before it is taken over.
    #[must_use]
    pub fn plain_file(path: &Path, patience: Duration) -> Self {
        let (lock, place) = (with_suffix(path, ".lock"), format!("in the file '{}'", path.display()));
        Self::new(Box::new(PlainFile(path.to_owned())), "Settings", place, Some(lock), patience)
    }

    fn new(
        store: Box<dyn Store>,
        subject: &'static str,
        place: String,
        lock: Option<PathBuf>,
        patience: Duration,
    ) -> Self {
        Self {
            store,
            subject,
            place,
            lock,
            patience,
            turn: Mutex::default(),
            unlocked: Once::new(),
            notices: Mutex::default(),
        }
    }

    /// Where the blob is kept, as the end of a sentence: `in the Secret Service`.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether the blob outlives this vault.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        self.lock.is_some()
    }

    /// The blob as it is now; `None` where there is none, or where it cannot be used (then a notice says so).
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn load(&self) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        match self.store.read()? {
            Content::Nothing => Ok(None),
            Content::Blob(blob) => Ok(Some(blob)),
            Content::Unusable(_) => self.load_after_repair(),
        }
    }

    fn load_after_repair(&self) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let mut found = None;
        self.update(|old| {
            found = old.map(|blob| blob.to_vec().into());
            Change::Keep
        })?;
        Ok(found)
    }

    /// Shows the blob and does what `change` says, with all other processes and threads kept out from
    /// before the reading until after the writing. `change` should be quick and wait for nothing; it may
    /// be asked again if this process stood still so long that another took its turn.
    ///
    /// # Errors
    /// See [`VaultError`]; the blob is then as before.
    pub fn update(&self, mut change: impl FnMut(Option<&[u8]>) -> Change) -> Result<(), VaultError> {
        // Nothing is guarded by this lock but the order, so a panic in a closure breaks nothing.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..TRIES {
            let lock = self.take_lock()?;
            match self.attempt(lock.as_ref(), &mut change) {
                Err(Failure::LockLost) => {}
                Err(Failure::Error(error)) => return Err(error),
                Ok(()) => return Ok(()),
            }
        }
        let path = self.lock.clone().unwrap_or_default();
        Err(VaultError::Busy { path, waited: self.patience * TRIES })
    }

    /// Removes the blob, whatever it is.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn remove(&self) -> Result<(), VaultError> {
        self.update(|_| Change::Remove)
    }

    /// What there is to tell since the last call.
    #[must_use]
    pub fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn attempt(&self, lock: Option<&Lock>, change: &mut impl FnMut(Option<&[u8]>) -> Change) -> Result<(), Failure> {
        let old = match self.store.read()? {
            Content::Nothing => None,
            Content::Blob(blob) => Some(blob),
            Content::Unusable(why) => {
                self.set_aside(lock, &why)?;
                None
            }
        };
        match change(old.as_ref().map(|blob| blob.as_slice())) {
            Change::Keep => Ok(()),
            Change::Remove if old.is_none() => Ok(()),
            Change::Remove => {
                still_held(lock)?;
                Ok(self.store.clear()?)
            }
            Change::Write(blob) => self.store.write(&blob, lock),
            Change::Restart(blob, why) => {
                self.set_aside(lock, &why)?;
                self.store.write(&blob, lock)
            }
        }
    }

    fn set_aside(&self, lock: Option<&Lock>, why: &str) -> Result<(), Failure> {
        still_held(lock)?;
        let place = self.store.set_aside()?;
        self.tell(Notice::set_aside(self.subject, why, &place));
        Ok(())
    }

    fn take_lock(&self) -> Result<Option<Lock>, VaultError> {
        let Some(path) = &self.lock else {
            return Ok(None);
        };
        folder::prepare(folder_of(path))?;
        let lock = Lock::take(path, self.patience)?;
        match lock.taken {
            Taken::Cleanly => {}
            Taken::Over(holder) => self.tell(Notice::lock_taken_over(self.subject, path, holder)),
            Taken::NotAtAll => self.unlocked.call_once(|| self.tell(Notice::unlocked(self.subject, path))),
        }
        Ok(Some(lock))
    }

    fn tell(&self, notice: Notice) {
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// What a store found.
pub(crate) enum Content {
    Nothing,
    Blob(Zeroizing<Vec<u8>>),
    /// Something is there that this store cannot read, and never will; the reason is a clause.
    Unusable(String),
}

pub(crate) enum Failure {
    Error(VaultError),
    /// Another process took the lock over: nothing was changed, start again.
    LockLost,
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        Self::Error(error)
    }
}

/// Who stood still so long that another took the lock over may not change what that one has written.
pub(crate) fn still_held(lock: Option<&Lock>) -> Result<(), Failure> {
    if lock.is_some_and(|lock| !lock.holds()) { Err(Failure::LockLost) } else { Ok(()) }
}

/// A place for one blob. All but `read` is called under the lock.
pub(crate) trait Store: Send + Sync {
    fn read(&self) -> Result<Content, VaultError>;
    fn write(&self, blob: &[u8], lock: Option<&Lock>) -> Result<(), Failure>;
    fn clear(&self) -> Result<(), VaultError>;
    /// Moves the content where it does no harm, and tells where that is.
    fn set_aside(&self) -> Result<String, VaultError>;
}
