use crate::world::{World, has, left_out, library, project};
use entra_sim::ids;
use std::process::Command;

#[test]
fn a_python_program_signs_in() {
    if !has("python3") {
        return left_out("Python program", "no python3 on PATH");
    }
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let run = |secret: &str| {
        Command::new("python3")
            .arg(project().join("tests/python/sign_in.py"))
            .arg(library())
            .args([world.sim.login(), world.sim.graph(), ids::TENANT, ids::APP])
            .env("CLIENT_SECRET", secret)
            .env("HOME", folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .env("SSL_CERT_FILE", world.sim.ca())
            .env_remove("SSL_CERT_DIR")
            .env("NO_PROXY", "localhost")
            .output()
            .unwrap()
    };
    let good = run(ids::SECRET);
    let context: serde_json::Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!((good.status.code(), &context["ClientId"][0]), (Some(0), &ids::APP.into()));
    let bad = run("fake~wrong");
    let error: serde_json::Value = serde_json::from_slice(&bad.stdout).unwrap();
    assert_eq!((bad.status.code(), &error["Code"][0]), (Some(1), &"7000215".into()));
}
