use crate::world::{World, has, left_out, library, project};
use entra_sim::ids;
use std::process::{Command, Output};

/// Runs a program of tests/python; nothing where there is no Python.
fn run(world: &World, program: &str, secret: &str) -> Option<Output> {
    if !has("python3") {
        left_out("Python program", "no python3 on PATH");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("python3");
    command
        .arg("-B")
        .arg(project().join("tests/python").join(program))
        .arg(library())
        .args([world.sim.login(), world.sim.graph(), ids::TENANT, ids::APP])
        .env("CLIENT_SECRET", secret)
        .env("HOME", folder.path())
        .env("XDG_CONFIG_HOME", folder.path())
        .env("SSL_CERT_FILE", world.sim.ca())
        .env_remove("SSL_CERT_DIR")
        .env("NO_PROXY", "localhost,127.0.0.1");
    Some(command.output().unwrap())
}

#[test]
fn a_python_program_signs_in() {
    let world = World::new();
    let Some(good) = run(&world, "sign_in.py", ids::SECRET) else { return };
    let context: serde_json::Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!((good.status.code(), &context["ClientId"][0]), (Some(0), &ids::APP.into()));
    let bad = run(&world, "sign_in.py", "fake~wrong").unwrap();
    let error: serde_json::Value = serde_json::from_slice(&bad.stdout).unwrap();
    assert_eq!((bad.status.code(), &error["Code"][0]), (Some(1), &"7000215".into()));
}

#[test]
fn what_is_large_is_not_held() {
    if !cfg!(target_os = "linux") {
        return left_out("memory of large files", "there is no /proc");
    }
    let world = World::new();
    let Some(ran) = run(&world, "large.py", ids::SECRET) else { return };
    let said = String::from_utf8_lossy(&ran.stdout);
    let grown: i64 = said.trim().parse().unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&ran.stderr)));
    let sent: Vec<_> = world.sim.seen("graph", "/open/large").iter().map(|entry| entry.body_length >> 20).collect();
    assert_eq!(sent, [2, 2, 200, 200]);
    assert!(grown < 16 << 10, "{grown} KiB more");
}
