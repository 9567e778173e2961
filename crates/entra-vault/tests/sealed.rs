//! The file sealed with a key of the kernel keyring: Linux without a Secret Service.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use common::keys::{self, Cleaner, keyring_works};
use common::processes::{crowd, drill, kills, lines};
use common::{add_one, count};
use entra_vault::{Change, Notice, Places, Preference, Vault};

const BLOB: &[u8] = b"a marked blob of the test";

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("own")
    }

    fn file(&self) -> PathBuf {
        self.folder().join("blob.sealed")
    }

    /// A vault whose notice about the place has been read.
    fn vault(&self) -> Vault {
        let vault = open(&self.folder());
        assert_eq!(vault.take_notices().len(), 1);
        vault
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(Cleaner(&self.folder()));
    }
}

fn open(folder: &Path) -> Vault {
    Vault::open("blob", &Places::new(folder), Preference::Best)
}

fn write(vault: &Vault, blob: &[u8]) {
    vault.update(|_| Change::Write(blob.to_vec().into())).unwrap();
}

fn only(notices: Vec<Notice>) -> String {
    assert_eq!(notices.len(), 1, "{notices:?}");
    notices[0].text().to_owned()
}

#[test]
fn it_is_said_once_where_and_why() {
    if !keyring_works() {
        return;
    }
    let place = Place::new();
    let vault = open(&place.folder());
    let text = only(vault.take_notices());
    assert!(text.starts_with("Sign-in kept in the file '"), "{text}");
    assert!(text.contains("there is no session bus"), "{text}");
    assert!(vault.place().contains("until the computer restarts"));
    assert!(!place.folder().exists(), "opening writes nothing");
}

#[test]
fn the_next_vault_reads_what_the_file_hides() {
    if !keyring_works() {
        return;
    }
    let place = Place::new();
    write(&place.vault(), BLOB);

    let bytes = fs::read(place.file()).unwrap();
    assert!(!bytes.windows(6).any(|w| BLOB.windows(6).any(|b| b == w)));
    assert_eq!(mode(&place.file()), 0o600);
    assert_eq!(mode(&place.folder().join("blob.lock")), 0o600);
    assert_eq!(mode(&place.folder()), 0o700);
    let vault = place.vault();
    assert_eq!(vault.load().unwrap().unwrap().as_slice(), BLOB);

    write(&vault, b"");
    assert_eq!(vault.load().unwrap().unwrap().as_slice(), b"", "an empty blob is not none");
}

#[test]
fn the_same_blob_never_looks_the_same() {
    if !keyring_works() {
        return;
    }
    let place = Place::new();
    let vault = place.vault();
    write(&vault, BLOB);
    let (first, key) = (fs::read(place.file()).unwrap(), keys::id(&place.file()));
    write(&vault, BLOB);
    assert_ne!(fs::read(place.file()).unwrap(), first);
    assert_eq!(keys::id(&place.file()), key, "one key serves until the file goes");
}

#[test]
fn removing_takes_the_key_along() {
    if !keyring_works() {
        return;
    }
    let place = Place::new();
    let vault = place.vault();
    write(&vault, BLOB);
    let id = keys::id(&place.file()).unwrap();
    assert!(keys::is_there(&id));
    vault.remove().unwrap();
    assert!(!place.file().exists());
    assert!(!keys::is_there(&id));
    vault.remove().unwrap();
    assert!(vault.load().unwrap().is_none());
}

/// The file is set aside as it was, one notice says why, and the next update starts anew.
fn damaged(change: impl Fn(Vec<u8>) -> Vec<u8>, why: &str) {
    if !keyring_works() {
        return;
    }
    let place = Place::new();
    let vault = place.vault();
    write(&vault, BLOB);
    let id = keys::id(&place.file()).unwrap();
    let bytes = change(fs::read(place.file()).unwrap());
    fs::write(place.file(), &bytes).unwrap();

    assert!(vault.load().unwrap().is_none());
    let text = only(vault.take_notices());
    assert!(text.starts_with("Sign-in kept earlier cannot be used: ") && text.contains(why), "{text}");
    assert_eq!(fs::read(place.folder().join("blob.sealed.damaged-1")).unwrap(), bytes);
    assert!(!place.file().exists());

    write(&vault, b"new");
    assert_eq!(vault.load().unwrap().unwrap().as_slice(), b"new");
    assert!(vault.take_notices().is_empty());
    keys::remove(&id);
}

#[test]
fn garbage_is_set_aside() {
    damaged(|_| vec![0xff; 300], "is not a sealed file");
    damaged(|_| b"{\"AccessToken\":{}}".to_vec(), "is not a sealed file");
    damaged(|_| Vec::new(), "is not a sealed file");
}

#[test]
fn a_truncated_file_is_set_aside() {
    damaged(|bytes| bytes[..45].to_vec(), "is cut off");
    damaged(|bytes| bytes[..bytes.len() - 1].to_vec(), "is damaged");
    damaged(|bytes| bytes[..60].to_vec(), "is damaged");
}

#[test]
fn a_changed_byte_is_noticed_wherever_it_is() {
    for at in [40, 52, 60] {
        let flip = move |mut bytes: Vec<u8>| {
            bytes[at] ^= 1;
            bytes
        };
        damaged(flip, "is damaged, or was sealed with another key");
    }
}

#[test]
fn a_key_gone_after_a_restart_is_told_apart() {
    let other_id = |mut bytes: Vec<u8>| {
        bytes["connect-entra sealed 1 ".len()..][..16].copy_from_slice(b"00000000deadbeef");
        bytes
    };
    damaged(other_id, "has lost its key");
}

#[test]
fn the_key_itself_gone_is_the_same() {
    if !keyring_works() {
        return;
    }
    let place = Place::new();
    let vault = place.vault();
    write(&vault, BLOB);
    keys::remove(&keys::id(&place.file()).unwrap());
    vault.update(add_one).unwrap();
    let text = only(vault.take_notices());
    assert!(text.contains("has lost its key"), "{text}");
    assert_eq!(count(&vault), 1);
}

#[test]
fn another_files_key_opens_nothing() {
    if !keyring_works() {
        return;
    }
    let (other, place) = (Place::new(), Place::new());
    write(&other.vault(), b"other");
    let id = keys::id(&other.file()).unwrap();
    let vault = place.vault();
    write(&vault, BLOB);
    let own = keys::id(&place.file()).unwrap();
    let mut bytes = fs::read(place.file()).unwrap();
    bytes["connect-entra sealed 1 ".len()..][..16].copy_from_slice(id.as_bytes());
    fs::write(place.file(), bytes).unwrap();
    assert!(vault.load().unwrap().is_none());
    assert!(only(vault.take_notices()).contains("another key"));
    keys::remove(&own);
}

#[test]
fn where_keys_are_forbidden_memory_is_left() {
    let place = Place::new();
    let said = lines(keys::forbid_keys(&mut drill(&format!("best>{}", place.folder().display()), &["once"])));
    assert!(said.contains("notice Sign-in kept in memory only, until this process ends: "), "{said}");
    assert!(
        said.contains("there is no session bus") && said.contains("the kernel keyring could not keep a key"),
        "{said}"
    );
    assert!(said.contains("kept in memory"), "{said}");
    assert!(!place.folder().exists());
}

#[test]
fn eight_processes_lose_no_update() {
    if keyring_works() {
        let place = Place::new();
        crowd(&place.vault(), &format!("best>{}", place.folder().display()), 8, 10);
    }
}

#[test]
fn a_killed_process_loses_at_most_its_last_update() {
    if keyring_works() {
        let place = Place::new();
        kills(&place.vault(), &format!("best>{}", place.folder().display()), 20);
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
