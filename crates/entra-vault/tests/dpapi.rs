//! The file that Windows encrypts for this user.
#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::processes::{crowd, drill, kills};
use common::{add_one, count};
use entra_vault::{Change, Places, Preference, Vault};

const BLOB: &[u8] = b"a marked blob of the test";

fn open(folder: &Path) -> Vault {
    Vault::open("blob", &Places::new(folder), Preference::Best)
}

fn file(folder: &Path) -> PathBuf {
    folder.join("blob.dpapi")
}

#[test]
fn the_next_vault_reads_what_the_file_hides() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("own");
    let vault = open(&folder);
    assert_eq!(vault.take_notices(), []);
    assert!(vault.load().unwrap().is_none() && !folder.exists());
    vault.update(|_| Change::Write(BLOB.to_vec().into())).unwrap();

    let bytes = fs::read(file(&folder)).unwrap();
    assert!(!bytes.windows(BLOB.len()).any(|window| window == BLOB));
    assert_eq!(open(&folder).load().unwrap().unwrap().as_slice(), BLOB);
    vault.remove().unwrap();
    assert!(!file(&folder).exists());
}

#[test]
fn what_windows_cannot_decrypt_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path());
    vault.update(add_one).unwrap();
    let whole = fs::read(file(folder.path())).unwrap();
    for (n, bytes) in [b"{}".to_vec(), Vec::new(), whole[..whole.len() / 2].to_vec()].into_iter().enumerate() {
        fs::write(file(folder.path()), &bytes).unwrap();
        assert!(vault.load().unwrap().is_none());
        let notices = vault.take_notices();
        assert!(notices.len() == 1 && notices[0].text().contains("Windows cannot decrypt"), "{notices:?}");
        assert_eq!(fs::read(folder.path().join(format!("blob.dpapi.damaged-{}", n + 1))).unwrap(), bytes);
    }
    vault.update(add_one).unwrap();
    assert_eq!(count(&vault), 1);
}

#[test]
fn several_processes_lose_no_update() {
    let folder = tempfile::tempdir().unwrap();
    crowd(&open(folder.path()), &format!("best>{}", folder.path().display()), 4, 5);
}

#[test]
fn a_killed_process_loses_at_most_its_last_update() {
    let folder = tempfile::tempdir().unwrap();
    kills(&open(folder.path()), &format!("best>{}", folder.path().display()), 10);
}

#[test]
fn a_lock_that_stands_still_is_outlived() {
    let folder = tempfile::tempdir().unwrap();
    let mut holder = drill(&format!("best>{}", folder.path().display()), &["hold"]).spawn().unwrap();
    let mut said = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "holding");

    let places = Places { patience: Duration::from_millis(200), ..Places::new(folder.path()) };
    let vault = Vault::open("blob", &places, Preference::Best);
    vault.update(add_one).unwrap();
    let notices = vault.take_notices();
    // Whose number it is can be read from a locked file under Wine, and not on Windows.
    let text = notices.first().map_or("", |notice| notice.text());
    assert!(text.starts_with("Sign-in kept although ") && text.contains(" held the lock "), "{notices:?}");
    assert_eq!(count(&vault), 1);

    holder.stdin.take().unwrap().write_all(b"go on\n").unwrap();
    assert!(holder.wait().unwrap().success());
}
