//! The program door.c: sign-in through the C door, without PowerShell.

use std::path::PathBuf;
use std::process::Command;

use crate::repo::{Repo, program_name};
use crate::simulator::Simulator;
use crate::{Result, run};

/// One sign-in by secret; prints who is connected.
pub(crate) fn show(repo: &Repo, simulator: &Simulator) -> Result {
    let work = tempfile::tempdir()?;
    run::check(&mut command(repo, simulator, work.path(), &["show"])?)
}

/// The program with its arguments and a home folder of its own, ready to be started.
pub(crate) fn command(repo: &Repo, simulator: &Simulator, home: &std::path::Path, task: &[&str]) -> Result<Command> {
    let mut command = Command::new(compile(repo)?);
    command.arg(repo.installed_library()).args(task).args([
        "ParameterSet=AppSecretCredentialParameterSet",
        "ClientSecretCredential=true",
        "Environment=Simulator",
        "NoWelcome=true",
        "HostName=door",
    ]);
    command.arg(format!("TenantId={}", simulator.text("tenant")?));
    command.arg(format!("ClientId={}", simulator.text("app")?));
    command.env("DOOR_SECRET", simulator.text("secret")?);
    command.env("DOOR_LOGIN", simulator.text("login")?).env("DOOR_GRAPH", simulator.text("graph")?);
    command.env("SSL_CERT_FILE", simulator.text("ca")?).env_remove("SSL_CERT_DIR").env("NO_PROXY", "localhost");
    command.env("HOME", home).env("XDG_CONFIG_HOME", home).env("XDG_CACHE_HOME", home).env("XDG_DATA_HOME", home);
    Ok(command)
}

/// By the C compiler that Rust uses as its linker; Windows has none by that name.
fn compile(repo: &Repo) -> Result<PathBuf> {
    let compiler = run::on_path("cc").ok_or("there is no C compiler on PATH (Debian: apt-get install gcc)")?;
    let program = repo.target.join(program_name("door"));
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/door.c");
    let mut command = Command::new(compiler);
    command.args(["-std=c11", "-D_GNU_SOURCE", "-O2", "-o"]).arg(&program).arg(source).arg("-ldl");
    run::check(&mut command)?;
    Ok(program)
}
