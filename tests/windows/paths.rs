use crate::world::{World, add, connect, session};
use std::{fs::OpenOptions, os::windows::fs::OpenOptionsExt, path::Path};

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
    let before = std::fs::read(&path).unwrap();
    let held = OpenOptions::new().read(true).share_mode(0).open(&path).unwrap();
    let error = world.host.add_environment("Other", world.sim.login(), world.sim.graph()).error();
    let message = error.get("Message").unwrap();
    assert!(message.contains("another program has it open") && message.contains("settings.json"), "{message}");
    drop(held);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    world.host.add_environment("Other", world.sim.login(), world.sim.graph()).result();
}
