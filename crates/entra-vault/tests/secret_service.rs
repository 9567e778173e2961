//! The Secret Service, with a real GNOME Keyring on a bus of the test's own.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::os::unix::net::UnixListener;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use common::desktop::Desktop;
use common::keys;
use common::processes::{crowd, kills};
use common::{add_one, count};
use entra_vault::{Change, Places, Preference, Vault, VaultError};

const BLOB: &[u8] = b"a blob of the test, not text: \x00\xff";

fn open(desktop: &Desktop) -> Vault {
    Vault::open("blob", &desktop.places(), Preference::Best)
}

fn write(vault: &Vault, blob: &[u8]) {
    vault.update(|_| Change::Write(blob.to_vec().into())).unwrap();
}

fn place_of(desktop: &Desktop) -> String {
    format!("best>{}>{}", desktop.folder().display(), desktop.address)
}

/// Opens, and gives the one notice about a place that is not the Secret Service.
fn fallback(places: &Places) -> String {
    let vault = Vault::open("blob", places, Preference::Best);
    let notices = vault.take_notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].text().starts_with("Sign-in kept "), "{}", notices[0]);
    assert!(!vault.place().contains("Secret Service"));
    notices[0].text().to_owned()
}

#[test]
fn the_file_is_read_back_with_the_key_of_the_item() {
    let Some(desktop) = Desktop::with_keyring() else { return };
    let vault = open(&desktop);
    assert_eq!(vault.take_notices(), []);
    assert!(vault.place().ends_with("sealed with a key in the Secret Service"));
    assert!(vault.load().unwrap().is_none());

    write(&vault, b"first");
    write(&vault, BLOB);
    assert_eq!(open(&desktop).load().unwrap().unwrap().as_slice(), BLOB);
    let id = keys::id(&desktop.file()).unwrap();
    let found = desktop.secret_tool("search", &id, "");
    assert!(found.contains("label = connect-entra\n") && found.contains("schema = connect-entra.key\n"), "{found}");
    assert_eq!(BASE64_STANDARD.decode(desktop.secret_tool("lookup", &id, "")).unwrap().len(), 32);
    assert!(!keys::is_there(&id), "the kernel has no copy");

    vault.remove().unwrap();
    assert!(vault.load().unwrap().is_none());
    assert_eq!(desktop.secret_tool("lookup", &id, ""), "");
    vault.remove().unwrap();
}

#[test]
fn a_large_blob_fits() {
    let Some(desktop) = Desktop::with_keyring() else { return };
    let vault = open(&desktop);
    let large: Vec<u8> = (0..4_000_000_u32).map(|n| (n % 251) as u8).collect();
    write(&vault, &large);
    assert!(vault.load().unwrap().unwrap().as_slice() == large);
}

#[test]
fn a_key_that_someone_removed_or_changed_is_told() {
    let Some(desktop) = Desktop::with_keyring() else { return };
    let vault = open(&desktop);
    for (verb, text, why) in [
        ("clear", "", "has lost its key, which the Secret Service kept"),
        ("store", "not a key", "has lost its key"),
        ("store", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "sealed with another key"),
    ] {
        write(&vault, BLOB);
        desktop.secret_tool(verb, &keys::id(&desktop.file()).unwrap(), text);
        assert!(vault.load().unwrap().is_none());
        let notices = vault.take_notices();
        assert!(notices.len() == 1 && notices[0].text().contains(why), "{notices:?}");
    }
    vault.update(add_one).unwrap();
    assert_eq!(count(&vault), 1);
}

#[test]
fn a_locked_keyring_is_not_waited_for() {
    let Some(desktop) = Desktop::with_keyring() else { return };
    let vault = open(&desktop);
    write(&vault, BLOB);
    desktop.lock();

    assert!(fallback(&desktop.places()).contains("the Secret Service is locked"));
    for refused in [vault.load().map(|_| ()), vault.update(add_one)] {
        let Err(error @ VaultError::Service { .. }) = refused else { panic!("{refused:?}") };
        assert!(error.to_string().contains("locked"), "{error}");
    }
}

#[test]
fn a_keyring_that_was_never_made_is_not_asked_for() {
    let Some(mut desktop) = Desktop::without_keyring() else { return };
    desktop.start_keyring(None);
    assert!(fallback(&desktop.places()).contains("the Secret Service has no default collection"));
}

#[test]
fn a_bus_without_the_service_is_told() {
    let Some(desktop) = Desktop::without_keyring() else { return };
    let text = fallback(&desktop.places());
    assert!(text.contains("no Secret Service (") && text.contains("org.freedesktop.secrets"), "{text}");
}

#[test]
fn a_bus_that_is_gone_is_told() {
    let Some(desktop) = Desktop::without_keyring() else { return };
    let places = desktop.places();
    drop(desktop);
    assert!(fallback(&places).contains("no Secret Service (Could not connect"));
}

#[test]
fn a_bus_that_does_not_answer_is_given_up() {
    if Desktop::without_keyring().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("bus");
    let _silent = UnixListener::bind(&socket).unwrap();
    let places = Places {
        runtime_folder: Some(folder.path().to_owned()),
        patience: Duration::from_millis(300),
        ..Places::new(folder.path().join("own"))
    };
    assert!(fallback(&places).contains("it did not answer within 300 ms"));
}

#[test]
fn a_service_that_dies_later_is_an_error_and_nothing_else() {
    let Some(mut desktop) = Desktop::with_keyring() else { return };
    let vault = open(&desktop);
    write(&vault, BLOB);
    desktop.stop();
    let refused = vault.load();
    assert!(matches!(refused, Err(VaultError::Service { .. })), "{refused:?}");
}

#[test]
fn several_processes_lose_no_update() {
    let Some(desktop) = Desktop::with_keyring() else { return };
    crowd(&open(&desktop), &place_of(&desktop), 4, 5);
}

#[test]
fn a_killed_process_loses_at_most_its_last_update() {
    let Some(desktop) = Desktop::with_keyring() else { return };
    kills(&open(&desktop), &place_of(&desktop), 10);
}
