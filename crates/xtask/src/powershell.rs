//! Finds PowerShell, or gets it into `target/tools`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::repo::{Repo, program_name, rid};
use crate::{Result, download, pins, run};

const FOR_WINDOWS: &str = "pwsh-windows";

/// A PowerShell that has been started once.
pub(crate) struct PowerShell {
    pub(crate) program: PathBuf,
    pub(crate) version: String,
    spell: fn(&Path) -> String,
}

impl PowerShell {
    /// Checks that the program really runs: on a bare system it may lack the ICU library.
    fn at(program: &Path) -> Result<Self> {
        let mut found = Self::untried(program);
        found.version = found.script("$PSVersionTable.PSVersion.ToString()")?.trim().to_owned();
        Ok(found)
    }

    pub(crate) fn untried(program: &Path) -> Self {
        Self { program: program.to_path_buf(), version: String::new(), spell: as_it_is }
    }

    /// A path of this system, as this PowerShell names it.
    pub(crate) fn spell(&self, path: &Path) -> String {
        (self.spell)(path)
    }

    /// A command that runs without the person's profile and asks nothing.
    pub(crate) fn command(&self) -> Command {
        bare(&self.program)
    }

    /// Its folder, for the PATH of children that start PowerShell themselves.
    pub(crate) fn folder(&self) -> PathBuf {
        self.program.parent().map(Path::to_path_buf).unwrap_or_default()
    }

    /// Runs a piece of script and gives its output.
    pub(crate) fn script(&self, text: &str) -> Result<String> {
        run::output(self.command().args(["-Command", text]))
    }
}

fn bare(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["-NoLogo", "-NoProfile", "-NonInteractive"]);
    command.env("POWERSHELL_TELEMETRY_OPTOUT", "1").env("POWERSHELL_UPDATECHECK", "Off");
    command
}

/// PowerShell for Windows, on another system, where it is on PATH.
pub(crate) fn for_windows() -> Result<PowerShell> {
    let program = run::on_path(FOR_WINDOWS)
        .ok_or_else(|| format!("there is no {FOR_WINDOWS} (PowerShell for Windows, by Wine) on PATH"))?;
    Ok(PowerShell { spell: as_wine_shows, ..PowerShell::at(&program)? })
}

fn as_it_is(path: &Path) -> String {
    path.display().to_string()
}

/// The root folder is drive Z.
fn as_wine_shows(path: &Path) -> String {
    format!("Z:{}", path.display().to_string().replace('/', "\\"))
}

/// PATH first, then `target/tools`, then the network. The error says what to install.
pub(crate) fn find_or_get(repo: &Repo) -> Result<PowerShell> {
    if let Some(program) = run::on_path("pwsh") {
        return PowerShell::at(&program).map_err(|error| with_advice(&error.to_string()));
    }
    let folder = repo.tools().join(format!("powershell-{}-{}", pins::POWERSHELL, rid()));
    let program = folder.join(program_name("pwsh"));
    if !program.is_file() {
        println!("   PowerShell is not on PATH: getting {} into {}", pins::POWERSHELL, folder.display());
        get(repo, &folder).map_err(|error| with_advice(&error.to_string()))?;
    }
    PowerShell::at(&program).map_err(|error| with_advice(&error.to_string()))
}

fn with_advice(error: &str) -> Box<dyn std::error::Error> {
    format!("{}. {}", error.trim_end_matches('.'), advice()).into()
}

fn advice() -> &'static str {
    if cfg!(windows) {
        "Install it with: winget install Microsoft.PowerShell"
    } else if cfg!(target_os = "macos") {
        "Install it with: brew install powershell"
    } else {
        "Install PowerShell 7 (https://aka.ms/powershell) and what it needs: apt-get install libicu-dev, \
         or dnf install libicu, or apk add icu-libs"
    }
}

fn get(repo: &Repo, folder: &Path) -> Result {
    if has_dotnet_sdk() {
        match get_by_dotnet(folder) {
            Ok(()) => return Ok(()),
            Err(error) => println!("   {error}; trying the official release"),
        }
    }
    get_release(repo, folder)
}

fn has_dotnet_sdk() -> bool {
    run::on_path("dotnet").is_some_and(|dotnet| {
        run::output(Command::new(dotnet).arg("--list-sdks")).is_ok_and(|list| !list.trim().is_empty())
    })
}

fn get_by_dotnet(folder: &Path) -> Result {
    let mut dotnet = Command::new("dotnet");
    dotnet.args(["tool", "install", "PowerShell", "--version", pins::POWERSHELL, "--tool-path"]).arg(folder);
    run::check(&mut dotnet)
}

fn get_release(repo: &Repo, folder: &Path) -> Result {
    let pin = pins::powershell(&rid())?;
    let name = pin.url.rsplit('/').next().unwrap_or("powershell");
    let archive = repo.tools().join(name);
    download::get(&pin, &archive)?;
    let done = unpack(&archive, folder);
    std::fs::remove_file(&archive)?;
    done
}

/// By the system's tar (which reads zip files on Windows), into a folder that takes its name when it is complete.
fn unpack(archive: &Path, folder: &Path) -> Result {
    let parent = folder.parent().ok_or("no folder")?;
    let new = tempfile::tempdir_in(parent)?;
    run::check(Command::new("tar").arg("-xf").arg(archive).arg("-C").arg(new.path()))?;
    make_executable(&new.path().join(program_name("pwsh")))?;
    std::fs::rename(new.path(), folder)?;
    // It has its final name: nothing is left to be removed.
    let _ = new.keep();
    Ok(())
}

#[cfg(unix)]
fn make_executable(program: &Path) -> Result {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755))?)
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> Result {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_unpacked_whole_and_its_program_can_be_run() {
        let work = tempfile::tempdir().unwrap();
        std::fs::write(work.path().join("pwsh"), "#!/bin/sh\necho 7.0\n").unwrap();
        let archive = work.path().join("release.tar.gz");
        run::check(Command::new("tar").arg("-czf").arg(&archive).arg("-C").arg(work.path()).arg("pwsh")).unwrap();
        let folder = work.path().join("unpacked");
        unpack(&archive, &folder).unwrap();
        assert_eq!(PowerShell::at(&folder.join("pwsh")).unwrap().version, "7.0");
    }

    #[test]
    fn a_broken_archive_leaves_no_folder() {
        let work = tempfile::tempdir().unwrap();
        let archive = work.path().join("release.tar.gz");
        std::fs::write(&archive, "no archive").unwrap();
        assert!(unpack(&archive, &work.path().join("unpacked")).is_err());
        assert_eq!(std::fs::read_dir(work.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_program_that_does_not_run_says_why() {
        let error = PowerShell::at(Path::new("/bin/sh")).err().unwrap().to_string();
        assert!(error.starts_with("/bin/sh") && error.contains("option"), "{error}");
    }

    #[test]
    fn paths_are_spelled_as_wine_shows_them() {
        assert_eq!(as_wine_shows(Path::new("/tmp/a b/X.Tests.ps1")), r"Z:\tmp\a b\X.Tests.ps1");
    }
}
