//! `cargo xtask demo`: signs in from PowerShell, as applications and as a person.

use std::process::ExitCode;

use crate::powershell::{self, PowerShell};
use crate::repo::{Profile, Repo};
use crate::simulator::Simulator;
use crate::{Result, build, door, options, run};

/// Builds, starts the simulated cloud, shows the sign-ins. All files lie in a temporary folder that goes away.
pub(crate) fn run(repo: &Repo, arguments: &[String]) -> Result<ExitCode> {
    options(arguments, &[], &[])?;
    build::library(repo, Profile::Release)?;
    build::simulator(repo)?;
    let simulator = run::step("start the simulated cloud", || Simulator::start(repo, Profile::Dev))?;
    println!("   sign-in service {}, Graph {}", simulator.text("login")?, simulator.text("graph")?);
    match powershell::find_or_get(repo) {
        Ok(shell) => run::step("sign in from PowerShell", || from_powershell(repo, &shell, &simulator))?,
        Err(error) => {
            println!("\nPowerShell is left out: {error}");
            run::step("sign in from C instead", || door::show(repo, &simulator))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn from_powershell(repo: &Repo, shell: &PowerShell, simulator: &Simulator) -> Result {
    let folder = tempfile::tempdir()?;
    let world = folder.path().join("world.json");
    std::fs::write(&world, simulator.world.to_string())?;
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo.ps1");
    println!("   PowerShell {}: {}", shell.version, shell.program.display());
    let mut command = shell.command();
    command.arg("-File").arg(script).arg("-Manifest").arg(repo.manifest());
    command.arg("-WorldFile").arg(&world).arg("-Folder").arg(folder.path());
    // Read by .NET when the process starts; the script sets it for the library as well.
    run::check(command.env("SSL_CERT_FILE", simulator.text("ca")?))
}
