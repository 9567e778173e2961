//! Keys kept by the kernel: the key `connect-entra:<id>` of type `user` in this user's keyring (`@u`). All sessions of
//! the user reach it, and it is gone when the computer restarts.

use std::ffi::CString;
use std::io;

use crate::sealed::{Key, Keys, try_keys};
use crate::{VaultError, linux};

pub(crate) struct KernelKeyring;

impl KernelKeyring {
    /// Whether the kernel keeps keys for this process: a container may forbid it, a quota may be used up.
    pub(crate) fn open() -> Result<Self, String> {
        try_keys(&Self).map(|()| Self).map_err(|e| e.to_string())
    }
}

impl Keys for KernelKeyring {
    fn find(&self, id: &str) -> Result<Option<Key>, VaultError> {
        linux::find_key(&description(id)?).map_err(|e| refused("find a key", &e))
    }

    fn add(&self, id: &str, key: &Key) -> Result<(), VaultError> {
        linux::add_key(&description(id)?, key.as_slice()).map_err(|e| refused("keep a key", &e))
    }

    fn remove(&self, id: &str) -> Result<(), VaultError> {
        linux::remove_key(&description(id)?).map_err(|e| refused("remove a key", &e))
    }

    fn kept(&self) -> &'static str {
        "the kernel keeps until the computer restarts"
    }
}

fn description(id: &str) -> Result<CString, VaultError> {
    let text = linux::c_text(&format!("connect-entra:{id}"));
    text.map_err(|reason| refused("name a key", &io::Error::other(reason)))
}

fn refused(action: &'static str, error: &io::Error) -> VaultError {
    VaultError::Service { store: "the kernel keyring", action, reason: error.to_string() }
}
