//! The settings file: replaced as a whole, for this user alone.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use common::{add_one, count};
use entra_vault::{Change, DEFAULT_PATIENCE, Vault, VaultError, replace};

fn vault(folder: &tempfile::TempDir) -> Vault {
    Vault::plain_file(&folder.path().join("own/settings.json"), DEFAULT_PATIENCE)
}

#[test]
fn what_was_replaced_is_read_back_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(&folder);
    assert!(vault.load().unwrap().is_none(), "nothing there, and nothing made by looking");
    assert!(!folder.path().join("own").exists());

    replace(&folder.path().join("own/settings.json"), b"first").unwrap();
    replace(&folder.path().join("own/settings.json"), b"second").unwrap();
    assert_eq!(vault.load().unwrap().unwrap().as_slice(), b"second");

    vault.remove().unwrap();
    assert!(vault.load().unwrap().is_none());
    assert!(vault.take_notices().is_empty());
}

#[test]
fn keep_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(&folder);
    vault.update(|_| Change::Keep).unwrap();
    assert!(!folder.path().join("own/settings.json").exists());
}

#[test]
fn what_the_caller_cannot_read_is_set_aside_and_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(&folder);
    vault.update(|_| Change::Write(b"{broken".to_vec().into())).unwrap();
    vault.update(|_| Change::Restart(b"{}".to_vec().into(), "it is not JSON".into())).unwrap();

    assert_eq!(vault.load().unwrap().unwrap().as_slice(), b"{}");
    assert_eq!(fs::read(folder.path().join("own/settings.json.damaged-1")).unwrap(), b"{broken");
    let notices = vault.take_notices();
    assert_eq!(notices.len(), 1);
    assert!(notices[0].text().starts_with("Settings kept earlier cannot be used: it is not JSON."), "{}", notices[0]);
    assert!(vault.take_notices().is_empty());
}

#[test]
fn the_places_aside_are_few() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(&folder);
    for n in 0..12_u8 {
        vault.update(|_| Change::Restart(vec![n].into(), "of the test".into())).unwrap();
    }
    let aside = fs::read_dir(folder.path().join("own")).unwrap();
    let aside = aside.filter(|f| f.as_ref().unwrap().file_name().to_string_lossy().contains(".damaged-"));
    assert_eq!(aside.count(), 9);
}

#[test]
fn threads_of_one_process_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let shared = Arc::new(vault(&folder));
    let threads: Vec<_> = (0..4)
        .map(|n| {
            let (own, shared) = (vault(&folder), Arc::clone(&shared));
            thread::spawn(move || {
                let vault = if n % 2 == 0 { &own } else { &*shared };
                (0..25).for_each(|_| vault.update(add_one).unwrap());
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    assert_eq!(count(&shared), 100);
}

#[test]
fn what_killed_processes_left_is_swept_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(&folder);
    vault.update(add_one).unwrap();
    let own = folder.path().join("own");
    fs::write(own.join(".settings.json-abc.tmp"), "half").unwrap();
    fs::write(own.join(".other.json-abc.tmp"), "not ours").unwrap();
    vault.update(add_one).unwrap();
    assert!(!own.join(".settings.json-abc.tmp").exists());
    assert!(own.join(".other.json-abc.tmp").exists());
}

#[test]
fn something_else_in_its_place_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("own/settings.json")).unwrap();
    let refused = vault(&folder).update(add_one);
    assert!(matches!(refused, Err(VaultError::WrongKind { .. })), "{refused:?}");

    fs::write(folder.path().join("file"), "").unwrap();
    let refused = replace(&folder.path().join("file/settings.json"), b"x");
    assert!(matches!(refused, Err(VaultError::WrongKind { .. })), "{refused:?}");
}

#[test]
fn a_lock_in_constant_use_is_waited_for_but_not_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.json");
    fs::write(folder.path().join("settings.json.lock"), "").unwrap();
    let lock = fs::File::options().write(true).open(folder.path().join("settings.json.lock")).unwrap();
    lock.lock().unwrap();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mover = {
        let stop = Arc::clone(&stop);
        thread::spawn(move || {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                lock.set_modified(std::time::SystemTime::now()).unwrap();
                thread::sleep(Duration::from_millis(1));
            }
        })
    };
    let vault = Vault::plain_file(&path, Duration::from_millis(100));
    let refused = vault.update(add_one);
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    mover.join().unwrap();
    assert!(matches!(refused, Err(VaultError::Busy { .. })), "{refused:?}");
    assert!(!path.exists());
}
