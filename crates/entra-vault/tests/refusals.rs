//! What must not be trusted, cannot be written, or stands in the way.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::processes::{drill, lines};
use common::{add_one, count, has};
use entra_vault::{Change, DEFAULT_PATIENCE, Notice, Places, Preference, Vault, VaultError};
use tempfile::TempDir;

const NOBODY: u32 = 65534;

fn vault(folder: &Path) -> Vault {
    Vault::plain_file(&folder.join("blob"), DEFAULT_PATIENCE)
}

fn is_root() -> bool {
    has("only root can make files of other users", rustix::process::geteuid().is_root())
}

/// A file to work on with one blob in it.
fn with_one() -> (TempDir, Vault) {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(folder.path());
    vault.update(add_one).unwrap();
    (folder, vault)
}

#[test]
fn a_link_in_place_of_the_file_is_refused_and_left() {
    let (folder, vault) = with_one();
    let real = folder.path().join("elsewhere");
    fs::rename(folder.path().join("blob"), &real).unwrap();
    symlink(&real, folder.path().join("blob")).unwrap();
    for refused in [vault.load().map(|_| ()), vault.update(add_one), vault.remove()] {
        assert!(matches!(refused, Err(VaultError::Symlink(_))), "{refused:?}");
    }
    assert!(folder.path().join("blob").is_symlink() && real.exists());
}

#[test]
fn a_link_in_place_of_the_folder_or_the_lock_is_refused() {
    let (folder, _) = with_one();
    let link = folder.path().join("link");
    symlink(folder.path(), &link).unwrap();
    assert!(matches!(vault(&link).load(), Err(VaultError::Symlink(_))));
    let open = Vault::open("blob", &Places::new(&link), Preference::Best);
    let notice = open.take_notices();
    assert!(notice[0].text().starts_with("Sign-in kept in memory only"), "{notice:?}");
    assert!(notice[0].text().contains("is a symbolic link"), "{notice:?}");

    let victim = folder.path().join("victim");
    fs::write(&victim, "keep").unwrap();
    symlink(&victim, folder.path().join("other.lock")).unwrap();
    let refused = Vault::plain_file(&folder.path().join("other"), DEFAULT_PATIENCE).update(add_one);
    assert!(matches!(refused, Err(VaultError::Symlink(_))), "{refused:?}");
    assert_eq!(fs::read(&victim).unwrap(), b"keep");
}

#[test]
fn another_users_file_or_folder_is_refused_and_left() {
    if !is_root() {
        return;
    }
    let (folder, vault) = with_one();
    let file = folder.path().join("blob");
    chown(&file, Some(NOBODY), None).unwrap();
    for refused in [vault.load().map(|_| ()), vault.update(add_one), vault.remove()] {
        let Err(error @ VaultError::OtherUser { owner: NOBODY, process: 0, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert!(error.to_string().contains("belongs to the user with number 65534"), "{error}");
    }
    assert!(file.exists());

    chown(&file, Some(0), None).unwrap();
    chown(folder.path(), Some(NOBODY), None).unwrap();
    assert!(matches!(vault.load(), Err(VaultError::OtherUser { .. })));
    chown(folder.path(), Some(0), None).unwrap();
    assert_eq!(count(&vault), 1);
}

#[test]
fn a_pipe_in_place_of_the_file_blocks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("mkfifo").arg(folder.path().join("blob")).status().unwrap();
    assert!(made.success());
    let refused = vault(folder.path()).load();
    assert!(matches!(refused, Err(VaultError::WrongKind { .. })), "{refused:?}");
}

#[test]
fn a_folder_open_to_others_is_closed() {
    let (folder, vault) = with_one();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(count(&vault), 1);
    assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
}

/// Root may write everywhere, so the work is done as nobody there.
fn as_nobody(command: &mut Command) -> &mut Command {
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

fn give_to_nobody(path: &Path) {
    if rustix::process::geteuid().is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

/// A copy of the helper that nobody can start, since the build's folder may be closed to others.
fn nobodys_drill(home: &Path, place: &str) -> Command {
    fs::set_permissions(home, Permissions::from_mode(0o755)).unwrap();
    let program = home.join("drill");
    fs::copy(env!("CARGO_BIN_EXE_vault-drill"), &program).unwrap();
    let mut command = Command::new(program);
    command.args([place, "once"]);
    command
}

#[test]
fn a_read_only_folder_is_told_and_nothing_is_lost() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("own");
    vault(&folder).update(add_one).unwrap();
    vault(&folder).update(add_one).unwrap();
    for path in [folder.join("blob"), folder.join("blob.lock"), folder.clone()] {
        give_to_nobody(&path);
    }
    fs::set_permissions(&folder, Permissions::from_mode(0o500)).unwrap();
    let said = lines(as_nobody(&mut nobodys_drill(home.path(), &format!("plain>{}", folder.display()))));
    assert!(said.contains("loaded Ok(Some(Ok(2)))"), "{said}");
    assert!(said.contains("failed cannot write") && said.contains("Give this user the right"), "{said}");

    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn an_own_file_without_the_right_to_read_is_set_aside() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("own");
    vault(&folder).update(add_one).unwrap();
    for path in [folder.join("blob"), folder.join("blob.lock"), folder.clone()] {
        give_to_nobody(&path);
    }
    fs::set_permissions(folder.join("blob"), Permissions::from_mode(0o000)).unwrap();
    let said = lines(as_nobody(&mut nobodys_drill(home.path(), &format!("plain>{}", folder.display()))));
    assert!(said.contains("notice Settings kept earlier cannot be used: cannot open"), "{said}");
    assert!(said.contains("kept in the file"), "{said}");
    assert!(folder.join("blob.damaged-1").exists());
}

/// Runs the helper in a shell that limits it first.
fn limited(limit: &str, place: &str) -> Command {
    let mut command = Command::new("sh");
    let script = format!("{limit} && exec \"$0\" \"$@\"");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_vault-drill"), place, "once"]);
    command
}

fn full_disk(limit: &str, folder: &Path) {
    let said = lines(&mut limited(limit, &format!("plain>{}", folder.display())));
    assert!(said.contains("loaded Ok(Some(Ok(2)))"), "{said}");
    assert!(said.contains("failed there is no room left to write"), "{said}");
}

#[test]
fn a_full_disk_is_told_and_nothing_is_lost() {
    let (folder, vault) = with_one();
    vault.update(add_one).unwrap();
    full_disk("trap '' XFSZ && ulimit -f 8", folder.path());
    assert_eq!(count(&vault), 2);
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["blob", "blob.lock"], "nothing half written is left");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_file_system_is_told_and_nothing_is_lost() {
    let own_mounts = Command::new("unshare").args(["-m", "true"]).output().is_ok_and(|o| o.status.success());
    if !has("no file systems can be mounted here", own_mounts) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().display();
    let drill = env!("CARGO_BIN_EXE_vault-drill");
    // Room for one blob and a part of the next.
    let script = format!(
        "mount -t tmpfs -o size=36k,mode=700 tmpfs {at} && {drill} 'plain>{at}' count 1 >&2 && {drill} 'plain>{at}' once"
    );
    let said = lines(Command::new("unshare").args(["-m", "sh", "-c", &script]));
    assert!(said.contains("loaded Ok(Some(Ok(1)))"), "{said}");
    assert!(said.contains("failed there is no room left to write"), "{said}");
}

#[test]
fn a_lock_that_stands_still_is_outlived_and_its_holder_loses_nothing() {
    let (folder, _) = with_one();
    let mut holder = drill(&format!("plain>{}", folder.path().display()), &["hold"]).spawn().unwrap();
    let mut said = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "holding");

    let patient = Vault::plain_file(&folder.path().join("blob"), Duration::from_millis(200));
    patient.update(add_one).unwrap();
    let notices = patient.take_notices();
    let expected = format!("Settings kept although process {} held the lock", holder.id());
    assert!(notices.len() == 1 && notices[0].text().starts_with(&expected), "{notices:?}");
    assert_eq!(count(&patient), 2);

    holder.stdin.take().unwrap().write_all(b"go on\n").unwrap();
    assert_eq!(said.next().unwrap().unwrap(), "asked 2 times");
    assert!(holder.wait().unwrap().success());
    assert_eq!(count(&patient), 3);
}

#[test]
fn a_holder_that_was_outlived_removes_nothing() {
    let (folder, vault) = with_one();
    let patient = Vault::plain_file(&folder.path().join("blob"), Duration::from_millis(100));
    let mut asked = 0;
    let remove_one = |old: Option<&[u8]>| {
        asked += 1;
        if asked == 1 {
            // This holder stands still for as long as the other takes.
            patient.update(add_one).unwrap();
            return Change::Remove;
        }
        assert!(old.is_some());
        Change::Keep
    };
    vault.update(remove_one).unwrap();
    assert_eq!((asked, count(&patient)), (2, 2));
}

#[test]
fn a_lock_file_that_nobody_holds_is_nothing() {
    let (folder, vault) = with_one();
    File::create(folder.path().join("blob.lock")).unwrap().write_all(b"999999\n").unwrap();
    vault.update(add_one).unwrap();
    assert!(vault.take_notices().is_empty());
}

#[test]
fn an_error_becomes_a_notice_for_a_sign_in_that_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    symlink("/nowhere", folder.path().join("blob")).unwrap();
    let error = vault(folder.path()).update(|_| Change::Remove).unwrap_err();
    let notice = Notice::not_stored(&error);
    assert!(notice.text().starts_with("Sign-in kept in memory only, until this process ends: '"), "{notice}");
}
