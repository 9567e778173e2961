use crate::world::{World, has, left_out, library, project};
use entra_sim::ids;
use std::{path::Path, process::Command};

/// A program of `tests/c`, linked with the library.
pub(crate) fn compile(name: &str, folder: &Path) -> std::path::PathBuf {
    let program = folder.join(name);
    let library = library();
    let output = Command::new("cc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I"])
        .arg(project().join("crates/entra-ffi/include"))
        .arg(project().join(format!("tests/c/{name}.c")))
        .arg(&library)
        .arg(format!("-Wl,-rpath,{}", library.parent().unwrap().display()))
        .arg("-o")
        .arg(&program)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}

#[test]
fn a_c_program_signs_in() {
    if !has("cc") || cfg!(windows) {
        return left_out("C program", "no cc on PATH");
    }
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let program = compile("sign_in", folder.path());
    let run = |secret: &str| {
        Command::new(&program)
            .args([world.sim.login(), world.sim.graph(), ids::TENANT, ids::APP])
            .env_clear()
            .env("CLIENT_SECRET", secret)
            .env("HOME", folder.path())
            .env("SSL_CERT_FILE", world.sim.ca())
            .output()
            .unwrap()
    };
    let good = run(ids::SECRET);
    let text = String::from_utf8_lossy(&good.stdout);
    assert_eq!(good.status.code(), Some(0), "{}", String::from_utf8_lossy(&good.stderr));
    assert!(text.contains(&format!("ClientId={}", ids::APP)) && text.contains("AuthType=AppOnly"), "{text}");
    let bad = run("fake~wrong");
    assert_eq!(bad.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&bad.stderr).contains("Code=7000215"));
}
