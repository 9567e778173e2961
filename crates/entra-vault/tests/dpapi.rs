//! The file that Windows encrypts for this user.
#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use common::processes::{crowd, drill, kills};
use common::{add_one, count};
use entra_vault::{Change, Places, Preference, Vault, VaultError};

const FILE_SHARE_READ: u32 = 1;
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
    // A changed byte is what another user's key meets, too: Windows finds that the content is not what was protected.
    let mut changed = whole.clone();
    changed[whole.len() - 40] ^= 1;
    let half = whole[..whole.len() / 2].to_vec();
    for (n, bytes) in [b"{}".to_vec(), Vec::new(), half, changed].into_iter().enumerate() {
        fs::write(file(folder.path()), &bytes).unwrap();
        assert!(vault.load().unwrap().is_none());
        let notices = vault.take_notices();
        assert!(notices.len() == 1 && notices[0].text().contains("Windows cannot decrypt"), "{notices:?}");
        assert_eq!(fs::read(folder.path().join(format!("blob.dpapi.damaged-{}", n + 1))).unwrap(), bytes);
    }
    vault.update(add_one).unwrap();
    assert_eq!(count(&vault), 1);
}

fn load(vault: &Vault) {
    assert_eq!(vault.load().unwrap().unwrap().as_slice(), b"1");
}

fn add(vault: &Vault) {
    vault.update(add_one).unwrap();
}

fn remove(vault: &Vault) {
    vault.remove().unwrap();
}

/// Opens a file as programs do that share it with nobody.
fn held(path: &Path) -> File {
    OpenOptions::new().read(true).share_mode(0).open(path).unwrap()
}

#[test]
fn a_file_that_another_program_holds_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path());
    for action in [load as fn(&Vault), add, remove] {
        vault.update(|_| Change::Write(b"1".to_vec().into())).unwrap();
        let held = held(&file(folder.path()));
        thread::scope(|scope| {
            let acting = scope.spawn(|| action(&vault));
            thread::sleep(Duration::from_millis(100));
            assert!(!acting.is_finished());
            drop(held);
        });
    }
    assert_eq!(vault.take_notices(), []);
}

#[test]
fn a_file_that_stays_held_is_told_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path());
    vault.update(add_one).unwrap();
    let whole = held(&file(folder.path()));
    let expected = "another program has it open. Close it there, and try again";
    for error in [vault.load().unwrap_err(), vault.update(add_one).unwrap_err()] {
        assert!(matches!(error, VaultError::Held { action: "open", .. }), "{error}");
        assert!(error.to_string().ends_with(expected), "{error}");
    }
    drop(whole);
    // Others may read it, but not put another in its place.
    let readable = OpenOptions::new().read(true).share_mode(FILE_SHARE_READ).open(file(folder.path())).unwrap();
    let error = vault.update(add_one).unwrap_err();
    assert!(matches!(error, VaultError::Held { action: "write", .. }), "{error}");
    drop(readable);
    assert_eq!((count(&vault), vault.take_notices()), (1, vec![]));
    let names = fs::read_dir(folder.path()).unwrap().flatten();
    assert!(names.into_iter().all(|entry| !entry.file_name().to_string_lossy().ends_with(".tmp")));
}

#[test]
fn homes_have_blanks_umlauts_and_long_names() {
    let home = tempfile::tempdir().unwrap();
    let long = home.path().join("n".repeat(120)).join("n".repeat(120)).join("n".repeat(120));
    for folder in [home.path().join("Jörg Müller"), home.path().join("日本語 ключ 🔑"), long] {
        let vault = open(&folder);
        for n in 1..=2 {
            vault.update(add_one).unwrap();
            assert_eq!(count(&open(&folder)), n, "{}", folder.display());
        }
        fs::write(file(&folder), "damaged").unwrap();
        assert!(vault.load().unwrap().is_none());
        assert!(folder.join("blob.dpapi.damaged-1").exists());
        vault.update(add_one).unwrap();
        vault.remove().unwrap();
        assert!(!file(&folder).exists() && folder.exists());
    }
}

#[test]
fn a_home_may_be_on_a_server() {
    let Some(share) = Share::new() else {
        return eprintln!("left out: a home on a server: this user cannot make a folder in \\\\localhost\\C$");
    };
    let folder = share.0.join("own");
    let vault = open(&folder);
    for n in 1..=2 {
        vault.update(add_one).unwrap();
        assert_eq!(count(&open(&folder)), n);
    }
    vault.remove().unwrap();
    assert!(!file(&folder).exists());
}

/// A folder under a UNC name, until it is dropped.
struct Share(PathBuf, Option<PathBuf>);

impl Share {
    fn new() -> Option<Self> {
        // Wine looks for servers in a folder of its own.
        let servers = std::env::var("WINEPREFIX").ok().map(|prefix| format!(r"Z:{prefix}\dosdevices\unc"));
        let name = format!("connect-entra-{}", std::process::id());
        let server = servers.map(|servers| Path::new(&servers).join(&name));
        let share = match &server {
            Some(server) => {
                fs::create_dir_all(server.join("share")).ok()?;
                PathBuf::from(format!(r"\\{name}\share"))
            }
            None => PathBuf::from(format!(r"\\localhost\C$\{name}")),
        };
        if server.is_none() {
            fs::create_dir(&share).ok()?;
        }
        Some(Self(share, server))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.1.as_ref().unwrap_or(&self.0));
    }
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
