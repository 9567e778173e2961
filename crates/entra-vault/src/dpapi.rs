//! A file encrypted by Windows for this user (DPAPI).
//!
//! The file is what `CryptProtectData` makes of the blob for the current user, without further entropy.

use std::path::PathBuf;

use crate::lock::Lock;
use crate::vault::{Content, Failure, Store};
use crate::windows::{protect, unprotect};
use crate::{VaultError, file};

pub(crate) struct Dpapi(pub(crate) PathBuf);

impl Store for Dpapi {
    fn read(&self) -> Result<Content, VaultError> {
        let bytes = match file::content(file::read(&self.0))? {
            Content::Blob(bytes) => bytes,
            other => return Ok(other),
        };
        let blob = unprotect(&bytes);
        Ok(blob.map_or_else(
            |e| Content::Unusable(format!("Windows cannot decrypt '{}' for this user ({e})", self.0.display())),
            Content::Blob,
        ))
    }

    fn write(&self, blob: &[u8], lock: Option<&Lock>) -> Result<(), Failure> {
        let protected = protect(blob).map_err(|e| VaultError::Service {
            store: "Windows data protection",
            action: "encrypt",
            reason: e.to_string(),
        })?;
        file::write(&self.0, &protected, lock)
    }

    fn clear(&self) -> Result<(), VaultError> {
        file::remove(&self.0)
    }

    fn set_aside(&self) -> Result<String, VaultError> {
        file::set_aside(&self.0)
    }
}
