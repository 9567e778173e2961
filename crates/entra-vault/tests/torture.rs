//! Long runs, for the machine that checks every change: `--features torture`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::keys::{Cleaner, keyring_works};
use common::processes::{crowd, kills};
use entra_vault::{Places, Preference, Vault};

#[test]
fn fifty_processes_lose_no_update_of_a_sealed_file() {
    if !keyring_works() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let _cleaner = Cleaner(folder.path());
    let vault = Vault::open("blob", &Places::new(folder.path()), Preference::Best);
    assert_eq!(vault.take_notices().len(), 1);
    crowd(&vault, &format!("best>{}", folder.path().display()), 50, 20);
}

#[test]
fn five_hundred_kills_lose_at_most_the_last_update_of_a_sealed_file() {
    if !keyring_works() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let _cleaner = Cleaner(folder.path());
    let vault = Vault::open("blob", &Places::new(folder.path()), Preference::Best);
    assert_eq!(vault.take_notices().len(), 1);
    kills(&vault, &format!("best>{}", folder.path().display()), 500);
}
