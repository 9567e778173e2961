//! A generic password in the user's default keychain: service `connect-entra`, account = the blob's name, data = the
//! blob. Nothing is ever asked of the person from here: what would need a prompt fails at once (an ssh session, a
//! locked keychain). This file is compiled for macOS only; no test has run it there yet.

use security_framework::base::Error;
use security_framework::os::macos::keychain::SecKeychain;
use security_framework::passwords::{delete_generic_password, get_generic_password, set_generic_password};

use crate::VaultError;
use crate::lock::Lock;
use crate::vault::{Content, Failure, Store, still_held};

const SERVICE: &str = "connect-entra";
/// `errSecItemNotFound`
const NOT_FOUND: i32 = -25300;

pub(crate) struct Keychain {
    account: String,
}

impl Keychain {
    /// Whether the keychain answers without a prompt; the reason where it does not.
    pub(crate) fn open(account: &str) -> Result<Self, String> {
        let keychain = Self { account: account.to_owned() };
        keychain.get().map(|_| keychain).map_err(|e| e.to_string())
    }

    fn get(&self) -> Result<Option<Vec<u8>>, VaultError> {
        let found = without_prompt(|| get_generic_password(SERVICE, &self.account));
        optional(found).map_err(|e| refused("read the item", e))
    }
}

impl Store for Keychain {
    fn read(&self) -> Result<Content, VaultError> {
        Ok(self.get()?.map_or(Content::Nothing, |blob| Content::Blob(blob.into())))
    }

    fn write(&self, blob: &[u8], lock: Option<&Lock>) -> Result<(), Failure> {
        still_held(lock)?;
        let stored = without_prompt(|| set_generic_password(SERVICE, &self.account, blob));
        Ok(stored.map_err(|e| refused("store the item", e))?)
    }

    fn clear(&self) -> Result<(), VaultError> {
        let removed = without_prompt(|| delete_generic_password(SERVICE, &self.account));
        optional(removed).map(|_| ()).map_err(|e| refused("remove the item", e))
    }

    /// Moves the blob as it is to an item of its own.
    fn set_aside(&self) -> Result<String, VaultError> {
        let aside = Self { account: format!("{}.damaged-1", self.account) };
        if let Some(blob) = self.get()? {
            let stored = without_prompt(|| set_generic_password(SERVICE, &aside.account, &blob));
            stored.map_err(|e| refused("set the item aside", e))?;
            self.clear()?;
        }
        Ok(format!("the keychain item '{SERVICE}', account '{}'", aside.account))
    }
}

fn without_prompt<T>(call: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let _quiet = SecKeychain::disable_user_interaction()?;
    call()
}

fn optional<T>(found: Result<T, Error>) -> Result<Option<T>, Error> {
    match found {
        Err(e) if e.code() == NOT_FOUND => Ok(None),
        found => found.map(Some),
    }
}

fn refused(action: &'static str, error: Error) -> VaultError {
    VaultError::Service { store: "the keychain", action, reason: error.to_string() }
}
