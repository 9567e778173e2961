//! What is kept for this process only.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{add_one, count};
use entra_vault::{Change, Places, Preference, Vault};

#[test]
fn memory_touches_nothing_and_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let places = Places::new(folder.path().join("own"));
    let vault = Vault::open("blob", &places, Preference::Memory);
    vault.update(add_one).unwrap();
    vault.update(add_one).unwrap();
    assert_eq!(count(&vault), 2);
    assert_eq!(vault.place(), "in memory only, until this process ends");
    assert_eq!(vault.take_notices(), []);
    assert!(!folder.path().join("own").exists());

    vault.remove().unwrap();
    assert!(vault.load().unwrap().is_none());
}

#[test]
fn two_vaults_in_memory_are_two() {
    let (one, other) = (Vault::in_memory(), Vault::in_memory());
    one.update(add_one).unwrap();
    assert!(other.load().unwrap().is_none());
}

#[test]
fn what_the_caller_cannot_read_is_replaced_and_said() {
    let vault = Vault::in_memory();
    vault.update(|_| Change::Write(b"?".to_vec().into())).unwrap();
    vault.update(|_| Change::Restart(b"!".to_vec().into(), "of the test".to_owned())).unwrap();
    assert_eq!(vault.load().unwrap().unwrap().as_slice(), b"!");
    assert_eq!(vault.take_notices().len(), 1);
}

#[test]
fn a_name_stays_inside_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open("../a b/ö", &Places::new(folder.path().join("own")), Preference::Best);
    vault.update(add_one).unwrap();
    let own = std::fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().file_name());
    assert!(own.into_iter().all(|name| name == "own"));
    vault.remove().unwrap();
}
