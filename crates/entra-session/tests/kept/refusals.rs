//! Places that refuse: each is told with a warning, and the sign-in goes on.

use crate::{sealed, world::World};
use entra_sim::ids;
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::Command,
};

/// Another account, so that there is something new to keep.
const OTHER: &str = "LoginHint=bjoern@contoso.onmicrosoft.com";
/// Nobody's number.
const STRANGER: u32 = 54_321;

/// A sign-in that cannot be stored: it works, and memory serves the rest of the process.
#[track_caller]
fn goes_on_in_memory(world: &World, why: &str) {
    let mut process = world.process();
    let said = process.connect(ids::BJOERN, &[OTHER]);
    assert_eq!((said.account(), said.codes), (ids::BJOERN, 1));
    assert!(said.warnings.iter().all(|text| text.starts_with("Sign-in kept ")), "{said:?}");
    let told = |text: &&String| text.starts_with("Sign-in kept in memory only") && text.contains(why);
    assert_eq!(said.warnings.iter().filter(told).count(), 1, "{said:?}");
    let again = process.connect("", &[OTHER]);
    assert_eq!((again.account(), again.codes, again.warnings.len()), (ids::BJOERN, 0, 0), "said once");
}

fn is_root(what: &str) -> bool {
    // Whoever owns the process owns its folder.
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if !root {
        eprintln!("left out: {what}: only root can make it");
    }
    root
}

/// A file system of its own in place of a folder, until it is dropped.
struct Mount(PathBuf);

impl Mount {
    fn new(folder: &Path, options: &str) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        match run("mount", &["-t", "tmpfs", "-o", options, "tmpfs"], folder) {
            true => Some(Self(folder.to_owned())),
            false => {
                eprintln!("left out: no file system can be mounted here");
                None
            }
        }
    }

    fn again(&self, options: &str) {
        assert!(run("mount", &["-o", options], &self.0));
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        sealed::remove_keys(&self.0);
        run("umount", &["-l"], &self.0);
    }
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> bool {
    Command::new(program).args(arguments).arg(folder).output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_read_only_folder_is_told() {
    let Some(world) = World::new() else { return };
    // The rights of a folder stop everybody but root, whom only the file system stops.
    let Some(mount) = Mount::new(&world.folder(), "size=1m,mode=700") else { return };
    world.connect(ids::ADELE, &[]).account();
    mount.again("remount,ro");
    goes_on_in_memory(&world, "Give this user the right to read and write there");
    mount.again("remount,rw");
    let found = world.connect(ids::ADELE, &[]);
    assert_eq!((found.account(), found.codes), (ids::ADELE, 0), "what was kept is still there");
}

#[test]
fn a_full_disk_is_told() {
    let Some(world) = World::new() else { return };
    let Some(_mount) = Mount::new(&world.folder(), "size=64k,mode=700") else { return };
    world.connect(ids::ADELE, &[]).account();
    let filler = world.folder().join("filler");
    // As much as there is room for.
    assert!(fs::write(&filler, vec![1; 1 << 20]).is_err());
    goes_on_in_memory(&world, "there is no room left to write");
    fs::remove_file(filler).unwrap();
    let found = world.connect(ids::ADELE, &[]);
    assert_eq!((found.account(), found.codes), (ids::ADELE, 0), "what was kept is still there");
}

#[test]
fn another_users_file_is_told_and_left() {
    let Some(world) = World::new().filter(|_| is_root("another user's file")) else { return };
    world.connect(ids::ADELE, &[]).account();
    let before = fs::read(world.file()).unwrap();
    chown(world.file(), Some(STRANGER), None).unwrap();
    goes_on_in_memory(&world, "belongs to the user with number 54321");
    assert_eq!(fs::read(world.file()).unwrap(), before);
}

#[test]
fn a_key_that_is_gone_is_told_and_the_file_set_aside() {
    let Some(world) = World::new() else { return };
    world.connect(ids::ADELE, &[]).account();
    // As after a restart of the computer.
    sealed::remove_keys(&world.folder());
    let said = world.connect(ids::ADELE, &[]);
    assert_eq!((said.account(), said.codes), (ids::ADELE, 1));
    let told = |text: &String| text.starts_with("Sign-in kept earlier cannot be used") && text.contains("lost its key");
    assert!(said.warnings.iter().any(told), "{said:?}");
    assert!(world.folder().join("sign-ins.sealed.damaged-1").exists());
    assert_eq!(world.connect(ids::ADELE, &[]).codes, 0);
}

/// Dates everything of the file so many seconds later, as a process does whose clock is ahead.
fn date_later(world: &World, span: u64) {
    let mut content: Value = serde_json::from_slice(&sealed::open(&world.file()).unwrap()).unwrap();
    for token in content["AccessToken"].as_object_mut().unwrap().values_mut() {
        for field in ["cached_at", "expires_on", "extended_expires_on", "refresh_on"] {
            let Some(stamp) = token[field].as_str().and_then(|text| text.parse::<u64>().ok()) else { continue };
            token[field] = (stamp + span).to_string().into();
        }
    }
    sealed::change(&world.file(), content.to_string().as_bytes());
}

fn of_clock(warning: &&String) -> bool {
    warning.starts_with("Sign-in kept ") && warning.contains("clock of this computer was set back")
}

/// Tokens from the future are not trusted, and the refresh token makes new ones. Nothing is damaged, so nothing is set
/// aside and nobody is asked.
#[test]
fn a_clock_that_was_set_back_is_told_once_and_costs_a_renewal() {
    let Some(world) = World::new() else { return };
    world.connect(ids::ADELE, &[]).account();
    date_later(&world, 30 * 24 * 3600);
    let renewals = world.renewals();
    let said = world.connect("", &[]);
    assert_eq!((said.account(), said.codes, world.renewals()), (ids::ADELE, 0, renewals + 1), "{said:?}");
    assert_eq!(said.warnings.iter().filter(of_clock).count(), 1, "{said:?}");
    assert!(!world.folder().join("sign-ins.sealed.damaged-1").exists());
    let again = world.connect("", &[]);
    assert_eq!((again.account(), world.renewals()), (ids::ADELE, renewals + 1), "the new token is good");
    assert_eq!(again.warnings.iter().filter(of_clock).count(), 0, "{again:?}");
}

#[test]
fn clocks_that_differ_a_little_are_no_matter() {
    let Some(world) = World::new() else { return };
    world.connect(ids::ADELE, &[]).account();
    date_later(&world, 120);
    let renewals = world.renewals();
    let said = world.connect("", &[]);
    assert_eq!((said.account(), world.renewals()), (ids::ADELE, renewals), "{said:?}");
    assert_eq!(said.warnings.iter().filter(of_clock).count(), 0, "{said:?}");
}
