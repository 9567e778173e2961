//! The program door.c: sign-in through the C door, without PowerShell.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::repo::{Repo, program_name};
use crate::simulator::Simulator;
use crate::{Result, run};

/// One sign-in by secret; prints who is connected.
pub(crate) fn show(repo: &Repo, simulator: &Simulator) -> Result {
    let work = tempfile::tempdir()?;
    run::check(&mut command(repo, simulator, work.path(), &["show"])?)
}

/// Sign-ins by secret with a home folder of their own, ready to be started.
pub(crate) fn command(repo: &Repo, simulator: &Simulator, home: &Path, task: &[&str]) -> Result<Command> {
    let mut command = started(repo, simulator, home, task)?;
    command.args(["ParameterSet=AppSecretCredentialParameterSet", "ClientSecretCredential=true"]);
    command.env("DOOR_SECRET", simulator.text("secret")?).env("DOOR_LOGIN", simulator.text("login")?);
    Ok(command)
}

/// The sign-in of a person who is kept in the folder `data`, as `https://localhost` has given it. Nobody is there, so
/// that anything but silence is an error.
pub(crate) fn silent(repo: &Repo, simulator: &Simulator, home: &Path, data: &Path, person: &str) -> Result<Command> {
    let mut command = started(repo, simulator, home, &["silent"])?;
    command.args(["ParameterSet=UserParameterSet", "UseDeviceCode=true"]).arg(format!("LoginHint={person}"));
    command.env("DOOR_LOGIN", "https://localhost").env("XDG_DATA_HOME", data);
    command.env_remove("DOOR_SECRET").env_remove("DBUS_SESSION_BUS_ADDRESS").env_remove("XDG_RUNTIME_DIR");
    Ok(command)
}

fn started(repo: &Repo, simulator: &Simulator, home: &Path, task: &[&str]) -> Result<Command> {
    let mut command = Command::new(compile(repo)?);
    command.arg(repo.installed_library()).args(task).args(["Environment=Simulator", "NoWelcome=true", "HostName=door"]);
    command.arg(format!("TenantId={}", simulator.text("tenant")?));
    command.arg(format!("ClientId={}", simulator.text("app")?));
    command.env("DOOR_GRAPH", simulator.text("graph")?);
    command.env("SSL_CERT_FILE", simulator.text("ca")?).env_remove("SSL_CERT_DIR").env("NO_PROXY", "localhost");
    command.env("HOME", home).env("XDG_CONFIG_HOME", home).env("XDG_CACHE_HOME", home).env("XDG_DATA_HOME", home);
    Ok(command)
}

/// By the C compiler that Rust uses as its linker; Windows has none by that name.
fn compile(repo: &Repo) -> Result<PathBuf> {
    let compiler = run::on_path("cc").ok_or("there is no C compiler on PATH (Debian: apt-get install gcc)")?;
    let program = repo.target.join(program_name("door"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/door.c");
    let mut command = Command::new(compiler);
    command.args(["-std=c11", "-D_GNU_SOURCE", "-O2", "-o"]).arg(&program).arg(source).arg("-ldl");
    run::check(&mut command)?;
    Ok(program)
}
