use crate::registry::is_wine;
use crate::world::{World, add, connect, session};
use std::path::{Path, PathBuf};
use std::{env, fs, fs::OpenOptions, os::windows::fs::OpenOptionsExt};
use tempfile::TempDir;

#[test]
fn settings_are_in_the_users_folder_whatever_its_name() {
    let world = World::new();
    let long = world.home.path().join("n".repeat(120)).join("n".repeat(120)).join("n".repeat(120));
    for home in [world.home.path().join("Jörg Müller"), world.home.path().join("日本語 ключ 🔑"), long] {
        let mut host = session(&world.sim, &home);
        add(&host, &world.sim).result();
        assert!(home.join(r"ConnectEntra\settings.json").is_file(), "{}", home.display());
        connect(&mut host, "Sim").result();
    }
}

/// The folder by the name that a server has for it; under Wine, where no server is asked, another folder.
fn on_a_server(folder: &Path) -> (PathBuf, Option<TempDir>) {
    if !is_wine() {
        // The system's own share of each drive.
        return (PathBuf::from(format!(r"\\localhost\{}", folder.display().to_string().replacen(':', "$", 1))), None);
    }
    let prefix = env::var("WINEPREFIX").unwrap_or_else(|_| env::var("HOME").unwrap() + "/.wine");
    let servers = Path::new(r"Z:\").join(prefix).join(r"dosdevices\unc");
    fs::create_dir_all(&servers).unwrap();
    let server = tempfile::Builder::new().prefix("server-").tempdir_in(servers).unwrap();
    fs::create_dir(server.path().join("share")).unwrap();
    (Path::new(r"\\").join(server.path().file_name().unwrap()).join("share"), Some(server))
}

#[test]
fn the_users_folder_may_be_on_a_server() {
    let world = World::new();
    let (share, _server) = on_a_server(world.home.path());
    let home = share.join("home of Jörg");
    let mut host = session(&world.sim, &home);
    add(&host, &world.sim).result();
    assert!(home.join(r"ConnectEntra\settings.json").is_file(), "{}", home.display());
    connect(&mut host, "Sim").result();
}

#[test]
fn without_appdata_the_users_profile_is_the_place() {
    let world = World::new();
    let profile = world.home.path().join("profile");
    let mut host = session(&world.sim, Path::new("relative, and so not taken"));
    host.set("USERPROFILE", &profile.display().to_string());
    add(&host, &world.sim).result();
    assert!(profile.join(r"AppData\Roaming\ConnectEntra\settings.json").is_file());
}

#[test]
fn settings_that_another_program_holds_are_told_and_not_lost() {
    let world = World::new();
    let path = world.home.path().join(r"ConnectEntra\settings.json");
    let before = fs::read(&path).unwrap();
    let held = OpenOptions::new().read(true).share_mode(0).open(&path).unwrap();
    let error = world.host.add_environment("Other", world.sim.login(), world.sim.graph()).error();
    let message = error.get("Message").unwrap();
    assert!(message.contains("another program has it open") && message.contains("settings.json"), "{message}");
    drop(held);
    assert_eq!(fs::read(&path).unwrap(), before);
    world.host.add_environment("Other", world.sim.login(), world.sim.graph()).result();
}
