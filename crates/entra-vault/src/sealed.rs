//! A file sealed with a key that is kept elsewhere: by the Secret Service, or by the kernel.
//!
//! The file is the line `connect-entra sealed 1 <id>`, then 12 bytes of nonce, then the blob encrypted with
//! AES-256-GCM and its tag of 16 bytes; the line (with its end) is authenticated too. The key has 32 random bytes,
//! is never on a disk in the clear, and is found by its id. Every new file gets a new key, so no two processes can
//! overwrite each other's.

use std::path::PathBuf;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use crate::lock::Lock;
use crate::vault::{Content, Failure, Store};
use crate::{VaultError, file};

const MAGIC: &str = "connect-entra sealed 1 ";
const ID_BYTES: usize = 8;
const HEADER: usize = MAGIC.len() + ID_BYTES * 2 + 1;
pub(crate) const KEY_BYTES: usize = 32;

pub(crate) type Key = Zeroizing<[u8; KEY_BYTES]>;

/// Who keeps the keys. An id is 16 hexadecimal digits.
pub(crate) trait Keys: Send + Sync {
    fn find(&self, id: &str) -> Result<Option<Key>, VaultError>;
    fn add(&self, id: &str, key: &Key) -> Result<(), VaultError>;
    /// No key by that id is no error.
    fn remove(&self, id: &str) -> Result<(), VaultError>;
    /// Who keeps them how long: `which <this>`.
    fn kept(&self) -> &'static str;
}

pub(crate) struct Sealed<K> {
    path: PathBuf,
    keys: K,
}

impl<K: Keys> Sealed<K> {
    pub(crate) fn new(path: PathBuf, keys: K) -> Self {
        Self { path, keys }
    }

    fn key_for_writing(&self) -> Result<(Id, Key), VaultError> {
        let id = file::read(&self.path)?.as_deref().and_then(|bytes| Id::of(bytes));
        if let Some(id) = id
            && let Some(key) = self.keys.find(&id.0)?
        {
            return Ok((id, key));
        }
        let (id, key) = (Id::random()?, random_key()?);
        self.keys.add(&id.0, &key)?;
        Ok((id, key))
    }

    fn unseal(&self, mut bytes: Zeroizing<Vec<u8>>) -> Result<Content, VaultError> {
        let unusable = |why: &str| Ok(Content::Unusable(format!("'{}' {why}", self.path.display())));
        let Some(id) = Id::of(&bytes) else {
            return unusable("is not a sealed file");
        };
        let Some(key) = self.keys.find(&id.0)? else {
            return unusable(&format!("has lost its key, which {}", self.keys.kept()));
        };
        let (header, rest) = bytes.split_at_mut(HEADER);
        let Some((nonce, sealed)) = rest.split_first_chunk_mut() else {
            return unusable("is cut off");
        };
        let nonce = Nonce::assume_unique_for_key(*nonce);
        match cipher(&key)?.open_in_place(nonce, Aad::from(&*header), sealed) {
            Ok(blob) => Ok(Content::Blob(blob.to_vec().into())),
            Err(_) => unusable("is damaged, or was sealed with another key"),
        }
    }
}

impl<K: Keys> Store for Sealed<K> {
    fn read(&self) -> Result<Content, VaultError> {
        match file::content(file::read(&self.path))? {
            Content::Blob(bytes) => self.unseal(bytes),
            other => Ok(other),
        }
    }

    fn write(&self, blob: &[u8], lock: Option<&Lock>) -> Result<(), Failure> {
        let (id, key) = self.key_for_writing()?;
        let sealed = seal(&id, &key, blob)?;
        file::write(&self.path, &sealed, lock)
    }

    fn clear(&self) -> Result<(), VaultError> {
        let id = file::read(&self.path)?.as_deref().and_then(|bytes| Id::of(bytes));
        file::remove(&self.path)?;
        // Without the file the key opens nothing, so one that cannot be removed now is no failure.
        let _ = id.map(|id| self.keys.remove(&id.0));
        Ok(())
    }

    fn set_aside(&self) -> Result<String, VaultError> {
        file::set_aside(&self.path)
    }
}

/// The name of a key, in hexadecimal.
struct Id(String);

impl Id {
    fn of(bytes: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(bytes.get(..HEADER)?).ok()?;
        let id = line.strip_prefix(MAGIC)?.strip_suffix('\n')?;
        id.bytes().all(|b| b.is_ascii_hexdigit()).then(|| Self(id.to_owned()))
    }

    fn random() -> Result<Self, VaultError> {
        let mut number = [0; ID_BYTES];
        random(&mut number)?;
        Ok(Self(format!("{:016x}", u64::from_be_bytes(number))))
    }

    fn header(&self) -> String {
        format!("{MAGIC}{}\n", self.0)
    }
}

/// Whether a key can be put, found and removed here.
pub(crate) fn try_keys(keys: &impl Keys) -> Result<(), VaultError> {
    let (id, key) = (Id::random()?, random_key()?);
    keys.add(&id.0, &key)?;
    let found = keys.find(&id.0);
    keys.remove(&id.0)?;
    let same = found?.is_some_and(|found| found.as_slice() == key.as_slice());
    if same { Ok(()) } else { Err(failed("find the key again", "it was not there")) }
}

fn random_key() -> Result<Key, VaultError> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    random(key.as_mut_slice())?;
    Ok(key)
}

fn seal(id: &Id, key: &Key, blob: &[u8]) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; NONCE_LEN];
    random(&mut nonce)?;
    let header = id.header();
    // All at once: a vector that grows leaves readable copies behind.
    let mut sealed = Vec::with_capacity(HEADER + NONCE_LEN + blob.len() + AES_256_GCM.tag_len());
    sealed.extend_from_slice(header.as_bytes());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(blob);
    let (nonce, aad) = (Nonce::assume_unique_for_key(nonce), Aad::from(header.as_bytes()));
    let tag = cipher(key)?.seal_in_place_separate_tag(nonce, aad, &mut sealed[HEADER + NONCE_LEN..]);
    let tag = tag.map_err(|_| failed("encrypt", "the blob is too large"))?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

fn cipher(key: &Key) -> Result<LessSafeKey, VaultError> {
    let key = UnboundKey::new(&AES_256_GCM, key.as_slice());
    key.map(LessSafeKey::new).map_err(|_| failed("use a key", "its length is wrong"))
}

fn random(bytes: &mut [u8]) -> Result<(), VaultError> {
    SystemRandom::new().fill(bytes).map_err(|_| failed("make a key", "the system gave no random bytes"))
}

fn failed(action: &'static str, reason: &str) -> VaultError {
    VaultError::Service { store: "sealing", action, reason: reason.to_owned() }
}
