use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use crate::VaultError;
use crate::lock::Lock;
use crate::vault::{Content, Failure, Store};

/// Gone with the process.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Option<Zeroizing<Vec<u8>>>>);

impl Memory {
    fn blob(&self) -> MutexGuard<'_, Option<Zeroizing<Vec<u8>>>> {
        // The blob is replaced in one step, so a panic elsewhere cannot have left half of one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Memory {
    fn read(&self) -> Result<Content, VaultError> {
        Ok(self.blob().clone().map_or(Content::Nothing, Content::Blob))
    }

    fn write(&self, blob: &[u8], _lock: Option<&Lock>) -> Result<(), Failure> {
        *self.blob() = Some(blob.to_vec().into());
        Ok(())
    }

    fn clear(&self) -> Result<(), VaultError> {
        *self.blob() = None;
        Ok(())
    }

    /// What nobody can reach later needs no place.
    fn set_aside(&self) -> Result<String, VaultError> {
        self.clear()?;
        Ok("nothing".to_owned())
    }
}
