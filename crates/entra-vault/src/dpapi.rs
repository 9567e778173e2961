//! A file encrypted by Windows for this user (DPAPI), and the only unsafe code for Windows.
//!
//! The file is what `CryptProtectData` makes of the blob for the current user, without further entropy.

use std::path::PathBuf;
use std::ptr::{null, null_mut};
use std::{io, slice};

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Cryptography::{
    CRYPT_INTEGER_BLOB, CRYPTPROTECT_UI_FORBIDDEN, CryptProtectData, CryptUnprotectData,
};
use zeroize::{Zeroize, Zeroizing};

use crate::lock::Lock;
use crate::vault::{Content, Failure, Store};
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

fn protect(bytes: &[u8]) -> io::Result<Zeroizing<Vec<u8>>> {
    let (input, mut output) = (borrowed(bytes)?, empty());
    // SAFETY: the input is readable for its size and is not written to; the output is ours to free.
    let done =
        unsafe { CryptProtectData(&input, null(), null(), null(), null(), CRYPTPROTECT_UI_FORBIDDEN, &mut output) };
    take(done, output)
}

fn unprotect(bytes: &[u8]) -> io::Result<Zeroizing<Vec<u8>>> {
    let (input, mut output) = (borrowed(bytes)?, empty());
    // SAFETY: the input is readable for its size and is not written to; the output is ours to free.
    let done = unsafe {
        CryptUnprotectData(&input, null_mut(), null(), null(), null(), CRYPTPROTECT_UI_FORBIDDEN, &mut output)
    };
    take(done, output)
}

fn borrowed(bytes: &[u8]) -> io::Result<CRYPT_INTEGER_BLOB> {
    let size = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    Ok(CRYPT_INTEGER_BLOB { cbData: size, pbData: bytes.as_ptr().cast_mut() })
}

fn empty() -> CRYPT_INTEGER_BLOB {
    CRYPT_INTEGER_BLOB { cbData: 0, pbData: null_mut() }
}

/// Copies what Windows allocated, wipes it and gives it back.
fn take(done: i32, output: CRYPT_INTEGER_BLOB) -> io::Result<Zeroizing<Vec<u8>>> {
    if done == 0 {
        return Err(io::Error::last_os_error());
    }
    if output.pbData.is_null() {
        return Ok(Zeroizing::default());
    }
    // SAFETY: Windows succeeded, so the output is memory of this size that belongs to us until LocalFree.
    unsafe {
        let bytes = slice::from_raw_parts_mut(output.pbData, output.cbData as usize);
        let copy = Zeroizing::new(bytes.to_vec());
        bytes.zeroize();
        LocalFree(output.pbData.cast());
        Ok(copy)
    }
}
